"""Makes a model: corpus, tokenizer, training, export, conversion, evaluation, a count of what its stories get wrong.

    python3 -m train --out build/story                       the model that ships
    python3 -m train --out build/mine --text my_stories.txt  one of your own text
    python3 -m train --out build/smoke --smoke               the whole path in a minute, for a look at it

Everything goes into the --out folder; report.md there has the figures. Called again, the same command goes on where
the last one stopped: what is there is not made again. All seeds are fixed. Needs the `thimble` program (./run.sh
builds it; THIMBLE_BIN names another).
"""

import argparse
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path

from train import check_prompts, check_stories, engine
from train.evaluate import evaluate, fitting, table
from train.export import export
from train.quantize import Quantizer
from train.shapes import fits, parse_shape, total_bytes
from train.stories import read_marked, read_stories, write_stories
from train.tokenizer import TRAINING_STORIES, train_tokenizer
from train.train import Trainer, add_options, train

HELDOUT = 2000  # stories
SHIPPED = "64,128,4,4,1,1536"
PROMPTS = ["Once upon a time", "One day", "The little robot"]
SMOKE = {"stories": 2000, "steps": 60, "batch": 16, "warmup": 10, "rate": 1e-2, "count": 20,
         "shape": parse_shape("32,64,2,4,2,1024")}


def say(text: str) -> None:
    print(f"--- {text}", file=sys.stderr, flush=True)


def generate_corpus(count: int, seed: int, out: Path) -> None:
    partial = out.with_suffix(".partial")
    command = [sys.executable, "-m", "train.corpus", "--count", str(count), "--seed", str(seed), "--out", str(partial)]
    subprocess.run(command, check=True, cwd=engine.ROOT)
    partial.rename(out)


def make_texts(args: argparse.Namespace) -> None:
    """corpus.txt and heldout.txt, which share no story."""
    corpus, heldout = args.out / "corpus.txt", args.out / "heldout.txt"
    if corpus.exists() and heldout.exists():
        return
    say(f"text: {args.text or f'{args.stories:,} generated stories'}")
    if args.text:
        stories = list(read_stories(args.text))
        every = max(len(stories) // HELDOUT, 20)
        held = set(stories[::every])
        write_stories(corpus, [story for story in stories if story not in held])
    else:
        if not corpus.exists():
            generate_corpus(args.stories, args.seed, corpus)
        generate_corpus(HELDOUT, args.seed + 1, heldout)
        held = set(read_marked(heldout))
        held.difference_update(read_marked(corpus))
    write_stories(heldout, sorted(held))


def make_tokenizer(args: argparse.Namespace) -> None:
    if args.tokenizer.exists():
        return
    say(f"tokenizer: {args.shape.vocab_size} pieces")
    stories = list(itertools.islice(read_stories(args.out / "corpus.txt"), TRAINING_STORIES))
    args.tokenizer.write_bytes(train_tokenizer(stories, args.shape.vocab_size))


def convert(trainer: Trainer, args: argparse.Namespace, quant: str, kinds: list[str], name: str) -> list[Path]:
    """Exports what was trained, as values that `quant` rounds to, and converts it to each of the types."""
    folder = args.out / name
    export(trainer.model, Quantizer(quant), folder)
    defaults = ["--name", args.name, "--temp", 0.8, "--top-p", 0.95, "--top-k", 0, "--min-p", 0]
    defaults += ["--license", args.license] if args.license else []
    for prompt in PROMPTS if args.text is None else []:
        defaults += ["--prompt", prompt]
    models = []
    for kind in kinds:
        models.append(folder / f"{name}-{kind}.thm")
        engine.convert(folder / "model.bin", models[-1], args.tokenizer, kind, *defaults)
    return models


def compare_types(args: argparse.Namespace) -> list[Path]:
    """The same model with its last phase once in each arithmetic."""
    models = []
    for qat in ("none", "q8", "q4"):
        if qat == args.qat:
            continue
        say(f"training for {qat}, from where the phases part")
        branch = argparse.Namespace(**{**vars(args), "qat": qat, "out": args.out / f"branch-{qat}", "until": None})
        branch.start = args.out / "before_qat.pt"
        trainer = train(branch)
        models += convert(trainer, args, qat, ["f32", "q8", "q4"] if qat == "none" else [qat], f"trained-for-{qat}")
    return models


def continued(model: Path) -> list[str]:
    """How the model goes on from prompts of an unknown kind; a line of Markdown each."""
    prompts = ["Quillon", "🙂", "Why is the sky blue?", "", "3 + 4 =", "THE END"]
    texts = [(prompt, engine.run(model, prompt, "-s", 1).text) for prompt in prompts]
    return [f"* **{prompt or '(nothing)'}** {' '.join(text.split())}" for prompt, text in texts]


def remember(args: argparse.Namespace) -> None:
    """A folder holds one recipe: parts of two would be mixed without a word."""
    told = {key: str(value) for key, value in sorted(vars(args).items())
            if key not in ("cache", "compare", "count", "device", "out", "threads", "tokenizer")}
    path = args.out / "recipe.json"
    if path.exists() and (old := json.loads(path.read_text())) != told:
        differing = [key for key in told if told[key] != old.get(key)]
        sys.exit(f"{args.out} holds a model made with another {', '.join(differing)}; use another --out")
    path.write_text(json.dumps(told, indent=2) + "\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m train", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/story"), help="folder [%(default)s]")
    parser.add_argument("--text", type=Path, help="your stories, separated by lines <|endoftext|>; else the corpus")
    parser.add_argument("--stories", type=int, default=40_000, help="of the corpus [%(default)s]")
    parser.add_argument("--shape", type=parse_shape, default=parse_shape(SHIPPED), metavar="D,H,L,HEADS,KV,VOCAB",
                        help=f"[{SHIPPED}]; see python3 -m train.shapes")
    parser.add_argument("--compare", action="store_true", help="also train the last phase in the other types")
    parser.add_argument("--count", type=int, default=300, help="stories to generate and check [%(default)s]")
    parser.add_argument("--name", default="story", help="of the model [%(default)s]")
    parser.add_argument("--license", help="of the weights [MIT for the corpus, none for --text]")
    parser.add_argument("--smoke", action="store_true", help="a toy in a minute; bars do not count")
    add_options(parser)
    args = parser.parse_args()
    if args.smoke:
        vars(args).update(SMOKE)
    if args.text is None and args.license is None:
        args.license = "MIT"
    args.start = args.until = None
    args.cache = args.out / "tokens.npz"
    args.tokenizer = args.out / "tokenizer.model"
    return args


def main() -> int:
    start = time.monotonic()
    args = parse()
    engine.check_there()  # before hours of work
    args.out.mkdir(parents=True, exist_ok=True)
    remember(args)
    kind = "f32" if args.qat == "none" else args.qat
    if kind != "f32":
        say(f"shape: {total_bytes(args.shape, kind):,} bytes on the chip, stack and objects included; "
            f"{'fits' if fits(args.shape, kind) else 'does NOT fit'} the memory of an ESP32-S3 without Wi-Fi")
    make_texts(args)
    make_tokenizer(args)
    say("training")
    corpus, heldout = args.out / "corpus.txt", args.out / "heldout.txt"
    train_args = argparse.Namespace(**{**vars(args), "text": corpus, "heldout": heldout})
    trainer = train(train_args)
    models = convert(trainer, args, args.qat, [kind], args.name)
    if args.compare:
        models += compare_types(train_args)
    say("evaluation")
    stories = fitting(list(read_stories(heldout)), args.tokenizer, args.shape.context)
    report = [f"# {args.name}", "", "    python3 -m train " + " ".join(sys.argv[1:]), "",
              f"Held-out stories: {len(stories)}.", "", table(evaluate(models, stories)), ""]
    openings = check_stories.openings_of(stories) if args.text else check_stories.OPENINGS
    checked = check_stories.check(models[0], corpus, args.count, args.out / "stories.txt", openings=openings)
    report += [f"{args.count} stories, temperature 0.8, top-p 0.95:", "", checked.table(), ""]
    passed = checked.passed()
    if not args.text:
        asked = check_prompts.check(models[0], args.count, args.out / "prompts.txt")
        passed = passed and asked.passed()
        report += [f"{args.count} prompts of a stranger, and openings of the corpus with new words:", "",
                   check_stories.table(asked.measures), "", "\n\n".join(asked.shown), ""]
    report += ["Prompts that no story begins with, seed 1:", "", *continued(models[0]), "",
               f"Training took {trainer.seconds / 60:.0f} minutes on {args.device}, this command "
               f"{(time.monotonic() - start) / 60:.0f}.", ""]
    (args.out / "report.md").write_text("\n".join(report), encoding="utf-8")
    print("\n".join(report))
    print(f"model: {models[0]}")
    # The bars are those of the corpus.
    return 0 if passed or args.smoke or args.text else 1


if __name__ == "__main__":
    sys.exit(main())
