#!/usr/bin/env python3
"""Writes Llama models of several shapes with random weights by the package transformers, and compares its logits with
Thimble's in f32.

Usage: transformers_parity.py PRINT_LOGITS SHARED
Exit status 77, for "skipped", where a package is not installed (requirements.txt; PyTorch is the user's own).
"""

import os
import sys
import tempfile
from pathlib import Path

from support import require, require_file, thimble_logits

os.environ["HF_HUB_OFFLINE"] = "1"  # models are made here
numpy, torch, transformers = require("numpy", "torch", "transformers")
transformers.utils.logging.disable_progress_bar()

MOST_DIFFERENCE = 1e-4
TOKENS = 24
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 64}  # fmt: skip
SHAPES = {
    "as many kv heads as heads": {"num_key_value_heads": 4},
    "grouped queries": {},
    "one kv head": {"num_key_value_heads": 1},
    "tied": {"tie_word_embeddings": True},
    "head_dim set": {"head_dim": 24},
    "llama3 rope": {"rope_theta": 10000.0, "rope_scaling": LLAMA3, "head_dim": 32},
    "linear rope": {"rope_scaling": {"rope_type": "linear", "factor": 4.0}},
    "rope_theta": {"rope_theta": 500000.0},
    "bf16": {"dtype": torch.bfloat16},
    "sharded": {"num_hidden_layers": 4, "max_shard_size": "100KB"},
}


def make_model(folder, seed, *, dtype=torch.float32, max_shard_size="5GB", **more):
    settings = {"hidden_size": 64, "intermediate_size": 100, "num_hidden_layers": 2, "num_attention_heads": 4,
                "num_key_value_heads": 2, "vocab_size": 512, "max_position_embeddings": 128}  # fmt: skip
    settings |= more
    scaling = settings.pop("rope_scaling", None)
    theta = settings.pop("rope_theta", 10000.0)
    settings["rope_parameters"] = {"rope_type": "default", "rope_theta": theta} | (scaling or {})
    torch.manual_seed(seed)
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**settings))
    with torch.no_grad():
        for name, weights in model.named_parameters():
            weights.copy_(1 + 0.2 * torch.randn_like(weights) if "norm" in name else 0.12 * torch.randn_like(weights))
    model.to(dtype).save_pretrained(folder, max_shard_size=max_shard_size)
    # As stored; .to() alone would leave the angles of rope rounded to the type.
    return transformers.LlamaForCausalLM.from_pretrained(folder, dtype=torch.float64)


def main():
    print_logits, shared = sys.argv[1:]
    tokenizer = require_file(Path(shared) / "models/stories260K/tok512.model")
    ids = numpy.random.default_rng(1).integers(3, 512, TOKENS).tolist()
    failures = 0
    for seed, (name, more) in enumerate(SHAPES.items()):
        with tempfile.TemporaryDirectory() as folder:
            model = make_model(folder, seed, **more)
            (Path(folder) / "tokenizer.model").write_bytes(tokenizer.read_bytes())
            found = thimble_logits(print_logits, folder, ids)
            files = len(list(Path(folder).glob("*.safetensors")))
        with torch.no_grad():
            expected = model(torch.tensor([ids])).logits[0].numpy()
        difference = float(numpy.abs(found - expected).max())
        failures += difference > MOST_DIFFERENCE
        print(f"{name}: {files} file(s), logits to {numpy.abs(expected).max():.2f}, largest difference {difference:.2e}")
    print(f"{len(SHAPES)} shapes, {failures} differ by more than {MOST_DIFFERENCE}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
