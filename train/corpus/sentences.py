"""The realiser: templates in, sentences out.

A template is plain English with two marks:

    [looked|peeked|searched]   one of these, at random; alternatives may be empty, nest, and hold slots
    {A}  {A.o}  {T.a}  {happy} a slot: a character, a thing, a place, or a pool of words from the lexicon

For a character, `{A}` `{A.o}` `{A.s}` are the subject, object and possessive, and the realiser chooses between name and
pronoun by recency: a pronoun only if the character was spoken of in this turn or the last, and nobody else who shares the
pronoun was. `{A.he}` `{A.him}` `{A.his}` `{A.self}` are always pronouns (for words bound to the subject of the clause),
`{A.n}` always the name. The first mention of a character who has not been introduced becomes an introduction ("her
friend Tom", "an old farmer") by itself.

A lower-case slot takes a word from a pool that this story has not used yet. Capitals at the start of a sentence and a / an
are put right afterwards, so templates need not think of them.
"""

import re

from .lexicon import POOLS
from .paraphrase import widen
from .world import PRONOUNS, Character, World

NEAR = 11   # words: the hero is a pronoun only if the turn that told the name was short; a tiny model forgets names
STATES = ("did", "was", "had", "could", "wanted", "felt", "never", "always", "knew", "still", "and", "[")   # "then" needs a deed
FAR = 14    # words without the hero's name, after which others say it when they speak to the hero
LINKS = ("Then", "After", "Now", "Soon", "So", "\n")   # one of them is enough for two sentences
SEVERE = ("rainy", "cold", "windy")   # weather that matters to the plot


def _parse(text, at, inside):
    """Nodes of text[at:] up to | or ] when inside a choice; returns (alternatives, next position)."""
    alternatives, nodes, start = [], [], at
    while at < len(text):
        c = text[at]
        if c == "[" or c == "{" or (inside and c in "|]"):
            if at > start:
                nodes.append(text[start:at])
            if c == "[":
                choice, at = _parse(text, at + 1, True)
                nodes.append(choice)
            elif c == "{":
                end = text.index("}", at)
                name, _, attr = text[at + 1:end].partition(".")
                nodes.append((name, attr))
                at = end + 1
            else:
                alternatives.append(nodes)
                if c == "]":
                    return alternatives, at + 1
                nodes, at = [], at + 1
            start = at
        else:
            at += 1
    assert not inside, text
    if at > start:
        nodes.append(text[start:at])
    return nodes, at


_cache = {}


def _compile(text):
    nodes = _cache.get(text)
    if nodes is None:
        nodes = _cache[text] = _parse(widen(text), 0, False)[0]
    return nodes


def _settled(text):
    """Nodes of a phrase from the environment: its choices are made, and it is not widened again."""
    return _parse(text, 0, False)[0] if "{" in text else (text,)


_AN = re.compile(r"\b([Aa]) (?=(?!uni|use|one|eu)[aeiou]|honest|hour)")
_CAPITAL = re.compile(r'(?:^"?|[.!?] "?|\." "?|\n"?)[a-z]')


def with_articles(text):
    """`text` with "an" where it must be."""
    return _AN.sub(r"\1n ", text)


def _polish(text):
    text = with_articles(text)
    return _CAPITAL.sub(lambda m: m.group()[:-1] + m.group()[-1].upper(), text)


class Env(dict):
    """Who and what the slots mean. A phrase is settled when it is put in, so that "a [cat|dog]" is the same animal each time."""

    def __init__(self, teller):
        self.teller = teller

    def __setitem__(self, key, value):
        if type(value) is str and ("[" in value or "{" in value):
            value = self.teller.settle(value)
        dict.__setitem__(self, key, value)


class Teller:
    """Tells one story: holds its cast (`env`), its world, and what has been said so far."""

    def __init__(self, rng):
        self.rng = rng
        self.world = World()
        self.env = Env(self)
        self.hero = None
        self.turns = []          # finished sentences; "\n" starts a paragraph
        self.said = set()        # templates told already
        self.spent = set()       # pool words used already
        self.now, self.before = [], []   # characters named in this turn, and in the one before
        self.named = {}          # character -> number of the turn in which the name was last told
        self.named_at = 0        # how many words the story had when that turn began, for the hero
        self.words = 0
        self.turn = 0
        self.strange = False     # do they not know each other's names yet?
        self.they = ""           # key of the one who, with the hero, is "they"
        self.paired = False      # did the opening bring in the friend, too?
        self.night = False       # does it happen at night?
        self.dated = False       # has the story said "one day" yet?
        self.weather = ""

    # Telling -------------------------------------------------------------------------------------------------------

    def say(self, *templates, **env):
        """Tells one of the templates, one that this story has not used if there is one."""
        fresh = [t for t in templates if t not in self.said] or templates
        template = self.rng.pick(fresh)
        if env:
            self.env.update(env)
        self.tell(template)

    def tell(self, template, link=True):
        """Tells this template; `link` allows a "then" before it."""
        self.said.add(template)
        self.before, self.now = self.now, []
        self.turn += 1
        template = self._who_are_they(template)
        out = []
        if link and len(self.turns) > 3 and template.startswith(("{A} ", "{B} ")) and not template[4:].startswith(STATES) \
                and not self.turns[-1].startswith(LINKS) and self.rng.chance(10):
            out.append("Then ")
        self._render(_compile(template), out)
        told = _polish("".join(out))
        if self.turns and self.turns[-1] == "\n" and self.hero.given and told.startswith(self.hero.name):
            told = "Now " + told   # at the start of a line, a name has other pieces than after a space
        self.turns.append(told)
        self.words += self.turns[-1].count(" ") + 1

    def _who_are_they(self, template):
        """"They" becomes "Tom and Lily" when Tom has not been named in the last turn."""
        if self.they and self.named.get(self.hero, 0) < self.turn - 1:
            for start in ("They ", "So they "):
                rest = template[len(start):]
                if template.startswith(start) and not rest.startswith(("both", "all", "were", "had been")):
                    return start[:-5] + "{A.n} and {" + self.they + ".n} " + rest
        return template

    def par(self):
        """Starts a paragraph; names are told again in it."""
        if self.turns and self.turns[-1] != "\n":
            self.turns.append("\n")
            self.now = []

    def text(self):
        return " ".join(self.turns).replace(" \n ", "\n").strip()

    # Slots ---------------------------------------------------------------------------------------------------------

    def _render(self, nodes, out):
        for node in nodes:
            if type(node) is str:
                out.append(node)
            elif type(node) is tuple:
                self._slot(node[0], node[1], out)
            else:
                self._render(self.rng.pick(node), out)

    def settle(self, phrase):
        """`phrase` with its choices made and its pool words drawn; the cast's slots stay."""
        out = []
        self._settle(_compile(phrase), out)
        return "".join(out)

    def _settle(self, nodes, out):
        for node in nodes:
            if type(node) is str:
                out.append(node)
            elif type(node) is list:
                self._settle(self.rng.pick(node), out)
            elif node[0] in POOLS:
                out.append(self._word(node[0]))
            else:
                out.append("{" + node[0] + ("." + node[1] if node[1] else "") + "}")

    def _slot(self, name, attr, out):
        value = self.env.get(name)
        if value is None:
            out.append(self._day() if name == "oneday" else self._word(name))
        elif type(value) is Character:
            out.append(self._refer(value, attr))
        elif type(value) is str:
            self._render(_settled(value), out)
        else:
            out.append(value.form(attr, self))

    def _word(self, name):
        pool = POOLS[name]
        for _ in range(8):
            word = self.rng.pick(pool)
            if word not in self.spent:
                self.spent.add(word)
                return word
        return word

    def _day(self):
        """one windy morning, the first time, if the opening has not said so; nothing afterwards."""
        if self.dated:
            return ""
        self.dated = True
        when = self.rng.pick(("day", "day", "day", "morning", "afternoon"))
        if self.weather and (self.weather in SEVERE or self.rng.chance(60)):
            return self.rng.pick(("one %s %s, ", "on a %s %s, ")) % (self.weather, when)
        if self.rng.chance(15):
            return self.rng.pick(("one Sunday, ", "one Saturday, ", "early one morning, ", "one day after lunch, ",
                                  "one spring day, "))
        return "one %s, " % when

    # Characters ----------------------------------------------------------------------------------------------------

    def _refer(self, who, attr):
        if attr in ("", "o", "s"):
            pronoun = self._may_be_pronoun(who)
        else:
            pronoun = attr in ("he", "him", "his", "self")
        if pronoun:
            self.now.append(who)
            table = PRONOUNS[who.he]
            return table[{"": 0, "he": 0, "o": 1, "him": 1, "s": 2, "his": 2, "self": 3}[attr]]
        if attr == "voc":
            self.now.append(who)
            return who.voc
        if attr == "noun":
            return who.noun
        name = self._name(who)
        return name + "'s" if attr in ("s", "ns") else name

    def _may_be_pronoun(self, who):
        if not who.known or who is self.hero and (self.named.get(who,
            0) < self.turn - 1 or self.words - self.named_at > NEAR):
            return False   # the hero's name is never far away
        recent = self.before + self.now
        if who.members:
            if not (who in recent or all(m in recent for m in who.members)):
                return False
        elif who not in recent:
            return False
        alone = bool(who.members) or who in recent
        for other in recent:
            if other.he == who.he and other is not who:
                return False
            if other is who:
                alone = True
            elif who in other.members:
                alone = False   # after "Tom and Lily" a bare "she" is weak
        if not alone:
            return False
        return who in self.now or self.rng.below(100) < 60

    def _name(self, who):
        if who.members:
            name = self._list([self._name(m) for m in who.members])
            who.known = True
            self.now.append(who)
            return name
        if who.kin:
            # "her mom" where it is clear whose; "Mom" otherwise
            if (not who.known or self.rng.below(2)) and self._clear_whose():
                name = PRONOUNS[self.hero.he][2] + " " + who.kin
            elif not who.known and not self.now:
                name = self.hero.name + "'s " + who.kin
                self.now.append(self.hero)
            else:
                name = who.name
            who.known = True
        elif not who.known:
            who.known = True
            whose = PRONOUNS[self.hero.he][2] if self._clear_whose() else self.hero.name + "'s"
            name = who.first.replace("WHOSE", whose)
        else:
            name = who.name
        self.named[who] = self.turn
        if who is self.hero:
            self.named_at = self.words
        self.now.append(who)
        return name

    def _clear_whose(self):
        """May we say "her mom", right after her name or where she is the only one?"""
        return bool(self.now) and self.now[-1] is self.hero or self._may_be_pronoun(self.hero)

    @staticmethod
    def _list(names):
        if len(names) == 2:
            return names[0] + " and " + names[1]
        return ", ".join(names[:-1]) + ", and " + names[-1]
