"""Writes a model that tells slowly enough to be stopped: a llama2.c checkpoint of random weights."""

import array
import math
import random
import struct
import subprocess

from server import ROOT

DIM, HIDDEN, LAYERS, HEADS, VOCABULARY, CONTEXT = 288, 768, 6, 6, 512, 1024
BEGIN, END = 1, 2  # ids of sentencepiece


def rotations(function):
    half = DIM // HEADS // 2
    steps = [10000 ** (-i / half) for i in range(half)]
    return array.array("f", (function(position * step) for position in range(CONTEXT) for step in steps))


def write(path):
    """Returns the arguments with which `thimble serve` takes it. Its text ends with the context."""
    noise = random.Random(1)
    block = array.array("f", (noise.gauss(0, 0.05) for _ in range(10007)))  # prime: rows do not repeat

    def weights(count):
        return (block * (count // len(block) + 1))[:count]

    # A piece with a row of zeros stands no chance against rows this large: text neither ends nor begins anew.
    embedding = array.array("f", (6 * weight for weight in weights(VOCABULARY * DIM)))
    embedding[BEGIN * DIM : (END + 1) * DIM] = array.array("f", bytes(4 * 2 * DIM))
    ones = array.array("f", [1.0])
    with open(path, "wb") as out:
        out.write(struct.pack("<7i", DIM, HIDDEN, LAYERS, HEADS, HEADS, VOCABULARY, CONTEXT))
        for part in (
            embedding,
            ones * (LAYERS * DIM),
            weights(4 * LAYERS * DIM * DIM),
            ones * (LAYERS * DIM),
            weights(3 * LAYERS * DIM * HIDDEN),
            ones * DIM,
            rotations(math.cos),
            rotations(math.sin),
        ):
            part.tofile(out)
    tokenizer = path.with_suffix(".tokenizer")
    subprocess.run([ROOT / "build/release/make_fixture", "--tokenizer", str(VOCABULARY), tokenizer], check=True)
    return path, "--tokenizer", tokenizer
