"""Talks with a storyteller over its console, and holds it to what `thimble run` says with the same prompt and seed.

    python3 tests/firmware/storyteller_dialogue.py --thimble build/release/thimble --model models/story.thm \\
        [--partition absent|good|damaged] [--chip] [--patience SECONDS] -- COMMAND...

COMMAND is the storyteller: the desktop's program, or an emulator with a chip's whole flash. --model is the model that it
holds; --partition says what lies in the partition "model". --chip: there is a serial line in between, on which Ctrl-C is
a byte, and a boot log, which must show no trouble. Status 1 says what went otherwise than expected, with the output."""

import argparse
import json
import re
import selectors
import subprocess
import sys
import time

PROMPT = "A cat named Tom"
SEED = 7
BENCH_SEED, BENCH_TOKENS = 42, 100  # what /bench tells; firmware/storyteller/bench.cpp
READY = r"/help lists what the console can do"
LONG_PROMPT = "The little robot saw a big red ball. " * 13  # a line of 481 bytes
TROUBLE = r"task_wdt|Guru Meditation|abort\(\)|assert failed|Backtrace:|Rebooting|stack overflow|WARNING.*alloc"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Unexpected(Exception):
    pass


class Console:
    """A process whose input and output are the console."""

    def __init__(self, command: list[str], patience: float):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.patience = patience
        self.log = ""  # all that was said
        self.seen = 0  # of it
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def send(self, line: str) -> None:
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def send_interrupt(self) -> None:
        self.process.stdin.write(b"\x03")
        self.process.stdin.flush()

    def expect(self, pattern: str) -> str:
        """Waits for a text, and returns what came up to its end, and was not seen before."""
        deadline = time.monotonic() + self.patience
        while not (found := re.compile(pattern, re.M).search(self.log, self.seen)):
            if not self.selector.select(deadline - time.monotonic()):
                raise Unexpected(f"did not say within {self.patience:.0f} s: {pattern}")
            piece = self.process.stdout.read1(4096).decode("utf-8", errors="replace")
            if not piece:
                raise Unexpected(f"ended instead of saying: {pattern}")
            self.log = ESCAPES.sub("", self.log + piece.replace("\r", ""))
        said, self.seen = self.log[self.seen : found.end()], found.end()
        return said

    def ask(self, line: str, answer: str) -> str:
        """Sends a line; the answer must come before the next prompt. Returns all of it."""
        self.send(line)
        said = self.expect(r"^> ")
        # A console that echoes shows the line behind the prompt before, one that does not shows nothing.
        if not re.search(answer, said, re.M):
            raise Unexpected(f"answered {line!r} without {answer!r}:\n{said}")
        return said

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def hold(console: Console, dialogue) -> int:
    """Has the dialogue, then ends the console, and shows all that was said. `dialogue` returns what to say in the end, or
    raises Unexpected. Returns the status of the program."""
    try:
        verdict = dialogue(console)
    except Unexpected as fault:
        verdict = f"FAILED: {fault}"
    finally:
        console.end()
    print(f"{console.log}\n\n{verdict}")
    return 1 if verdict.startswith("FAILED: ") else 0


def told_by_host(thimble: str, *arguments: str) -> tuple[str, str]:
    """The text and the hash."""
    told = subprocess.run([thimble, "run", *arguments, "-q", "--hash"], capture_output=True, text=True, check=True)
    return told.stdout, re.search(r"^logits hash: (\w{16})$", told.stderr, re.M)[1]


def first_prompt(thimble: str, model: str) -> str:
    facts = subprocess.run([thimble, "inspect", model, "--json"], capture_output=True, text=True, check=True).stdout
    return json.loads(facts)["about"].get("prompt.0", "Once upon a time")


def start(console: Console, partition: str) -> None:
    console.expect(r"self-test: ok")
    if partition == "damaged":
        assert_said(console, r"partition model is passed over: ")
    console.expect(READY)
    console.expect(r"^> ")  # behind the first story
    places = console.ask("/model", r"built in: ")
    wanted = {"absent": r"model: nothing there", "good": r"model: tells, ", "damaged": r"model: passed over: "}
    if not re.search(wanted[partition], places):
        raise Unexpected(f"/model says of the partition:\n{places}")


def assert_said(console: Console, pattern: str) -> None:
    if not re.search(pattern, console.log):
        raise Unexpected(f"did not say: {pattern}")


def settings(console: Console) -> None:
    console.ask("/seed 7", r"seed is 7")
    console.ask("/hash on", r"hash is on")
    console.ask("/temp warm", r"/temp takes a number from 0 to 10, such as /temp 0\.8")
    console.ask("/topp 2", r"/topp takes a number above 0, up to 1")
    console.ask("/seed -1", r"/seed takes ")
    console.ask("/frobnicate", r"/frobnicate: no such command; /help lists them")
    console.ask("/help", r"/bench  ")
    console.ask("/stop", r"no story is being told")


def story(console: Console, thimble: str, model: str) -> None:
    text, logits_hash = told_by_host(thimble, model, "-p", PROMPT, "-s", str(SEED))
    said = console.ask(PROMPT, r"seed 7")
    if text + "\n" not in said:
        raise Unexpected(f"told another story than the host:\n{said}\nwhich tells:\n{text}")
    console.ask("/stats", rf"logits hash: {logits_hash}")


def bench(console: Console, thimble: str, model: str) -> dict:
    _, logits_hash = told_by_host(
        thimble, model, "-p", first_prompt(thimble, model), "-s", str(BENCH_SEED), "-n", str(BENCH_TOKENS)
    )
    line = json.loads(re.search(r"^.*?(\{\"bench\".*\})$", console.ask("/bench", r"\"bench\""), re.M)[1])
    if line["hash"] != logits_hash:
        raise Unexpected(f"/bench has hash {line['hash']}, the host {logits_hash}")
    rates = line["tokens_per_second"]
    if not 0 < rates["min"] <= rates["median"] <= rates["max"]:
        raise Unexpected(f"/bench has impossible rates: {rates}")
    return line


def stops(console: Console, chip: bool) -> None:
    console.send(f"{PROMPT}\n/stop")  # the second line waits when the story begins
    console.expect(r"stopped")
    console.expect(r"^> ")
    if chip:
        console.send(LONG_PROMPT)
        console.send_interrupt()  # right behind: it is meant for this prompt
        console.expect(r"stopped")
        console.expect(r"^> ")
    console.ask("/len 3", r"len is 3")
    console.ask(PROMPT, r"story: 3 tokens")
    console.ask("/selftest", r"self-test: ok")
    console.ask("/mem", r"heap: sound; guards of the engine's memory: sound")


def no_trouble(console: Console) -> None:
    if found := re.search(TROUBLE, console.log):
        raise Unexpected(f"trouble: {found[0]}")
    if len(re.findall(READY, console.log)) != 1:
        raise Unexpected("it started more than once")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thimble", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--partition", default="absent", choices=("absent", "good", "damaged"))
    parser.add_argument("--chip", action="store_true")
    parser.add_argument("--patience", type=float, default=60, help="seconds for any one answer")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()

    def dialogue(console: Console) -> str:
        start(console, arguments.partition)
        settings(console)
        story(console, arguments.thimble, arguments.model)
        figures = bench(console, arguments.thimble, arguments.model)
        stops(console, arguments.chip)
        no_trouble(console)
        return f"the host's story and hash; by the clock of whatever ran it: {figures['tokens_per_second']}"

    return hold(Console(arguments.command, arguments.patience), dialogue)


if __name__ == "__main__":
    sys.exit(main())
