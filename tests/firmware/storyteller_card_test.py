"""Talks with a storyteller on an emulated chip that finds a model on its card, larger than the memory.

    python3 tests/firmware/storyteller_card_test.py --thimble build/release/thimble --built-in models/story.thm \\
        --model FILE --card IMAGE [--patience SECONDS] -- COMMAND...

COMMAND is the emulator, to which the card is added; the card is made here, by mkfs.fat and mcopy, with FILE and a text
that claims to be a model; IMAGE is where. The story and its hash are those of `thimble run`, from the card and, after
/model, from the program itself. Status 1 says what went otherwise than expected, with the output."""

import argparse
import re
import sys
from pathlib import Path

from emulated_card import card_options, make_card
from storyteller_dialogue import PROMPT, READY, SEED, Console, Unexpected, assert_said, hold, no_trouble, told_by_host

TOKENS = 6
ON_CARD, BROKEN = "/sdcard/large.thm", "/sdcard/notes.thm"


def start(console: Console) -> None:
    console.expect(r"self-test: ")
    assert_said(console, rf"from file {ON_CARD}, ")
    assert_said(console, r"the rest is read from the card: \d+ bytes for each token")
    console.send("/stop")  # the first story, which may be long
    console.expect(READY)
    console.expect(r"^> ")
    console.ask("/seed 7", r"seed is 7")
    console.ask(f"/len {TOKENS}", rf"len is {TOKENS}")
    console.ask("/hash on", r"hash is on")


def story(console: Console, by_host: tuple[str, str]) -> str:
    """What /stats says."""
    text, logits_hash = by_host
    said = console.ask(PROMPT, rf"seed {SEED}, {TOKENS} tokens|story: {TOKENS} tokens")
    if text.replace("\n", "") not in said.replace("\n", ""):
        raise Unexpected(f"told another story than the host:\n{said}\nwhich tells:\n{text}")
    return console.ask("/stats", rf"logits hash: {logits_hash}")


def models(console: Console) -> None:
    listed = console.ask("/model", rf"^1 file {ON_CARD}: tells, \d+ bytes")
    if not re.search(rf"^2 file {BROKEN}: not tried", listed, re.M):
        raise Unexpected(f"/model does not list the other file:\n{listed}")
    console.ask("/model 2", rf"{BROKEN}: not good; the one before goes on")
    built_in = re.search(r"^(\d+) built in: ", listed, re.M)[1]
    console.ask(f"/model {built_in}", r"tells now")
    console.ask("/seed 7", r"seed is 7")
    console.ask(f"/len {TOKENS}", rf"len is {TOKENS}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--thimble", required=True)
    parser.add_argument("--built-in", required=True)
    parser.add_argument("--model", required=True, type=Path)
    parser.add_argument("--card", required=True, type=Path)
    parser.add_argument("--patience", type=float, default=600)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()

    make_card(arguments.card, {"large.thm": arguments.model, "notes.thm": Path(__file__)})
    by_host = [
        told_by_host(arguments.thimble, str(model), "-p", PROMPT, "-s", str(SEED), "-n", str(TOKENS))
        for model in (arguments.model, arguments.built_in)
    ]
    def dialogue(console: Console) -> str:
        start(console)
        figures = story(console, by_host[0])
        if not re.search(r"card: \d+ bytes in \d+ reads", figures):
            raise Unexpected(f"/stats says nothing of the card:\n{figures}")
        models(console)
        story(console, by_host[1])
        no_trouble(console)
        return f"the host's stories and hashes, {by_host[0][1]} from the card, {by_host[1][1]} built in"

    return hold(Console([*arguments.command, *card_options(arguments.card)], arguments.patience), dialogue)


if __name__ == "__main__":
    sys.exit(main())
