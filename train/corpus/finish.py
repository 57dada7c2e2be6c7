"""A told story as training text: below its title, now and then in small letters, and with marks around what it is given."""

import re

from ..marks import AGAIN, GIVEN

SMALL_LETTERS = 13   # of 100 stories that name what only a prompt can name


def _prompt(text, words):
    """`text` in two, behind the last of `words` that its first sentence has."""
    first = text.split(". ")[0]
    end = max((text.find(word) + len(word) for word in words if word in first), default=0)
    return text[:end], text[end:]


def _in_small_letters(text, words):
    for word in words:
        text = text.replace(word, word.lower())
    return text


def mark(text, words):
    """`text` with each of `words` marked: where it comes first as given, and from then on as said again. A "named" before
    what is given is given, too: a model that came up with it would have to come up with a name."""
    for word in words:
        pattern = re.compile(r"(?<![A-Za-z])((?:named |called )?)(" + re.escape(word) + r"(?:e?s)?)(?![a-z])", re.IGNORECASE)
        told = []

        def marks(found):
            inside = any(text.count(sign, 0, found.start(2)) % 2 for sign in (GIVEN, AGAIN))
            sign = "" if inside else AGAIN if told else GIVEN
            told.append(sign)
            lead, named = found.groups()
            return sign + lead + named + sign if sign == GIVEN else lead + sign + named + sign

        text = pattern.sub(marks, text)
    return text


def finished(s):
    """The text of the story, marked. In small letters, the names of the prompt stay as they were typed."""
    small = s.rng.chance(SMALL_LETTERS) and bool(s.given)
    prompt, rest, words = (s.title, "\n" + s.text(), s.given) if s.title else ("", s.text(), s.given)
    if small:
        if not prompt:
            prompt, rest = _prompt(rest, words)
        prompt, rest, words = prompt.lower(), _in_small_letters(rest, words), [word.lower() for word in words]
    titled = [word.lower() if small else word for word in s.titled]
    return mark((GIVEN + prompt + GIVEN if prompt else "") + rest, words + [word for word in titled if word not in words])
