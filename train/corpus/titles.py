"""Prompts that begin no sentence: a bare noun, a wish, a question, half a sentence. The story stands below, as under a title.

Their templates are in words/titles.txt; a title has no slot that its story cannot fill.
"""

import re
from pathlib import Path

from .sentences import with_articles
from .world import Place, Thing


def _sections(text):
    """The templates by the section that they stand in."""
    parts = re.split(r"^\[(.+)\]\n", text, flags=re.MULTILINE)[1:]
    return {name: lines.strip("\n").split("\n") for name, lines in zip(parts[::2], parts[1::2])}


_FOLDER = Path(__file__).with_name("words")
_POOLS = _sections((_FOLDER / "titles.txt").read_text(encoding="ascii"))
_LOOSE = {name: lines[0].split("|") for name, lines in _sections((_FOLDER / "loose.txt").read_text(encoding="ascii")).items()}
_ENDS = ["", "", "", "", ".", ".", "!", "?", "...", ",", " and", " in the", " with a", " because", " one day", " again."]
_SLOT = re.compile(r"\b(?:LT|Ns|[FNMTP])\b")


def _half_sentence(rng, whom, did):
    """Who did what, and perhaps a word more."""
    lead = rng.pick(_POOLS["half: lead"]) + " " if rng.chance(65) else ""
    told = lead + rng.pick(_POOLS["half: " + whom]) + " " + rng.pick(_POOLS["half: " + did]) + rng.pick(_ENDS)
    return told if rng.chance(30) else told[0].upper() + told[1:]


def _scene(rng, whom, thing=False):
    """Where there was whom or what: the word of the story comes last, behind others that begin like a name."""
    shown = rng.pick(("a T", "the T")) if thing else rng.pick(_POOLS["half: " + whom])
    told = " ".join((rng.pick(_POOLS["scene: where"]), rng.pick(_POOLS["scene: came"]), shown)) + rng.pick(_ENDS)
    return told[0].lower() + told[1:] if rng.chance(20) else told


def _call(rng, whom):
    """Something said to or about the hero."""
    return rng.pick(_POOLS["call"]).replace("X", rng.pick(_POOLS["half: " + whom]), 1)


def _whom(rng, whom):
    """The hero, as anybody may call them: "our grumpy N", "M, the second N"."""
    many = rng.pick(_LOOSE["adjective"])
    if rng.chance(40):
        return rng.pick(_POOLS["half: " + whom])
    if whom == "who":
        return rng.pick(("a ", "a ", "the ", "the ", "this ", "that ", "my ", "our ", "some ", "")) + many + " N"
    return rng.pick((many + " M", "M", "M the " + many + " N", "a " + many + " N named M", "M, a " + many + " N", "M and the others"))


def _loose(rng, whom, thing=False):
    """Words that hold together somehow, around the hero, or the thing, or both: what no list of templates foresees."""
    pick = lambda name: rng.pick(_LOOSE[name])
    what = rng.pick(("a ", "a ", "the ", "the ", "his ", "that ", "one ", "my ")) + (pick("adjective") + " " if rng.chance(40) else "") + "T"
    who = _whom(rng, whom)
    if thing == "alone":
        core = rng.pick((pick("me") + " " + what, what + " " + pick("verb"), rng.pick(("I", "we", "they", "she", "he", "somebody")) +
                         " " + pick("have") + " " + what))
    elif thing:
        core = rng.pick((who + " " + pick("have") + " " + what, who + " with " + what, what + " for " + who))
    else:
        core = rng.pick((who + " " + pick("verb"), who + " " + pick("verb"), pick("me") + " " + who,
                         pick("ask") + " " + who + " " + pick("verb"), who))
    if rng.chance(35):
        core = pick("opener") + rng.pick((" ", ", ", ": ")) + core
    core += rng.pick(("", " " + pick("tail"), ", " + pick("tail")))
    core += rng.pick(_ENDS) if rng.chance(50) else ""
    if rng.chance(40):   # cut anywhere behind what the story takes from it
        last = max(slot.end() for slot in _SLOT.finditer(core))
        core = core[:last] + re.sub("[ A-Z]+$", "", core[last:last + rng.below(len(core) - last + 1)])   # "the North P"
    return core if rng.chance(35) else core[0].upper() + core[1:]


def _plural(noun):
    return noun[:-1] + "ies" if re.search("[^aeiou]y$", noun) else noun + ("es" if re.search("(s|x|z|ch|sh)$", noun) else "s")


def _lost(s, thing):
    """The thing and, mostly, what befell it: "lost shoe"."""
    return s.lost + " " + thing if s.lost and s.rng.chance(70) else thing


def _about_thing(rng, who, hero_is_given, about_hero):
    """Pools about the thing, and about both if both are worth naming."""
    both = [_POOLS[who + " and thing"], [_half_sentence(rng, who, "had")], [_loose(rng, who, True)], [_loose(rng, who, True)]]
    alone = [_POOLS["thing"], [_half_sentence(rng, "somebody", "had")], [_scene(rng, who, thing=True)],
             [_loose(rng, who, "alone")], [_loose(rng, who, "alone")]]
    if not hero_is_given:
        return alone
    return both if rng.chance(60) else about_hero + alone


def title(s):
    """A title for the story, about its hero, its thing or its place, as far as it has them."""
    hero, rng = s.hero, s.rng
    who = "who" if hero.nameless else "named"
    words = {"N": hero.noun, "Ns": _plural(hero.noun), "M": hero.name}
    pools = [_POOLS[who], [_half_sentence(rng, who, "did")], [_scene(rng, who)], [_call(rng, who)],
             [_loose(rng, who)], [_loose(rng, who)], [_loose(rng, who)]]
    if not hero.nameless and hero.kind != "child" and rng.chance(40):
        pools.append(_POOLS["who"])
    if "thing" in s.open_parts and "fear" in s.env:
        words["F"] = s.env["fear"]
        pools = [_POOLS[who + " and dread"]]
    elif type(thing := s.env.get("T")) is Thing:
        words.update(T=thing.noun, LT=_lost(s, thing.noun))
        pools = _about_thing(rng, who, bool(hero.given), pools)
    elif type(place := s.env.get("P")) is Place:
        words["P"] = place.the[len("the "):]
        pools.append(_POOLS[who + " and place"])
    if not s.given:
        pools.append(_POOLS["nothing"])
    template = rng.pick(rng.pick(pools))
    s.titled = [words[slot[-1:] if slot == "LT" else slot[:1]] for slot in _SLOT.findall(template)]
    return _spoilt(rng, with_articles(_SLOT.sub(lambda slot: words[slot.group()], template)), words.values())


def _typo(rng, word):
    """Two letters swapped, one left out, or one doubled."""
    at = rng.below(len(word) - 2) + 1
    return word[:at] + rng.pick((word[at + 1] + word[at] + word[at + 2:], word[at + 1:], word[at] + word[at:]))


def _spoilt(rng, text, kept):
    """As people type: now and then without the full stop, or with a typo in another word than those of the story."""
    if rng.chance(30):
        text = text.rstrip(".?")
    kept = {word for phrase in kept for word in phrase.split()}
    typable = [word for word in re.findall(r"[a-z]{4,}", text) if word not in kept]
    if typable and rng.chance(7):
        word = rng.pick(typable)
        text = text.replace(word, _typo(rng, word))
    return text
