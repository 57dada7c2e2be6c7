"""The corpus: short stories for small children, told by a grammar.

Read in this order:

    rng.py         random numbers that will be the same in every Python
    lexicon.py     names, things, places, and pools of words that may stand for one another
    world.py       characters, things, and a world that refuses what cannot be
    given.py       what only a prompt can name: long lists, made-up words
    cast.py        who may appear in a story
    sentences.py   the realiser: templates in, sentences with names or pronouns out
    speech.py      who said it, and how
    turns.py       what comes in many plots: asking, comfort, thanks, an apology, joy
    titles.py      prompts that stand above the story
    frames.py      how stories begin and end
    story.py       all of it in one object, which the plots are written against
    plots_*.py     the plots: what may happen
    finish.py      a told story as training text: title, small letters, marks
    check.py       what is true of every story, and how varied they are

`generate(seed, index)` tells one story; the same two numbers tell the same story everywhere.
"""

from . import cast
from . import plots_days, plots_finding, plots_friends, plots_giving, plots_heart, plots_making  # noqa: F401  (they register)
from .check import sentences_of
from .finish import finished
from .rng import Rng
from .story import PLOTS, Story
from ..marks import unmarked

MIN_WORDS, MAX_WORDS = 60, 125
END_OF_STORY = "<|endoftext|>"
PLOT_NAMES = sorted(PLOTS)


class Told:
    """A finished story; `marked` is its text with the marks of stories.py around what only a prompt can name."""

    __slots__ = ("marked", "name", "plot")

    def __init__(self, marked, name, plot):
        self.marked, self.name, self.plot = marked, name, plot

    @property
    def text(self):
        return unmarked(self.marked)


# Plots with a thing come more often, so that things that a prompt names are practised.
_WEIGHTS = [(name, 5 if "thing" in PLOTS[name][2] else 2) for name in PLOT_NAMES]


def _open_parts(rng, may_be_open):
    """What only the prompt can name in this story: nothing, the hero, or more."""
    if rng.chance(12):
        return ()
    parts = [part for part in may_be_open if rng.chance(20 if part == "place" else 75)]
    return ("hero", *parts) if not parts or rng.chance(50) else tuple(parts)


def generate(seed, index, plot=None):
    """The story of (seed, index); `plot` asks for a certain plot (another story than without)."""
    for attempt in range(200):
        rng = Rng(seed, index, attempt)
        name = plot or rng.weighted(_WEIGHTS)
        tell, kinds, may_be_open = PLOTS[name]
        parts = _open_parts(rng, may_be_open)
        s = Story(rng, cast.hero(rng, kinds, "hero" in parts), parts)
        tell(s)
        text = s.text()
        if not MIN_WORDS <= text.count(" ") + text.count("\n") + 1 <= MAX_WORDS:
            continue
        told = sentences_of(text)
        main = s.hero.nameless or s.hero.name
        end = text[len(text) * 3 // 5:].lower()
        if len(set(told)) == len(told) and main.lower() in end:
            return Told(finished(s), main, name)
    raise AssertionError("plot " + name + " does not yield a story of the right length")
