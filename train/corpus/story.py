"""A story in the making: the realiser plus speech, openings and closings. The plots are written against this class."""

from . import cast, frames
from .sentences import Teller
from .speech import tagged

def _address(line, listener):
    """The line with the listener's name in it: "Are you hurt, Lily?" """
    first, slash, rest = line.partition(" / ")
    if "{" in line or listener.voc.startswith("the ") or len(first) < 12 or "," in first:
        return line
    return first[:-1] + ", {L.voc}" + first[-1] + slash + rest


PLOTS = {}   # name -> (function, kinds of hero)


def plot(name, kinds="child animal robot toy"):
    def register(function):
        PLOTS[name] = (function, kinds.split())
        return function
    return register


class Story(Teller):
    def __init__(self, rng, hero):
        super().__init__(rng)
        self.hero = self.env["A"] = hero

    # Cast ----------------------------------------------------------------------------------------------------------

    def friend(self, key="B", **how):
        self.env[key] = cast.friend(self.rng, self.hero, **how)
        return self.env[key]

    def kin(self, key="K", **how):
        self.env[key] = cast.kin(self.rng, self.hero, **how)
        return self.env[key]

    def stranger(self, key="S", **how):
        self.env[key] = cast.stranger(self.rng, self.hero, **how)
        return self.env[key]

    def treasure(self, key="T", **how):
        self.env[key] = cast.treasure(self.rng, **how)
        return self.env[key]

    def place(self, *names, key="P"):
        self.env[key] = cast.place(self.rng, self.hero, *names)
        return self.env[key]

    def group(self, key, *members):
        self.env[key] = cast.group(*(self.env[m] for m in members))
        return self.env[key]

    # Speech --------------------------------------------------------------------------------------------------------

    def speak(self, who, *lines, mood="plain", to=None):
        """`who` (a key of the cast) says one of `lines`, in a mood, to somebody."""
        fresh = [line for line in lines if line not in self.said] or lines
        line = self.rng.pick(fresh)
        self.said.add(line)
        self.env["W"] = self.env[who]
        if to and not self.strange and self.rng.chance(30):
            line = _address(line, self.env[to])
        self.env["L"] = self.env[to] if to else None
        self.say(tagged(self.rng, line, mood, to is not None))

    # Frames --------------------------------------------------------------------------------------------------------

    def open(self, **how):
        frames.open_story(self, **how)

    def close(self, endings, morals=(), mate=None):
        frames.close_story(self, endings, morals, mate)

    def react(self):
        frames.reaction(self)

    def scene(self, outside=True, percent=45):
        frames.scene(self, outside, percent)

    def beat(self, mood, percent=65):
        frames.beat(self, mood, percent)
