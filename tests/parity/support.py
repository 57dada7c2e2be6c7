"""What the scripts of this folder share: packages that may be missing, random texts, and Thimble's ids and logits."""

import importlib
import random
import subprocess
import sys

SKIPPED = 77
TEXTS = 2000
ORDINARY = [
    [chr(c) for c in range(0x20, 0x7F)],
    [chr(c) for c in range(0xA0, 0x250)],
    [chr(c) for c in range(0x370, 0x530)],
    [chr(c) for c in range(0x4E00, 0x4F00)],
    [chr(c) for c in range(0x3040, 0x30FF)],
    [chr(c) for c in range(0x1F600, 0x1F650)],
    list("   \n\t\r  "),
    list("0123456789"),
    ["'s", "'S", "'re", "'LL", " the", " and", "ing"],
]
ODD = [["'\u017f"], list("\u0300\u0301\u200d\ufe0f\u2003\u0085\u00a0\u00bd\u2167\u0663")]
ANY = [[chr(c) for c in range(1, 0x20000) if not 0xD800 <= c <= 0xDFFF]]


class Refused(Exception):
    """What Thimble said."""


def require(*names):
    """The packages; without one of them the script ends as skipped."""
    try:
        return [importlib.import_module(name) for name in names]
    except ImportError as error:
        print(f"SKIPPED: the Python package {error.name} is not installed")
        sys.exit(SKIPPED)


def require_file(path):
    if not path.exists():
        print(f"SKIPPED: no {path}: set THIMBLE_SHARED")
        sys.exit(SKIPPED)
    return path


def make_text(rng, pools):
    """Stretches of a few characters, each from another pool."""
    stretches = rng.choice([1, 2, 5, 10, 20, 40])
    return "".join("".join(rng.choices(rng.choice(pools), k=rng.randint(1, 6))) for _ in range(stretches))


def make_texts(pools, count=TEXTS, seed=1):
    rng = random.Random(seed)
    return [make_text(rng, pools) for _ in range(count)]


def thimble_ids(encode_texts, tokenizer, texts):
    """The ids of each text, without BOS."""
    said = subprocess.run([encode_texts, tokenizer], input="".join(f"{t}\0" for t in texts).encode(), capture_output=True)
    if said.returncode:
        raise Refused(said.stderr.decode().strip())
    return [[int(word) for word in line.split()] for line in said.stdout.decode().split("\n")[: len(texts)]]


def thimble_logits(print_logits, model, ids):
    """[ids, vocabulary]"""
    (numpy,) = require("numpy")
    said = subprocess.run([print_logits, model, *map(str, ids)], capture_output=True)
    if said.returncode:
        raise Refused(said.stderr.decode().strip())
    return numpy.frombuffer(said.stdout, dtype=numpy.float32).reshape(len(ids), -1)


def count_different(name, texts, expected, found):
    """Prints a line, and the first that differ."""
    different = [i for i in range(len(texts)) if expected[i] != found[i]]
    print(f"{name}: {len(texts)} texts, {sum(map(len, expected))} tokens, {len(different)} differ")
    for i in different[:3]:
        print(f"  {texts[i]!r}\n    expected {expected[i]}\n    found    {found[i]}")
    return len(different)
