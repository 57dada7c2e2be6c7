#!/usr/bin/env python3
"""What a file of a given size loses: the picture docs/pictures/fit_NAME.svg.

Usage: fit_curve.py THIMBLE MODEL CALIBRATION_TEXT TEXT OUT.svg [--stories N] [--from BYTES] [--to BYTES] [--step BYTES]

Converts MODEL by --fit at each size and with each --type, with CALIBRATION_TEXT, and evaluates every file on TEXT with
an f32 cache against MODEL in f32. Prints the points as a table too. Nothing is kept but the picture.
"""
import argparse
import pathlib
import re
import subprocess
import tempfile

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 24, 56


def measure(options, folder, name, arguments):
    """(bytes, nats beyond f32) of the model converted with `arguments`."""
    file = folder / "model.thm"
    subprocess.run([options.thimble, "convert", options.model, file, "-q", *arguments], check=True)
    score = subprocess.run([options.thimble, "eval", file, "--text", options.text, "--stories", str(options.stories),
                            "--against", folder / "f32.thm", "--kv-type", "f32", "-q"], capture_output=True, text=True,
                           check=True).stdout
    nats, reference = (float(re.search(rf"^{label} +([0-9.]+) nats", score, re.M)[1]) for label in ("score", "against"))
    divergence = float(re.search(r"^divergence +([0-9.]+)", score, re.M)[1])
    point = file.stat().st_size, nats - reference
    print(f"{name:16} {point[0]:7} bytes  +{point[1]:.5f} nats/token  KL {divergence:.5f}", flush=True)
    return point


def least_size(options, folder):
    """Bytes of the smallest file, as the refusal of a smaller one states it."""
    refusal = subprocess.run([options.thimble, "convert", options.model, folder / "model.thm", "--calibrate",
                              options.calibration, "--fit", "1"], capture_output=True, text=True).stderr
    return int(re.search(r"the file has (\d+) bytes", refusal)[1])


class Picture:
    def __init__(self, x_range, y_most):
        self.x_range, self.y_most = x_range, y_most
        self.lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                      f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
                      f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']

    def place(self, point):
        low, high = self.x_range
        x = LEFT + (point[0] - low) / (high - low) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - point[1] / self.y_most * (HEIGHT - TOP - BOTTOM)
        return round(x, 1), round(y, 1)

    def text(self, point, text, anchor="middle", dx=0, dy=0, colour="black"):
        x, y = self.place(point)
        self.lines.append(f'<text x="{x + dx}" y="{y + dy}" text-anchor="{anchor}" fill="{colour}">{text}</text>')

    def grid(self, x_step, y_step):
        low, high = self.x_range
        for x in range(low, high + 1, x_step):
            (x1, y1), (_, y2) = self.place((x, 0)), self.place((x, self.y_most))
            self.lines.append(f'<path d="M{x1} {y1}V{y2}" stroke="#ddd"/>')
            self.text((x, 0), f"{x // 1000}", dy=18)
        for i in range(round(self.y_most / y_step) + 1):
            (x1, y1), (x2, _) = self.place((low, i * y_step)), self.place((high, 0))
            self.lines.append(f'<path d="M{x1} {y1}H{x2}" stroke="#ddd"/>')
            self.text((low, i * y_step), f"{i * y_step:.2f}", "end", -8, 4)

    def curve(self, points, colour):
        places = [self.place(point) for point in points]
        self.lines.append(f'<path d="M{" L".join(f"{x} {y}" for x, y in places)}" fill="none" stroke="{colour}" '
                          'stroke-width="2"/>')
        self.lines += [f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places]

    def mark(self, point, label, colour, lines_up):
        x, y = self.place(point)
        self.lines.append(f'<path d="M{x - 4} {y}h8m-4 -4v8" stroke="{colour}" stroke-width="2"/>')
        near_the_edge = x > 0.85 * WIDTH
        self.text(point, label, "end" if near_the_edge else "start", -8 if near_the_edge else 8,
                  -6 - (18 * lines_up if near_the_edge else 0), colour)

    def wall(self, x, label):
        (x1, y1), (_, y2) = self.place((x, 0)), self.place((x, self.y_most))
        self.lines.append(f'<path d="M{x1} {y1}V{y2}" stroke="#888" stroke-dasharray="4 4"/>')
        self.text((x, self.y_most), label, "end", -8, 18, "#666")

    def write(self, file):
        x, y = self.place((sum(self.x_range) / 2, 0))
        self.lines.append(f'<text x="{x}" y="{y + 42}" text-anchor="middle">size of the file, thousands of bytes</text>')
        self.lines.append(f'<text x="16" y="{HEIGHT / 2 - 16}" text-anchor="middle" '
                          f'transform="rotate(-90 16 {HEIGHT / 2 - 16})">nats per token beyond f32</text>')
        pathlib.Path(file).write_text("\n".join(self.lines + ["</svg>", ""]), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser()
    for name in ("thimble", "model", "calibration", "text", "out"):
        parser.add_argument(name)
    for name, default in (("stories", 200), ("from", 130000), ("to", 300000), ("step", 10000)):
        parser.add_argument(f"--{name}", type=int, default=default, dest=name if name != "from" else "first")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([options.thimble, "convert", options.model, folder / "f32.thm", "-q", "--type", "f32"], check=True)
        calibrate = ["--calibrate", options.calibration]
        least = least_size(options, folder)
        sizes = [least] + [size for size in range(options.first, options.to + 1, options.step) if size > least]
        fitted = [measure(options, folder, f"--fit {size}", ["--fit", str(size), *calibrate]) for size in sizes]
        types = {kind: (measure(options, folder, kind, ["--type", kind]),
                        measure(options, folder, f"{kind} calibrated", ["--type", kind, *calibrate]))
                 for kind in ("q4", "mixed", "q8")}
    losses = [point[1] for point in fitted + [plain for plain, _ in types.values()]]
    picture = Picture((options.first, options.to), max(0.01, -(-max(losses) // 0.01) * 0.01))
    picture.grid(20000 if options.to - options.first > 100000 else 10000, 0.01)
    picture.wall(least, "every matrix in q4")
    picture.curve(fitted, "#06c")
    for kind, (plain, calibrated) in types.items():
        picture.mark(plain, kind, "#c40", 2)
        picture.mark(calibrated, f"{kind}, calibrated", "#080", 1)
    picture.write(options.out)


if __name__ == "__main__":
    main()
