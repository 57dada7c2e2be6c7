"""The loss curve as a picture, from the log that train.py writes. SVG, so that nothing more is needed.

    python3 -m train.curve log.csv curve.svg
"""

import csv
import math
import sys
from pathlib import Path

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 800, 420, 60, 40, 20, 50
COLOURS = {"train": "#9db8d9", "heldout": "#c8452f"}


def read_log(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Points (step, loss) of each curve; a field may be empty."""
    curves: dict[str, list[tuple[float, float]]] = {name: [] for name in COLOURS}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for name, points in curves.items():
                if row[name]:
                    points.append((float(row["step"]), float(row[name])))
    return curves


def ticks(low: float, high: float, about: int = 6) -> list[float]:
    """Round numbers between low and high."""
    rough = max(high - low, 1e-9) / about
    power = 10.0 ** math.floor(math.log10(rough))
    unit = next(power * m for m in (1, 2, 5, 10) if power * m >= rough)
    first = int(-(-low // unit))
    return [round(n * unit, 10) for n in range(first, int(high // unit) + 1)]


def draw(log: Path, picture: Path, title: str, marks: dict[str, int] | None = None) -> None:
    """`marks`: a label and the step where a dashed line goes."""
    curves = {name: points for name, points in read_log(log).items() if points}
    everything = [point for points in curves.values() for point in points]
    if not everything:
        return
    last = max(step for step, _ in everything) or 1
    low = min(loss for _, loss in everything) * 0.97
    # The first steps would squeeze the rest into the lowest tenth.
    high = max(sorted(loss for _, loss in everything)[int(0.97 * (len(everything) - 1))], low + 0.1)

    def x(step: float) -> float:
        return LEFT + step / last * (WIDTH - LEFT - RIGHT)

    def y(loss: float) -> float:
        return TOP + (high - min(loss, high)) / (high - low) * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
           f'font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
           f'<text x="{LEFT}" y="22" font-size="15">{title}</text>']
    for loss in ticks(low, high):
        out.append(f'<path d="M{LEFT} {y(loss):.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
                   f'<text x="{LEFT - 8}" y="{y(loss) + 4:.1f}" text-anchor="end">{loss:g}</text>')
    for step in ticks(0, last):
        out.append(f'<text x="{x(step):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{step:g}</text>')
    for label, step in (marks or {}).items():
        out.append(f'<path d="M{x(step):.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#888" stroke-dasharray="4 3"/>'
                   f'<text x="{x(step) + 4:.1f}" y="{TOP + 12}" fill="#555">{label}</text>')
    for i, (name, points) in enumerate(curves.items()):
        line = " ".join(f"{x(step):.1f},{y(loss):.1f}" for step, loss in points)
        out.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="1.6"/>'
                   f'<text x="{WIDTH - RIGHT - 170 + 90 * i}" y="22" fill="{COLOURS[name]}">{name}</text>')
    out.append(f'<text x="{(LEFT + WIDTH) // 2}" y="{HEIGHT - 10}" text-anchor="middle">step</text>'
               f'<text x="16" y="{HEIGHT // 2}" transform="rotate(-90 16 {HEIGHT // 2})" '
               'text-anchor="middle">nats per token</text></svg>')
    picture.write_text("\n".join(out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    draw(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[1]).stem)
