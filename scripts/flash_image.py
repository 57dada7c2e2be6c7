#!/usr/bin/env python3
"""Makes one image of a chip's flash from a build folder of ESP-IDF: for emulators, and for pages that flash.

    scripts/flash_image.py BUILD OUT [--model FILE] [--without-partition LABEL] [--whole-flash]

--model puts a file into the partition "model"; --without-partition makes a table that lacks one; --whole-flash fills up
with erased flash to its end, as an emulator wants it."""

import argparse
import hashlib
import json
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

ERASED = b"\xff"
ENTRY = struct.Struct("<2sBBII16sI")  # magic, type, subtype, offset, size, label, flags
ENTRY_MAGIC, MD5_MAGIC = b"\xaa\x50", b"\xeb\xeb"
TABLE_BYTES = 0xC00
MEGABYTE = 1 << 20


class Refused(Exception):
    pass


@dataclass
class Entry:
    label: str
    offset: int
    size: int
    raw: bytes


def read_table(table: bytes) -> list[Entry]:
    entries = []
    for at in range(0, len(table), ENTRY.size):
        raw = table[at : at + ENTRY.size]
        if raw[:2] != ENTRY_MAGIC:
            break
        _, _, _, offset, size, label, _ = ENTRY.unpack(raw)
        entries.append(Entry(label.rstrip(b"\0").decode(), offset, size, raw))
    return entries


def write_table(entries: list[Entry]) -> bytes:
    """The entries, and their MD5 behind them, which the bootloader compares."""
    listed = b"".join(entry.raw for entry in entries)
    return (listed + MD5_MAGIC + ERASED * 14 + hashlib.md5(listed).digest()).ljust(TABLE_BYTES, ERASED)


class Build:
    """What a build folder says is to be flashed."""

    def __init__(self, folder: Path):
        listed = json.loads((folder / "flasher_args.json").read_text(encoding="utf-8"))
        self.chip: str = listed["extra_esptool_args"]["chip"]
        self.flash_bytes = int(listed["flash_settings"]["flash_size"].removesuffix("MB")) * MEGABYTE
        self.parts = {int(offset, 0): (folder / path).read_bytes() for offset, path in listed["flash_files"].items()}
        self.table_offset = int(listed["partition-table"]["offset"], 0)

    def table(self) -> list[Entry]:
        return read_table(self.parts[self.table_offset])

    def add_model(self, model: bytes) -> None:
        place = next((entry for entry in self.table() if entry.label == "model"), None)
        if place is None:
            raise Refused('the partition table has no partition "model"')
        if len(model) > place.size:
            raise Refused(f"the model is {len(model) - place.size} bytes larger than its partition")
        self.parts[place.offset] = model

    def drop_partition(self, label: str) -> None:
        self.parts[self.table_offset] = write_table([entry for entry in self.table() if entry.label != label])

    def merged(self) -> bytes:
        """Everything from offset 0 on; what lies between is erased flash."""
        image = bytearray()
        for offset, part in sorted(self.parts.items()):
            if offset < len(image):
                raise Refused(f"what lies at {offset:#x} is overlapped by {len(image) - offset} bytes")
            image += ERASED * (offset - len(image)) + part
        if len(image) > self.flash_bytes:
            raise Refused(f"the flash is {len(image) - self.flash_bytes} bytes too small")
        return bytes(image)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--without-partition", metavar="LABEL")
    parser.add_argument("--whole-flash", action="store_true")
    arguments = parser.parse_args()
    try:
        build = Build(arguments.build)
        if arguments.model:
            build.add_model(arguments.model.read_bytes())
        if arguments.without_partition:
            build.drop_partition(arguments.without_partition)
        image = build.merged()
    except (Refused, OSError, KeyError, ValueError) as fault:
        sys.exit(f"{arguments.build}: {fault}")
    arguments.out.write_bytes(image.ljust(build.flash_bytes, ERASED) if arguments.whole_flash else image)
    return 0


if __name__ == "__main__":
    sys.exit(main())
