"""The engine's integer arithmetic, imitated in floats for training (docs/NUMERICS.md, "The integer path").

Whatever the engine rounds to 8 bits or less is rounded here in the forward pass; the backward pass takes each rounding
for the identity (straight-through). Left out is what the engine keeps 15 bits and more of: row scales, norms, the
residual stream, softmax weights, the gate. The difference in loss is measured by tests/test_train_smoke.py.

    narrow    the input of every matrix, and a rotated query head: int8 under absmax / 127
    cached    a key or value head of one position: int8 under a scale of 3 mantissa bits, rounded up
    weight    q8: int8 under a scale per row; q4: -8..7 under a signed 4-bit scale per 16 columns, under a row scale
    table     embedding and classifier: int8 in both
"""

import torch
from torch import Tensor
from torch.nn import functional as F

GROUP = 16
NIBBLE_LEAST, NIBBLE_MOST = -8, 7
TINY = 1e-30  # keeps vectors of zeros from dividing by 0


class _StraightThrough(torch.autograd.Function):
    @staticmethod
    def forward(ctx: object, x: Tensor, rounded: Tensor) -> Tensor:
        return rounded

    @staticmethod
    def backward(ctx: object, gradient: Tensor) -> tuple[Tensor, None]:
        return gradient, None


def round_int8(x: Tensor) -> Tensor:
    """Each vector of the last dimension under absmax / 127."""
    scale = x.abs().amax(-1, keepdim=True).clamp_min(TINY) / 127
    return (x / scale).round() * scale


def round_cached(x: Tensor) -> Tensor:
    """The same under the least of the scales (8 + c mod 8) * 2^(c / 8 - 27) that is large enough."""
    least = (x.abs().amax(-1, keepdim=True) / 127).clamp(2.0**-24, 240)
    eighth = torch.exp2(torch.floor(torch.log2(least)) - 3)
    scale = torch.ceil(least / eighth) * eighth
    return (x / scale).round().clamp(-127, 127) * scale


def q4_group_scales(groups: Tensor) -> Tensor:
    """groups: [..., 16]. The scale under which the largest weight is -8.

    The converter's search among scales is the better rounding of weights that stand still, but those under training
    jump when another scale wins: in a trial of 180 steps it ended 0.006 nats above this rule. From weights rounded
    by this rule, the converter's search finds the very same integers."""
    largest = groups.gather(-1, groups.abs().argmax(-1, keepdim=True))
    return torch.where(largest == 0, TINY, largest / -8)


def round_q4(w: Tensor) -> Tensor:
    """w: [rows, cols]."""
    cols = w.shape[1]
    groups = F.pad(w, (0, -cols % GROUP)).unflatten(1, (-1, GROUP))
    scales = q4_group_scales(groups)
    # The largest group scale becomes the last integer of its sign, 7 or -8.
    row_scale = torch.maximum(scales.amax(1, keepdim=True) / NIBBLE_MOST, scales.amin(1, keepdim=True) / NIBBLE_LEAST)
    row_scale = row_scale.clamp_min(TINY)
    scales = (scales / row_scale).round().clamp(NIBBLE_LEAST, NIBBLE_MOST) * row_scale
    n = torch.where(scales == 0, 0.0, groups / scales).round().clamp(NIBBLE_LEAST, NIBBLE_MOST)
    return (n * scales).flatten(1)[:, :cols]


class Quantizer:
    """`kind`: "q8", "q4" as `thimble convert --type` has them, or "none": floats."""

    def __init__(self, kind: str) -> None:
        if kind not in ("none", "q8", "q4"):
            raise ValueError(f"{kind}: expected none, q8 or q4")
        self.kind = kind

    @torch.no_grad()
    def rounded_weight(self, w: Tensor) -> Tensor:
        return {"none": lambda: w, "q8": lambda: round_int8(w), "q4": lambda: round_q4(w)}[self.kind]()

    @torch.no_grad()
    def rounded_table(self, w: Tensor) -> Tensor:
        return w if self.kind == "none" else round_int8(w)

    def _through(self, x: Tensor, rounded: Tensor) -> Tensor:
        return x if self.kind == "none" else _StraightThrough.apply(x, rounded)

    def weight(self, w: Tensor) -> Tensor:
        return self._through(w, self.rounded_weight(w))

    def table(self, w: Tensor) -> Tensor:
        return self._through(w, self.rounded_table(w))

    def narrow(self, x: Tensor) -> Tensor:
        return x if self.kind == "none" else _StraightThrough.apply(x, round_int8(x.detach()))

    def cached(self, x: Tensor) -> Tensor:
        return x if self.kind == "none" else _StraightThrough.apply(x, round_cached(x.detach()))
