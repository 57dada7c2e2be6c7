"""Stories as tokens, and the batches of a step.

One story per row: BOS, the story, EOS, padded to the longest of its batch, the padding left out of the loss. Nothing
crosses from one story into another, and the model sees what the engine shows it: a text that begins at position 0.
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from torch import Tensor

from train.stories import GIVEN, read_marked
from train.tokenizer import BOS, EOS, load_tokenizer

CHUNK = 8  # batches that share out their stories by length, so that little is padding
UNCOUNTED = 0x8000  # the bit of a token that the story is given (stories.GIVEN)


class Marks:
    """Finds the tokens of a marked story that it is given (stories.GIVEN)."""

    def __init__(self, tokenizer: sentencepiece.SentencePieceProcessor) -> None:
        ids = range(tokenizer.get_piece_size())
        pieces = [b"." if tokenizer.is_byte(i) else tokenizer.id_to_piece(i).replace("\u2581", " ").encode() for i in ids]
        self.lengths = np.array([len(piece) for piece in pieces])
        self.spaced = np.array([piece.startswith(b" ") for piece in pieces], dtype=np.int64)

    def given(self, marked: str, ids: np.ndarray) -> np.ndarray:
        """A flag for each of `ids`: is its first letter, or the one after its space, between marks?"""
        flags = [False]  # the space that sentencepiece puts in front
        for i, part in enumerate(marked.encode().split(GIVEN.encode())):
            flags += [i % 2 == 1] * len(part)
        lengths = self.lengths[ids]
        return np.array(flags)[np.cumsum(lengths) - lengths + self.spaced[ids]]


def encode_file(text: Path, tokenizer: sentencepiece.SentencePieceProcessor) -> tuple[np.ndarray, np.ndarray]:
    """All tokens in a row, those that a story is given with a bit set, and where each story begins, with the end of the
    last."""
    tokens: list[np.ndarray] = []
    marks = Marks(tokenizer)
    stories = read_marked(text)
    while batch := list(itertools.islice(stories, 10_000)):
        for story, ids in zip(batch, tokenizer.encode([story.replace(GIVEN, "") for story in batch]), strict=True):
            row = np.array([BOS, *ids, EOS], dtype=np.uint16)
            if GIVEN in story:
                row[1:-1] |= np.where(marks.given(story, row[1:-1]), UNCOUNTED, 0).astype(np.uint16)
            tokens.append(row)
    if not tokens:
        raise SystemExit(f"{text}: no stories; name a file with stories separated by lines <|endoftext|>")
    offsets = np.cumsum([0] + [len(t) for t in tokens], dtype=np.int64)
    return np.concatenate(tokens), offsets


class Stories:
    """Encoded stories. Those longer than `context`, BOS and EOS included, are left out: a story cut off would teach
    that stories need not end."""

    def __init__(self, tokens: np.ndarray, offsets: np.ndarray, context: int) -> None:
        lengths = np.diff(offsets)
        kept = lengths <= context
        self.tokens, self.context, self.left_out = tokens, context, int((~kept).sum())
        self.starts, self.lengths = offsets[:-1][kept], lengths[kept]

    @staticmethod
    def load(text: Path, tokenizer: Path, context: int, cache: Path | None = None) -> "Stories":
        """Encodes `text`, or takes the cache that an earlier call left, if that is newer than both."""
        if cache is not None and cache.exists():
            if cache.stat().st_mtime >= max(text.stat().st_mtime, tokenizer.stat().st_mtime):
                kept = np.load(cache)
                return Stories(kept["tokens"], kept["offsets"], context)
        tokens, offsets = encode_file(text, load_tokenizer(tokenizer))
        if cache is not None:
            np.savez(cache, tokens=tokens, offsets=offsets)
        return Stories(tokens, offsets, context)

    def __len__(self) -> int:
        return len(self.lengths)

    def describe(self) -> str:
        return (f"{len(self):,} stories, {self.lengths.sum():,} tokens, {self.lengths.mean():.0f} a story"
                + (f"; left out {self.left_out:,} longer than {self.context}" if self.left_out else ""))

    def rows(self, ids: np.ndarray) -> tuple[Tensor, Tensor]:
        """Inputs and targets, [stories, longest - 1]; padding is 0 in the inputs, -1 in the targets, as what is given is."""
        longest = int(self.lengths[ids].max())
        inputs = np.zeros((len(ids), longest - 1), dtype=np.int64)
        targets = np.full((len(ids), longest - 1), -1, dtype=np.int64)
        for row, i in enumerate(ids):
            story = self.tokens[self.starts[i] : self.starts[i] + self.lengths[i]]
            inputs[row, : len(story) - 1] = story[:-1] & ~np.uint16(UNCOUNTED)
            targets[row, : len(story) - 1] = np.where(story[1:] & UNCOUNTED, -1, story[1:].astype(np.int64))
        return torch.from_numpy(inputs), torch.from_numpy(targets)

    def in_order(self, batch: int, limit: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """The first `limit` stories, 0: all, in batches."""
        count = min(limit or len(self), len(self))
        for at in range(0, count, batch):
            yield self.rows(np.arange(at, min(at + batch, count)))


class Batches:
    """The batch of each step: a function of the seed and the step, so that a run resumes at any step."""

    def __init__(self, stories: Stories, batch: int, seed: int) -> None:
        self.stories, self.batch, self.seed = stories, batch, seed
        self.per_epoch = len(stories) // batch
        if self.per_epoch == 0:
            sys.exit(f"{len(stories)} stories are too few for batches of {batch}; use --batch or more text")
        self.epoch = -1
        self.order = np.empty(0, dtype=np.int64)

    def step(self, step: int) -> tuple[Tensor, Tensor]:
        epoch, index = divmod(step, self.per_epoch)
        if epoch != self.epoch:
            self.epoch, self.order = epoch, self._shuffled(epoch)
        return self.stories.rows(self.order[index])

    def _shuffled(self, epoch: int) -> np.ndarray:
        """[per_epoch, batch]: stories at random, then sorted by length within chunks of batches, then batches at
        random."""
        rng = np.random.Generator(np.random.PCG64([self.seed, epoch]))
        order = rng.permutation(len(self.stories))[: self.per_epoch * self.batch]
        lengths = self.stories.lengths
        chunks = [order[at : at + CHUNK * self.batch] for at in range(0, len(order), CHUNK * self.batch)]
        order = np.concatenate([chunk[np.argsort(lengths[chunk], kind="stable")] for chunk in chunks])
        return rng.permutation(order.reshape(self.per_epoch, self.batch))
