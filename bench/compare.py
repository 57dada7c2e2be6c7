#!/usr/bin/env python3
"""thimble beside llama2.c and llama.cpp: the same models in turns, medians, ratios, bytes per token.

Usage: compare.py THIMBLE MODEL.thm... [--llama2c BINARY MODEL.bin TOKENIZER] [--gguf MODEL.gguf...] [-r N]

llama.cpp is the package llama-cpp-python, where Python has it; build both for the machine they run on. One thread.
Generating starts behind one token, without sampling here and in llama.cpp, greedily in llama2.c.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import time


class Thimble:
    def __init__(self, program, model, prompt, generated):
        self.name, self.program, self.model = os.path.basename(model), program, model
        self.prompt, self.generated, self.bytes = prompt, generated, None

    def run(self):
        command = [self.program, "bench", self.model, "-r", "1", "-t", "1", "-o", "json"]
        command += ["-p", str(self.prompt), "-n", str(self.generated)]
        reading, generating = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        self.bytes = reading["bytes_per_token"]
        return reading["median_ts"], generating["median_ts"]


class Llama2c:
    def __init__(self, program, model, tokenizer, generated):
        self.name = "llama2.c " + os.path.basename(model)
        self.command = [program, model, "-z", tokenizer, "-t", "0", "-n", str(generated)]
        self.bytes = os.path.getsize(model)

    def run(self):
        said = subprocess.run(self.command, capture_output=True, check=True).stderr.decode()
        return None, float(re.search(r"achieved tok/s: ([0-9.]+)", said).group(1))


class LlamaCpp:
    def __init__(self, model, prompt, generated):
        import llama_cpp

        self.library, self.name, self.bytes = llama_cpp, "llama.cpp " + os.path.basename(model), os.path.getsize(model)
        self.prompt, self.generated = prompt, generated
        self.llama = llama_cpp.Llama(model, n_ctx=256, n_batch=prompt, n_threads=1, n_threads_batch=1, verbose=False)

    def run(self):
        self.llama.reset()
        start = time.perf_counter()
        self.llama.eval([1] * self.prompt)
        reading = time.perf_counter() - start
        self.llama.reset()
        start = time.perf_counter()
        for _ in range(self.generated):
            self.llama.eval([1])
        return self.prompt / reading, self.generated / (time.perf_counter() - start)


def runners(options):
    found = [Thimble(options.thimble, model, options.prompt, options.generated) for model in options.models]
    if options.llama2c:
        found.append(Llama2c(*options.llama2c, options.generated))
    found += [LlamaCpp(model, options.prompt, options.generated) for model in options.gguf]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("thimble")
    parser.add_argument("models", nargs="+")
    parser.add_argument("--llama2c", nargs=3, metavar=("BINARY", "MODEL", "TOKENIZER"))
    parser.add_argument("--gguf", nargs="+", default=[])
    parser.add_argument("-r", "--rounds", type=int, default=15)
    parser.add_argument("--prompt", type=int, default=128)
    parser.add_argument("--generated", type=int, default=128)
    options = parser.parse_args()

    engines = runners(options)
    samples = [[] for _ in engines]
    for _ in range(options.rounds):
        for engine, mine in zip(engines, samples):
            mine.append(engine.run())

    medians = []
    for mine in samples:
        medians.append([None if None in column else statistics.median(column) for column in zip(*mine)])
    peers = [(e.name, m) for e, m in zip(engines, medians) if not isinstance(e, Thimble)]
    print("| engine and model | bytes/token | pp%d | tg%d |%s" %
          (options.prompt, options.generated, "".join(" pp, tg / %s |" % name for name, _ in peers)))
    print("|---|" + "---:|" * (3 + len(peers)))
    for engine, median in zip(engines, medians):
        cells = ["" if value is None else "%.0f" % value for value in median]
        if isinstance(engine, Thimble):
            for _, peer in peers:
                cells.append(", ".join("" if b is None else "%.2f" % (a / b) for a, b in zip(median, peer)))
        print("| %s | %d | %s |" % (engine.name, engine.bytes, " | ".join(cells)))


if __name__ == "__main__":
    main()
