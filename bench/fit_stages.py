#!/usr/bin/env python3
"""From instructions per stage, as the emulators count them (bench/emu-stages), to costs per unit of work, from which
`thimble plan` computes the cycles of any shape: boards/kernels/*.json. So for ESP32-S3's vectors, whose kernels' cycles
are counted call by call (bench/pie-cycles).

Usage: fit_stages.py [--check]     writes the files; --check compares with those that are there

Each stage is a sum of products of counts and costs, such as rows x columns, rows and calls of a matrix; the costs come
from least squares over all models, relative errors weighing the same. A cost is never negative. The units are those of
tools/plan/token_work.cpp.
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MATRICES = ("wq", "wk", "wv", "wo", "w_gate", "w_up", "w_down")
PADDING = {"q8": 16, "q4": 32, "f32": 8, "f16": 8}  # of a row's columns, in elements
LOGITS_ROWS = 128  # rows of the classifier in a call
SETS = {  # images; a chip without a floating-point unit pays for f32 in calls of a library
    "xtensa-mac16": "xtensa",
    "riscv-scalar": "rv32imc",
    "riscv-scalar-fpu": "rv32imafc",
}
ALL_LINES = {  # unit: what it counts, from a shape s and the mean number n of positions
    "attention": {
        "mac": lambda s, n: s["layers"] * s["heads"] * n * s["head_dim"],
        "position": lambda s, n: s["layers"] * s["heads"] * n,
        "element": lambda s, n: s["layers"] * s["heads"] * s["head_dim"],
        "head": lambda s, n: s["layers"] * s["heads"],
    },
    "norms": {
        "element": lambda s, n: (2 * s["layers"] + 1) * s["dim"],
        "call": lambda s, n: 2 * s["layers"] + 1,
    },
    "quantise": {
        "element": lambda s, n: (6 * s["layers"] + 1) * s["dim"]
        + s["layers"] * (3 * (s["heads"] + s["kv_heads"]) * s["head_dim"] + s["hidden"]),
        "head": lambda s, n: 3 * s["layers"] * (s["heads"] + s["kv_heads"]),
        "layer": lambda s, n: s["layers"],
    },
    "rope": {
        "element": lambda s, n: s["layers"] * (s["heads"] + s["kv_heads"]) * s["head_dim"],
        "call": lambda s, n: s["layers"] * (s["heads"] + s["kv_heads"]),
    },
    "gate": {"element": lambda s, n: s["layers"] * s["hidden"], "call": lambda s, n: s["layers"]},
    "add": {"element": lambda s, n: 2 * s["layers"] * s["dim"], "call": lambda s, n: 2 * s["layers"]},
    "logits": {"element": lambda s, n: s["vocab"], "call": lambda s, n: -(-s["vocab"] // LOGITS_ROWS)},
    "sampler": {"element": lambda s, n: s["vocab"], "call": lambda s, n: 1},
    "engine": {  # between the kernels
        "layer": lambda s, n: s["layers"],
        "head": lambda s, n: s["layers"] * (s["heads"] + s["kv_heads"]),
        "element": lambda s, n: s["layers"] * s["kv_heads"] * s["head_dim"],
        "pair": lambda s, n: s["head_dim"],
        "dim": lambda s, n: s["dim"],
        "token": lambda s, n: 1,
    },
}


def tables(path: Path) -> list[list[dict]]:
    """Tables with a line of names on top and nothing but comments between; "-" is nothing."""
    out = []
    for block in path.read_text().split("\n\n"):
        lines = [line.split() for line in block.splitlines() if not line.startswith("#")]
        if lines:
            out.append([{name: word for name, word in zip(lines[0], words) if word != "-"} for words in lines[1:]])
    return out


def read(path: Path) -> list[dict]:
    first, runs = tables(path)
    shapes = {s.pop("shape"): {key: int(value) for key, value in s.items()} for s in first}
    profiles = []
    for run in runs:
        image, model = run.pop("image"), run.pop("model")
        counts = {name: int(count) for name, count in run.items()}
        tokens, total = counts.pop("tokens"), counts.pop("total")
        counts["engine"] = total - sum(counts.values())
        name, _, kind = model.rpartition("-")
        profiles.append({"image": image, "shape": shapes[name or model], "type": kind if name else "mixed",
                         "positions": (tokens + 1) / 2, "counts": counts})
    return profiles


def least_squares(rows: list[list[float]], values: list[float]) -> list[float]:
    """Costs of each column, none below zero; relative errors weigh the same."""
    active = list(range(len(rows[0])))
    while True:
        costs = solve([[row[i] / value for i in active] for row, value in zip(rows, values)])
        worst = min(range(len(active)), key=lambda i: costs[i] * sum(row[active[i]] for row in rows))
        if costs[worst] >= 0:
            break
        del active[worst]
    full = [0.0] * len(rows[0])
    for i, cost in zip(active, costs):
        full[i] = cost
    return full


def solve(rows: list[list[float]]) -> list[float]:
    """Least squares of rows x = 1, by the normal equations and elimination."""
    size = len(rows[0])
    scale = [max(abs(row[i]) for row in rows) or 1 for i in range(size)]
    rows = [[x / s for x, s in zip(row, scale)] for row in rows]
    system = [[sum(row[i] * row[j] for row in rows) + (1e-12 if i == j else 0) for j in range(size)]
              + [sum(row[i] for row in rows)] for i in range(size)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(system[r][i]))
        system[i], system[pivot] = system[pivot], system[i]
        for r in range(size):
            if r != i:
                factor = system[r][i] / system[i][i]
                system[r] = [a - factor * b for a, b in zip(system[r], system[i])]
    return [system[i][size] / system[i][i] / scale[i] for i in range(size)]


def fitted(samples: list[tuple[dict, float]], units: list[str]) -> dict | None:
    if not samples:
        return None
    costs = least_squares([[counts[unit] for unit in units] for counts, _ in samples], [v for _, v in samples])
    return {unit: float(f"{cost:.4g}") for unit, cost in zip(units, costs)}


def matrix_samples(profiles: list[dict], kind: str) -> list[tuple[dict, float]]:
    samples = []
    for p in profiles:
        s = p["shape"]
        q, kv = s["heads"] * s["head_dim"], s["kv_heads"] * s["head_dim"]
        shapes = {"wq": (q, s["dim"]), "wk": (kv, s["dim"]), "wv": (kv, s["dim"]), "wo": (s["dim"], q),
                  "w_gate": (s["hidden"], s["dim"]), "w_up": (s["hidden"], s["dim"]), "w_down": (s["dim"], s["hidden"])}
        wanted = {name: (shape, s["layers"]) for name, shape in shapes.items()} if p["type"] == kind else {}
        if p["type"] == kind != "q4" or (kind == "q8" and p["type"] == "q4"):  # q4 models have a classifier of q8
            wanted["classifier"] = ((s["vocab"], s["dim"]), -(-s["vocab"] // LOGITS_ROWS))
        for name, ((rows, cols), calls) in wanted.items():
            times = 1 if name == "classifier" else s["layers"]
            padded = -(-cols // PADDING[kind]) * PADDING[kind]
            samples.append(({"mac": times * rows * padded, "row": times * rows, "call": calls}, p["counts"][name]))
    return samples


def costs_of(profiles: list[dict]) -> dict:
    out = {"products": {kind: costs for kind in PADDING
                        if (costs := fitted(matrix_samples(profiles, kind), ["mac", "row", "call"]))}}
    for arithmetic, kinds in ("integer", ("q8", "q4", "mixed")), ("float", ("f32", "f16")):
        of_kind = [p for p in profiles if p["type"] in kinds]
        stages = {}
        for stage, units in ALL_LINES.items():
            samples = [({u: count(p["shape"], p["positions"]) for u, count in units.items()}, p["counts"][stage])
                       for p in of_kind if stage in p["counts"]]
            if costs := fitted(samples, list(units)):
                stages[stage] = costs
        out[arithmetic] = stages
    return out


# C++ around the assembly of src/kernels/pie, in cycles a call: what is left of the instructions that calls take in
# Espressif's QEMU, compiled by GCC 12, times 1.2.
AROUND = {
    "q8": 350, "q4": 350, "largest": 25, "quantised": 100, "rescaled": 130, "norms": 90, "add": 60, "shifted": 100,
    "rope": 25, "gate": 30, "logits": 30, "attention": 900,
}
SHIFTED = 0.4  # adds at which the stream's exponent moves: traced, of the story model


def pie_fit(samples: dict, stage: str, units: tuple = ("element", "call")) -> dict:
    costs = fitted(samples[stage], list(units))
    costs[units[-1]] = float(f"{costs[units[-1]] + AROUND[stage]:.4g}")
    return costs


def pie_costs() -> dict:
    samples = {}
    for line in (ROOT / "bench/pie-cycles").read_text().splitlines():
        if line.startswith("#"):
            continue
        stage, *words = line.split()
        counts = {unit: int(count) for unit, count in (word.split("=") for word in words)}
        samples.setdefault(stage, []).append((counts, counts.pop("cycles")))
    quantised, largest, rescaled = (pie_fit(samples, stage) for stage in ("quantised", "largest", "rescaled"))
    calls = [costs["call"] for costs in (quantised, largest, rescaled)]
    integer = {stage: pie_fit(samples, stage) for stage in ("norms", "rope", "gate", "add", "logits")}
    integer["add"] = {unit: float(f"{(1 - SHIFTED) * cost + SHIFTED * pie_fit(samples, 'shifted')[unit]:.4g}")
                      for unit, cost in integer["add"].items()}
    integer["attention"] = pie_fit(samples, "attention", ("mac", "position", "element", "head"))
    integer["quantise"] = {
        "element": quantised["element"], "largest": largest["element"], "rescaled": rescaled["element"],
        "head": float(f"{sum(calls) / 3:.4g}"),  # a third of the calls of a head of queries
        "layer": float(f"{3 * calls[0] + 4 * calls[1]:.4g}"),
    }
    products = {kind: pie_fit(samples, kind, ("mac", "row", "call")) for kind in ("q8", "q4")}
    return {"products": products, "integer": integer, "float": {}}


PIE = {
    "kind": "predicted",
    "unit": "cycles",
    "source": "assembly of src/kernels/pie, as the machine of tests/pie counts its cycles (bench/pie-cycles), by "
              "bench/fit_stages.py; the C++ around it from instructions in Espressif's QEMU; the rest of a token: as many instructions as the "
              "same code takes on RISC-V with a floating-point unit, which has the high product that the emulated "
              "Xtensa lacks and the S3 has",
    "others": "riscv-scalar-fpu",
}


def main() -> int:
    profiles = read(ROOT / "bench/emu-stages")
    failed = 0
    files = {"xtensa-pie": {**PIE, **pie_costs()}}
    for name, image in SETS.items():
        files[name] = {
            "kind": "emulated",
            "unit": "instructions",
            "source": f"bench/emu-stages, image {image}, by bench/fit_stages.py",
            **costs_of([p for p in profiles if p["image"] == image]),
        }
    for name, costs in files.items():
        text = json.dumps(costs, indent=2) + "\n"
        path = ROOT / f"boards/kernels/{name}.json"
        if "--check" not in sys.argv:
            path.write_text(text)
        elif path.read_text() != text:
            print(f"{path}: differs from what {Path(__file__).name} makes of bench/emu-stages")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
