#!/usr/bin/env python3
"""Writes a GGUF file by the package gguf, has llama.cpp quantise it to every type that Thimble reads, and compares

- Thimble's logits with those of the same file widened to F32 by the package gguf: every bit;
- Thimble's logits with llama.cpp's own, which rounds activations, too, where weights are quantised: MOST_DIFFERENCE of
  their root mean square;
- ids of random texts with llama.cpp's, for GGUF vocabularies named on the command line and those in SHARED;
- llama.cpp's ids under a vocabulary with its ids under what `thimble export` makes of that.

Usage: llama_cpp_parity.py THIMBLE ENCODE_TEXTS PRINT_LOGITS SHARED [VOCABULARY.gguf...]
Exit status 77, for "skipped", where a package is not installed. llama-cpp-python==0.3.36 has no wheel and takes a
quarter of an hour to build: ./test.sh parity uses it where it finds it.
"""

import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path

from support import (
    ORDINARY,
    Refused,
    count_different,
    make_texts,
    require,
    require_file,
    thimble_ids,
    thimble_logits,
)

gguf, llama_cpp, numpy = require("gguf", "llama_cpp", "numpy")

TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q2_K": 10, "Q3_K": 11, "Q4_K": 14,
         "Q5_K": 16, "Q6_K": 18, "IQ4_NL": 25, "BF16": 32}  # fmt: skip  # llama_ftype
EXACT = {"F32": 1e-5, "BF16": 1e-2, "F16": 2e-3}
MOST_DIFFERENCE = 0.05
DIM, HIDDEN, LAYERS, HEADS, KV_HEADS, CONTEXT = 256, 512, 2, 4, 2, 64


def copy_keys(reader, writer, skip):
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in skip:
            continue
        kind = field.types[0]
        writer.add_key_value(field.name, field.contents(), kind, field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None)


def write_model(path, vocabulary):
    """Random weights under the vocabulary of another file."""
    reader = gguf.GGUFReader(vocabulary)
    pieces = len(reader.fields["tokenizer.ggml.tokens"].data)
    writer = gguf.GGUFWriter(path, "llama")
    for key, value in (("embedding_length", DIM), ("feed_forward_length", HIDDEN), ("block_count", LAYERS),
                       ("attention.head_count", HEADS), ("attention.head_count_kv", KV_HEADS),
                       ("context_length", CONTEXT), ("rope.dimension_count", DIM // HEADS)):  # fmt: skip
        writer.add_uint32(f"llama.{key}", value)
    writer.add_float32("llama.attention.layer_norm_rms_epsilon", 1e-5)
    kept = [name for name in reader.fields if not name.startswith("tokenizer.")]
    copy_keys(reader, writer, kept)
    rng = numpy.random.default_rng(1)
    kv = DIM // HEADS * KV_HEADS
    shapes = {"token_embd": (pieces, DIM), "output": (pieces, DIM)}
    for n in range(LAYERS):
        shapes |= {f"blk.{n}.{name}": shape for name, shape in {
            "attn_q": (DIM, DIM), "attn_k": (kv, DIM), "attn_v": (kv, DIM), "attn_output": (DIM, DIM),
            "ffn_gate": (HIDDEN, DIM), "ffn_up": (HIDDEN, DIM), "ffn_down": (DIM, HIDDEN)}.items()}  # fmt: skip
        shapes |= {f"blk.{n}.attn_norm": (DIM,), f"blk.{n}.ffn_norm": (DIM,)}
    shapes["output_norm"] = (DIM,)
    for name, shape in shapes.items():
        weights = rng.standard_normal(shape, dtype=numpy.float32)
        writer.add_tensor(f"{name}.weight", 1 + 0.2 * weights if len(shape) == 1 else weights / numpy.float32(shape[1] ** 0.5))
    finish(writer)
    return pieces


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def widen(source, target):
    """The same model in F32, by the package gguf."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target, "llama")
    copy_keys(reader, writer, ["general.architecture"])
    for tensor in reader.tensors:
        weights = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        writer.add_tensor(tensor.name, weights.reshape([int(n) for n in reversed(tensor.shape)]))
    finish(writer)


def quantise(source, target, ftype):
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype, params.nthread, params.pure = ftype, 2, True
    if llama_cpp.llama_model_quantize(source.encode(), target.encode(), ctypes.byref(params)) != 0:
        raise SystemExit(f"FAILED: llama.cpp did not write {target}")


def llama_cpp_logits(path, ids):
    model = llama_cpp.Llama(path, n_ctx=CONTEXT, logits_all=True, verbose=False, type_k=0, type_v=0)
    model.eval(ids)
    return numpy.array(model.scores[: len(ids)])


def compare_types(print_logits, vocabulary):
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        base, wide = f"{folder}/base.gguf", f"{folder}/wide.gguf"
        pieces = write_model(base, vocabulary)
        ids = numpy.random.default_rng(2).integers(3, pieces, 16).tolist()
        for name, ftype in TYPES.items():
            path = f"{folder}/{name}.gguf"
            quantise(base, path, ftype)
            widen(path, wide)
            found, widened = thimble_logits(print_logits, path, ids), thimble_logits(print_logits, wide, ids)
            expected = llama_cpp_logits(path, ids)
            error = float(numpy.sqrt(numpy.mean((found - expected) ** 2) / numpy.mean(expected**2)))
            types = sorted({t.tensor_type.name for t in gguf.GGUFReader(path).tensors})
            same = numpy.array_equal(found, widened)
            failures += not same or error > EXACT.get(name, MOST_DIFFERENCE)
            print(f"{name}: tensors of {'/'.join(types)}, widened as gguf does: {same}, llama.cpp differs by {error:.2e}")
    return failures


def compare_ids(encode_texts, path):
    texts = make_texts(ORDINARY)
    try:
        found = thimble_ids(encode_texts, path, texts)
    except Refused as refused:
        print(f"{path}: refused: {refused}")
        return 0
    return count_different(path, texts, llama_cpp_ids(path, texts), found)


def llama_cpp_ids(path, texts):
    model = llama_cpp.Llama(path, vocab_only=True, verbose=False)
    return [model.tokenize(text.encode(), add_bos=False, special=False) for text in texts]


def compare_exported(thimble, vocabulary):
    texts = make_texts(ORDINARY)
    with tempfile.TemporaryDirectory() as folder:
        source, model, exported = (f"{folder}/{name}" for name in ("source.gguf", "model.thm", "exported.gguf"))
        write_model(source, vocabulary)
        subprocess.run([thimble, "convert", source, model, "--type", "f16", "-q"], check=True)
        subprocess.run([thimble, "export", model, exported, "-q"], check=True)
        return count_different(f"exported {vocabulary}", texts, llama_cpp_ids(vocabulary, texts), llama_cpp_ids(exported, texts))


def main():
    thimble, encode_texts, print_logits, shared, *others = sys.argv[1:]
    models = Path(shared) / "models"
    vocabulary = require_file(models / "stories260K/stories260K.gguf")
    failures = compare_types(print_logits, str(vocabulary))
    vocabularies = [str(path) for path in sorted((models / "vocab").glob("*.gguf"))]
    for path in vocabularies + others:
        failures += compare_ids(encode_texts, path)
    for path in vocabularies:
        failures += compare_exported(thimble, path)
    print(f"{failures} failures")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
