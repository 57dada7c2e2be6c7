"""Holds a folder of `thimble image` against the rules of partition tables, and its files against the list.

    python3 tests/flash/check_folder.py FOLDER FLASH_MEGABYTES MODEL

The table must be one of the firmware's, byte for byte."""

import json
import sys
from pathlib import Path

from partition_table import APP_ALIGNMENT, SECTOR, faults, read_csv

ROOT = Path(__file__).resolve().parents[2]


def check(folder: Path, flash_megabytes: int, model: bytes) -> list[str]:
    table = folder / "partitions.csv"
    partitions = read_csv(table)
    found = faults(partitions, flash_megabytes << 20)
    firmware = (ROOT / "firmware/storyteller").glob("partitions*.csv")
    if table.read_bytes() not in [path.read_bytes() for path in firmware]:
        found.append("the table is none of the firmware's")

    listed = json.loads((folder / "flasher_args.json").read_text())
    if listed["flash_settings"]["flash_size"] != f"{flash_megabytes}MB":
        found.append(f"the flash is said to have {listed['flash_settings']['flash_size']}")
    by_label = {p.label: p for p in partitions}
    place = by_label["model"]
    if place.offset % APP_ALIGNMENT:
        found.append("the model does not begin with a page")
    if listed["flash_files"] != {f"{place.offset:#x}": "model.bin"}:
        found.append(f"files: {listed['flash_files']}")
    image = (folder / "model.bin").read_bytes()
    padding = set(image[len(model) :])
    if image[: len(model)] != model or padding - {0xFF} or len(image) % SECTOR or len(image) > place.size:
        found.append("model.bin is not the model, padded to sectors")
    if sorted(path.name for path in folder.iterdir()) != ["flasher_args.json", "model.bin", "partitions.csv"]:
        found.append("there are other files")
    return found


if __name__ == "__main__":
    complaints = check(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]).read_bytes())
    sys.exit("\n".join(complaints) or 0)
