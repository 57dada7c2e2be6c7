"""Runs a command as a reader would, on a terminal, and compares with what a document shows."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

SECONDS = 300
COLUMNS = 120

# What differs from run to run and from machine to machine.
MASKS = [
    (r"\b\d[\d.]* (us|ms|s)\b", "(time)"),
    (r"\b\d[\d.]* tok/s", "(rate)"),
    (r"process [\d.]+ [KMG]iB at its peak", "process (size) at its peak"),
]


def run(command: str, folder: Path, environment: dict[str, str]) -> tuple[int, str]:
    """Exit status, and what the terminal shows in the end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    process = subprocess.Popen(
        ["timeout", str(SECONDS), "bash", "-c", command],
        cwd=folder, env=environment | {"NO_COLOR": "1"}, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # EIO: the last writer has gone
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    return process.wait(), rendered(shown.decode("utf-8", errors="replace"))


def rendered(shown: str) -> str:
    """Without what was drawn over: progress bars end in a carriage return and an erased line."""
    lines = shown.replace("\r\n", "\n").split("\n")
    return "\n".join(re.sub(r".*\r(\x1b\[K)?", "", line) for line in lines)


def masked(text: str) -> str:
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text)
    return text


def words(text: str) -> str:
    """Documents break long lines where a terminal would not."""
    return " ".join(masked(text).split())


def agrees(shown_in_document: list[str], real: str) -> bool:
    """A line "..." stands for any number of lines."""
    parts: list[list[str]] = [[]]
    for line in shown_in_document:
        if line.strip() == "...":
            parts.append([])
        else:
            parts[-1].append(line)
    patterns = [re.escape(words("\n".join(part))) for part in parts]
    return re.fullmatch(".*".join(patterns), words(real)) is not None
