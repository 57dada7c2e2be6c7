"""A story in the making: the realiser plus speech, shared turns, openings and closings. The plots are written against it."""

import re

from . import cast, frames, given
from .sentences import FAR, Teller
from .speech import tagged
from .turns import BEATS, LINES, EVENTS

PLOTS = {}   # name -> (function, kinds of hero, what of it a prompt may name beside the hero)


def plot(name, kinds="child animal robot", open=""):
    def register(function):
        PLOTS[name] = (function, kinds.split(), open.split())
        return function
    return register


def _address(line, listener):
    """The line with the listener's name in it: "Are you hurt, Lily?" """
    first, slash, rest = line.partition(" / ")
    if "{" in line or listener.voc.startswith("the ") or len(first) < 10 or "," in first:
        return line
    return first[:-1] + ", {L.voc}" + first[-1] + slash + rest


class Story(Teller):
    def __init__(self, rng, hero, open=()):
        super().__init__(rng)
        self.hero = self.env["A"] = hero
        self.open_parts = open   # of "hero", "thing", "place", "pet": what only the prompt can name
        self.lost = ""           # what befalls the thing, as a title would have it: "lost", "broken"
        self.title = ""
        self.titled = []         # what of the story the title names
        self.given = list(hero.given)

    # Cast ----------------------------------------------------------------------------------------------------------

    def friend(self, key="B", **how):
        self.env[key] = cast.friend(self.rng, self.hero, **how)
        return self.env[key]

    def kin(self, key="K", **how):
        self.env[key] = cast.kin(self.rng, self.hero, **how)
        return self.env[key]

    def helper(self, key="H"):
        """Somebody who cares: one of the family, or a friend."""
        return self.kin(key) if self.rng.chance(50) else self.friend(key)

    def newcomer(self, key="B"):
        """A child (animal, robot) whom the hero does not know yet."""
        b = self.friend(key)
        b.first = "a " + b.noun + " named " + b.name
        return b

    def stranger(self, key="S", **how):
        self.env[key] = cast.stranger(self.rng, self.hero, **how)
        return self.env[key]

    def treasure(self, key="T", **how):
        self.env[key] = cast.treasure(self.rng, open="thing" in self.open_parts, **how)
        self.given += self.env[key].given
        return self.env[key]

    def dread(self, key="T"):
        """What somebody is afraid of: fire, the lamp."""
        if self.rng.chance(40):
            self.treasure(key)
            return "the " + self.env[key].noun
        noun = given.dread(self.rng)
        self.given.append(noun)
        return noun

    def place(self, *names, key="P"):
        self.env[key] = cast.place(self.rng, self.hero, *names, open="place" in self.open_parts)
        self.given += self.env[key].given
        return self.env[key]

    def pet(self, key="P"):
        self.env[key] = cast.pet(self.rng, "she" if self.hero.he == "he" else "he", open="pet" in self.open_parts)
        self.given += self.env[key].given
        return self.env[key]

    def told_of(self, thing):
        """Has the opening told of it?"""
        return any(re.search(r"\b" + re.escape(thing.noun) + r"\b", turn) for turn in self.turns)

    def row(self, rows):
        """One of `rows`, of which the last column says for which kinds of hero."""
        return self.rng.pick([row for row in rows if self.hero.kind in row[-1]])

    # Speech and events ----------------------------------------------------------------------------------------------

    def speak(self, who, *lines, mood="plain", to=None):
        """`who` (a key of the cast) says one of `lines`, in a mood, to somebody."""
        fresh = [line for line in lines if line not in self.said] or lines
        line = self.rng.pick(fresh)
        self.said.add(line)
        self.env["W"] = self.env[who]
        if to and not self.strange and self.env[to].known:
            far = self.env[to] is self.hero and self.words - self.named_at > FAR
            if self.rng.chance(80 if far else 25):
                line = _address(line, self.env[to])
                self.env["L"] = self.env[to]
        self.say(tagged(self.rng, line, mood))

    def line(self, name, who, to=None):
        """`who` says one of the lines that many plots share."""
        mood, lines = LINES[name]
        self.speak(who, *lines, mood=mood, to=to)

    def event(self, name, other="B", percent=100):
        """Tells one of the events that many plots share; `other` is the key of {X}."""
        if self.rng.chance(percent):
            self.env["X"] = self.env[other]
            self.say(*EVENTS[name])

    def beat(self, mood, percent=60):
        """Sometimes, how the hero feels."""
        if self.rng.chance(percent * 3 // 4):
            self.say(*BEATS[mood])

    def perhaps_rain(self):
        """For plots indoors: sometimes the day is a rainy one, unless the opening has said how it is."""
        if not self.weather and self.rng.chance(25):
            self.weather = "rainy"

    # Frames --------------------------------------------------------------------------------------------------------

    def open(self, **how):
        frames.open_story(self, **how)

    def close(self, endings, morals=(), mate=None):
        frames.close_story(self, endings, morals, mate)
