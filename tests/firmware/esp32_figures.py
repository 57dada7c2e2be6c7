#!/usr/bin/env python3
"""What a program for a chip needs, as a row of a table: from its ELF file, and from a dialogue in an emulator.

    tests/firmware/esp32_figures.py --head
    tests/firmware/esp32_figures.py TARGET BUILD DIALOGUE

BUILD is the build folder of ESP-IDF, DIALOGUE what storyteller_dialogue.py printed of it, which asked for /mem. Sizes
of sections are the linker's; what the heap and the stack have left is what the emulated program said."""

import re
import subprocess
import sys
from pathlib import Path

COLUMNS = ("target", "image in flash", "code in RAM", "data", "bss", "heap", "free, least ever", "stack, used of")
STACK = re.compile(r"^CONFIG_THIMBLE_TASK_STACK=(\d+)$", re.M)
HEAP = re.compile(r"^fast: \d+ bytes free of (\d+) on the heap, least ever (\d+)", re.M)
UNUSED = re.compile(r"^stack never used: (\d+) bytes", re.M)


def sections(elf: Path) -> dict[str, int]:
    """Sizes by name. A dummy section of ESP-IDF only keeps another's addresses free."""
    lines = subprocess.run(["readelf", "-SW", elf], capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^\s*\[ *\d+\] (\S+)\s+\S+\s+[0-9a-f]+ [0-9a-f]+ ([0-9a-f]+)", lines, re.M)
    return {name: int(size, 16) for name, size in rows if "dummy" not in name}


def in_ram(sizes: dict[str, int]) -> tuple[int, int, int]:
    """Code, data and bss in internal memory."""

    def total(*patterns: str) -> int:
        return sum(size for name, size in sizes.items() if any(re.fullmatch(pattern, name) for pattern in patterns))

    return (
        total(r"\.iram0\.(text|vectors|text_end)"),
        total(r"\.dram0\.data", r"\.iram0\.data"),
        total(r"\.dram0\.bss", r"\.iram0\.bss", r"\.noinit"),
    )


def last(pattern: re.Pattern, text: str) -> tuple[int, ...]:
    found = pattern.findall(text)
    if not found:
        sys.exit(f"not there: {pattern.pattern}")
    return tuple(int(number) for number in (found[-1] if isinstance(found[-1], tuple) else (found[-1],)))


def row(target: str, build: Path, dialogue: str) -> list[str]:
    (elf,) = build.glob("*.elf")
    image = elf.with_suffix(".bin").stat().st_size
    heap, least = last(HEAP, dialogue)
    (stack,) = last(STACK, (build / "sdkconfig").read_text())
    (unused,) = last(UNUSED, dialogue)
    numbers = [image, *in_ram(sections(elf)), heap, least]
    return [target, *(f"{number:,}" for number in numbers), f"{stack - unused:,} of {stack:,}"]


def main() -> None:
    if sys.argv[1:] == ["--head"]:
        print("| " + " | ".join(COLUMNS) + " |")
        print("| " + " | ".join(["---"] + ["---:"] * (len(COLUMNS) - 1)) + " |")
    elif len(sys.argv) == 4:
        target, build, dialogue = sys.argv[1:]
        print("| " + " | ".join(row(target, Path(build), Path(dialogue).read_text(errors="replace"))) + " |")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
