"""A FAT card for an emulated chip."""

import subprocess
from pathlib import Path

CARD_ID = "sd0"  # QEMU's name of the first card


def make_card(image: Path, files: dict[str, Path]) -> None:
    """Holds copies of the files under these names, in this order; its size is a power of two, as QEMU wants it."""
    megabytes = 64
    while megabytes << 20 < sum(file.stat().st_size for file in files.values()) + (8 << 20):
        megabytes *= 2
    image.unlink(missing_ok=True)
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    kind = "16" if megabytes < 512 else "32"
    subprocess.run(["mkfs.fat", "-F", kind, "-n", "THIMBLE", image], check=True, stdout=subprocess.DEVNULL)
    for name, source in files.items():
        subprocess.run(["mcopy", "-i", image, source, f"::{name}"], check=True)


def card_options(image: Path) -> list[str]:
    """What puts it into the emulator's slot."""
    return ["-drive", f"file={image},if=sd,format=raw,id={CARD_ID}"]
