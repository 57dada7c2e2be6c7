#!/usr/bin/env python3
"""Reads what `thimble export` writes as GGUF with the gguf package, and compares it with the llama2.c checkpoint of the
same model, whose tensors stand one behind the other.

Usage: gguf_export.py THIMBLE MAKE_FIXTURE [SHARED]
Exit status 77, for "skipped", where a package is not installed (requirements.txt).
"""

import struct
import subprocess
import sys
import tempfile
from pathlib import Path

from support import require

gguf, numpy = require("gguf", "numpy")

HEADER = ("dim", "hidden", "layers", "heads", "kv_heads", "vocab", "context")
KEYS = {"llama.embedding_length": "dim", "llama.feed_forward_length": "hidden", "llama.block_count": "layers",
        "llama.attention.head_count": "heads", "llama.attention.head_count_kv": "kv_heads",
        "llama.vocab_size": "vocab", "llama.context_length": "context"}


def read_checkpoint(path):
    """The header's numbers, and the tensors by their names in GGUF, in float32."""
    data = path.read_bytes()
    c = dict(zip(HEADER, struct.unpack("<7i", data[:28])))
    tied = c["vocab"] > 0
    c["vocab"] = abs(c["vocab"])
    floats = numpy.frombuffer(data, "<f4", offset=28)
    tensors = {}

    def take(name, *shape):
        nonlocal floats
        count = int(numpy.prod(shape))
        tensors[name] = floats[:count].reshape(shape)
        floats = floats[count:]

    dim, hidden, head = c["dim"], c["hidden"], c["dim"] // c["heads"]
    take("token_embd.weight", c["vocab"], dim)
    for name, shape in (("attn_norm", (dim,)), ("attn_q", (dim, dim)), ("attn_k", (c["kv_heads"] * head, dim)),
                        ("attn_v", (c["kv_heads"] * head, dim)), ("attn_output", (dim, dim)), ("ffn_norm", (dim,)),
                        ("ffn_gate", (hidden, dim)), ("ffn_down", (dim, hidden)), ("ffn_up", (hidden, dim))):
        for layer in range(c["layers"]):
            take(f"blk.{layer}.{name}.weight", *shape)
    take("output_norm.weight", dim)
    floats = floats[c["context"] * head:]
    if not tied:
        take("output.weight", c["vocab"], dim)
    assert len(floats) == 0
    return c, tensors


def read_tokenizer(path):
    """(score, text) of each piece of a tokenizer.bin."""
    data = path.read_bytes()
    pieces, at = [], 4
    while at < len(data):
        score, length = struct.unpack_from("<fi", data, at)
        pieces.append((score, data[at + 8:at + 8 + length]))
        at += 8 + length
    return pieces


def check(thimble, source, folder, kind):
    model, file, checkpoint, tokenizer = (folder / name for name in ("m.thm", "m.gguf", "m.bin", "tok.bin"))
    subprocess.run([thimble, "convert", *source, model, "-q", "--type", kind], check=True)
    subprocess.run([thimble, "export", model, file, "-q"], check=True)
    subprocess.run([thimble, "export", model, checkpoint, "-q", "--tokenizer", tokenizer], check=True)
    config, tensors = read_checkpoint(checkpoint)
    reader = gguf.GGUFReader(file)
    assert reader.fields["general.architecture"].contents() == "llama"
    for key, name in KEYS.items():
        assert reader.fields[key].contents() == config[name], key
    assert abs(reader.fields["llama.attention.layer_norm_rms_epsilon"].contents() - 1e-5) < 1e-12
    assert reader.fields["llama.rope.freq_base"].contents() == 10000

    assert {tensor.name for tensor in reader.tensors} == set(tensors)
    for tensor in reader.tensors:
        expected_type = "F16" if kind == "f16" and "norm" not in tensor.name else "F32"
        assert tensor.tensor_type.name == expected_type, tensor.name
        assert tuple(int(n) for n in reversed(tensor.shape)) == tensors[tensor.name].shape, tensor.name
        assert numpy.array_equal(tensor.data.astype("<f4").reshape(tensors[tensor.name].shape), tensors[tensor.name])

    pieces = read_tokenizer(tokenizer)
    assert reader.fields["tokenizer.ggml.scores"].contents() == [score for score, _ in pieces]
    tokens = reader.fields["tokenizer.ggml.tokens"].contents()
    assert tokens[:3] == ["<unk>", "<s>", "</s>"] and len(tokens) == len(pieces)
    for token, (_, text) in zip(tokens[3:], pieces[3:]):
        assert token.replace("\u2581", " ").encode() == text, token
    types = reader.fields["tokenizer.ggml.token_type"].contents()
    assert types[:3] == [2, 3, 3] and types[3] == (6 if tokens[3] == "<0x00>" else 1)
    return len(tensors)


def main():
    thimble, make_fixture = sys.argv[1:3]
    shared = Path(sys.argv[3]) / "models/stories260K" if len(sys.argv) > 3 else Path("/nonexistent")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([make_fixture, "--llama2c", folder / "source.bin", folder / "source_tok.bin"], check=True)
        sources = [[folder / "source.bin", "--tokenizer", folder / "source_tok.bin"]]
        if shared.exists():
            sources.append([shared / "stories260K.bin", "--tokenizer", shared / "tok512.bin"])
        for source in sources:
            for kind in ("f32", "f16"):
                print(f"{source[0].name} {kind}: {check(thimble, source, folder, kind)} tensors agree")
        if shared.exists():
            theirs = gguf.GGUFReader(shared / "stories260K.gguf")
            subprocess.run([thimble, "convert", *sources[-1], folder / "m.thm", "-q", "--type", "f32"], check=True)
            subprocess.run([thimble, "export", folder / "m.thm", folder / "m.gguf", "-q"], check=True)
            ours = {tensor.name: tensor for tensor in gguf.GGUFReader(folder / "m.gguf").tensors}
            for tensor in theirs.tensors:
                if tensor.name != "output.weight":  # theirs has the embedding twice
                    assert numpy.array_equal(tensor.data, ours[tensor.name].data), tensor.name
            print(f"stories260K.gguf of others: {len(ours)} tensors agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
