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

    __slots__ = ("name", "first", "he", "kind", "noun", "voc", "kin", "known", "members", "nameless", "given")

    def __init__(self, name, he, kind, noun, first="", voc="", kin="", members=(), nameless="", given=()):
        self.name = name        # "Lily", "the little robot", "Mom", "the farmer"
        self.he = he            # key of PRONOUNS
        self.kind = kind        # child, animal, robot, toy, grown, pet, group
        self.noun = noun        # girl, rabbit, robot, farmer
        self.first = first      # "" means: the name will do
        self.voc = voc or name  # how others address them
        self.kin = kin          # "mom": may be called "her mom"
        self.known = not first
        self.members = members  # of a group
        self.nameless = nameless   # "little robot": what they are called who have no name
        self.given = given      # words that only a prompt can name


class Thing:
    """An object: `noun` with an adjective; `{T.a}` a red ball, `{T}` the ball, `{T.full}` red ball, `{T.it}`."""

    __slots__ = ("noun", "adj", "tags", "given")

    def __init__(self, noun, adj, tags="", given=()):
        self.noun, self.adj, self.tags, self.given = noun, adj, tags, given

    def form(self, attr, story):
        full = (self.adj + " " + self.noun).strip()
        return {"": "the " + self.noun, "n": self.noun, "full": full, "a": "a " + full}[attr]


class Place:
    """`{P}` the park, `{P.at}` in the park, `{P.to}` to the park."""

    __slots__ = ("the", "prep", "given")

    def __init__(self, the, prep, given=()):
        self.the, self.prep, self.given = the, prep, given

    def form(self, attr, story):
        return {"": self.the, "at": self.prep + " " + self.the, "to": "to " + self.the}[attr]


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

    def lay(self, thing, place):
        self.holder[thing] = place

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
