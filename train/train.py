"""Trains a model on stories.

    python3 -m train.train --text corpus.txt --heldout heldout.txt --tokenizer tokenizer.model --out FOLDER \
        --shape 64,160,5,4,1,1024 --qat q4

FOLDER gets checkpoint.pt, log.csv and curve.svg. Called again, it goes on where it stopped; Ctrl-C saves first. The
same command and seed give the same weights on the same machine and number of threads.

The learning rate warms up, stays, and falls to zero over the last part of the steps; before it falls, before_decay.pt
is saved. Up to there more steps would have computed the same: with --steps raised, training goes on from there, and
ends with the weights that the larger number would have given at first.

With --qat the last part also computes as the engine will, in integers (quantize.py); before it begins, before_qat.pt is
saved, from which `--start before_qat.pt --qat q8|q4|none` branches off: so types of weights are compared at the same
cost.
"""

import argparse
import copy
import csv
import dataclasses
import math
import os
import signal
import statistics
import sys
import time
from pathlib import Path
from typing import Any, TextIO

import torch

from train import curve
from train.data import Batches, Stories
from train.model import Model
from train.quantize import Quantizer
from train.shapes import Shape, parse_shape

LOG_FIELDS = ["step", "rate", "train", "heldout", "seconds"]
TRIALS = 3  # of each number of threads
WORTH_PASSES, MOST_PASSES = 10, 15  # over the text; README.md, "How much text", has the figures behind them


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All that decides the weights, beside the text."""

    steps: int
    batch: int  # stories per step
    rate: float  # AdamW's highest: embedding and norms
    matrix_rate: float  # Muon's: the matrices of the layers
    warmup: int  # steps
    decay: float  # share of the steps over which the rate falls
    qat: str
    qat_share: float  # share of the steps that compute in integers
    weight_decay: float  # of the layers
    seed: int

    def qat_start(self) -> int:
        return self.steps - int(self.qat_share * self.steps)

    def decay_start(self) -> int:
        return self.steps - int(self.decay * self.steps)

    def shared_steps(self) -> int:
        """So many steps are the same in a recipe of more steps that differs in nothing else."""
        return self.decay_start() if self.qat == "none" else min(self.decay_start(), self.qat_start())

    def shared_with(self, other: "Recipe") -> int:
        return min(self.shared_steps(), other.shared_steps())

    def quantizer(self, step: int) -> Quantizer:
        return Quantizer(self.qat if step >= self.qat_start() else "none")

    def pace(self, step: int) -> float:
        """The share of the highest rates: warm-up, a constant, a linear fall to zero."""
        falling = int(self.decay * self.steps)
        return min(1.0, (step + 1) / max(self.warmup, 1), (self.steps - step) / max(falling, 1))


def make_optimizers(model: Model, recipe: Recipe) -> dict[str, torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for the embedding and the norms: README.md has what that gains."""
    matrices = [p for p in model.layers.parameters() if p.dim() == 2]
    norms = [p for p in model.parameters() if p.dim() == 1]
    return {
        "adamw": torch.optim.AdamW([model.embedding, *norms], lr=recipe.rate, betas=(0.9, 0.95), eps=1e-9,
                                   weight_decay=0.0),
        "muon": torch.optim.Muon(matrices, lr=recipe.matrix_rate, momentum=0.95, weight_decay=recipe.weight_decay),
    }


@torch.no_grad()
def heldout_loss(model: Model, stories: Stories, quant: Quantizer, device: torch.device, limit: int = 200,
                 with_end: bool = True) -> float:
    """Nats per token; without the end of text as `thimble eval` counts."""
    total, count = 0.0, 0
    for inputs, targets in stories.in_order(32, limit):
        if not with_end:
            targets[targets == 2] = -1
        counted = int((targets >= 0).sum())
        total += float(model.loss(inputs.to(device), targets.to(device), quant)) * counted
        count += counted
    return total / count


class Progress:
    """A bar on a terminal, else a line each half minute."""

    def __init__(self, first: int, last: int) -> None:
        self.first, self.last, self.start, self.shown = first, last, time.monotonic(), 0.0
        self.live = sys.stderr.isatty()

    def show(self, step: int, text: str) -> None:
        now = time.monotonic()
        if now - self.shown < (0.2 if self.live else 30) and step < self.last:
            return
        self.shown = now
        left = (now - self.start) / max(step - self.first, 1) * (self.last - step)
        filled = 24 * step // self.last
        line = f"[{'#' * filled}{'.' * (24 - filled)}] {step}/{self.last}  {text}  {left / 60:.0f} min left"
        print(f"\r{line}\x1b[K" if self.live else line, end="" if self.live else "\n", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self.live:
            print(file=sys.stderr)


class Trainer:
    def __init__(self, shape: Shape, recipe: Recipe, folder: Path, device: str = "cpu") -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.folder, self.device = recipe, folder, torch.device(device)
        self.model = Model(shape).to(self.device)
        self.optimizers = make_optimizers(self.model, recipe)
        self.step = 0
        self.seconds = 0.0  # spent on training, over all calls
        self.threads = 0  # of the calls before; 0: there were none
        self.interrupted = False
        folder.mkdir(parents=True, exist_ok=True)

    # --- state ---

    def save(self, name: str) -> None:
        state = {
            "shape": dataclasses.asdict(self.model.shape),
            "recipe": dataclasses.asdict(self.recipe),
            "qat": self.recipe.quantizer(self.step - 1).kind,
            "model": self.model.state_dict(),
            "optimizers": {name: optimizer.state_dict() for name, optimizer in self.optimizers.items()},
            "step": self.step,  # which also is the position in the data
            "seconds": self.seconds,
            "threads": torch.get_num_threads(),
            "random": torch.get_rng_state(),
        }
        partial = self.folder / f"{name}.partial"
        torch.save(state, partial)
        os.replace(partial, self.folder / name)

    def load(self, path: Path) -> None:
        """Goes on from a state of the same shape and recipe, as far as that matters up to there."""
        state = read_state(path)
        if differing := self.differing(state):
            if differing == ["steps"]:
                theirs = Recipe(**state["recipe"])
                sys.exit(f"{path} is at step {state['step']} of {theirs.steps}, of which --steps {self.recipe.steps} "
                         f"shares {self.recipe.shared_with(theirs)}; use more steps, or another --out")
            sys.exit(f"{path} was made with another {', '.join(differing)}; use another --out, or the same options")
        self.model.load_state_dict(state["model"])
        for name, optimizer in self.optimizers.items():
            optimizer.load_state_dict(state["optimizers"][name])
        self.step, self.seconds, self.threads = state["step"], state["seconds"], state.get("threads", 0)
        torch.set_rng_state(state["random"])

    def begin_with(self, path: Path) -> None:
        """Takes the weights of another training, and nothing else of it."""
        state = read_state(path)
        if Shape(**state["shape"]) != self.model.shape:
            sys.exit(f"{path} has another shape: {state['shape']}; give the same --shape and --context")
        self.model.load_state_dict(state["model"])

    def differing(self, state: dict[str, Any]) -> list[str]:
        """The options by which this recipe would not have come to that state."""
        ours, theirs = self.recipe, Recipe(**state["recipe"])
        names = [field.name for field in dataclasses.fields(Recipe)
                 if getattr(ours, field.name) != getattr(theirs, field.name)]
        if state["step"] <= ours.qat_start() and "qat" in names:
            names.remove("qat")
        if state["step"] <= ours.shared_with(theirs) and "steps" in names:
            names.remove("steps")
        return names + ["shape"] * (Shape(**state["shape"]) != self.model.shape)

    def resume(self, start: Path | None, base: Path | None = None) -> None:
        """From the checkpoint of the folder, or, if --steps is another by now, from the state before the rates fell;
        where there is no checkpoint, from `start`, or with the weights of `base`."""
        checkpoint, earlier = self.folder / "checkpoint.pt", start or self.folder / "before_decay.pt"
        if checkpoint.exists():
            state = read_state(checkpoint)
            raised = earlier.exists() and self.differing(state) == ["steps"]
            self.load(earlier if raised else checkpoint)
            if raised:
                print(f"steps      {state['recipe']['steps']} became {self.recipe.steps}, which share {self.step}: "
                      "going on from there", file=sys.stderr)
        elif start:
            self.load(start)
        elif base:
            self.begin_with(base)

    # --- work ---

    def interrupt(self, *_: object) -> None:
        """For Ctrl-C: the step ends first, so that what is saved is a whole number of steps."""
        if self.interrupted:
            raise KeyboardInterrupt
        self.interrupted = True

    def train_step(self, batches: Batches) -> float:
        recipe = self.recipe
        for name, highest in (("adamw", recipe.rate), ("muon", recipe.matrix_rate)):
            for group in self.optimizers[name].param_groups:
                group["lr"] = highest * recipe.pace(self.step)
        inputs, targets, weights = (t.to(self.device, non_blocking=True) for t in batches.step(self.step))
        quant = recipe.quantizer(self.step)
        # bf16 would hide the very roundings that the last phase is about.
        floats = self.device.type == "cuda" and quant.kind == "none"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=floats):
            loss = self.model.loss(inputs, targets, quant, weights)
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers.values():
            optimizer.step()
        self.step += 1
        return loss.detach()

    def run(self, stories: Stories, heldout: Stories, until: int | None = None, every: int = 0,
            save_minutes: float = 5) -> None:
        """Trains up to step `until`; a row of the log each `every` steps, about 200 rows unless told."""
        recipe = self.recipe
        until = min(until or recipe.steps, recipe.steps)
        every = every or max(recipe.steps // 200, 1)
        batches = Batches(stories, recipe.batch, recipe.seed)
        progress = Progress(self.step, until)
        saved, recent = time.monotonic(), []
        start = time.monotonic() - self.seconds
        with open_log(self.folder / "log.csv", self.step) as log:
            while self.step < until and not self.interrupted:
                if self.step == recipe.shared_steps():
                    self.save("before_decay.pt")
                if self.step == recipe.qat_start() and recipe.qat != "none":
                    self.save("before_qat.pt")
                recent.append(self.train_step(batches))
                self.seconds = time.monotonic() - start
                if self.step % every and self.step < until:
                    continue
                held = heldout if self.step % (5 * every) == 0 or self.step == until else None
                progress.show(self.step, self.note(log, float(torch.stack(recent).mean()), held))
                recent = []
                if time.monotonic() - saved > 60 * save_minutes:
                    self.save("checkpoint.pt")
                    saved = time.monotonic()
        progress.close()
        self.save("checkpoint.pt")
        self.draw()

    def note(self, log: TextIO, loss: float, heldout: Stories | None) -> str:
        """Writes a row of the log; returns what the progress bar says."""
        if not math.isfinite(loss):
            sys.exit(f"step {self.step}: the loss is {loss}; use a lower --rate")
        row = dict.fromkeys(LOG_FIELDS, "")
        rate = self.recipe.rate * self.recipe.pace(self.step - 1)
        row.update(step=self.step, rate=f"{rate:.6g}", train=f"{loss:.5f}", seconds=f"{self.seconds:.1f}")
        said = f"loss {loss:.3f}"
        if heldout is not None:
            held = heldout_loss(self.model, heldout, self.recipe.quantizer(self.step - 1), self.device)
            row["heldout"] = f"{held:.5f}"
            said += f", held out {held:.3f}"
        csv.DictWriter(log, LOG_FIELDS).writerow(row)
        log.flush()
        return said

    def draw(self) -> None:
        recipe, shape = self.recipe, self.model.shape
        marks = {f"computes as {recipe.qat}": recipe.qat_start()} if recipe.qat != "none" else {}
        curve.draw(self.folder / "log.csv", self.folder / "curve.svg",
                   f"{shape.parameters():,} parameters, {shape.n_layers} layers of {shape.dim}", marks)


def read_state(path: Path) -> dict[str, Any]:
    return torch.load(path, map_location="cpu", weights_only=True)


def open_log(path: Path, step: int) -> TextIO:
    """The log, without rows of later steps: those are about to be done again."""
    rows: list[dict[str, str]] = []
    if step > 0 and path.exists():
        with open(path, newline="", encoding="utf-8") as old:
            rows = [row for row in csv.DictReader(old) if int(row["step"]) <= step]
    log = open(path, "w", newline="", encoding="utf-8")
    writer = csv.DictWriter(log, LOG_FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    return log


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of a recipe, shared with `python3 -m train`."""
    parser.add_argument("--steps", type=int, default=18_000, help="optimiser steps [%(default)s]")
    parser.add_argument("--batch", type=int, default=16, help="stories or windows per step [%(default)s]")
    parser.add_argument("--rate", type=float, default=2.4e-2,
                        help="highest learning rate of embedding and norms, AdamW [%(default)s]")
    parser.add_argument("--matrix-rate", type=float, default=2e-2, help="the same of the layers, Muon [%(default)s]")
    parser.add_argument("--warmup", type=int, default=200, help="steps up to it [%(default)s]")
    parser.add_argument("--decay", type=float, default=0.5, help="share of the steps that lower it [%(default)s]")
    parser.add_argument("--qat", choices=["none", "q8", "q4"], default="q4", help="integers to train for [%(default)s]")
    parser.add_argument("--qat-share", type=float, default=0.3, help="share of the steps that do [%(default)s]")
    parser.add_argument("--weight-decay", type=float, default=0.05, help="of the layers [%(default)s]")
    parser.add_argument("--seed", type=int, default=1, help="of weights and order of stories [%(default)s]")
    parser.add_argument("--threads", type=int, default=0,
                        help="CPU threads; 0: those of the calls before, at first the fastest in a trial [%(default)s]")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", help="[%(default)s]")


def recipe_of(args: argparse.Namespace) -> Recipe:
    return Recipe(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Recipe)})


def warning(rows: int, recipe: Recipe) -> str | None:
    """Of too little text for so many steps."""
    passes = recipe.steps * recipe.batch / rows
    if passes <= MOST_PASSES:
        return None
    return (f"little text: {recipe.steps:,} steps read it {passes:.0f} times, and few texts are worth more than "
            f"{WORTH_PASSES}; use more text, or --steps {max(WORTH_PASSES * rows // recipe.batch, 1)}")


def fastest_threads(trainer: Trainer, batches: Batches) -> int:
    """The fewest CPU threads that no other number beats by a tenth: matrices of this size are hardly worth the threads'
    waiting for each other, and a second program on the machine decides which number is best."""
    most = torch.get_num_threads()
    candidates = [2**i for i in range(most.bit_length()) if 2**i < most] + [most]
    if len(candidates) == 1 or trainer.device.type != "cpu" or trainer.step >= trainer.recipe.steps:
        return most
    trial = copy.deepcopy(trainer)
    seconds: dict[int, list[float]] = {threads: [] for threads in candidates}
    for _ in range(TRIALS):
        for threads in candidates:
            torch.set_num_threads(threads)
            for _ in range(2):  # the first wakes the threads
                trial.step, start = trainer.step, time.monotonic()
                trial.train_step(batches)
            seconds[threads].append(time.monotonic() - start)
    medians = {threads: statistics.median(times) for threads, times in seconds.items()}
    return next(threads for threads, time in medians.items() if time < 1.1 * min(medians.values()))


def train(args: argparse.Namespace) -> Trainer:
    trainer = Trainer(args.shape, recipe_of(args), args.out, args.device)
    trainer.resume(args.start, args.base)
    cut = args.long == "cut"
    stories = Stories.load(args.text, args.tokenizer, args.shape.context, args.cache or args.out / "tokens.npz", cut)
    heldout = Stories.load(args.heldout, args.tokenizer, args.shape.context, cut=cut)
    threads = args.threads or trainer.threads or fastest_threads(trainer, Batches(stories, args.batch, args.seed))
    torch.set_num_threads(threads)
    print(f"training   {stories.describe()}\nheld out   {heldout.describe()}\n"
          f"model      {args.shape.parameters():,} parameters; step {trainer.step} of {args.steps}, "
          f"{args.steps * args.batch / len(stories):.2f} epochs, on {args.device}, threads: {threads}", file=sys.stderr)
    if warned := warning(len(stories), trainer.recipe):
        print(f"warning    {warned}", file=sys.stderr)
    signal.signal(signal.SIGINT, trainer.interrupt)
    trainer.run(stories, heldout, args.until)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if trainer.interrupted:
        print(f"stopped at step {trainer.step} and saved; the same command goes on from there", file=sys.stderr)
        sys.exit(130)
    return trainer


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.train", description=__doc__.split("\n")[0])
    parser.add_argument("--text", type=Path, required=True, help="stories separated by lines <|endoftext|>")
    parser.add_argument("--heldout", type=Path, required=True, help="the same, not trained on")
    parser.add_argument("--tokenizer", type=Path, required=True, help="sentencepiece .model")
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--shape", type=parse_shape, required=True, metavar="D,H,L,HEADS,KV,VOCAB[,CONTEXT]")
    parser.add_argument("--start", type=Path, help="checkpoint to branch off from, when --out has none")
    parser.add_argument("--base", type=Path, help="checkpoint whose weights to begin with, when there is no other")
    parser.add_argument("--cache", type=Path, help="encoded text, made when missing [tokens.npz in --out]")
    parser.add_argument("--long", choices=["cut", "leave-out"], default="leave-out",
                        help="what to do with stories longer than the context [%(default)s]")
    parser.add_argument("--until", type=int, help="stop at this step and save")
    add_options(parser)
    train(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
