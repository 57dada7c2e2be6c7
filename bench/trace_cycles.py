#!/usr/bin/env python3
"""Cycles an instruction, from a run of an emulator image that is traced instruction by instruction.

Usage: trace_cycles.py PRESET MODEL [--tokens N] [--rules NAME] [--functions N] [--kv TYPE]

PRESET is xtensa or a rv32..., whose image is built (cmake --preset PRESET && cmake --build build/PRESET); needs QEMU and
llvm-objdump-22. N tokens from BOS (4) are counted, from the first Engine::forward() on: what loads the model is not.

An instruction takes a cycle. Rules say what is lost on top, in cycles: behind a branch that is taken, where a result is
used by the next instruction, and where it is used by the one behind that. There are no caches.

  s3   ESP32-S3: Technical Reference Manual 1.8, section 1.7
  esp32   7 stages: Xtensa Instruction Set Architecture reference manual, 8.4
  c3   ESP32-C3 and C6: a guess, nobody has published them

boards/chips/*.json has what comes out, rounded up. `within the workers' part` is what Parallel divides between cores;
of that and of the rest, what belongs to no kernel is the `engine` of bench/emu-stages.
"""

import argparse
import collections
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Rules = collections.namedtuple("Rules", "branch load load_later product")  # cycles lost
RULES = {"s3": Rules(2, 1, 0, 1), "esp32": Rules(3, 2, 1, 1), "c3": Rules(2, 1, 0, 0)}
TRACED = re.compile(rb"^Trace \d+: \S+ \[[0-9a-f]+/([0-9a-f]+)/")
REGISTER = {"xtensa": re.compile(r"\b[af]\d+\b"), "rv32": re.compile(r"\b(?:zero|ra|sp|gp|[afst]\d+)\b")}
MULTIPLICATIONS = re.compile(r"mul|mula")
FIRST = "Engine7forward"  # of mangled names
SHARED = re.compile(
    r"project_part|attend_narrow|attend_f32|Products4rows|(6attend|feed_forward|6logits).*(ENKUl|ENK3)")
KERNELS = re.compile(r"_(scalar|ref|mac16|generic)([A-Z]|$)|mac16_|multiply_|scale_row|dot_f32|Sampler|semihost|port")


class Instruction:
    """What the rules ask about one."""

    __slots__ = ("size", "kind", "result", "reads", "jumps", "calls", "function")

    def __init__(self, isa, mnemonic, operands, function):
        registers = REGISTER[isa].findall(operands)
        stores = mnemonic.startswith(("s8i", "s16i", "s32i", "ssi", "sb", "sh", "sw", "fsw"))
        loads = mnemonic.startswith(("l8", "l16", "l32", "lsi", "lb", "lh", "lw", "flw"))
        self.jumps = mnemonic.startswith(("b", "j", "call", "ret"))
        self.calls = mnemonic.startswith(("call", "jal"))
        self.kind = "load" if loads else "product" if MULTIPLICATIONS.match(mnemonic) else ""
        self.result = None if stores or self.jumps or not registers else registers[0]
        self.reads = set(registers if stores or self.jumps else registers[1:])
        if mnemonic.startswith("mov") and mnemonic[-2:] in ("ez", "tz"):  # conditional: keeps what it had
            self.reads.add(self.result)
        self.function = function
        self.size = 0


def disassembled(isa, image):
    command = ["llvm-objdump-22", "-d", "--no-show-raw-insn", *(["--mcpu=esp32"] if isa == "xtensa" else []), image]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    code, function, last = {}, "", None
    for line in text.splitlines():
        if named := re.match(r"^([0-9a-f]+) <(.*)>:$", line):
            function = named.group(2)
        elif found := re.match(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$", line):
            address = int(found.group(1), 16)
            if last is not None and code[last].size == 0:
                code[last].size = address - last
            code[address] = Instruction(isa, found.group(2), found.group(3), function)
            last = address
    return code


def addresses(preset, image, model, tokens, kv):
    """Of the instructions, in the order of the run."""
    command = [ROOT / "tests/emu/run_image.sh", preset, image, model, "--temp", "0", "-n", str(tokens), "--ignore-eos",
               *(["--kv", kv] if kv else [])]
    environment = {"THIMBLE_EMU_SECONDS": "1800", "PATH": "/usr/bin:/bin",
                   "THIMBLE_EMU_OPTIONS": "-singlestep -d exec,nochain -D /dev/stdout"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        for line in process.stdout:
            if found := TRACED.match(line):
                yield int(found.group(1), 16)


class Count:
    """Instructions and cycles of what was asked for."""

    def __init__(self, rules):
        self.rules = rules
        self.lost = collections.Counter()
        self.instructions = 0
        self.by_function = collections.Counter()
        self.engine = collections.Counter()
        self.stack = []  # of calls: where each returns to, and whether it is in the workers' part, and in a kernel

    def place(self):
        return self.stack[-1][1:] if self.stack else (False, False)

    def enter(self, function, returns_to):
        shared, kernel = self.place()
        self.stack.append(
            (returns_to, shared or bool(SHARED.search(function)), kernel or bool(KERNELS.search(function))))

    def jump(self, address, function, same_function):
        """A jump there: a return, within a function, or to another one, which returns in its place."""
        for depth, call in enumerate(reversed(self.stack[-8:])):
            if call[0] == address:
                del self.stack[-1 - depth:]
                return
        if not same_function:
            self.enter(function, self.stack[-1][0] if self.stack else None)
            del self.stack[-2:-1]

    def add(self, now, before, before_that, jumped):
        self.instructions += 1
        self.by_function[now.function] += 1
        shared, kernel = self.place()
        if not kernel:
            self.engine["workers" if shared else "one core"] += 1
        if jumped:
            self.lost["branches"] += self.rules.branch
            return
        if before and before.result in now.reads:
            if before.kind == "load":
                self.lost["loads"] += self.rules.load
            elif before.kind == "product":
                self.lost["products"] += self.rules.product
        elif before_that and before_that.kind == "load" and before_that.result in now.reads:
            self.lost["loads"] += self.rules.load_later


def count(code, trace, rules):
    result = Count(rules)
    started = False
    before = before_that = None
    address_before = 0
    for address in trace:
        now = code.get(address)
        if now is None:
            continue
        # A turn of a hardware loop goes back without a jump, and costs nothing.
        jumped = before is not None and before.jumps and address != address_before + before.size
        if jumped and before.calls:
            result.enter(now.function, address_before + before.size)
        elif jumped:
            result.jump(address, now.function, now.function == before.function)
        started = started or FIRST in now.function
        if started:
            result.add(now, before, before_that, jumped)
        before_that, before, address_before = before, now, address
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("preset")
    parser.add_argument("model")
    parser.add_argument("--tokens", type=int, default=4)
    parser.add_argument("--rules", choices=RULES, help="[s3 for xtensa, c3 for the others]")
    parser.add_argument("--functions", type=int, default=0, help="print so many, those that take most")
    parser.add_argument("--kv")
    options = parser.parse_args()
    isa = "xtensa" if options.preset == "xtensa" else "rv32"
    rules = options.rules or ("s3" if isa == "xtensa" else "c3")
    image = ROOT / "build" / options.preset / "thimble_emu"
    trace = addresses(options.preset, image, options.model, options.tokens, options.kv)
    result = count(disassembled(isa, image), trace, RULES[rules])
    if result.instructions == 0:
        print("trace_cycles.py: nothing was traced", file=sys.stderr)
        return 1
    cycles = result.instructions + sum(result.lost.values())
    print(f"{Path(options.model).name}, {options.preset}, rules {rules}: {result.instructions / options.tokens:.0f} "
          f"instructions a token, {cycles / result.instructions:.3f} cycles each")
    for what, lost in result.lost.most_common():
        print(f"  {what:9} {lost / result.instructions:.3f}")
    engine = sum(result.engine.values())
    print(f"  engine: {engine / options.tokens:.0f} a token, of which within the workers' part "
          f"{result.engine['workers'] / engine:.2f}")
    for function, instructions in result.by_function.most_common(options.functions):
        print(f"  {instructions / options.tokens:9.0f} {function}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
