"""The examples with curl in documents: each runs as it is written, but for the port; those for a board are left out.

Usage: examples.py THIMBLE FILE..."""

import pathlib
import subprocess
import sys

from serving import PATIENCE, Server, expect

ADDRESS = "127.0.0.1:8080"
BOARD = "http://192.168.4.1/"


def examples_of(text):
    """Lines of code that begin with curl, with those that they go on with."""
    lines = iter(text.splitlines())
    for line in lines:
        command = line.strip().removeprefix("$ ")
        if not line.startswith("    ") and not command.startswith("curl "):
            continue
        if not command.startswith("curl "):
            continue
        while command.endswith("\\"):
            command = command[:-1] + next(lines).strip()
        yield command


def main():
    thimble, *files = sys.argv[1:]
    count = 0
    with Server(thimble) as server:
        for name in files:
            for command in examples_of(pathlib.Path(name).read_text()):
                if BOARD in command:
                    continue
                there = command.replace(ADDRESS, f"127.0.0.1:{server.port}")
                expect(there != command, f"{name}: {command}: no {ADDRESS}")
                run = subprocess.run(["bash", "-c", there], capture_output=True, text=True, timeout=PATIENCE)
                expect(run.returncode == 0 and run.stdout and '"error"' not in run.stdout,
                       f"{name}: {command}: {run.stdout}{run.stderr}")
                print(f"{name}: {command}\n{run.stdout[:300]}")
                count += 1
    expect(count > 0, "no example found")
    print(f"{count} examples run as written")


main()
