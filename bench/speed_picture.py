#!/usr/bin/env python3
"""Tokens a second against the size of a model, for each engine, as a picture.

Usage: speed_picture.py THIMBLE OUT.svg [--llama2c PROGRAM] [--shapes NAME...] [-r N] [--json FILE]

Makes models of random weights in well-known shapes, exports them for the others, and lets all of them generate in turns
(thimble bench --compare), on one thread. llama.cpp takes part where this Python has llama-cpp-python, whose own quantiser
makes Q8_0 and Q4_0; it must be the python3 on PATH. --json keeps what was measured, and with a FILE that is there already
only draws.
"""
import argparse
import ctypes
import json
import math
import pathlib
import subprocess
import tempfile

WIDTH, HEIGHT = 720, 440
LEFT, RIGHT, TOP, BOTTOM = 72, 150, 24, 56
COLOURS = {"thimble": "#06c", "llama.cpp": "#c40", "llama2.c": "#080"}
DASHES = {"f32": "", "F32": "", "q8": "6 3", "Q8_0": "6 3", "q4": "2 3", "Q4_0": "2 3"}
QUANTISED = {"Q8_0": 7, "Q4_0": 2}  # llama_ftype


def export_for_llama_cpp(thimble, f32, folder):
    try:
        import llama_cpp
    except ImportError:
        return []
    plain = folder / "F32.gguf"
    subprocess.run([thimble, "export", f32, plain, "-q"], check=True)
    files = [plain]
    for name, ftype in QUANTISED.items():
        parameters = llama_cpp.llama_model_quantize_default_params()
        parameters.ftype = ftype
        file = folder / f"{name}.gguf"
        if llama_cpp.llama_model_quantize(str(plain).encode(), str(file).encode(), ctypes.byref(parameters)) == 0:
            files.append(file)
    return files


def measure(options, shape, folder):
    """What thimble bench says of a shape, in every type and engine: rows of its JSON, with `series` beside them."""
    ours = [folder / f"{kind}.thm" for kind in ("f32", "q8", "q4")]
    for file in ours:
        subprocess.run([options.thimble, "synth", "--like", shape, file, "--type", file.stem, "-q"], check=True)
    command = [options.thimble, "bench", *ours, "-p", "0", "-n", "128", "-r", str(options.rounds), "-o", "json"]
    for file in export_for_llama_cpp(options.thimble, ours[0], folder):
        command += ["--compare", file]
    if options.llama2c:
        checkpoint, tokenizer = folder / "F32.bin", folder / "tokenizer.bin"
        subprocess.run([options.thimble, "export", ours[0], checkpoint, "--tokenizer", tokenizer, "-q"], check=True)
        command += ["--compare", checkpoint, "--llama2c", options.llama2c,
                    "--llama2c-tokenizer", tokenizer]
    rows = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for row in rows:
        row["shape"], row["series"] = shape, pathlib.Path(row["model_filename"]).stem
        print(f"{shape:12} {row['engine']:10} {row['series']:5} {row['bytes_per_token']:11} bytes "
              f"{row['median_ts']:10.1f} tok/s", flush=True)
    return rows


class Picture:
    """Both axes by decades."""

    def __init__(self, rows):
        self.x = self.decades(row["bytes_per_token"] for row in rows)
        self.y = self.decades(row["median_ts"] for row in rows)
        self.lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                      f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
                      f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']

    @staticmethod
    def decades(values):
        logs = [math.log10(value) for value in values]
        return math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)

    def place(self, size, rate):
        x = (math.log10(size) - self.x[0]) / (self.x[1] - self.x[0])
        y = (math.log10(rate) - self.y[0]) / (self.y[1] - self.y[0])
        return round(LEFT + x * (WIDTH - LEFT - RIGHT), 1), round(HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM), 1)

    def text(self, x, y, text, anchor="middle", more=""):
        self.lines.append(f'<text x="{x}" y="{y}" text-anchor="{anchor}" {more}>{text}</text>')

    def grid(self):
        for power in range(self.x[0], self.x[1] + 1):
            x, bottom = self.place(10**power, 10 ** self.y[0])
            self.lines.append(f'<path d="M{x} {bottom}V{TOP}" stroke="#ddd"/>')
            self.text(x, bottom + 18, f"{10**power / 1e6:g}")
        for power in range(self.y[0], self.y[1] + 1):
            left, y = self.place(10 ** self.x[0], 10**power)
            self.lines.append(f'<path d="M{left} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>')
            self.text(left - 8, y + 4, f"{10**power:g}", "end")
        middle = (LEFT + WIDTH - RIGHT) / 2
        self.text(middle, HEIGHT - 14, "weights that a token reads, MB")
        self.text(16, HEIGHT / 2, "tokens a second, one thread", more=f'transform="rotate(-90 16 {HEIGHT / 2})"')

    def curve(self, engine, series, points):
        colour = COLOURS[engine]
        places = [self.place(*point) for point in sorted(points)]
        path = " L".join(f"{x} {y}" for x, y in places)
        self.lines.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2" '
                          f'stroke-dasharray="{DASHES.get(series, "")}"/>')
        self.lines += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places]

    def legend(self, line, engine, series):
        y, x = TOP + 18 * line + 8, WIDTH - RIGHT + 12
        self.lines.append(f'<path d="M{x} {y - 4}h28" stroke="{COLOURS[engine]}" stroke-width="2" '
                          f'stroke-dasharray="{DASHES.get(series, "")}"/>')
        self.text(x + 34, y, f"{engine} {series}", "start")

    def write(self, file):
        pathlib.Path(file).write_text("\n".join(self.lines + ["</svg>", ""]), encoding="utf-8")


def draw(rows, file):
    picture = Picture(rows)
    picture.grid()
    names = list(dict.fromkeys((row["engine"], row["series"]) for row in rows))
    for line, (engine, series) in enumerate(names):
        points = [(row["bytes_per_token"], row["median_ts"]) for row in rows
                  if (row["engine"], row["series"]) == (engine, series)]
        picture.curve(engine, series, points)
        picture.legend(line, engine, series)
    picture.write(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("thimble")
    parser.add_argument("out")
    parser.add_argument("--llama2c")
    parser.add_argument("--shapes", nargs="+", default=["stories260K", "tiny-llm", "stories15M", "stories42M", "stories110M"])
    parser.add_argument("-r", "--rounds", type=int, default=7)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    if options.json and options.json.exists():
        return draw(json.loads(options.json.read_text()), options.out)
    rows = []
    for shape in options.shapes:
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(options, shape, pathlib.Path(folder))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    draw(rows, options.out)


if __name__ == "__main__":
    main()
