#!/usr/bin/env python3
"""Compares ids of random texts with those of the package tokenizers: for the tokenizer.json of Tiny-LLM, and for
byte-level ones that are trained here, one per rule of cutting text.

Usage: tokenizers_parity.py ENCODE_TEXTS SHARED [TOKENIZER.json...]
Further files may be named: real ones that lie about. A normalizer NFC is given text in that form.
Exit status 77, for "skipped", where the package is not installed (requirements.txt).
"""

import json
import sys
import tempfile
from pathlib import Path

from support import ANY, ODD, ORDINARY, TEXTS, Refused, count_different, make_texts, require, thimble_ids

require("tokenizers")
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers  # noqa: E402

TEXTS_OF_TINY_LLM = 10000
POOLS = ORDINARY + ODD + ANY
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)


def train(rule, folder):
    steps = {
        "GPT-2": [pre_tokenizers.ByteLevel(add_prefix_space=False)],
        "GPT-2 with a space in front": [pre_tokenizers.ByteLevel(add_prefix_space=True)],
        "SmolLM": [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)],
        "Llama 3": [pre_tokenizers.Split(Regex(LLAMA3), "isolated"), pre_tokenizers.ByteLevel(False, use_regex=False)],
        "Qwen 2": [
            pre_tokenizers.Split(Regex(LLAMA3.replace("{1,3}", "")), "isolated"),
            pre_tokenizers.ByteLevel(False, use_regex=False),
        ],
    }[rule]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    trainer = trainers.BpeTrainer(
        vocab_size=3000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|endoftext|>"],
        show_progress=False)  # fmt: skip
    tokenizer.train_from_iterator(make_texts(POOLS, 3000, seed=rule), trainer)
    path = str(Path(folder) / f"{rule.replace(' ', '_')}.json")
    tokenizer.save(path)
    return path


def compare(encode_texts, path, count):
    """How many texts differ; None where the file is refused."""
    tokenizer = Tokenizer.from_file(path)
    texts = make_texts(POOLS, count)
    if "NFC" in json.dumps(json.loads(Path(path).read_text())["normalizer"]):
        texts = [tokenizer.normalizer.normalize_str(text) for text in texts]
    try:
        found = thimble_ids(encode_texts, path, texts)
    except Refused as refused:
        print(f"{path}: refused: {refused}")
        return None
    expected = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    return count_different(path, texts, expected, found)


def main():
    encode_texts, shared, *others = sys.argv[1:]
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for rule in ("GPT-2", "GPT-2 with a space in front", "SmolLM", "Llama 3", "Qwen 2"):
            failures += compare(encode_texts, train(rule, folder), TEXTS) != 0
    tiny_llm = Path(shared) / "models/tinyllm_layer/tokenizer.json"
    if tiny_llm.exists():
        failures += compare(encode_texts, str(tiny_llm), TEXTS_OF_TINY_LLM) != 0
    for path in others:
        failures += compare(encode_texts, path, TEXTS) not in (0, None)
    print(f"{failures} tokenizers differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
