"""What is true of every story; the tests hold the generator to it."""

import re
from pathlib import Path

from ..marks import GIVEN, unmarked

_SENTENCE = re.compile(r'(?<=[.!?])"? +"?|\n')
_WRONG_ARTICLE = re.compile(r"\b(a (?:(?!uni|use|one|eu)[aeiou]|honest|hour)\w*|an (?:(?!honest|hour)[^aeiou\W]|uni|eu)\w*)",
                            re.IGNORECASE)
_BAD_IN_SMALL = re.compile(r'[.!?,]"[.,!?]|[{}\[\]|]|  | [,.!?]|,\.|\.\.|[?!],|,,|\bNone\b'
                           r'|\b(\w+) \1\b(?<!had had)(?<!that that)')
_BAD = re.compile(_BAD_IN_SMALL.pattern +
                  r'|[.!?] "?[a-z](?<!" [a-z])|\." (?:Said|Asked|Cried|Called|Shouted|Whispered) ')
VOCABULARY = Path(__file__).with_name("vocabulary.txt")


def sentences_of(text):
    """The sentences of a text, without quotation marks."""
    return [part.strip('" ') for part in _SENTENCE.split(text)]


def words_of(text):
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())


def base(word):
    """Without the 's of a possessive: "Lily's" is "lily"."""
    return word[:-2] if word.endswith("'s") else word


def own_words(story):
    """The words of a story that no prompt gave it, in the singular or the plural."""
    given = {base(word) for part in story.marked.split(GIVEN)[1::2] for word in words_of(part)}
    stems = tuple({word[:-2] for word in given if len(word) > 4} | {word.removesuffix("s") for word in given} | given)
    return {word for word in map(base, words_of(story.text)) if not word.startswith(stems)}


def vocabulary():
    return set(VOCABULARY.read_text(encoding="ascii").split())


def body(story):
    """The text below the title, if there is one."""
    title, closing, rest = story.marked[1:].partition(GIVEN + "\n")
    below = story.marked.startswith(GIVEN) and closing and GIVEN not in title
    return unmarked(rest if below else story.marked)


def in_small_letters(story):
    """Is all that the prompt names in small letters, and so perhaps at the start of a sentence, too?"""
    names = story.marked.split(GIVEN)[1::2]
    return bool(names) and not any(name != name.lower() for name in names)


def faults(story):
    """What is wrong with a story, in words; nothing, one hopes."""
    text = body(story)
    found = ["not a sentence's end: ..." + text[-20:]] if not text.endswith((".", "!", "?", '"')) else []
    if not text.isascii():
        found.append("not ASCII")
    if any(paragraph.count('"') % 2 for paragraph in text.split("\n")):
        found.append("quotes do not balance")
    found += ["article: " + m.group() for m in _WRONG_ARTICLE.finditer(text)]
    bad = _BAD if not in_small_letters(story) else _BAD_IN_SMALL
    found += ["form: " + text[max(0, m.start() - 15):m.end() + 15] for m in bad.finditer(text)]
    told = sentences_of(text)
    found += ["twice: " + s for s in set(told) if told.count(s) > 1]
    if story.name.lower() not in text[len(text) // 2:].lower():
        found.append("the main character is not named in the second half")
    return found
