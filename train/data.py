"""Stories as tokens, and the batches of a step.

One story per row: BOS, the story, EOS, padded to the longest of its batch, the padding left out of the loss. Nothing
crosses from one story into another, and the model sees what the engine shows it: a text that begins at position 0.
Stories longer than the context are left out, or cut into a row per window (windows.py).
"""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from torch import Tensor

from train.marks import AGAIN, GIVEN, unmarked
from train.stories import read_marked
from train.tokenizer import BOS, EOS, load_tokenizer
from train.windows import Window, sentence_ends, windows

CHUNK = 8  # batches that share out their stories by length, so that little is padding
IS_GIVEN, IS_AGAIN = 1, 2  # what a token may be within the marks of marks.py
AGAIN_WEIGHT = 3.0  # what counts a token that says again what was given; README.md has what was tried


class MarkFinder:
    """Finds the tokens of a marked story that are within marks."""

    def __init__(self, tokenizer: sentencepiece.SentencePieceProcessor) -> None:
        ids = range(tokenizer.get_piece_size())
        pieces = [b"." if tokenizer.is_byte(i) else tokenizer.id_to_piece(i).replace("\u2581", " ").encode() for i in ids]
        self.lengths = np.array([len(piece) for piece in pieces])
        self.spaced = np.array([piece.startswith(b" ") for piece in pieces], dtype=np.int64)

    def marks(self, marked: str, ids: np.ndarray) -> np.ndarray:
        """For each of `ids` the mark of its first letter, or of the one after its space."""
        marks, now = [0], 0  # the space that sentencepiece puts in front
        toggles = {ord(GIVEN): IS_GIVEN, ord(AGAIN): IS_AGAIN}
        for byte in marked.encode():
            if byte in toggles:
                now ^= toggles[byte]
            else:
                marks.append(now)
        lengths = self.lengths[ids]
        return np.array(marks, dtype=np.uint8)[np.cumsum(lengths) - lengths + self.spaced[ids]]


def encode_file(text: Path, tokenizer: sentencepiece.SentencePieceProcessor) -> dict[str, np.ndarray]:
    """tokens: all in a row; marks: one for each; offsets: where each story begins, with the end of the last."""
    tokens: list[np.ndarray] = []
    marks: list[np.ndarray] = []
    finder = MarkFinder(tokenizer)
    stories = read_marked(text)
    while batch := list(itertools.islice(stories, 10_000)):
        for story, ids in zip(batch, tokenizer.encode([unmarked(story) for story in batch]), strict=True):
            tokens.append(np.array([BOS, *ids, EOS], dtype=np.uint16))
            marks.append(np.zeros(len(ids) + 2, dtype=np.uint8))
            if GIVEN in story:
                marks[-1][1:-1] = finder.marks(story, tokens[-1][1:-1])
    if not tokens:
        raise SystemExit(f"{text}: no stories; name a file with stories separated by lines <|endoftext|>")
    offsets = np.cumsum([0] + [len(t) for t in tokens], dtype=np.int64)
    return {"tokens": np.concatenate(tokens), "offsets": offsets, "marks": np.concatenate(marks)}


class Stories:
    """Encoded stories, a row each. Those longer than `context`, BOS and EOS included, are left out, or cut into windows
    where `ends` says which tokens end a sentence: a story merely cut off would teach that stories need not end."""

    def __init__(self, tokens: np.ndarray, offsets: np.ndarray, context: int, ends: np.ndarray | None = None,
                 marks: np.ndarray | None = None) -> None:
        self.marks = np.zeros(len(tokens), dtype=np.uint8) if marks is None else marks
        self.tokens, self.context, self.cut = tokens, context, ends is not None
        self.long = int((np.diff(offsets) > context).sum())
        self.count = len(offsets) - 1 - (0 if self.cut else self.long)
        stories = itertools.pairwise(offsets.tolist())
        if ends is None:
            rows = [Window(start, start + 1, end) for start, end in stories if end - start <= context]
        else:
            rows = [window for start, end in stories for window in windows(start, end, context, ends)]
        starts, counted, stops = np.array(rows, dtype=np.int64).reshape(-1, 3).T
        self.starts, self.lengths = starts, stops - starts
        self.overlaps = counted - starts - 1  # targets at the start of a row that the row before has had

    @staticmethod
    def load(text: Path, tokenizer: Path, context: int, cache: Path | None = None, cut: bool = False) -> "Stories":
        """Encodes `text`, or takes the cache that an earlier call left, if that is newer than both."""
        processor = load_tokenizer(tokenizer)
        newest = max(text.stat().st_mtime, tokenizer.stat().st_mtime)
        if cache is not None and cache.exists() and cache.stat().st_mtime >= newest:
            encoded = dict(np.load(cache))
        else:
            encoded = encode_file(text, processor)
            if cache is not None:
                np.savez(cache, **encoded)
        ends = sentence_ends(encoded["tokens"], processor) if cut else None
        return Stories(encoded["tokens"], encoded["offsets"], context, ends, encoded["marks"])

    def __len__(self) -> int:
        return len(self.lengths)

    def describe(self) -> str:
        tokens = int((self.lengths - 1 - self.overlaps).sum()) + self.count  # a BOS each
        said = f"{self.count:,} stories, {tokens:,} tokens, {tokens / max(self.count, 1):.0f} a story"
        if self.long == 0:
            return said
        if not self.cut:
            return f"{said}; left out {self.long:,} longer than {self.context}"
        pieces = len(self) - self.count + self.long
        return f"{said}; cut {self.long:,} longer than {self.context} into {pieces:,} windows"

    def rows(self, ids: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Inputs, targets and their weights, [stories, longest - 1]; padding is 0 in the inputs. Targets of -1 do not count:
        padding, what a prompt gave, and what a window repeats."""
        longest = int(self.lengths[ids].max())
        inputs = np.zeros((len(ids), longest - 1), dtype=np.int64)
        targets = np.full((len(ids), longest - 1), -1, dtype=np.int64)
        weights = np.zeros((len(ids), longest - 1), dtype=np.float32)
        for row, i in enumerate(ids):
            span = slice(self.starts[i], self.starts[i] + self.lengths[i])
            story, marks = self.tokens[span].astype(np.int64), self.marks[span][1:]
            inputs[row, : len(story) - 1] = story[:-1]
            targets[row, : len(story) - 1] = np.where(marks == IS_GIVEN, -1, story[1:])
            if self.overlaps[i]:
                inputs[row, 0] = BOS
                targets[row, : self.overlaps[i]] = -1
            weights[row, : len(story) - 1] = np.where(marks == IS_AGAIN, AGAIN_WEIGHT, 1)
        weights[targets < 0] = 0
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
            sys.exit(f"{len(stories)} rows of text are too few for batches of {batch}; use more text, or --batch "
                     f"{max(len(stories), 1)} or less")
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
