"""Who may appear in a story: heroes, friends, families, strangers, pets, and what they own."""

from . import given
from . import lexicon as lex
from .world import Character, Place, Thing

_SHE = {"mom", "grandma", "aunt", "sister"}
_SHARES = {"child": 60, "animal": 28, "robot": 12}


def _named(rng, kind, he, taken=""):
    """A name that does not begin as the hero's does."""
    pool = {"animal": lex.ANIMAL_NAMES, "robot": lex.ROBOT_NAMES, "child": {"she": lex.GIRLS, "he": lex.BOYS}}[kind][he]
    return rng.pick([name for name in pool if name[0] != taken[:1].upper()])


def hero(rng, kinds, open=False):
    """The main character, of one of `kinds`; `open`: one that only the prompt can name."""
    kind = rng.weighted([(k, _SHARES[k]) for k in kinds])
    if open:
        return _my_hero(rng, kind) if rng.chance(8) else _open_hero(rng, kind)
    he = rng.pick(("he", "she"))
    if kind == "child":
        return Character(_named(rng, kind, he), he, kind, "boy" if he == "he" else "girl")
    noun = rng.pick({"animal": lex.ANIMALS, "robot": ("robot",)}[kind])
    if rng.chance(35):
        return _nameless(noun, "she" if noun in lex.SHE_ANIMALS else "he", kind, little=True)
    return Character(_named(rng, kind, he), he, kind, noun)


def _nameless(noun, he, kind, little, **more):
    called = "little " + noun if little else noun
    return Character("the " + called, he, kind, noun, voc=called, nameless=called, **more)


def _open_hero(rng, kind):
    """A boy named Blick, a pirate, Zora the zebra."""
    boy_or_girl = kind == "child" and rng.chance(62)
    noun = "" if boy_or_girl else given.noun(rng, kind)
    sure = noun in given.SHE_NOUNS
    if noun and rng.chance(45):
        return _nameless(noun, "she" if sure else "he", kind, little=rng.chance(40), given=(noun,))
    name, he = given.name(rng, kind, "she" if sure else "he" if noun and kind == "child" else None)
    noun = noun or ("boy" if he == "he" else "girl")
    return Character(name, he, kind, noun, given=(name,) if boy_or_girl else (noun, name))


_MINE = [("sister", "she"), ("little sister", "she"), ("brother", "he"), ("big brother", "he"), ("friend", "he"),
         ("cousin", "he"), ("best friend", "she"), ("dog", "he"), ("cat", "she"), ("uncle", "he"), ("aunt", "she"),
         ("neighbor", "he")]


def _my_hero(rng, kind):
    """My sister, my dog, my zebra."""
    noun, he = rng.pick(_MINE) if kind == "child" else (given.noun(rng, kind), "he")
    return Character("my " + noun, he, kind, noun, voc="the ", given=("my " + noun,))


def friend(rng, a, role="friend", he=None, first=None, kind=None):
    """Another child (or animal, ...) of the hero's world, most often of the other pronoun."""
    kind = kind or a.kind
    if he is None:
        he = a.he if rng.chance(15) else ("she" if a.he == "he" else "he")
    name = _named(rng, kind, he, a.noun if a.nameless else a.name)
    if kind == "child":
        noun = "boy" if he == "he" else "girl"
        first = first or "WHOSE " + role + " " + name
    else:
        noun = rng.pick([n for n in lex.ANIMALS if n != a.noun]) if kind == "animal" else "robot"
        first = first or "WHOSE " + role + " " + name + " the " + noun
    return Character(name, he, kind, noun, first=first.replace("NAME", name).replace("NOUN", noun))


def kin(rng, a, labels=("mom", "dad", "grandma", "grandpa")):
    """Somebody who cares for the hero."""
    if a.kind == "robot":
        name, he = rng.pick((("Grandpa Finch", "he"), ("Aunt Bell", "she")))
        return Character(name, he, "grown", "inventor")
    label = rng.pick([label for label in labels if label not in a.name.lower()])
    name = label.capitalize()
    return Character(name, "she" if label in _SHE else "he", "grown", label, kin=label, voc=name, first="kin")


_STRANGERS = {
    "child": [("farmer", "he"), ("baker", "he"), ("old woman", "she"), ("old man", "he"),
              ("tall man", "he"), ("kind woman", "she")],
    "animal": [("wise owl", "she"), ("old turtle", "he"), ("big bear", "he"), ("white horse", "she"),
               ("brown cow", "she"), ("big dog", "he")],
}


def stranger(rng, a, avoid=""):
    """Somebody without a name: an old woman, a wise owl."""
    pool = _STRANGERS["animal" if a.kind == "animal" else "child"]
    noun, he = rng.pick([p for p in pool if p[0].split()[-1] not in (a.noun, avoid)])
    return Character("the " + noun, he, "grown", noun, first="a " + noun)


def pet(rng, he, open=False):
    """An animal that lives with a child."""
    if open:
        noun = given.noun(rng, "animal")
        name, he = given.name(rng, "animal", he)
        return Character(name, he, "pet", noun, given=(noun, name))
    return Character(rng.pick(lex.ANIMAL_NAMES[he]), he, "pet", rng.pick(lex.PETS))


def group(*members):
    return Character("", "they", "group", "friends", first="group", members=members)


def treasure(rng, nouns=(), adjectives=(), open=False):
    """A thing somebody may love; `nouns` are the nouns it may be, unless it is `open`."""
    adjective = rng.pick(adjectives or (lex.COLOURS if rng.chance(65) else lex.LOOKS))
    if open:
        noun = given.thing(rng)
        return Thing(noun, "" if rng.chance(60) else adjective, given=(noun,))
    noun, tags = rng.pick([t for t in lex.TREASURES if t[0] in nouns] or [(n, "") for n in nouns] or lex.TREASURES)
    return Thing(noun, adjective, tags)


def place(rng, a, *names, open=False):
    """A place that suits the hero, or one of `names`."""
    if open:
        noun = given.place(rng)
        return Place("the " + noun, rng.pick(("in", "at")), given=(noun,))
    suits = [p for p in lex.PLACES if a.kind in p[2]]
    the, preposition, _ = rng.pick([p for p in suits if p[0] in names] or suits)
    return Place("the " + the, preposition)
