"""The corpus: short stories for small children, told by a grammar.

Read in this order:

    rng.py         random numbers that will be the same in every Python
    lexicon.py     names, things, places, and pools of words that may stand for one another
    world.py       characters, things, and a world that refuses what cannot be
    cast.py        who may appear in a story
    sentences.py   the realiser: templates in, sentences with names or pronouns out
    speech.py      who said it, and how
    turns.py       what comes in many plots: asking, comfort, thanks, an apology, joy
    frames.py      how stories begin and end
    story.py       all of it in one object, which the plots are written against
    plots_*.py     the plots: what may happen
    check.py       what is true of every story, and how varied they are

`generate(seed, index)` tells one story; the same two numbers tell the same story everywhere.
"""

from . import cast
from . import plots_days, plots_finding, plots_friends, plots_giving, plots_heart, plots_making  # noqa: F401  (they register)
from .check import sentences_of
from .rng import Rng
from .story import PLOTS, Story

MIN_WORDS, MAX_WORDS = 60, 140
END_OF_STORY = "<|endoftext|>"
PLOT_NAMES = sorted(PLOTS)


class Told:
    """A finished story."""

    __slots__ = ("text", "name", "plot")

    def __init__(self, text, name, plot):
        self.text, self.name, self.plot = text, name, plot


def generate(seed, index, plot=None):
    """The story of (seed, index); `plot` asks for a certain plot (another story than without)."""
    for attempt in range(200):
        rng = Rng(seed, index, attempt)
        name = plot or rng.pick(PLOT_NAMES)
        tell, kinds = PLOTS[name]
        s = Story(rng, cast.hero(rng, kinds))
        tell(s)
        text = s.text()
        if not MIN_WORDS <= text.count(" ") + text.count("\n") + 1 <= MAX_WORDS:
            continue
        told = sentences_of(text)
        end = text[len(text) * 3 // 5:].lower()
        if len(set(told)) == len(told) and s.hero.name.lower() in end:
            return Told(text, s.hero.name.replace("the little", "little"), name)
    raise AssertionError("plot " + name + " does not yield a story of the right length")
