"""The Llama architecture in plain PyTorch, as llama2.c and the engine compute it: RMSNorm, rotary pairs next to each
other, grouped queries, SwiGLU, the classifier tied to the embedding."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from train.quantize import Quantizer
from train.shapes import Shape

ROPE_THETA = 10_000.0  # llama2.c checkpoints do not state these two: the engine takes the same constants
NORM_EPS = 1e-5


def rotary_table(shape: Shape) -> Tensor:
    """[context, head_dim / 2, 2]: cosine and sine of each pair at each position."""
    pairs = torch.arange(0, shape.head_dim, 2, dtype=torch.float64) / shape.head_dim
    angles = torch.outer(torch.arange(shape.context, dtype=torch.float64), ROPE_THETA**-pairs)
    return torch.stack([angles.cos(), angles.sin()], dim=-1).float()


def rotate(x: Tensor, table: Tensor) -> Tensor:
    """x: [batch, heads, positions, head_dim]. Turns the pairs (x[2i], x[2i+1])."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    cos, sin = table[: x.shape[-2]].unbind(-1)
    turned = torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)
    return turned.type_as(x)  # under autocast the table is wider than x


def norm(x: Tensor, weight: Tensor) -> Tensor:
    return F.rms_norm(x, (x.shape[-1],), weight, NORM_EPS)


class Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.attention_norm = nn.Parameter(torch.ones(shape.dim))
        self.ffn_norm = nn.Parameter(torch.ones(shape.dim))
        names = ["wq", "wk", "wv", "wo", "w_gate", "w_up", "w_down"]
        for name, (rows, cols) in zip(names, shape.layer_matrices(), strict=True):
            # What writes to the residual stream starts smaller, so that depth does not raise its variance (GPT-2).
            depth = (2 * shape.n_layers) ** -0.5 if name in ("wo", "w_down") else 1.0
            weight = torch.empty(rows, cols)
            self.register_parameter(name, nn.Parameter(nn.init.normal_(weight, std=depth * cols**-0.5)))

    def heads(self, x: Tensor, count: int) -> Tensor:
        """[batch, positions, count * head_dim] to [batch, count, positions, head_dim]."""
        return x.unflatten(-1, (count, self.shape.head_dim)).transpose(1, 2)

    def attention(self, x: Tensor, rotary: Tensor, quant: Quantizer) -> Tensor:
        xb = quant.narrow(norm(x, self.attention_norm))
        q = self.heads(F.linear(xb, quant.weight(self.wq)), self.shape.n_heads)
        k = self.heads(F.linear(xb, quant.weight(self.wk)), self.shape.n_kv_heads)
        v = self.heads(F.linear(xb, quant.weight(self.wv)), self.shape.n_kv_heads)
        q = quant.narrow(rotate(q, rotary))
        k = quant.cached(rotate(k, rotary))
        v = quant.cached(v)
        shared = self.shape.n_heads // self.shape.n_kv_heads
        k, v = k.repeat_interleave(shared, dim=1), v.repeat_interleave(shared, dim=1)
        # Rows are padded behind their end, where a causal mask hides the padding from everything that counts.
        out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return F.linear(quant.narrow(out.transpose(1, 2).flatten(-2)), quant.weight(self.wo))

    def feed_forward(self, x: Tensor, quant: Quantizer) -> Tensor:
        xb = quant.narrow(norm(x, self.ffn_norm))
        hb = F.silu(F.linear(xb, quant.weight(self.w_gate))) * F.linear(xb, quant.weight(self.w_up))
        return F.linear(quant.narrow(hb), quant.weight(self.w_down))

    def forward(self, x: Tensor, rotary: Tensor, quant: Quantizer) -> Tensor:
        x = x + self.attention(x, rotary, quant)
        return x + self.feed_forward(x, quant)


class Model(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        shape.check()
        self.shape = shape
        # Also the classifier: this deviation gives the first logits one of about 1/2.
        self.embedding = nn.Parameter(torch.randn(shape.vocab_size, shape.dim) * 0.5 * shape.dim**-0.5)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.n_layers))
        self.final_norm = nn.Parameter(torch.ones(shape.dim))
        self.register_buffer("rotary", rotary_table(shape), persistent=False)

    def forward(self, tokens: Tensor, quant: Quantizer = Quantizer("none")) -> Tensor:
        """tokens: [batch, positions]. Returns logits, [batch, positions, vocab_size]."""
        embedding = quant.table(self.embedding)
        x = F.embedding(tokens, embedding)
        for layer in self.layers:
            x = layer(x, self.rotary, quant)
        return F.linear(quant.narrow(norm(x, self.final_norm)), embedding)

    def loss(self, tokens: Tensor, targets: Tensor, quant: Quantizer = Quantizer("none"),
             weights: Tensor | None = None) -> Tensor:
        """Mean nats per target, weighted if asked; targets of -1 do not count."""
        logits = self(tokens, quant).flatten(0, 1).float()
        if weights is None:
            return F.cross_entropy(logits, targets.flatten(), ignore_index=-1)
        nats = F.cross_entropy(logits, targets.flatten(), ignore_index=-1, reduction="none")
        return (nats * weights.flatten()).sum() / weights.sum()

    @torch.no_grad()
    def greedy(self, tokens: list[int], count: int, quant: Quantizer = Quantizer("none")) -> list[int]:
        """The `count` likeliest next tokens, one by one."""
        for _ in range(count):
            tokens = tokens + [int(self(torch.tensor([tokens]), quant)[0, -1].argmax())]
        return tokens[-count:]
