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

from train.stories import AGAIN, GIVEN, read_marked, unmarked
from train.tokenizer import BOS, EOS, load_tokenizer

CHUNK = 8  # batches that share out their stories by length, so that little is padding
IS_GIVEN, IS_AGAIN = 0x8000, 0x4000  # bits of tokens within marks
AGAIN_WEIGHT = 3.0  # what counts such a token: README.md has what that gains


class Marks:
    """Finds the tokens of a marked story that are within marks."""

    def __init__(self, tokenizer: sentencepiece.SentencePieceProcessor) -> None:
        ids = range(tokenizer.get_piece_size())
        pieces = [b"." if tokenizer.is_byte(i) else tokenizer.id_to_piece(i).replace("\u2581", " ").encode() for i in ids]
        self.lengths = np.array([len(piece) for piece in pieces])
        self.spaced = np.array([piece.startswith(b" ") for piece in pieces], dtype=np.int64)

    def bits(self, marked: str, ids: np.ndarray) -> np.ndarray:
        """The bits of each of `ids`: those of its first letter, or of the one after its space."""
        bits, now = [0], 0  # the space that sentencepiece puts in front
        toggles = {ord(GIVEN): IS_GIVEN, ord(AGAIN): IS_AGAIN}
        for byte in marked.encode():
            if byte in toggles:
                now ^= toggles[byte]
            else:
                bits.append(now)
        lengths = self.lengths[ids]
        return np.array(bits, dtype=np.uint16)[np.cumsum(lengths) - lengths + self.spaced[ids]]


def encode_file(text: Path, tokenizer: sentencepiece.SentencePieceProcessor) -> tuple[np.ndarray, np.ndarray]:
    """All tokens in a row, with the bits of their marks, and where each story begins, with the end of the last."""
    tokens: list[np.ndarray] = []
    marks = Marks(tokenizer)
    stories = read_marked(text)
    while batch := list(itertools.islice(stories, 10_000)):
        for story, ids in zip(batch, tokenizer.encode([unmarked(story) for story in batch]), strict=True):
            row = np.array([BOS, *ids, EOS], dtype=np.uint16)
            if GIVEN in story:
                row[1:-1] |= marks.bits(story, row[1:-1])
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

    def rows(self, ids: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs, targets and their weights, [stories, longest - 1]; padding is 0 in the inputs, and -1 in the targets,
        as what a story is given is."""
        longest = int(self.lengths[ids].max())
        inputs = np.zeros((len(ids), longest - 1), dtype=np.int64)
        targets = np.full((len(ids), longest - 1), -1, dtype=np.int64)
        weights = np.zeros((len(ids), longest - 1), dtype=np.float32)
        for row, i in enumerate(ids):
            marked = self.tokens[self.starts[i] : self.starts[i] + self.lengths[i]]
            story, bits = (marked & ~np.uint16(IS_GIVEN | IS_AGAIN)).astype(np.int64), marked[1:]
            inputs[row, : len(story) - 1] = story[:-1]
            targets[row, : len(story) - 1] = np.where(bits & IS_GIVEN, -1, story[1:])
            weights[row, : len(story) - 1] = np.where(bits & IS_GIVEN, 0, np.where(bits & IS_AGAIN, AGAIN_WEIGHT, 1))
        return torch.from_numpy(inputs), torch.from_numpy(targets), torch.from_numpy(weights)

    def in_order(self, batch: int, limit: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs and targets of the first `limit` stories, 0: all, in batches."""
        count = min(limit or len(self), len(self))
        for at in range(0, count, batch):
            yield self.rows(np.arange(at, min(at + batch, count)))[:2]


class Batches:
    """The batch of each step: a function of the seed and the step, so that a run resumes at any step."""

    def __init__(self, stories: Stories, batch: int, seed: int) -> None:
        self.stories, self.batch, self.seed = stories, batch, seed
        self.per_epoch = len(stories) // batch
        if self.per_epoch == 0:
            sys.exit(f"{len(stories)} stories are too few for batches of {batch}; use --batch or more text")
        self.epoch = -1
        self.order = np.empty(0, dtype=np.int64)

    def step(self, step: int) -> tuple[Tensor, Tensor, Tensor]:
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
