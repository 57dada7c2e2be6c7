"""Prompts of a stranger: what somebody may type who has never seen the corpus.

    python3 -m train.prompts                      prints the 300
    python3 -m train.prompts --text corpus.txt    checks that they share nothing with a training text

No name or noun of held_back.py and no opening of these lists is in the corpus; `shared` finds what is. Each prompt knows its
hero, and its thing if it has one: the words that a story from it should say again.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from train.corpus.rng import Rng
from train.corpus.sentences import with_articles
from train.held_back import FEARS, HEROES, NAMES, THINGS
from train.stories import read_stories

COUNT, SEED = 300, 14

# N: what the hero is, M: its name, T: the thing, F: a fear. Those of the corpus's kind, with new words in them:
FAMILIAR = [
    "Once upon a time there was a N named M", "Once upon a time, there was a little N", "One day, M", "A N named M",
    "There was once a N called M", "M was a little N", "M and Lily were friends.", "It was a sunny day, and M",
    "M had a red T.", "Long ago, there was a brave N named M who",
]
STRANGE = [
    "M the N wanted a friend", "Here comes M", "M was the smallest N of all", "Nobody knew where M the N came from",
    "In our street lives a N whose name is M", "Have you met M, the N?",
    "Last night a N named M knocked at my window", "It all began when M", "This morning M the N",
    "M did not want to sleep", "Far away on a ship there was a N", "Deep in the snow sat a N", "Imagine a N named M.",
    "M came home from school", "My best buddy is a N named M", "the N who could not swim",
    "The N who was afraid of F", "a N that lost its way", "three wishes for a N", "N!!!", "the tired N",
    "What if a N came to tea?", "Nobody liked the N", "My N", "My N is called M", "the N woke up",
    "Every night the N sang", "A story with a N, please", "Tell us about M and his T", "tell me a tale of a lost T",
    "M lost a T", "Somebody left a T on the stairs", "M opened the door and saw a T", "What can one do with a T?",
    "The T that nobody wanted", "On her birthday M got a T", "Last week M bought a T", "the N hid the T",
    "M wanted nothing but a T", "Under a tree lay a T", "an old T", "Who broke the T?", "M and the magic T",
    "The N and the T", "How did the N get a T", "M and M2 went for a walk", "Nobody believed M", "If I were a N",
    "M, the N with the T", "there lived a N in a T",
]


@dataclass(frozen=True)
class Prompt:
    text: str
    hero: str  # "" when it names none
    thing: str = ""
    familiar: bool = False


def _made(rng: Rng, template: str, familiar: bool) -> Prompt:
    words = {"N": rng.pick(HEROES), "M": rng.pick(NAMES), "T": rng.pick(THINGS), "F": rng.pick(FEARS)}
    words["M2"] = rng.pick([name for name in NAMES if name != words["M"]])
    slots = re.findall(r"\b(?:M2|[NMTF])\b", template)
    text = re.sub(r"\b(?:M2|[NMTF])\b", lambda slot: words[slot[0]], template)
    text = with_articles(text)
    if not familiar and rng.chance(15):
        text = text.lower()
    hero = words["M"] if "M" in slots else words["N"] if "N" in slots else ""
    return Prompt(text, hero, words["T"] if "T" in slots else words["F"] if "F" in slots else "", familiar)


def prompts(count: int = COUNT, familiar: bool = False) -> list[Prompt]:
    """`familiar`: openings as the corpus has them, and only the words in them are new."""
    templates = FAMILIAR if familiar else STRANGE
    rng = Rng(SEED, familiar)
    found: list[Prompt] = []
    while len(found) < count:
        prompt = _made(rng, templates[len(found) % len(templates)], familiar)
        if prompt.text not in {p.text for p in found}:
            found.append(prompt)
    return found


def shared(stories: Iterable[str]) -> list[str]:
    """Names, nouns and openings of the prompts that a training text has."""
    vocabulary: set[str] = set()
    starts: set[str] = set()
    for story in stories:
        vocabulary.update(re.findall(r"[a-z]+", story.lower()))
        starts.add(" ".join(story.lower().split()[:4]))
    words = {word.lower() for word in [*NAMES, *HEROES, *THINGS]}
    return sorted(words & vocabulary) + [p.text for p in prompts() if " ".join(p.text.lower().split()[:4]) in starts]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.prompts", description=__doc__.split("\n")[0])
    parser.add_argument("--text", type=Path, help="a training text to compare with")
    args = parser.parse_args()
    if args.text:
        found = shared(read_stories(args.text))
        print("\n".join(found) or "nothing is shared")
        return 1 if found else 0
    for prompt in prompts():
        print(f"{prompt.text}\t{prompt.hero}\t{prompt.thing}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
