"""What a story is about: characters, things, places, and the state of the little world they share.

The plots change the world only through `World.go`, `take`, `give` and `put`, which refuse what cannot be (to give away
what one does not hold, or to somebody who is elsewhere). So an object does not teleport, and the endings
may ask the world what is true ("is the hero at home?") before they say it.
"""

PRONOUNS = {
    "he": ("he", "him", "his", "himself"),
    "she": ("she", "her", "her", "herself"),
    "they": ("they", "them", "their", "themselves"),
}


class Character:
    """Somebody. `name` is how the story calls them once known; `first` is the template of the first mention."""

    __slots__ = ("name", "first", "he", "kind", "noun", "voc", "kin", "known", "members")

    def __init__(self, name, he, kind, noun, first="", voc="", kin="", members=()):
        self.name = name        # "Lily", "the little robot", "Mom", "the farmer"
        self.he = he            # key of PRONOUNS
        self.kind = kind        # child, animal, robot, toy, grown, pet, group
        self.noun = noun        # girl, rabbit, robot, farmer
        self.first = first      # "" means: the name will do
        self.voc = voc or name  # how others address them
        self.kin = kin          # "mom": may be called "her mom"
        self.known = not first
        self.members = members  # of a group


class Thing:
    """An object: `noun` with an adjective; `{T.a}` a red ball, `{T}` the ball, `{T.full}` red ball, `{T.it}`."""

    __slots__ = ("noun", "adj", "tags")

    def __init__(self, noun, adj, tags=()):
        self.noun, self.adj, self.tags = noun, adj, tags

    def form(self, attr, story):
        noun = self.noun
        if attr == "":
            return "the " + (self.adj + " " + noun if story.rng.below(4) == 0 else noun)
        if attr == "n":
            return noun
        if attr == "full":
            return self.adj + " " + noun
        if attr == "a":
            return "a " + self.adj + " " + noun
        if attr == "an":
            return "a " + noun
        if attr == "adj":
            return self.adj
        raise KeyError(attr)


class Place:
    """`{P}` the park, `{P.at}` in the park, `{P.to}` to the park."""

    __slots__ = ("the", "prep", "tags")

    def __init__(self, the, prep, tags=()):
        self.the, self.prep, self.tags = the, prep, tags

    def form(self, attr, story):
        if attr == "":
            return self.the
        if attr == "at":
            return self.prep + " " + self.the
        if attr == "to":
            return "to " + self.the
        raise KeyError(attr)


class World:
    """Who is where, and who holds what. A place is any value; HOME is where the hero lives."""

    HOME = "home"

    def __init__(self):
        self.where = {}
        self.holder = {}   # Thing -> Character, or a place

    def go(self, place, *who):
        for character in who:
            self.where[character] = place

    def at(self, character):
        return self.where.get(character, World.HOME)

    def together(self, a, b):
        return self.at(a) == self.at(b)

    def own(self, thing, character):
        self.holder[thing] = character

    def holds(self, character, thing):
        return self.holder.get(thing) is character

    def give(self, thing, giver, taker):
        assert self.holds(giver, thing), (giver.name, "does not hold", thing.noun)
        assert self.together(giver, taker), (giver.name, "and", taker.name, "are not together")
        self.holder[thing] = taker

    def put(self, thing, who):
        """Whoever holds it lets go of it where they are (drops, loses, leaves it)."""
        assert self.holds(who, thing), (who.name, "does not hold", thing.noun)
        self.holder[thing] = self.at(who)

    def take(self, thing, who):
        """It was lying somewhere; `who` must be there."""
        assert self.holder.get(thing) == self.at(who), (thing.noun, "is not where", who.name, "is")
        self.holder[thing] = who
