"""Generates stories with the engine and counts what is wrong with them. Exit code 1 when a bar is missed.

    python3 -m train.check_stories model.thm --text corpus.txt --save stories.txt

300 stories, seeds 1 to 300, 20 openings in turn, temperature 0.8, top-p 0.95, no other filter unless asked for. What
is counted, and the bars:

    end        at least 95 % come to their end within 300 tokens (and the model's context)
    repeats    at most 2 % contain a sentence twice: at least four words, letter case and punctuation aside, and
               who said it ("..." said the little puppy) no sentence
    name       at least 90 % keep their main character, the one named most in the first half ("Tom", "the little
               robot"): the last two fifths name it again, or name nobody
    words      at least 99 % of all words occur in the training text, other than as what only a prompt can name
    copied     at most 5 % share more than 25 consecutive words with any one training story

A name is a word that the training text writes with a capital within sentences more often than not. The same counts are
printed for stories of the training text: what a perfect model would get.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from train import engine
from train.marks import unmarked, without_marked
from train.stories import read_marked, write_stories

OPENINGS = [
    "Once upon a time", "One day", "Tom and Lily", "The little robot", "Mia", "Once there was a", "It was a windy day",
    "Ben was a", "In a small village", "Early one morning", "Long ago", "Anna and her friend", "The little fox",
    "On a rainy day", "There was once", "Sam loved", "What a fine morning", "More than anything", "Every day", "Lily",
]
# Written with a capital, but nobody's name
NO_NAMES = set("""i monday tuesday wednesday thursday friday saturday sunday mama mom papa dad mother father grandma
    grandpa granny aunt uncle mr mrs miss""".split())
# With this share 99.9 % of 4,000 stories of the corpus pass, and 0.7 % of those whose main character gets another name
# half-way.
END_SHARE = 0.4
COPIED_WORDS = 26  # "more than 25"
REPEATED_WORDS = 4
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# A word with a capital, or "the little robot"
CHARACTER = re.compile(r"\b[Ll]ittle ([a-z]+)|\b[A-Z][^\W\d_]*(?:['’][^\W\d_]+)*")
SENTENCE = re.compile(r"[^.!?]+[.!?]*[\"”’']*")


def words_of(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in WORD.findall(text)]


def sentences_of(text: str) -> list[str]:
    return [s.strip() for s in SENTENCE.findall(text) if s.strip()]


def repeats_sentence(text: str) -> bool:
    seen: set[tuple[str, ...]] = set()
    for sentence in sentences_of(text):
        words = tuple(words_of(sentence))
        if len(words) < REPEATED_WORDS or sentence[0].islower():  # "..." said the little puppy
            continue
        if words in seen:
            return True
        seen.add(words)
    return False


# --- what the training text knows ---


@dataclass
class Knowledge:
    vocabulary: set[str]
    names: set[str]


def within_sentences(text: str) -> Iterable[str]:
    """Words that do not begin a sentence or a quotation."""
    for sentence in sentences_of(text):
        for part in re.split("[\"“”]", sentence):
            yield from WORD.findall(part)[1:]


def names_in(stories: Iterable[str]) -> set[str]:
    capital, small = Counter[str](), Counter[str]()
    for story in stories:
        for word in within_sentences(story):
            word = re.sub("['’].*", "", word)
            (capital if word[0].isupper() else small)[word.lower()] += 1
    return {w for w, n in capital.items() if n >= 3 and n > small[w]} - NO_NAMES


def characters_in(text: str, names: set[str]) -> list[str]:
    """Everybody who is named, in order: "tom", or "little robot" for one without a name."""
    found = []
    for match in CHARACTER.finditer(text):
        word = re.sub("['’].*", "", match[0])
        if match[1]:
            found.append(f"little {match[1]}")
        elif word.lower() in names:
            found.append(word.lower())
    return found


def keeps_character(text: str, names: set[str]) -> bool | None:
    """None: nobody is named in the first half."""
    sentences = sentences_of(text)
    first = Counter(characters_in(" ".join(sentences[: len(sentences) // 2]), names))
    if not first:
        return None
    main = first.most_common(1)[0][0]  # of equals the one named first
    end = " ".join(sentences[-max(int(END_SHARE * len(sentences)), 1) :])
    named = [who for who in characters_in(end, names) if who == main or who in names]
    return main in named or not named


# --- copies ---


class CopyFinder:
    """Which texts share COPIED_WORDS consecutive words with a story that is shown to it. Only the runs of the texts
    are kept, hashed to 64 bits; the training text, of any length, streams past them."""

    def __init__(self, texts: list[str]) -> None:
        self.numbers: dict[str, int] = {}
        self.copied: set[int] = set()
        runs = [np.unique(self._runs(words_of(text))) for text in texts]
        self.owner = np.concatenate([np.full(len(r), i) for i, r in enumerate(runs)])
        self.hashes = np.concatenate(runs)
        order = np.argsort(self.hashes, kind="stable")
        self.hashes, self.owner = self.hashes[order], self.owner[order]

    def _runs(self, words: list[str]) -> np.ndarray:
        """A hash of each run of words: a polynomial modulo 2^64 in the words' numbers, spread over 64 bits."""
        numbers = self.numbers
        ids = np.array([numbers.setdefault(word, len(numbers) + 1) for word in words], dtype=np.uint64)
        ids = (ids * np.uint64(0x9E3779B97F4A7C15)) ^ (ids << np.uint64(29))
        count = len(ids) - COPIED_WORDS + 1
        if count <= 0:
            return np.empty(0, dtype=np.uint64)
        out = np.zeros(count, dtype=np.uint64)
        for i in range(COPIED_WORDS):
            out = out * np.uint64(0x2545F4914F6CDD1D) + ids[i : i + count]
        return out

    def show(self, stories: list[str]) -> None:
        # Runs must not cross from one story into the next: a word that no text has stands between them.
        words = [word for story in stories for word in [*words_of(story), "\n"]]
        found = np.isin(self.hashes, self._runs(words))
        self.copied.update(self.owner[found].tolist())


def batches(stories: Iterable[str], size: int = 5000) -> Iterable[list[str]]:
    batch: list[str] = []
    for story in stories:
        batch.append(story)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch


# --- the report ---


@dataclass
class Story:
    opening: str
    text: str  # with the opening
    ended: bool


@dataclass
class Measure:
    name: str
    percent: float
    bar: float
    at_least: bool
    note: str = ""

    def passed(self) -> bool:
        return self.percent >= self.bar if self.at_least else self.percent <= self.bar


def openings_of(stories: list[str]) -> list[str]:
    """For a text of one's own: how 20 of its stories begin."""
    return [" ".join(story.split()[:3]) for story in stories[:: max(len(stories) // 20, 1)][:20]]


def generate(model: Path, count: int, openings: list[str], options: list[object]) -> list[Story]:
    stories = []
    for i in range(count):
        opening = openings[i % len(openings)]
        out = engine.run(model, opening, "-n", 300, "-s", i + 1, *options)
        stories.append(Story(opening, opening + out.text, out.ended_by == "end of text"))
        if sys.stderr.isatty():
            print(f"\rgenerating {i + 1} of {count}", end="" if i + 1 < count else "\r\x1b[K", file=sys.stderr)
    return stories


def measure(stories: list[Story], known: Knowledge, copied: int | None) -> list[Measure]:
    """`copied`: how many of the stories are copies; None: not asked."""
    n = len(stories)
    kept = [keeps_character(s.text, known.names) for s in stories]
    told = [k for k in kept if k is not None]
    words = [word for s in stories for word in words_of(s.text)]
    unknown = Counter(word for word in words if word not in known.vocabulary)
    result = [
        Measure("end", 100 * sum(s.ended for s in stories) / n, 95, True),
        Measure("repeats", 100 * sum(repeats_sentence(s.text) for s in stories) / n, 2, False),
        Measure("name", 100 * sum(told) / max(len(told), 1), 90, True, f"of {len(told)} stories that have one"),
        Measure("words", 100 * (1 - sum(unknown.values()) / max(len(words), 1)), 99, True,
                "unknown: " + " ".join(word for word, _ in unknown.most_common(8)) if unknown else ""),
    ]
    if copied is not None:
        result.append(Measure("copied", 100 * copied / n, 5, False))
    return result


@dataclass
class Report:
    measures: list[Measure]
    of_text: list[Measure]  # the same of stories of the training text

    def passed(self) -> bool:
        return all(m.passed() for m in self.measures)

    def table(self) -> str:
        return table(self.measures, self.of_text)


def table(measures: list[Measure], of_text: list[Measure] | None = None) -> str:
    reference = {m.name: f"{m.percent:.1f} %" for m in of_text or []}
    lines = ["| measure | stories | bar | | training text | |", "|---|---:|---:|---|---:|---|"]
    for m in measures:
        lines.append(f"| {m.name} | {m.percent:.1f} % | {'>=' if m.at_least else '<='} {m.bar:g} % | "
                     f"{'pass' if m.passed() else 'MISSED'} | {reference.get(m.name, '')} | {m.note} |")
    return "\n".join(lines)


def check(model: Path, text: Path, count: int = 300, save: Path | None = None, temp: float = 0.8, top_p: float = 0.95,
          top_k: int = 0, min_p: float = 0, openings: list[str] = OPENINGS) -> Report:
    options = ["--temp", temp, "--top-p", top_p, "--top-k", top_k, "--min-p", min_p, "--repeat-penalty", 1]
    stories = generate(model, count, openings, options)
    if save:
        write_stories(save, [s.text for s in stories])
    finder = CopyFinder([s.text for s in stories])
    known = Knowledge(set(), set())
    sample: list[Story] = []
    for i, marked in enumerate(batches(read_marked(text))):
        batch = [unmarked(story) for story in marked]
        finder.show(batch)
        if i == 0:
            known.names = names_in(batch)
            sample = [Story(" ".join(s.split()[:3]), s, True) for s in batch[:count]]
        known.vocabulary.update(*(words_of(without_marked(story)) for story in marked))
    return Report(measure(stories, known, len(finder.copied)), measure(sample, known, None))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.check_stories", description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="a .thm file")
    parser.add_argument("--text", type=Path, required=True, help="the training text")
    parser.add_argument("--count", type=int, default=300, help="stories [%(default)s]")
    parser.add_argument("--save", type=Path, help="write the stories here")
    parser.add_argument("--temp", type=float, default=0.8, help="[%(default)s]")
    parser.add_argument("--top-p", type=float, default=0.95, help="[%(default)s]")
    parser.add_argument("--top-k", type=int, default=0, help="0: off [%(default)s]")
    parser.add_argument("--min-p", type=float, default=0, help="0: off [%(default)s]")
    args = parser.parse_args()
    report = check(args.model, args.text, args.count, args.save, args.temp, args.top_p, args.top_k, args.min_p)
    print(report.table())
    return 0 if report.passed() else 1


if __name__ == "__main__":
    sys.exit(main())
