"""Makes a folder as a build of ESP-IDF leaves it, as far as flashing goes, with programs of random bytes.

    python3 tests/flash/make_build.py FOLDER CHIP FLASH_SIZE APP_BYTES [no_model | with_model | model_bytes=N]"""

import json
import random
import sys
from pathlib import Path

from partition_table import Partition, binary

BOOTLOADER_OFFSETS = {"esp32": 0x1000, "esp32p4": 0x2000}
MODEL_OFFSET = 0x110000
MEGABYTE = 1 << 20


def make(folder: Path, chip: str, flash_size: str, app_bytes: int, option: str = "") -> None:
    flash_bytes = int(flash_size.removesuffix("MB")) * MEGABYTE
    model_bytes = int(option.split("=")[1]) if "=" in option else flash_bytes - MODEL_OFFSET
    table = [
        Partition("nvs", "data", 2, 0x9000, 0x6000),
        Partition("factory", "app", 0, 0x10000, 0x100000),
        Partition("model", "data", 0x40, MODEL_OFFSET, model_bytes),
    ]
    chance = random.Random(1)
    offset = f"{BOOTLOADER_OFFSETS.get(chip, 0):#x}"
    files = {
        offset: ("bootloader/bootloader.bin", chance.randbytes(20000)),
        "0x8000": ("partition_table/partition-table.bin", binary(table[:2] if option == "no_model" else table)),
        "0x10000": ("app.bin", chance.randbytes(app_bytes)),
    }
    if option == "with_model":
        files[f"{MODEL_OFFSET:#x}"] = ("model.bin", chance.randbytes(1000))
    for path, content in files.values():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    settings = {"flash_mode": "dio", "flash_size": flash_size, "flash_freq": "80m"}
    listed = {
        "flash_settings": settings,
        "flash_files": {offset: path for offset, (path, _) in files.items()},
        "bootloader": {"offset": offset, "file": files[offset][0], "encrypted": "false"},
        "app": {"offset": "0x10000", "file": "app.bin", "encrypted": "false"},
        "partition-table": {"offset": "0x8000", "file": files["0x8000"][0], "encrypted": "false"},
        "extra_esptool_args": {"after": "hard_reset", "before": "default_reset", "stub": True, "chip": chip},
    }
    (folder / "flasher_args.json").write_text(json.dumps(listed, indent=4))


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), *sys.argv[5:])
