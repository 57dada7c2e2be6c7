"""What a prompt may name: heroes, things and places that the model has to take from the prompt.

Whoever types a prompt has a hero of their own in mind, whom no list holds. So in most stories the hero, the thing or the
place comes from long lists (words/) or is made up of syllables, and nothing but saying it again foresees it. Where such a
word comes first the story marks it (finish.py), and training does not count it there: so the model learns to use such
words and not to come up with them.
"""

import re
from pathlib import Path

from .. import held_back

_FOLDER = Path(__file__).with_name("words")


def _words(name):
    text = (_FOLDER / (name + ".txt")).read_text(encoding="ascii")
    return text.replace("\n", "").split("|") if "|" in text else text.split()


GIRLS, BOYS, PETS = _words("girls"), _words("boys"), _words("pet_names")
NOUNS = {"child": _words("people"), "animal": _words("animals"), "robot": _words("machines")}
DREADS = _words("dreads")
THINGS, PLACES = _words("things"), _words("places")
RANKS = {"he": "Mr. Captain King Prince Uncle Sir Doctor Professor Grandpa Old Little Big".split(),
         "she": "Mrs. Miss Queen Princess Aunt Lady Doctor Professor Granny Old Little Madam".split()}
SHE_NOUNS = set("""ballerina cowgirl duchess lady maid nun nurse princess queen witch sister mermaid fairy hen cow ladybug
    grandmother schoolgirl doll""".split())

_HELD_BACK = {word.lower() for word in [*held_back.NAMES, *held_back.HEROES, *held_back.THINGS]}
_ONSETS = """b b c d d f f g g h h j k k l l m m n n p p r r s s t t v w y z z bl br ch cl cr dr fl fr gl gr kl kr pl pr qu sh sk
    sl sm sn sp st sw th tr tw wh x zw""".split() + [""] * 4
_VOWELS = "a a a e e i i o o o u u ai ee oo ou ea y".split()
_CODAS = "b ck d ff g k l ll m mp n n nd ng nk nt p r r rk rn s sh sk ss st t th x zz".split() + [""] * 14


def syllables(rng, least=1):
    """A word that is none, and can be said: "brindo", "zwack"."""
    while True:
        count = max(least, rng.weighted([(1, 2), (2, 8), (3, 5), (4, 2)]))
        word = "".join(rng.pick(_ONSETS) + rng.pick(_VOWELS) for _ in range(count)) + rng.pick(_CODAS)
        if 3 <= len(word) <= 12 and not re.search(r"(.)\1\1|[aeiouy]{3}", word) and word not in _HELD_BACK:
            return word


def blend(rng, words):
    """The beginning of one word with the end of another, "bugpet": letters as English has them, and nothing but the
    prompt to tell how they go on."""
    singles = [word for word in words if 4 <= len(word) and word.isalpha()]
    while True:
        first, last = rng.pick(singles), rng.pick(singles)
        word = first[:2 + rng.below(len(first) - 2)] + last[1 + rng.below(len(last) - 2):].lower()
        if 4 <= len(word) <= 13 and word not in (first, last) and word.lower() not in _HELD_BACK \
                and not re.search(r"(.)\1\1|[aeiouy]{4}|[^aeiouy]{5}", word):
            return word


def _noun(rng, words, syllabic, blended):
    """One of `words`, or, so many times in 100, one made up of syllables, or of two of them."""
    chance = rng.below(100)
    if chance < syllabic:
        return syllables(rng, 2)
    return blend(rng, words) if chance < syllabic + blended else rng.pick(words)


def he_or_she(name):
    """The sex of a name that nobody knows: one that the name tells, so that it need not be remembered."""
    return "she" if name[-1] in "aeiy" else "he"


def _any_name(rng, kind):
    chance = rng.below(100)
    if chance < 40:
        name = syllables(rng).capitalize()
    elif chance < 65:
        name = blend(rng, GIRLS + BOYS + PETS)
    elif kind == "child" or rng.chance(30):
        return rng.pick(((rng.pick(GIRLS), "she"), (rng.pick(BOYS), "he")))
    else:
        name = rng.pick(PETS)
    return name, he_or_she(name)


def name(rng, kind, he=None):
    """(a name, its pronoun): of people, of pets, or made up; `he` asks for one of the two."""
    while True:
        name, its = _any_name(rng, kind)
        if he in (None, its):
            return (rng.pick(RANKS[its]) + " " + name, its) if rng.chance(6) else (name, its)


def noun(rng, kind):
    """What the hero is: a pirate, a zebra, a tugboat, and sometimes what nobody has heard of."""
    return _noun(rng, NOUNS[kind], 15, 30)


def thing(rng):
    """What the hero has, finds or loses."""
    return _noun(rng, THINGS, 15, 40)


def dread(rng):
    """What the hero is afraid of, many of it or without number: "fire", "spiders"."""
    return _noun(rng, DREADS, 15, 30)


def place(rng):
    """Where the hero goes."""
    return _noun(rng, PLACES, 10, 20)
