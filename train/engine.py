"""Calls the `thimble` program: THIMBLE_BIN, else build/release/thimble of this checkout."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def program() -> Path:
    return Path(os.environ.get("THIMBLE_BIN") or ROOT / "build" / "release" / "thimble")


def check_there() -> None:
    if not program().exists():
        sys.exit(f"{program()} is missing; build it with ./run.sh, or set THIMBLE_BIN")


def thimble(*arguments: object) -> subprocess.CompletedProcess[bytes]:
    """Runs it; what it says about a failure becomes ours."""
    check_there()
    done = subprocess.run([program(), *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"thimble {arguments[0]} failed: {done.stderr.decode(errors='replace').strip()}")
    return done


def convert(checkpoint: Path, out: Path, tokenizer: Path, kind: str, *more: object) -> None:
    thimble("convert", checkpoint, out, "--tokenizer", tokenizer, "--type", kind, "-q", *more)


@dataclass(frozen=True)
class Text:
    text: str  # without the prompt
    ids: list[int]  # with it, and BOS
    ended_by: str  # "end of text", "length", "context full"


def run(model: Path, prompt: str, *options: object) -> Text:
    done = thimble("run", model, "-p", prompt, "--no-escape", "--ids", *options)
    notes = done.stderr.decode(errors="replace")
    ids = re.search(r"^ids: ([\d ]+)$", notes, re.MULTILINE)
    ended = re.search(r"ended by: (.+)$", notes, re.MULTILINE)
    return Text(done.stdout.decode(errors="replace"), [int(n) for n in ids[1].split()] if ids else [],
                ended[1].strip() if ended else "")


@dataclass(frozen=True)
class Score:
    nats: float  # per token, the end of text not counted
    tokens: int
    types: str  # "q4 weights, i8 kv cache"
    logits_hash: str


def evaluate(model: Path, text: Path, *options: object) -> Score:
    out = thimble("eval", model, "--text", text, "--hash", "-q", *options).stdout.decode()
    field = {line[:12].strip(): line[12:].strip() for line in out.splitlines()}
    return Score(float(field["score"].split()[0]), int(field["tokens"]), field["types"], field["logits hash"])


def planned_bytes(model: Path, context: int = 0) -> int:
    out = thimble("inspect", model, "-c", context, "-b", 1).stdout.decode()
    found = re.search(r"^ +all +(\d+)", out, re.MULTILINE)
    return int(found[1]) if found else 0
