"""Marks in the stories of the corpus: what a prompt gives a story, and where the story says it again.

Both stand before and after the words. Training does not count what is given, and counts more what says it again.
"""

import re

GIVEN, AGAIN = "\x02", "\x03"


def unmarked(story: str) -> str:
    """The story as a reader sees it."""
    return story.replace(GIVEN, "").replace(AGAIN, "")


def without_marked(story: str) -> str:
    """The story without what a prompt gave it, said again or not."""
    return re.sub(f"{GIVEN}[^{GIVEN}]*{GIVEN}|{AGAIN}[^{AGAIN}]*{AGAIN}", " ", story)
