"""Who may appear in a story: heroes, friends, families, strangers, pets, and what they own."""

from . import lexicon as lex
from .world import Character, Place, Thing

_SHE = {"mom", "grandma", "aunt", "mother", "sister"}


def _named(rng, kind, he, taken):
    pool = {"animal": lex.ANIMAL_NAMES, "robot": lex.ROBOT_NAMES, "child": {"she": lex.GIRLS, "he": lex.BOYS}}[kind][he]
    while True:
        name = rng.pick(pool)
        if all(name[0] != other.replace("the little ", "")[0].upper() for other in taken):
            return name


def hero(rng, kinds):
    """The main character, of one of `kinds`; children most often."""
    kind = rng.weighted([(k, {"child": 66, "animal": 25, "robot": 9}[k]) for k in kinds])
    he = rng.pick(("he", "she"))
    if kind == "child":
        name = _named(rng, kind, he, ())
        return Character(name, he, kind, "boy" if he == "he" else "girl")
    noun = rng.pick({"animal": lex.ANIMALS, "robot": ("robot",)}[kind])
    if rng.chance(35):
        he = "she" if noun in lex.SHE_ANIMALS else "he"
        return Character("the little " + noun, he, kind, noun, voc="little " + noun)
    return Character(_named(rng, kind, he, ()), he, kind, noun)


def friend(rng, a, role="friend", he=None, first=None, kind=None):
    """Another child (or animal, ...) of the hero's world, most often of the other pronoun."""
    kind = kind or a.kind
    if he is None:
        he = a.he if rng.chance(25) else ("she" if a.he == "he" else "he")
    name = _named(rng, kind, he, (a.name,))
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
    label = rng.pick(labels)
    if a.kind == "animal":
        label = {"mom": "mother", "dad": "father"}.get(label, label)
    name = {"mother": "Mama", "father": "Papa"}.get(label, label.capitalize())
    return Character(name, "she" if label in _SHE else "he", "grown", label, kin=label, voc=name, first="kin")


_STRANGERS = {
    "child": [("farmer", "he"), ("baker", "he"), ("old woman", "she"), ("old man", "he"), ("gardener", "she"),
              ("fisherman", "he"), ("kind lady", "she"), ("tall man", "he"), ("painter", "she"), ("shopkeeper", "he"),
              ("bus driver", "she"), ("music teacher", "she"), ("miller", "he"), ("young woman", "she"), ("sailor", "he"),
              ("postman", "he"), ("doctor", "she"), ("carpenter", "he"), ("pilot", "she"), ("shepherd", "he"), ("nurse", "she"),
              ("clown", "he"), ("captain", "she"), ("tailor", "he"), ("librarian", "she"), ("beekeeper", "he"),
              ("florist", "she"), ("juggler", "he"), ("weaver", "she"), ("blacksmith", "he"), ("cook", "he"), ("dancer", "she")],
    "animal": [("wise owl", "she"), ("old turtle", "he"), ("big bear", "he"), ("gray goose", "she"), ("white horse", "she"),
               ("brown cow", "she"), ("old goat", "he"), ("tall deer", "she"), ("old badger", "he"), ("white swan", "she"),
               ("gray donkey", "he"), ("proud rooster", "he"), ("young stork", "she"), ("shaggy dog", "he"),
               ("tiny shrew", "she"), ("gray wolf", "he"), ("black raven", "he"), ("fat toad", "he"), ("speckled hen", "she"),
               ("young fawn", "she")],
}


def stranger(rng, a, avoid=""):
    """Somebody without a name: an old woman, a wise owl."""
    pool = _STRANGERS["animal" if a.kind == "animal" else "child"]
    noun, he = rng.pick([p for p in pool if p[0].split()[-1] not in (a.noun, avoid)])
    return Character("the " + noun, he, "grown", noun, first="a " + noun)


def pet(rng, he=None):
    """An animal that lives with a child."""
    noun = rng.pick(lex.PETS)
    he = he or rng.pick(("he", "she"))
    return Character(rng.pick(lex.ANIMAL_NAMES[he]), he, "pet", noun)


def group(*members):
    return Character("", "they", "group", "friends", first="group", members=members)


def treasure(rng, nouns=()):
    """A thing somebody may love; `nouns` are the nouns it may be."""
    noun, tags = rng.pick([t for t in lex.TREASURES if t[0] in nouns] or lex.TREASURES)
    return Thing(noun, rng.pick(lex.COLOURS if rng.chance(65) else lex.LOOKS), tags)


def place(rng, a, *names):
    """A place that suits the hero, or one of `names`."""
    suits = [p for p in lex.PLACES if a.kind in p[2]]
    return Place(*_place(rng.pick([p for p in suits if p[0] in names] or suits)))


def _place(row):
    return "the " + row[0], row[1], row[2]
