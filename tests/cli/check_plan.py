"""Checks a document of `thimble plan --json`: its keys, and that its parts agree. Usage: check_plan.py FILE BOARDS"""

import json
import sys
from pathlib import Path

MEDIA = ("fast", "bulk", "flash", "card")
TIMES = ("compute_us", "memory_us", "storage_us", "barriers_us")
COMMON = {"board", "title", "chip", "runs", "problem", "remedies", "memory", "assumptions"}
RUNS = COMMON | {"context", "batch", "kv_type", "workers", "file_in", "tensors", "mean_of_tokens", "kernels",
                 "tokens_per_second", "first_token_seconds", "token", "stages", "joules_per_token", "plain"}


def close(a: float, b: float) -> bool:
    return abs(a - b) <= 2e-3 * max(abs(a), abs(b)) + 0.5  # four digits each


def check_speed(speed: dict) -> None:
    stages = speed["stages"]
    assert len({stage["stage"] for stage in stages}) == len(stages), stages
    for time in [speed["token"]] + stages:
        assert close(time["all_us"], sum(time[part] for part in TIMES)), time
        assert all(time[part] >= 0 for part in TIMES), time
    for part in TIMES:
        assert close(speed["token"][part], sum(stage[part] for stage in stages)), part
    assert close(1e6 / speed["tokens_per_second"], speed["token"]["all_us"]), speed["tokens_per_second"]
    assert speed["first_token_seconds"] > 0


def check_board(board: dict, file_bytes: int) -> None:
    assert set(board) == (RUNS if board["runs"] else COMMON), set(board) ^ RUNS
    assert board["runs"] == (board["problem"] is None), board["problem"]
    assert all("(" in line and "): " in line for line in board["assumptions"]), board["assumptions"]
    for block in board["memory"]:
        assert 0 <= block["in_use"] <= block["bytes"], block
    if not board["runs"]:
        return
    placed = {medium: sum(tensor[medium] for tensor in board["tensors"]) for medium in MEDIA}
    assert sum(placed.values()) <= file_bytes, placed
    in_use = {region: sum(b["in_use"] for b in board["memory"] if b["region"] == region) for region in ("fast", "bulk")}
    for region, used in in_use.items():
        assert placed[region] <= used, (region, placed, used)
    check_speed(board)
    if board["plain"] is not None:
        check_speed(board["plain"])


def main() -> None:
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    assert set(document) == {"model", "bytes", "prompt_tokens", "boards"}, set(document)
    known = {path.stem for path in Path(sys.argv[2]).glob("*.json")}
    named = [board["board"] for board in document["boards"]]
    assert named and set(named) <= known, named
    assert len(named) in (1, len(known)), named
    for board in document["boards"]:
        check_board(board, document["bytes"])


main()
