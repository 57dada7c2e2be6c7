"""Long texts in windows: stretches of at most `context` tokens that overlap.

A window begins with BOS and the end of what the one before it told, as a prompt does in the engine. That overlap is
there to be read: its tokens were targets of the window before, and do not count again. Windows end after a sentence or
a line where the last quarter of them has one. Only the last has EOS.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import sentencepiece

SHARE = 4  # the overlap, and where to look for an end, are a quarter of the context each
CLOSING = "\"”’')»"


class Window(NamedTuple):
    start: int  # of its tokens; the first one's place is taken by BOS
    counted: int  # the first token that is a target
    end: int


def windows(start: int, end: int, context: int, ends: np.ndarray) -> Iterator[Window]:
    """Windows of the tokens start..end of a story, BOS and EOS included; each token but BOS is a target once.
    `ends`: bool for every token, whether a sentence ends with it."""
    counted, room = start + 1, context // SHARE
    while end - start > context:
        limit = start + context
        cut = _last_end(ends, limit - room, limit) or limit
        yield Window(start, counted, cut)
        counted = cut
        # A sentence begins behind the token whose place BOS takes.
        start = _first_end(ends, cut - room, cut - room // 2) or cut - room
    yield Window(start, counted, end)


def _last_end(ends: np.ndarray, low: int, high: int) -> int | None:
    """The last place in low..high before which a sentence ends."""
    found = np.flatnonzero(ends[low:high])
    return low + int(found[-1]) + 1 if len(found) else None


def _first_end(ends: np.ndarray, low: int, high: int) -> int | None:
    """The first token in low..high that ends a sentence."""
    found = np.flatnonzero(ends[low:high])
    return low + int(found[0]) if len(found) else None


def sentence_ends(tokens: np.ndarray, tokenizer: sentencepiece.SentencePieceProcessor) -> np.ndarray:
    """For every token whether a sentence, or a line, ends with it: quotation marks behind it belong to it."""
    texts = [_text(tokenizer, i) for i in range(tokenizer.get_piece_size())]
    lines = np.array([text.endswith(("\n", "。", "！", "？")) for text in texts])[tokens]
    stops = np.array([text.rstrip(CLOSING).endswith((".", "!", "?", "…")) for text in texts])[tokens]
    marks = np.array([bool(text) and not text.strip(CLOSING) for text in texts])[tokens]
    spaces = np.array([text.startswith((" ", "\n")) for text in texts])[tokens]
    stops[1:] |= marks[1:] & stops[:-1]
    stops[:-1] &= spaces[1:]
    return lines | stops


def _text(tokenizer: sentencepiece.SentencePieceProcessor, i: int) -> str:
    piece = tokenizer.id_to_piece(i)
    if tokenizer.is_byte(i):
        return "\n" if piece == "<0x0A>" else ""
    return piece.replace("▁", " ")
