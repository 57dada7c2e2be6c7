#!/usr/bin/env python3
"""What a story costs from command to last token, and what a large model costs before the first one.

Usage: start_time.py THIMBLE MODEL [-n TOKENS] [--runs N]
       start_time.py THIMBLE --mapped MODEL.thm

First form: `thimble run` as a process of its own, N times: median and best of the whole, in milliseconds. Second form:
what a run of no tokens reads of the file and keeps of it in memory, as Linux counts it; a file that is mapped is read by
page faults alone, where it is touched.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import time


def story_milliseconds(thimble, model, tokens):
    command = [thimble, "run", model, "-p", "Once upon a time", "-n", str(tokens), "--ignore-eos", "-s", "1", "-q"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return 1e3 * (time.perf_counter() - start)


def calls_that_read(thimble, model):
    """Bytes that read() and pread() brought of the file, and the mmap() calls with it, by strace."""
    trace = subprocess.run(["strace", "-f", "-y", "-e", "trace=mmap,read,pread64", thimble, "run", model, "-n", "0", "-q",
                            "-p", "a"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True).stderr
    lines = [line for line in trace.splitlines() if f"{pathlib.Path(model).resolve()}>" in line]
    read = sum(int(line.rsplit("= ", 1)[1]) for line in lines if "read" in line.split("(")[0])
    return read, [line for line in lines if "mmap(" in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("thimble")
    parser.add_argument("model")
    parser.add_argument("-n", type=int, default=200)
    parser.add_argument("--runs", type=int, default=51)
    parser.add_argument("--mapped", action="store_true")
    options = parser.parse_args()
    if options.mapped:
        read, maps = calls_that_read(options.thimble, options.model)
        print(f"{os.path.getsize(options.model)} bytes: {read} of them read, {len(maps)} mapping")
        print("\n".join(maps))
        return
    times = [story_milliseconds(options.thimble, options.model, options.n) for _ in range(options.runs)]
    print(f"{options.n} tokens, {options.runs} runs: median {statistics.median(times):.1f} ms, best {min(times):.1f} ms, "
          f"worst {max(times):.1f} ms")


if __name__ == "__main__":
    main()
