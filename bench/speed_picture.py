#!/usr/bin/env python3
"""Tokens a second against the size of a model, for each engine, as a picture.

Usage: speed_picture.py THIMBLE OUT.svg [--llama2c PROGRAM] [--shapes NAME...] [-r N] [--json FILE]

Makes models of random weights in well-known shapes, exports them for the others, and lets all of them generate in turns
(thimble bench --compare), on one thread. llama.cpp takes part where this Python has llama-cpp-python, whose own quantiser
makes Q8_0 and Q4_0; it must be the python3 on PATH. --json keeps what was measured, and with a FILE that is there already
only draws. Fewer --shapes and a smaller -r take less time.
"""
import argparse
import ctypes
import json
import math
import pathlib
import subprocess
import tempfile

SHAPES = ["stories260K", "stories15M", "stories42M", "stories110M"]
TOKENS = 128
QUANTISED = {"Q8_0": 7, "Q4_0": 2}  # llama_ftype
PANELS = {"f32": "f32, F32", "q8": "q8, Q8_0", "q4": "q4, Q4_0"}  # by the type of ours that theirs stands beside
TYPES = {"F32": "f32", "Q8_0": "q8", "Q4_0": "q4"}

WIDTH, HEIGHT = 900, 400
LEFT, RIGHT, TOP, BOTTOM, GAP = 76, 16, 48, 96, 22
LABEL_WIDTH = 34
STYLE = """
svg { font-family: system-ui, sans-serif; font-size: 13px; fill: #1f2328 }
.small { font-size: 11px; fill: #59636e } .title { font-weight: 600 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.curve { fill: none; stroke-width: 2 } .thimble { stroke: #0969da } .llamacpp { stroke: #bc4c00 } .llama2c { stroke: #1a7f37 }
.dot { stroke: none } .dot.thimble, .name.thimble { fill: #0969da; stroke: none }
.dot.llamacpp, .name.llamacpp { fill: #bc4c00; stroke: none } .dot.llama2c, .name.llama2c { fill: #1a7f37; stroke: none }
@media (prefers-color-scheme: dark) {
svg { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d }
.thimble { stroke: #58a6ff } .llamacpp { stroke: #f0883e } .llama2c { stroke: #3fb950 }
.dot.thimble, .name.thimble { fill: #58a6ff } .dot.llamacpp, .name.llamacpp { fill: #f0883e }
.dot.llama2c, .name.llama2c { fill: #3fb950 } }
"""


def export_for_llama_cpp(thimble, f32, folder):
    """The GGUF files of a model, and the version of who will run them."""
    try:
        import llama_cpp
    except ImportError:
        return [], ""
    silent = llama_cpp.llama_log_callback(lambda level, text, context: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    plain = folder / "F32.gguf"
    subprocess.run([thimble, "export", f32, plain, "-q"], check=True)
    files = [plain]
    for name, ftype in QUANTISED.items():
        parameters = llama_cpp.llama_model_quantize_default_params()
        parameters.ftype = ftype
        file = folder / f"{name}.gguf"
        if llama_cpp.llama_model_quantize(str(plain).encode(), str(file).encode(), ctypes.byref(parameters)) == 0:
            files.append(file)
    return files, f"llama-cpp-python {llama_cpp.__version__}"


def measure(options, shape, folder):
    """What thimble bench says of a shape, in every type and engine: rows of its JSON, with what the picture needs."""
    ours = [folder / f"{kind}.thm" for kind in ("f32", "q8", "q4")]
    for file in ours:
        subprocess.run([options.thimble, "synth", "--like", shape, file, "--type", file.stem, "-q"], check=True)
    command = [options.thimble, "bench", *ours, "-p", "0", "-n", str(TOKENS), "-r", str(options.rounds), "-o", "json"]
    files, version = export_for_llama_cpp(options.thimble, ours[0], folder)
    for file in files:
        command += ["--compare", file]
    if options.llama2c:
        checkpoint, tokenizer = folder / "F32.bin", folder / "tokenizer.bin"
        subprocess.run([options.thimble, "export", ours[0], checkpoint, "--tokenizer", tokenizer, "-q"], check=True)
        command += ["--compare", checkpoint, "--llama2c", options.llama2c, "--llama2c-tokenizer", tokenizer]
    rows = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    for row in rows:
        kind = pathlib.Path(row["model_filename"]).stem
        row.update(shape=shape, type=TYPES.get(kind, kind), parameters=rows[0]["model_n_params"], rounds=options.rounds)
        if row["engine"] == "llama.cpp":
            row["version"] = version
        print(f"{shape:12} {row['engine']:10} {kind:5} {row['bytes_per_token']:11} bytes "
              f"{row['median_ts']:10.1f} tok/s", flush=True)
    return rows


def decades(values):
    logs = [math.log10(value) for value in values]
    return math.floor(min(logs)), max(math.ceil(max(logs)), math.floor(min(logs)) + 1)


class Picture:
    """A panel for each type of weights, both axes by decades, the same in all."""

    def __init__(self, rows):
        self.y = decades(row["median_ts"] for row in rows)
        sizes = [math.log10(row["parameters"]) for row in rows]
        margin = 0.06 * max(max(sizes) - min(sizes), 1)
        self.x = min(sizes) - margin, max(sizes) + margin
        self.panel_width = (WIDTH - LEFT - RIGHT - (len(PANELS) - 1) * GAP) / len(PANELS)
        self.lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                      f'viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
                      "<title>Tokens a second against the size of a model, for each engine</title>",
                      f"<style>{STYLE}</style>"]

    def left(self, panel):
        return LEFT + panel * (self.panel_width + GAP)

    def place(self, panel, size, rate):
        x = (math.log10(size) - self.x[0]) / (self.x[1] - self.x[0])
        y = (math.log10(rate) - self.y[0]) / (self.y[1] - self.y[0])
        return round(self.left(panel) + x * self.panel_width, 1), round(HEIGHT - BOTTOM - y * (HEIGHT - TOP - BOTTOM), 1)

    def text(self, x, y, text, kind="", anchor="middle", more=""):
        self.lines.append(f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" class="{kind}" {more}>{text}</text>')

    def grid(self, panel, title, sizes):
        left, right = self.left(panel), round(self.left(panel) + self.panel_width, 1)
        self.text((left + right) / 2, TOP - 14, title, "title")
        for power in range(self.y[0], self.y[1] + 1):
            y = self.place(panel, 10 ** self.x[0], 10**power)[1]
            self.lines.append(f'<path d="M{round(left, 1)} {y}H{right}" class="grid"/>')
            if panel == 0:
                self.text(left - 8, y + 4, f"{10**power:,}", "small", "end")
        labelled = -math.inf
        for size in sizes:
            x, bottom = self.place(panel, size, 10 ** self.y[0])
            self.lines.append(f'<path d="M{x} {bottom}V{TOP}" class="grid"/>')
            if x - labelled < LABEL_WIDTH:
                continue
            labelled = x
            self.text(x, bottom + 16, f"{size / 1e6:.2g}M" if size < 1e7 else f"{size / 1e6:.0f}M", "small")
        self.text((left + right) / 2, HEIGHT - BOTTOM + 36, "weights")

    def curve(self, panel, engine, points):
        kind = engine.replace(".", "")
        places = [self.place(panel, *point) for point in sorted(points)]
        self.lines.append(f'<path d="M{" L".join(f"{x} {y}" for x, y in places)}" class="curve {kind}"/>')
        self.lines += [f'<circle cx="{x}" cy="{y}" r="3" class="dot {kind}"/>' for x, y in places]

    def legend(self, panel, engines):
        """At the upper right, which is empty: large models are slow."""
        for line, engine in enumerate(engines):
            self.text(self.left(panel) + self.panel_width - 8, TOP + 20 + 18 * line, engine,
                      f"name {engine.replace('.', '')}", "end")

    def axis_and_sources(self, rows):
        middle = (TOP + HEIGHT - BOTTOM) / 2
        self.text(18, middle, "tokens a second", more=f'transform="rotate(-90 18 {middle})"')
        versions = sorted({row["version"] for row in rows if row.get("version")})
        first = rows[0]
        turns = f"medians of {first['rounds']} interleaved turns" if first["rounds"] > 1 else "a single turn"
        self.text(LEFT, HEIGHT - 34, f"One thread, {first.get('cpu_info') or 'unknown processor'}, {first['kernels']} kernels: "
                  f"{TOKENS} tokens generated, {turns}. Both axes are logarithmic.",
                  "small", "start")
        self.text(LEFT, HEIGHT - 16, "Random weights in the shapes " + ", ".join(dict.fromkeys(row["shape"] for row in rows)) +
                  ". " + "; ".join(["thimble " + first["build"], *versions]) + f". {first['test_time'][:10]}.", "small", "start")

    def write(self, file):
        pathlib.Path(file).write_text("\n".join(self.lines + ["</svg>", ""]), encoding="utf-8")


def draw(rows, file):
    picture = Picture(rows)
    sizes = sorted({row["parameters"] for row in rows})
    for panel, (kind, title) in enumerate(PANELS.items()):
        here = [row for row in rows if row["type"] == kind]
        engines = list(dict.fromkeys(row["engine"] for row in here))
        picture.grid(panel, title, sizes)
        for engine in engines:
            picture.curve(panel, engine, [(row["parameters"], row["median_ts"]) for row in here if row["engine"] == engine])
        picture.legend(panel, engines)
    picture.axis_and_sources(rows)
    picture.write(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("thimble")
    parser.add_argument("out")
    parser.add_argument("--llama2c")
    parser.add_argument("--shapes", nargs="+", default=SHAPES)
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
