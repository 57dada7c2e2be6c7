"""What is true of every story."""

import re

_SENTENCE = re.compile(r'(?<=[.!?])"? +"?|\n')


def sentences_of(text):
    """The sentences of a text, without quotation marks."""
    return [part.strip('" ') for part in _SENTENCE.split(text)]


def words_of(text):
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower())
