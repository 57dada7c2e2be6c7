"""Writes a trained model in the forms that others read.

    python3 -m train.export checkpoint.pt OUT_FOLDER

model.bin is a llama2.c checkpoint, version 0, which `thimble convert` takes. model.safetensors and config.json are
the Hugging Face layout. Weights trained for q8 or q4 are written as the values that they round to, so that the
converter finds the very integers of the training.
"""

import argparse
import json
import struct
import sys
from pathlib import Path

import torch
from torch import Tensor

from train.model import NORM_EPS, ROPE_THETA, Model
from train.quantize import Quantizer
from train.shapes import Shape

MATRICES = ("wq", "wk", "wv", "wo", "w_gate", "w_up", "w_down")


def export_tensors(model: Model, quant: Quantizer) -> dict[str, Tensor]:
    """Embedding, final norm, and each role of the layers stacked, [n_layers, ...]."""
    tensors = {"embedding": quant.rounded_table(model.embedding), "final_norm": model.final_norm}
    for name in ("attention_norm", "ffn_norm"):
        tensors[name] = torch.stack([getattr(layer, name) for layer in model.layers])
    for name in MATRICES:
        tensors[name] = torch.stack([quant.rounded_weight(getattr(layer, name)) for layer in model.layers])
    return {name: t.detach().float().cpu().contiguous() for name, t in tensors.items()}


def write_llama2c(path: Path, shape: Shape, tensors: dict[str, Tensor]) -> None:
    order = ["embedding", "attention_norm", "wq", "wk", "wv", "wo", "ffn_norm", "w_gate", "w_down", "w_up",
             "final_norm"]
    with open(path, "wb") as file:
        # A positive vocabulary size says that the classifier is the embedding.
        file.write(struct.pack("<7i", shape.dim, shape.hidden_dim, shape.n_layers, shape.n_heads, shape.n_kv_heads,
                               shape.vocab_size, shape.context))
        for name in order:
            file.write(tensors[name].numpy().astype("<f4").tobytes())
        file.write(bytes(4 * shape.context * shape.head_dim))  # tables of angles that nobody reads any more


def halves_from_pairs(w: Tensor, heads: int) -> Tensor:
    """Rows of wq or wk as Hugging Face orders them: of each head first the even ones, then the odd ones."""
    return w.unflatten(0, (heads, -1, 2)).transpose(1, 2).reshape(w.shape)


def hugging_face_tensors(shape: Shape, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    names = {"attention_norm": "input_layernorm", "wq": "self_attn.q_proj", "wk": "self_attn.k_proj",
             "wv": "self_attn.v_proj", "wo": "self_attn.o_proj", "ffn_norm": "post_attention_layernorm",
             "w_gate": "mlp.gate_proj", "w_up": "mlp.up_proj", "w_down": "mlp.down_proj"}
    out = {"model.embed_tokens.weight": tensors["embedding"], "model.norm.weight": tensors["final_norm"]}
    for name, hugging in names.items():
        heads = {"wq": shape.n_heads, "wk": shape.n_kv_heads}.get(name)
        for i, w in enumerate(tensors[name]):
            out[f"model.layers.{i}.{hugging}.weight"] = halves_from_pairs(w, heads) if heads else w
    return out


def write_safetensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """u64 length, a JSON header padded to 8 bytes, then the tensors one behind the other."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, t in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(t.shape), "data_offsets": [at, at + 4 * t.numel()]}
        at += 4 * t.numel()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for t in tensors.values():
            file.write(t.contiguous().numpy().astype("<f4").tobytes())


def hugging_face_config(shape: Shape) -> dict[str, object]:
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": shape.dim,
            "intermediate_size": shape.hidden_dim, "num_hidden_layers": shape.n_layers,
            "num_attention_heads": shape.n_heads, "num_key_value_heads": shape.n_kv_heads,
            "vocab_size": shape.vocab_size, "max_position_embeddings": shape.context, "rms_norm_eps": NORM_EPS,
            "rope_theta": ROPE_THETA, "hidden_act": "silu", "tie_word_embeddings": True, "bos_token_id": 1,
            "eos_token_id": 2, "torch_dtype": "float32"}


def export(model: Model, quant: Quantizer, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tensors = export_tensors(model, quant)
    write_llama2c(folder / "model.bin", model.shape, tensors)
    write_safetensors(folder / "model.safetensors", hugging_face_tensors(model.shape, tensors))
    (folder / "config.json").write_text(json.dumps(hugging_face_config(model.shape), indent=2) + "\n")


def load_model(checkpoint: Path) -> tuple[Model, str]:
    """The model, and the integer type that it was last trained for."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = Model(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    return model, state["qat"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.export", description=__doc__.split("\n")[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    model, qat = load_model(args.checkpoint)
    export(model, Quantizer(qat), args.folder)
    print(f"{args.folder}/model.bin: {model.shape.parameters():,} parameters, trained for {qat}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
