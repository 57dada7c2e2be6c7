"""Text files of stories: stories separated by lines `<|endoftext|>`, the form that `thimble eval` reads too."""

import re
from collections.abc import Iterator
from pathlib import Path

SEPARATOR = "<|endoftext|>"
# In the corpus, before and after what a prompt gives a story: training does not count it; and before and after what says it
# again: that counts more.
GIVEN, AGAIN = "\x02", "\x03"


def read_marked(path: Path) -> Iterator[str]:
    """Yields each story, stripped, as it stands; empty ones are left out. A file without a separator is one story."""
    lines: list[str] = []
    with open(path, encoding="utf-8") as file:
        for line in file:
            if line.strip() != SEPARATOR:
                lines.append(line)
                continue
            if story := "".join(lines).strip():
                yield story
            lines = []
    if story := "".join(lines).strip():
        yield story


def unmarked(story: str) -> str:
    return story.replace(GIVEN, "").replace(AGAIN, "")


def without_marked(story: str) -> str:
    """The story without what a prompt gave it, said again or not."""
    return re.sub(f"{GIVEN}[^{GIVEN}]*{GIVEN}|{AGAIN}[^{AGAIN}]*{AGAIN}", " ", story)


def read_stories(path: Path) -> Iterator[str]:
    """The same as a reader sees them, without marks."""
    return (unmarked(story) for story in read_marked(path))


def write_stories(path: Path, stories: Iterator[str] | list[str]) -> int:
    """Writes the stories and returns how many they were."""
    count = 0
    with open(path, "w", encoding="utf-8") as file:
        for story in stories:
            file.write(f"{story}\n{SEPARATOR}\n")
            count += 1
    return count
