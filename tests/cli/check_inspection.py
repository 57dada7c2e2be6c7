"""Holds the JSON of `thimble inspect` against its text. Usage: check_inspection.py JSON TEXT, both with --tensors."""

import json
import re
import sys
from pathlib import Path

KEYS = ["file", "format", "bytes", "parameters", "arithmetic", "config", "weights", "about", "tensors", "plan", "fast"]
KEYS += ["verified"]
NAMES = {  # as the text calls what the configuration has
    "dim": "dim", "hidden dim": "hidden_dim", "layers": "layers", "vocabulary": "vocabulary", "context": "context",
    "rope theta": "rope_theta", "norm eps": "norm_eps",
}


def main() -> int:
    document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = Path(sys.argv[2]).read_text(encoding="utf-8")
    assert list(document) == KEYS, list(document)
    assert text.startswith(f"{document['file']}: {document['format']}"), document["format"]

    def fact(pattern: str) -> str:
        return re.search(pattern, text, re.M)[1]

    config = document["config"]
    for shown, key in NAMES.items():
        assert float(fact(rf"^{shown} +([-+\d.e]+)")) == config[key], key
    heads = re.search(r"^heads +(\d+), and (\d+) for keys and values; each (\d+) wide", text, re.M)
    assert [int(n) for n in heads.groups()] == [config["heads"], config["kv_heads"], config["head_dim"]]
    assert (fact(r"^classifier +(.*)") == "shared with the embedding") == config["tied_classifier"]
    assert int(fact(r"^parameters +(\d+)")) == document["parameters"]
    assert fact(r"^arithmetic +(\w+)") == document["arithmetic"]

    tensors = document["tensors"]
    lines = re.findall(r"^  (?:layer (\d+))? +(\w+) +(\w+) +(\d+) x (\d+) +(\d+) B$", text, re.M)
    assert len(lines) == len(tensors) > 0
    for (layer, role, kind, rows, cols, size), tensor in zip(lines, tensors):
        assert tensor["layer"] == (int(layer) if layer else None)
        keys = ("role", "type", "rows", "cols", "bytes")
        assert [role, kind, int(rows), int(cols), int(size)] == [tensor[key] for key in keys]
    assert sum(t["bytes"] for t in tensors) == sum(document["weights"]["by_type"].values())

    plan = document["plan"]
    shown = re.search(r"^plan: context (\d+), batch (\d+), kv cache (\w+), (\d+) threads?$", text, re.M).groups()
    assert list(shown) == [str(plan[key]) for key in ("context", "batch", "kv_type", "threads")]
    assert int(fact(r"^  all +(\d+)")) == plan["bytes"]
    for name, size in plan["buffers"].items():
        assert int(fact(rf"^  {re.escape(name)} +(\d+)$")) == size, name
    for key, value in document["about"].items():
        shown = fact(rf"^  {re.escape(key)}: (.*)$")
        assert shown == value if isinstance(value, str) else float(shown) == value, key

    if fast := document["fast"]:
        assert int(fact(r"^fast memory: (\d+) bytes")) == sum(fast["blocks"])
        assert int(fact(r"^weights read in place: (\d+) bytes")) == sum(t["bytes"] for t in fast["in_place"])
        assert fast["tensors"] + len(fast["in_place"]) == len(tensors)
    assert document["verified"] in (True, None) and bool(document["verified"]) == ("\nverify: ok" in text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
