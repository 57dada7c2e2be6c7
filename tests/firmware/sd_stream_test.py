"""Runs firmware/sd_stream on an emulated chip with a card, and holds it to what `thimble run` says of the same model.

    python3 tests/firmware/sd_stream_test.py --thimble build/release/thimble --model FILE --tokens N --card IMAGE \\
        [--pull | --cut] [--patience SECONDS] -- COMMAND...

COMMAND is the emulator, to which the card and a socket are added. The card is made here, by mkfs.fat and mcopy; IMAGE is
where. --pull takes the card out while the story is told, and puts it back when the program has asked for it; --cut
spoils the file while the story is told, so that it has to end with the line that says what helps. Status 1 says what
went otherwise than expected, with the output."""

import argparse
import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

from emulated_card import CARD_ID, card_options, make_card
from storyteller_dialogue import TROUBLE, Console, Unexpected, hold, told_by_host

PROMPT, SEED = "Once upon a time", 42  # of firmware/sd_stream/main.cpp
GONE = r"the card does not answer; put it back, and the story goes on"
SPOILT = r"error: corrupt: .*\nlog: the copy is not whole: copy the model to the card again"


class Monitor:
    """QEMU's own console, by its protocol of JSON lines."""

    def __init__(self, path: Path):
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.socket.connect(str(path))
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self.lines = self.socket.makefile("r")
        self.lines.readline()  # its greeting
        self.do("qmp_capabilities")

    def do(self, command: str, **arguments) -> None:
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise Unexpected(f"QEMU on {command}: {answer['error']['desc']}")
            if "return" in answer:
                return


def spoil(image: Path) -> None:
    """Overwrites all but the first megabyte, where the tables of the card and of the model are."""
    with open(image, "r+b") as file:
        file.seek(1 << 20)
        for _ in range((image.stat().st_size >> 20) - 1):
            file.write(b"\xa5" * (1 << 20))


def expect(console: Console, pattern: str) -> str:
    """As console.expect(), but a program that ended is not waited for."""
    said = console.expect(rf"(?:{pattern})|the program ended with code")
    if not re.search(pattern, said, re.M):
        raise Unexpected(f"ended instead of saying: {pattern}")
    return said


def story_and_hash(console: Console, by_host: tuple[str, str], from_card: int) -> str:
    """The lines of figures, once text and hash are those of the host."""
    text, logits_hash = by_host
    said = expect(console, r"^log: logits hash: (\w{16})$")
    if f"hash: {logits_hash}" not in said:
        raise Unexpected(f"has another hash than {logits_hash}, the host's:\n{said}")
    # What ESP-IDF and the program say of the card stands in the middle of the text.
    told = re.sub(r"E \(\d+\) .*\n|^log: the card does not .*\n", "", console.log, flags=re.M).replace("\n", "")
    if (PROMPT + text).replace("\n", "") not in told:
        raise Unexpected(f"told another story than the host:\n{PROMPT}{text}")
    figures = re.search(r"^log: card: (\d+) bytes in (\d+) reads, .*$", console.log, re.M)
    if not figures or int(figures[1]) < from_card:
        raise Unexpected("does not say how much came from the card, or too little")
    return figures[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thimble", required=True)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--tokens", required=True, type=int)
    parser.add_argument("--card", required=True, type=Path)
    parser.add_argument("--pull", action="store_true")
    parser.add_argument("--cut", action="store_true")
    parser.add_argument("--patience", type=float, default=600)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()

    make_card(arguments.card, {"readme.txt": Path(__file__), "story.thm": arguments.model})
    by_host = told_by_host(
        arguments.thimble, str(arguments.model), "-p", PROMPT, "-s", str(SEED), "-n", str(arguments.tokens)
    )
    monitor = arguments.card.with_suffix(".socket")
    extra = [*card_options(arguments.card), "-qmp", f"unix:{monitor},server=on,wait=off"]
    def dialogue(console: Console) -> str:
        figures = ""
        streamed = int(re.search(r"(\d+) read for every token", expect(console, r"read for every token"))[1])
        if arguments.cut:
            expect(console, PROMPT)
            spoil(arguments.card)
            expect(console, SPOILT)
        else:
            if arguments.pull:
                expect(console, PROMPT)
                qemu = Monitor(monitor)
                qemu.do("eject", device=CARD_ID, force=True)
                expect(console, GONE)
                qemu.do("blockdev-change-medium", device=CARD_ID, filename=str(arguments.card), format="raw")
            figures = story_and_hash(console, by_host, streamed * arguments.tokens)
        if found := re.search(TROUBLE, console.log):
            raise Unexpected(f"trouble: {found[0]}")
        return f"the host's story and hash {by_host[1]}; {figures or 'it ended as documented'}"

    try:
        return hold(Console([*arguments.command, *extra], arguments.patience), dialogue)
    finally:
        monitor.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
