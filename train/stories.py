"""Text files of stories: stories separated by lines `<|endoftext|>`, the form that `thimble eval` reads too."""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from train.marks import unmarked

SEPARATOR = "<|endoftext|>"
BYTE_ORDER_MARK = "\ufeff"
SAMPLE_BYTES = 4096  # enough to tell a text from something else
HELDOUT_SHARE = 20  # one part in so many
FEW_STORIES = 2 * HELDOUT_SHARE
LEAST_LETTERS = 1000  # of which the twentieth is a sentence
SENTENCE_END = re.compile(r"[.!?…][\"”’')]*\s+|[。！？]|\n")


def read_stories(path: Path, separator: str = SEPARATOR) -> Iterator[str]:
    """Yields each story as a reader sees it, without the marks of the corpus."""
    return map(unmarked, read_marked(path, separator))


def read_marked(path: Path, separator: str = SEPARATOR) -> Iterator[str]:
    """Yields each story, stripped; empty ones are left out. A file without a separator is one story.

    `separator` is the line between two stories. <|endoftext|> is one within a line, too; "blank" stands for empty
    lines, and "line" makes every line a story."""
    for story in _between(separator, text_lines(path)):
        if story := story.strip():
            yield story


def _between(separator: str, lines: Iterator[str]) -> Iterator[str]:
    story: list[str] = []
    for line in lines:
        first, *others = _parts(line, separator)
        story.append(first)
        for part in others:
            yield "".join(story)
            story = [part]
    yield "".join(story)


def _parts(line: str, separator: str) -> list[str]:
    """What of a line belongs to the story before, and to those that begin in it."""
    if separator == SEPARATOR:
        return line.split(SEPARATOR)
    if separator == "line":
        return ["", line]
    return ["", ""] if line.strip() == ("" if separator == "blank" else separator) else [line]


def text_lines(path: Path) -> Iterator[str]:
    """The lines of a text, which end in "\\n" whatever ends them in the file, without byte order marks. A file that is
    no UTF-8 text ends the program, with what to do about it."""
    try:
        check_text(path)
        with open(path, encoding="utf-8") as file:
            for line in file:
                yield line.removeprefix(BYTE_ORDER_MARK)  # at the start of a file, or of one that was appended to it
    except UnicodeDecodeError:
        sys.exit(_not_utf8(path))


def check_text(path: Path) -> None:
    """Ends the program if the first bytes tell that this is no UTF-8 text."""
    try:
        with open(path, "rb") as file:
            sample = file.read(SAMPLE_BYTES)
    except OSError as error:
        sys.exit(f"{path}: {error.strerror}; name a text file")
    if encoding := _wide_encoding(sample):
        sys.exit(f"{path}: the text is {encoding}; make it UTF-8: {_conversion(path, encoding)}")
    if b"\0" in sample:
        sys.exit(f"{path}: byte {sample.index(0)} is 0, so this is no text; name a text file in UTF-8")


def _wide_encoding(sample: bytes) -> str | None:
    """UTF-16 or UTF-32, by its mark or by where an alphabet of single bytes leaves zeros."""
    if sample.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "UTF-32"
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if even + odd > len(sample) // 4 and 0 in (even, odd):
        return "UTF-16LE" if odd else "UTF-16BE"
    return None


def _not_utf8(path: Path) -> str:
    data = path.read_bytes()
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return (f"{path}: line {line} is not UTF-8, byte 0x{data[error.start]:02x} at offset {error.start}; if it is "
                f"Windows-1252, as most texts with single bytes are: {_conversion(path, 'WINDOWS-1252')}")
    return f"{path}: changed while it was read; try again"


def _conversion(path: Path, encoding: str) -> str:
    return f"iconv -f {encoding} -t UTF-8 {shlex.quote(str(path))} > utf8.txt"


def hold_out(stories: list[str], most: int) -> tuple[list[str], list[str]]:
    """What to train on, and what to keep for measuring: every twentieth story and at most about `most`, which the rest
    does not repeat; of a few long texts the last twentieth."""
    if len(stories) < FEW_STORIES:
        return _hold_out_the_end(stories)
    held = set(stories[:: max(len(stories) // most, HELDOUT_SHARE)])
    return [story for story in stories if story not in held], sorted(held)


def _hold_out_the_end(stories: list[str]) -> tuple[list[str], list[str]]:
    letters = sum(map(len, stories))
    if letters < LEAST_LETTERS:
        sys.exit(f"{letters} characters of text are too few to train on; see \"How much text\" in train/README.md")
    training, held, left = list(stories), [], letters // HELDOUT_SHARE
    while len(training[-1]) <= left:
        held.append(training.pop())
        left -= len(held[-1])
    last = training.pop()
    at = after_sentence(last, len(last) - left)
    training.append(last[:at].rstrip())
    held.append(last[at:].lstrip())
    return training, [story for story in held if story]


def after_sentence(text: str, at: int) -> int:
    """The first place from `at` on where a sentence or a line begins; `at` where none does."""
    found = SENTENCE_END.search(text, max(at - 1, 0))
    return found.end() if found and found.end() < len(text) else at


def write_stories(path: Path, stories: Iterator[str] | list[str]) -> int:
    """Writes the stories and returns how many they were."""
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        for story in stories:
            file.write(f"{story}\n{SEPARATOR}\n")
            count += 1
    return count
