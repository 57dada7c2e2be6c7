"""Holds a model to prompts of a stranger (prompts.py): does the story say again what the prompt named? Exit code 1 when
a bar is missed.

    python3 -m train.check_prompts model.thm --save stories.txt

300 prompts that share nothing with the corpus, seeds 1 to 300, and 100 openings of the corpus's kind with new words,
temperature 0.8, top-p 0.95. What is counted, and the bars:

    hero       at least 90 % of the stories name the hero of the prompt again
    familiar   the same of the openings of the corpus's kind: at least 95 %
    thing      at least 70 % name the thing of the prompt again
    invented   at most 5 % hold a word that is in no dictionary of English, not in the corpus and not in the prompt
    end        at least 97 % come to their end within 300 tokens (and the model's context)
    repeats    at most 3 % contain a sentence twice, counted as in check_stories

--prompts FILE takes others in the place of the 300: lines of a prompt, its hero and its thing, with tabs between them; the
last two may be missing. grimm.tsv is such a file. No bars are set for them.
"""

import argparse
import functools
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from spylls.hunspell import Dictionary

from train import engine
from train.check_stories import Measure, Story, repeats_sentence, table, words_of
from train.corpus.check import base, vocabulary
from train.corpus.rng import Rng
from train.prompts import SEED, Prompt, prompts
from train.stories import write_stories

FAMILIAR_COUNT = 100
SHOWN = 10
OPTIONS: list[object] = ["--temp", 0.8, "--top-p", 0.95, "--top-k", 0, "--min-p", 0, "--repeat-penalty", 1]


@functools.cache
def _dictionary() -> Dictionary:
    return Dictionary.from_files("en_US")


@functools.cache
def is_word(word: str) -> bool:
    """Is it English, or a name of the corpus?"""
    return base(word) in vocabulary() or any(_dictionary().lookup(form) for form in (word, word.capitalize(), word.upper()))


def said_again(story: Story, word: str) -> bool:
    told = story.text[len(story.opening) :]
    return re.search(rf"\b{re.escape(word)}(?:e?s)?\b", told, re.IGNORECASE) is not None


def invented(story: Story) -> list[str]:
    given = {base(word) for word in words_of(story.opening)}
    return [word for word in words_of(story.text) if base(word) not in given and not is_word(word)]


def _percent(found: list[bool]) -> float:
    return 100 * sum(found) / max(len(found), 1)


def measure(told: list[tuple[Prompt, Story]], familiar: list[tuple[Prompt, Story]]) -> list[Measure]:
    heroes = [said_again(story, prompt.hero) for prompt, story in told if prompt.hero]
    things = [said_again(story, prompt.thing) for prompt, story in told if prompt.thing]
    odd = [word for _, story in told for word in invented(story)]
    return [
        Measure("hero", _percent(heroes), 90, True, f"of {len(heroes)} prompts that have one"),
        Measure("familiar", _percent([said_again(story, prompt.hero) for prompt, story in familiar]), 95, True,
                f"of {len(familiar)} openings of the corpus's kind"),
        Measure("thing", _percent(things), 70, True, f"of {len(things)} prompts that have one"),
        Measure("invented", _percent([bool(invented(story)) for _, story in told]), 5, False, " ".join(odd[:10])),
        Measure("end", _percent([story.ended for _, story in told]), 97, True),
        Measure("repeats", _percent([repeats_sentence(story.text) for _, story in told]), 3, False),
    ]


def read_prompts(path: Path) -> list[Prompt]:
    """As prompts.py prints them."""
    fields = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Prompt(*(line + ["", ""])[:3]) for line in fields]


def tell(model: Path, asked: list[Prompt], options: list[object]) -> list[tuple[Prompt, Story]]:
    stories = []
    for i, prompt in enumerate(asked):
        out = engine.run(model, prompt.text, "-n", 300, "-s", i + 1, *options)
        stories.append((prompt, Story(prompt.text, prompt.text + out.text, out.ended_by == "end of text")))
    return stories


def drawn(told: list[tuple[Prompt, Story]], count: int) -> list[str]:
    """Some of the stories, drawn by seed, good or bad: Markdown with the prompt in bold."""
    chosen = Rng(SEED).sample(told, count)
    return [f"> **{p.text}**{story.text[len(p.text):]}".replace("\n", "\n>\n> ") for p, story in chosen]


@dataclass
class Report:
    measures: list[Measure]
    shown: list[str]  # some of the stories

    def passed(self) -> bool:
        return all(m.passed() for m in self.measures)


def check(model: Path, count: int, save: Path | None = None, show: int = SHOWN) -> Report:
    told = tell(model, prompts(count), OPTIONS)
    familiar = tell(model, prompts(FAMILIAR_COUNT, familiar=True), OPTIONS)
    if save:
        write_stories(save, [story.text for _, story in told + familiar])
    return Report(measure(told, familiar), drawn(told, show))


def check_others(model: Path, path: Path, save: Path | None) -> str:
    told = tell(model, read_prompts(path), OPTIONS)
    if save:
        write_stories(save, [story.text for _, story in told])
    lines = [f"{m.name:9} {m.percent:5.1f} %  {m.note}".rstrip() for m in measure(told, []) if m.name != "familiar"]
    lost = [prompt.text for prompt, story in told if prompt.hero and not said_again(story, prompt.hero)]
    return "\n".join(lines + [f"lost the hero of: {'; '.join(lost)}"] * bool(lost))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.check_prompts", description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path, help="a .thm file")
    parser.add_argument("--count", type=int, default=300, help="stories [%(default)s]")
    parser.add_argument("--prompts", type=Path, help="a file of others in their place")
    parser.add_argument("--save", type=Path, help="write the stories here")
    parser.add_argument("--show", type=int, default=0, help="print so many of them, drawn by seed [%(default)s]")
    args = parser.parse_args()
    if args.prompts:
        print(check_others(args.model, args.prompts, args.save))
        return 0
    report = check(args.model, args.count, args.save, args.show)
    print("\n\n".join([table(report.measures), *report.shown]))
    return 0 if report.passed() else 1


if __name__ == "__main__":
    sys.exit(main())
