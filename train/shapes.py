"""Shapes of models, and the bytes that a chip needs for one. Needs Python only.

    python3 -m train.shapes                                   the candidates
    python3 -m train.shapes --shape 96,160,5,6,2,768          one of your own

The arithmetic follows docs/FORMAT.md and src/engine/plan.cpp; a test compares it with the converter and with
`thimble inspect`.
"""

import argparse
import sys
from dataclasses import dataclass

# What a model may take of an ESP32-S3's internal SRAM, and its file of one block: without Wi-Fi some 320 kB are free, the
# largest block 262 to 270 kB.
MEMORY_BYTES = 290_000
BLOCK_BYTES = 260_000
STACK_BYTES = 4096
OBJECT_BYTES = 6000  # engine, generator, sampler, model


@dataclass(frozen=True)
class Shape:
    dim: int
    hidden_dim: int
    n_layers: int
    n_heads: int
    n_kv_heads: int
    vocab_size: int
    context: int = 256

    @property
    def head_dim(self) -> int:
        return self.dim // self.n_heads

    @property
    def kv_dim(self) -> int:
        return self.n_kv_heads * self.head_dim

    def check(self) -> None:
        """Raises ValueError for a shape that the formats cannot express, or nothing can be learnt in."""
        if min(self.dim, self.hidden_dim, self.n_layers, self.n_heads, self.n_kv_heads) < 1:
            raise ValueError("a number below 1")
        if not 259 < self.vocab_size <= 65_536:
            raise ValueError(f"vocabulary {self.vocab_size}: 260 to 65,536, of which 259 are bytes and marks")
        if not 16 <= self.context <= 65_536:
            raise ValueError(f"context {self.context}: 16 to 65,536")
        if self.dim % self.n_heads or self.head_dim % 2:
            raise ValueError(f"dim {self.dim} over {self.n_heads} heads is no even head size")
        if self.n_heads % self.n_kv_heads:
            raise ValueError(f"{self.n_heads} heads do not divide among {self.n_kv_heads} kv heads")

    def layer_matrices(self) -> list[tuple[int, int]]:
        """Rows and columns of wq, wk, wv, wo, w_gate, w_up, w_down."""
        d, kv, h = self.dim, self.kv_dim, self.hidden_dim
        return [(d, d), (kv, d), (kv, d), (d, d), (h, d), (h, d), (d, h)]

    def parameters(self) -> int:
        layer = sum(rows * cols for rows, cols in self.layer_matrices()) + 2 * self.dim
        return self.n_layers * layer + self.dim + self.vocab_size * self.dim


def parse_shape(text: str) -> Shape:
    """ "dim,hidden,layers,heads,kv heads,vocab[,context]" """
    try:
        shape = Shape(*map(int, text.split(",")))
        shape.check()
    except (TypeError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text}: expected dim,hidden,layers,heads,kv,vocab[,context] ({error})")
    return shape


def context_of(text: str) -> int:
    """A context that a shape may have."""
    try:
        Shape(32, 32, 1, 1, 1, 512, int(text)).check()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error))
    return int(text)


def round_up(n: int, unit: int) -> int:
    return (n + unit - 1) // unit * unit


def matrix_bytes(kind: str, rows: int, cols: int) -> int:
    """A tensor in the file; q8 and q4 are panels of 8 rows under one header (FORMAT.md)."""
    if kind == "q8":
        header, row = 16, round_up(cols, 16)
    elif kind == "q4":
        groups = round_up(cols, 32) // 32
        header, row = 16 + round_up(8 * groups, 16), 16 * groups
    else:
        return rows * round_up({"f32": 4, "f16": 2, "q16": 2}[kind] * cols, 16)
    return round_up(rows, 8) // 8 * header + rows * row


def data_bytes(shape: Shape, weights: str) -> int:
    """Section DATA: every tensor on a multiple of 64."""
    norm, table = {"q8": ("q16", "q8"), "q4": ("q16", "q8"), "f32": ("f32", "f32")}[weights]
    sizes = []
    for _ in range(shape.n_layers):
        sizes += [matrix_bytes(norm, 1, shape.dim)] * 2
        sizes += [matrix_bytes(weights, rows, cols) for rows, cols in shape.layer_matrices()]
    sizes += [matrix_bytes(norm, 1, shape.dim), matrix_bytes(table, shape.vocab_size, shape.dim)]
    return sum(round_up(n, 64) for n in sizes[:-1]) + sizes[-1]


def vocabulary_bytes(vocab_size: int, pieces: list[bytes] | None = None) -> int:
    """Section VOCB. Without the pieces, from what BPE vocabularies of this size take: 16.5 bytes a record."""
    buckets = 1
    listed = vocab_size - 257  # neither bytes nor <unk>
    while buckets * 2 < listed:
        buckets *= 2
    records = sum(12 + round_up(len(p), 4) for p in pieces) if pieces else round(16.5 * vocab_size)
    return 64 + 4 * 256 + 4 * vocab_size + 4 * (buckets + 1) + records


ABOUT_BYTES = 640  # section ABOU: names, command line, defaults, a few example prompts


def thm_bytes(shape: Shape, weights: str, pieces: list[bytes] | None = None) -> int:
    data = data_bytes(shape, weights)
    sections = [
        128 + 6 * 32,
        32 * (9 * shape.n_layers + 2),  # TENS
        8 * (shape.head_dim // 2),  # ROPE
        vocabulary_bytes(shape.vocab_size, pieces),
        ABOUT_BYTES,
        4 * -(-data // 16384),  # SUMS
    ]
    return sum(round_up(n, 64) for n in sections) + data


def kv_bytes(shape: Shape) -> int:
    """The int8 cache of all layers."""
    per_position = shape.n_kv_heads * (round_up(shape.head_dim, 8) + shape.head_dim + 2)
    return shape.n_layers * round_up(shape.context, 16) * per_position


def plan_bytes(shape: Shape) -> int:
    """What `thimble inspect MODEL -c CONTEXT -b 1` prints as "all", for integer weights."""
    d, h, heads = shape.dim, shape.hidden_dim, shape.n_heads
    xb2, gate, up = 4 * round_up(d, 16), 4 * h, 4 * h
    buffers = [
        1024 + 360 * shape.n_layers,  # network
        4 * d, xb2, gate, up,  # x and others
        round_up(max(d, h), 32),  # xb
        heads * round_up(shape.head_dim, 8),  # queries
        20 + 8 * heads,  # scales
        6 * round_up(shape.context, 16), 4 * shape.head_dim,  # att, rope
        4 * (shape.context + 1),  # tokens
        7696, 320,  # tokenizer, text
        kv_bytes(shape),
    ]
    # q, logits, k and v lie in the place of others that they fit into (plan.cpp, host_of).
    shared = [(4 * d, gate), (8 * min(128, shape.vocab_size), gate), (4 * shape.kv_dim, up), (4 * shape.kv_dim, xb2)]
    buffers += [n for n, place in shared if n > place]
    return sum(round_up(n, 64) for n in buffers)  # kBlockAlignment


def total_bytes(shape: Shape, weights: str) -> int:
    return thm_bytes(shape, weights) + plan_bytes(shape) + STACK_BYTES + OBJECT_BYTES


def fits(shape: Shape, weights: str) -> bool:
    """Whether the file, as one block, and all else find room. The plan can be in pieces."""
    return thm_bytes(shape, weights) <= BLOCK_BYTES and total_bytes(shape, weights) <= MEMORY_BYTES


# Each near the limit. One kv head of 16: the cache costs as much as a quarter of the weights even so. Stories of the
# corpus take 194 tokens of 1,024 pieces and 167 of 1,536 on average; 2,048 pieces leave no room.
CANDIDATES = [
    ("q4-deep", Shape(64, 160, 5, 4, 1, 1024), "q4"),
    ("q4-flat", Shape(64, 224, 4, 4, 1, 1024), "q4"),
    ("q4-wide", Shape(96, 128, 3, 6, 1, 1024), "q4"),
    ("q4-heads", Shape(64, 160, 6, 8, 1, 1024), "q4"),
    ("q4-words", Shape(64, 128, 4, 4, 1, 1536), "q4"),
    ("q4-pieces", Shape(64, 192, 5, 4, 1, 768), "q4"),
    ("q8-deep", Shape(64, 96, 4, 4, 1, 1024), "q8"),
    ("q8-words", Shape(64, 96, 3, 4, 1, 1536), "q8"),
]


def print_table(rows: list[tuple[str, Shape, str]]) -> None:
    print("name       dim hidden layers heads kv vocab  weights  parameters     file     plan    total  fits")
    for name, s, weights in rows:
        print(f"{name:9s} {s.dim:4d} {s.hidden_dim:6d} {s.n_layers:6d} {s.n_heads:5d} {s.n_kv_heads:2d} "
              f"{s.vocab_size:5d}  {weights:7s} {s.parameters():11,d} {thm_bytes(s, weights):8,d} "
              f"{plan_bytes(s):8,d} {total_bytes(s, weights):8,d}  {'yes' if fits(s, weights) else 'no'}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.shapes", description=__doc__.split("\n")[0])
    parser.add_argument("--shape", type=parse_shape, metavar="D,H,L,HEADS,KV,VOCAB[,CONTEXT]")
    args = parser.parse_args()
    print_table([("yours", args.shape, "q8"), ("yours", args.shape, "q4")] if args.shape else CANDIDATES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
