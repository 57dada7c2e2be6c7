#!/usr/bin/env python3
"""Compares ids of random texts with those of the package tokenizers: for the tokenizer.json of Tiny-LLM, and for
byte-level ones that are trained here, one per rule of cutting text.

Usage: tokenizers_parity.py ENCODE_TEXTS PRINT_LOGITS SHARED [TOKENIZER.json...]
Further files may be named: real ones that lie about. A normalizer NFC is given text in that form.
Exit status 77, for "skipped", where the package is not installed: pip install tokenizers==0.23.3
"""

import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
except ImportError:
    print("SKIPPED: the Python package tokenizers is not installed")
    sys.exit(77)

TEXTS = 2000
TEXTS_OF_TINY_LLM = 10000
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
    r"|\s+(?!\S)|\s+"
)
POOLS = [
    [chr(c) for c in range(0x20, 0x7F)],
    [chr(c) for c in range(0xA0, 0x250)],
    [chr(c) for c in range(0x370, 0x530)],
    [chr(c) for c in range(0x4E00, 0x4F00)],
    [chr(c) for c in range(0x3040, 0x30FF)],
    [chr(c) for c in range(0x1F600, 0x1F650)],
    list("   \n\t\r  "),
    list("0123456789"),
    ["'s", "'S", "'re", "'LL", "'\u017f", " the", " and", "ing"],
    list("\u0300\u0301\u200d\ufe0f\u2003\u0085\u00a0\u00bd\u2167\u0663"),
]
ANY = [c for c in range(1, 0x20000) if not 0xD800 <= c <= 0xDFFF]


def make_text(rng):
    parts = []
    for _ in range(rng.choice([1, 2, 5, 10, 20, 40])):
        if rng.random() < 0.05:
            parts.append(chr(rng.choice(ANY)))
        else:
            parts += rng.choices(rng.choice(POOLS), k=rng.randint(1, 6))
    return "".join(parts)


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
    rng = random.Random(rule)
    corpus = [make_text(rng) for _ in range(3000)]
    trainer = trainers.BpeTrainer(
        vocab_size=3000, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), special_tokens=["<|endoftext|>"],
        show_progress=False)  # fmt: skip
    tokenizer.train_from_iterator(corpus, trainer)
    path = str(Path(folder) / f"{rule.replace(' ', '_')}.json")
    tokenizer.save(path)
    return path


def compare(encode_texts, path, count):
    """How many texts differ; None where the file is refused."""
    tokenizer = Tokenizer.from_file(path)
    rng = random.Random(1)
    texts = [make_text(rng) for _ in range(count)]
    if "NFC" in json.dumps(json.loads(Path(path).read_text())["normalizer"]):
        texts = [tokenizer.normalizer.normalize_str(text) for text in texts]
    found = subprocess.run([encode_texts, path], input="".join(t + "\0" for t in texts).encode(), capture_output=True)
    if found.returncode:
        print(f"{path}: refused: {found.stderr.decode().strip()}")
        return None
    lines = found.stdout.decode().split("\n")
    expected = [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    different = [i for i in range(count) if [int(word) for word in lines[i].split()] != expected[i]]
    print(f"{path}: {count} texts, {sum(map(len, expected))} tokens, {len(different)} differ")
    for i in different[:3]:
        print(f"  {texts[i]!r}\n    expected {expected[i]}\n    found    {lines[i]}")
    return len(different)


def main():
    encode_texts, _, shared, *others = sys.argv[1:]
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
