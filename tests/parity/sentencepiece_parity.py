#!/usr/bin/env python3
"""Trains sentencepiece models with every setting that decides how text is cut, and compares the ids of random texts with
those of the sentencepiece package; likewise for the vocabulary of 512 pieces in SHARED, and for models that are named.

Usage: sentencepiece_parity.py ENCODE_TEXTS THIMBLE SHARED [MODEL...]
Exit status 77, for "skipped", where the package is not installed (requirements.txt).
"""

import io
import itertools
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from support import ANY, ODD, ORDINARY, TEXTS, count_different, make_texts, require, thimble_ids

(sentencepiece,) = require("sentencepiece")

TEXTS_OF_512_PIECES = 10000
TEXTS_THROUGH_THE_PROGRAM = 5
PIECES = 420
META_SPACE = "\u2581"
USER_DEFINED = ["<sep>", "<sep", "\u2581the", "x\u2581", "\u2581\u2581", "é\u2581a", "hello world", " and", "語"]
UNUSED = 5
SPACES = [" ", " ", " ", " ", "  ", "   ", "      ", META_SPACE, META_SPACE * 2, " " + META_SPACE, META_SPACE + " "]
ODD = ["\n", "\t", "\u00a0", "🙂", "ж", "ß", "<s>", "</s>", "<unk>", "<0x0A>", "<", ">"]


def make_words(rng):
    """Words that share many parts, as those of a language do."""
    parts = ["th", "e", "an", "d", "in", "g", "ca", "t", "o", "n", "ce", "up", "a", "ti", "me", "é", "x", "語", "he", "ll"]
    return ["".join(rng.choices(parts, k=rng.randint(1, 4))) for _ in range(400)] + ["the", "and", "hello", "world"]


def make_text(rng, words):
    atoms = []
    for _ in range(rng.choice([0, 1, 2, 5, 20, 60])):
        kind = rng.random()
        atoms.append(rng.choice(words if kind < 0.5 else SPACES if kind < 0.85 else USER_DEFINED if kind < 0.95 else ODD))
    return "".join(atoms)


def train(words, rng, *, remove_extra, dummy_prefix, byte_fallback, user_defined):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(rng.choices(words, k=12)) for _ in range(3000)]),
        model_writer=model,
        model_type="bpe",
        vocab_size=PIECES + (256 if byte_fallback else 0),
        normalization_rule_name="identity",
        remove_extra_whitespaces=remove_extra,
        add_dummy_prefix=dummy_prefix,
        byte_fallback=byte_fallback,
        user_defined_symbols=USER_DEFINED if user_defined else [],
        character_coverage=0.999,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return value, at


def to_varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def with_unused_pieces(model, rng, processor):
    """The model with a third of its normal pieces, long and short, made UNUSED: a last field `type` per piece decides.

    The space keeps its piece: where it has none, Thimble spells it as its own byte, sentencepiece as those of U+2581.
    """
    out, at, piece_id = bytearray(), 0, 0
    while at < len(model):
        key, start = varint(model, at)
        length, start = varint(model, start)  # every field of the outermost message is one
        body = model[start : start + length]
        at = start + length
        if key == 1 << 3 | 2:
            special = processor.is_control(piece_id) or processor.is_unknown(piece_id) or processor.is_byte(piece_id)
            if not special and processor.id_to_piece(piece_id) != META_SPACE and rng.random() < 1 / 3:
                body += bytes([3 << 3, UNUSED])
            piece_id += 1
        out += to_varint(key) + to_varint(len(body)) + body
    return bytes(out)


def encoded_by_program(thimble, model, text):
    command = [thimble, "tokenize", model, "--no-bos", "--no-escape", "-p", text]
    return [int(word) for word in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]


def compare_file(encode_texts, path, count):
    texts = make_texts(ORDINARY + ODD + ANY, count)
    expected = sentencepiece.SentencePieceProcessor(model_file=path).encode(texts)
    return count_different(path, texts, expected, thimble_ids(encode_texts, path, texts))


def compare_settings(encode_texts, thimble):
    """How many texts differ, over all models that are trained here."""
    rng = random.Random(1)
    words = make_words(rng)
    failures = 0
    settings = itertools.product([True, False], [True, False], ["plain", "user-defined", "unused", "both"])
    for number, (remove_extra, dummy_prefix, special) in enumerate(settings):
        model = train(words, rng, remove_extra=remove_extra, dummy_prefix=dummy_prefix, byte_fallback=number % 3 != 1,
                      user_defined=special in ("user-defined", "both"))  # fmt: skip
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        if special in ("unused", "both"):
            model = with_unused_pieces(model, rng, processor)
            processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        texts = [make_text(rng, words) for _ in range(TEXTS)]
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "trained.model")
            Path(path).write_bytes(model)
            found = thimble_ids(encode_texts, path, texts)
            by_program = [encoded_by_program(thimble, path, text) for text in texts[:TEXTS_THROUGH_THE_PROGRAM]]
        expected = [processor.encode(text) for text in texts]
        name = f"remove_extra_whitespaces={remove_extra} add_dummy_prefix={dummy_prefix} {special} pieces"
        failures += count_different(name, texts, expected, found)
        if by_program != found[: len(by_program)]:
            print(f"{name}: the program thimble has other ids")
            failures += 1
    return failures


def main():
    encode_texts, thimble, shared, *others = sys.argv[1:]
    failures = compare_settings(encode_texts, thimble)
    pieces_512 = Path(shared) / "models/stories260K/tok512.model"
    if pieces_512.exists():
        failures += compare_file(encode_texts, str(pieces_512), TEXTS_OF_512_PIECES)
    failures += sum(compare_file(encode_texts, path, TEXTS) for path in others)
    print(f"{failures} differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
