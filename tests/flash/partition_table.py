"""Partition tables of ESP-IDF, read by its rules and by nothing of ours: the notation as text, and the binary form."""

import struct
from dataclasses import dataclass
from pathlib import Path

TYPES = {"app": 0, "data": 1}
SUBTYPES = {("app", "factory"): 0, ("app", "ota_0"): 16, ("app", "ota_1"): 17, ("data", "ota"): 0, ("data", "phy"): 1, ("data", "nvs"): 2, ("data", "undefined"): 6}
APP_ALIGNMENT = 0x10000
SECTOR = 0x1000
TABLE_OFFSET = 0x8000
MOST_LABEL = 16  # bytes


@dataclass
class Partition:
    label: str
    type: str
    subtype: int
    offset: int
    size: int

    @property
    def end(self) -> int:
        return self.offset + self.size


def size_of(text: str) -> int:
    units = {"K": 1 << 10, "M": 1 << 20}
    return int(text[:-1], 0) * units[text[-1]] if text[-1] in units else int(text, 0)


def read_csv(path: Path) -> list[Partition]:
    partitions = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        label, kind, subtype, offset, size = [field.strip() for field in line.split(",")][:5]
        number = SUBTYPES[kind, subtype] if (kind, subtype) in SUBTYPES else int(subtype, 0)
        partitions.append(Partition(label, kind, number, size_of(offset), size_of(size)))
    return partitions


def faults(partitions: list[Partition], flash_bytes: int) -> list[str]:
    """What ESP-IDF or a chip would not take; nothing: []."""
    found = []
    end = TABLE_OFFSET + SECTOR
    for p in sorted(partitions, key=lambda p: p.offset):
        alignment = APP_ALIGNMENT if p.type == "app" else SECTOR
        if p.offset % alignment:
            found.append(f"{p.label} starts at {p.offset:#x}, no multiple of {alignment:#x}")
        if p.size <= 0 or p.size % SECTOR:
            found.append(f"{p.label} has {p.size:#x} bytes, no multiple of {SECTOR:#x}")
        if p.offset < end:
            found.append(f"{p.label} starts at {p.offset:#x}, in front of {end:#x}")
        if not 0 < len(p.label.encode()) <= MOST_LABEL:
            found.append(f"{p.label} is no label of 1 to {MOST_LABEL} bytes")
        end = p.end
    if end > flash_bytes:
        found.append(f"the last partition ends {end - flash_bytes} bytes behind the flash")
    if len({p.label for p in partitions}) != len(partitions):
        found.append("two partitions have one label")
    return found


def binary(partitions: list[Partition]) -> bytes:
    entries = b"".join(
        b"\xaa\x50" + struct.pack("<BBII16sI", TYPES[p.type], p.subtype, p.offset, p.size, p.label.encode(), 0)
        for p in partitions
    )
    return entries + b"\xeb\xeb" + b"\xff" * 14 + bytes(16) + b"\xff" * (0xC00 - len(entries) - 32)
