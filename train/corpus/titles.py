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


_POOLS = _sections((Path(__file__).with_name("words") / "titles.txt").read_text(encoding="ascii"))
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


def _plural(noun):
    return noun[:-1] + "ies" if re.search("[^aeiou]y$", noun) else noun + ("es" if re.search("(s|x|z|ch|sh)$", noun) else "s")


def _lost(s, thing):
    """The thing and, mostly, what befell it: "lost shoe"."""
    return s.lost + " " + thing if s.lost and s.rng.chance(70) else thing


def _about_thing(rng, who, hero_is_given, about_hero):
    """Pools about the thing, and about both if both are worth naming."""
    both = [_POOLS[who + " and thing"], [_half_sentence(rng, who, "had")], [_half_sentence(rng, who, "had")]]
    alone = [_POOLS["thing"], [_half_sentence(rng, "somebody", "had")], [_scene(rng, who, thing=True)]]
    if not hero_is_given:
        return alone
    return both if rng.chance(60) else about_hero + alone


def title(s):
    """A title for the story, about its hero, its thing or its place, as far as it has them."""
    hero, rng = s.hero, s.rng
    who = "who" if hero.nameless else "named"
    words = {"N": hero.noun, "Ns": _plural(hero.noun), "M": hero.name}
    pools = [_POOLS[who], [_half_sentence(rng, who, "did")], [_scene(rng, who)], [_call(rng, who)]]
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
