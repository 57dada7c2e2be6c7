"""Makes a model: corpus, tokenizer, training, export, conversion, evaluation, a count of what its stories get wrong.

    python3 -m train --out build/story                       the model that ships
    python3 -m train --out build/mine --text my_stories.txt  one of your own text
    python3 -m train --out build/smoke --smoke               the whole path in a minute, for a look at it

Everything goes into the --out folder; report.md there has the figures. Called again, the same command goes on where
the last one stopped: what is there is not made again. All seeds are fixed. Needs the `thimble` program (./run.sh
builds it; THIMBLE_BIN names another).
"""

import argparse
import dataclasses
import hashlib
import itertools
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from train import check_prompts, check_stories, engine
from train.corpus.check import vocabulary
from train.evaluate import evaluate, fitting, passages, table
from train.export import export
from train.model import Model
from train.quantize import Quantizer
from train.shapes import context_of, fits, parse_shape, total_bytes
from train.stories import SEPARATOR, check_text, hold_out, read_marked, read_stories, write_stories
from train.tokenizer import TRAINING_STORIES, train_tokenizer
from train.train import Recipe, add_options, train

HELDOUT = 2000  # stories
SHIPPED = "64,128,4,4,1,1536"
PROMPTS = ["Once upon a time", "One day", "The little robot"]
SMOKE = {"stories": 2000, "steps": 60, "batch": 16, "warmup": 10, "rate": 1e-2, "count": 20,
         "shape": parse_shape("32,64,2,4,2,1024")}
# What decides each file: parts of two recipes would be mixed without a word. More --steps are no other recipe.
DECIDES = {
    "corpus.txt": ["seed", "separator", "stories", "text"],
    "tokenizer.model": ["base", "vocab_size"],
    "checkpoint.pt": ["base", "long", "shape"] + [field.name for field in dataclasses.fields(Recipe) if field.name != "steps"],
}


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
        training, held = hold_out(own_stories(args), HELDOUT)
        write_stories(corpus, training)
    else:
        if not corpus.exists():
            generate_corpus(args.stories, args.seed, corpus)
        generate_corpus(HELDOUT, args.seed + 1, heldout)
        held = sorted(set(read_marked(heldout)).difference(read_marked(corpus)))
    write_stories(heldout, held)


def own_stories(args: argparse.Namespace) -> list[str]:
    stories = list(read_stories(args.text, args.separator))
    if not stories:
        sys.exit(f"{args.text}: no text in it; name a file with stories separated by lines {SEPARATOR}")
    if len(stories) == 1:
        say(f"{args.text} has no separator ({args.separator}), so all of it is one text; see --separator")
    return stories


def make_tokenizer(args: argparse.Namespace) -> None:
    if args.tokenizer.exists():
        return
    if args.base:
        shutil.copy(args.base.parent / "tokenizer.model", args.tokenizer)
        return
    say(f"tokenizer: {args.shape.vocab_size} pieces")
    stories = list(itertools.islice(read_stories(args.out / "corpus.txt"), TRAINING_STORIES))
    args.tokenizer.write_bytes(train_tokenizer(stories, args.shape.vocab_size))


def words_of_model(args: argparse.Namespace) -> list[object]:
    """Options of the converter: the words that the model may write beside those of its prompt. Of the corpus these are the
    ones that every story may have; of another text all, where that is asked for."""
    if args.text:
        return ["--words", args.out / "corpus.txt"] if args.words else []
    words = args.out / "words.txt"
    words.write_text("\n".join([*sorted(vocabulary()), "'s"]) + "\n", encoding="ascii")
    return ["--words", words]


def convert(model: Model, args: argparse.Namespace, quant: str, kinds: list[str], folder: Path) -> list[Path]:
    """Exports what was trained, as values that `quant` rounds to, and converts it to each of the types."""
    export(model, Quantizer(quant), folder)
    defaults = ["--name", args.name, "--temp", 0.8, "--top-p", 0.95, "--top-k", 0, "--min-p", 0]
    defaults += words_of_model(args)
    defaults += ["--license", args.license] if args.license else []
    defaults += ["--chat-template", args.chat_template] if args.chat_template else []
    for prompt in args.prompt:
        defaults += ["--prompt", prompt]
    models = []
    for kind in kinds:
        models.append(folder / f"{folder.name}-{kind}.thm")
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
        kinds = ["f32", "q8", "q4"] if qat == "none" else [qat]
        models += convert(trainer.model, args, qat, kinds, args.out / f"trained-for-{qat}")
    return models


def continued(model: Path) -> list[str]:
    """How the model goes on from prompts of an unknown kind; a line of Markdown each."""
    prompts = ["Quillon", "🙂", "Why is the sky blue?", "", "3 + 4 =", "THE END"]
    texts = [(prompt, engine.run(model, prompt, "-s", 1).text) for prompt in prompts]
    return [f"* **{prompt or '(nothing)'}** {' '.join(text.split())}" for prompt, text in texts]


def rehearse(args: argparse.Namespace, kind: str) -> None:
    """Converts a model that has learnt nothing, so that an option which the converter refuses costs no training."""
    with tempfile.TemporaryDirectory() as folder:
        convert(Model(args.shape), args, args.qat, [kind], Path(folder))


def remember(args: argparse.Namespace) -> None:
    """Writes down the recipe, if what is in the folder already was made with it."""
    told = {key: str(value) for key, value in sorted(vars(args).items())
            if key not in ("cache", "compare", "count", "device", "out", "threads", "tokenizer")}
    told["vocab_size"] = str(args.shape.vocab_size)
    if args.text:
        with open(args.text, "rb") as file:
            told["text"] += ", SHA-256 " + hashlib.file_digest(file, "sha256").hexdigest()
    path = args.out / "recipe.json"
    old = json.loads(path.read_text()) if path.exists() else {}
    for made, keys in DECIDES.items():
        differing = [key for key in keys if told[key] != old.get(key, told[key])]
        if differing and (args.out / made).exists():
            sys.exit(f"{args.out}: {made} there was made with another {', '.join(differing)}; use another --out")
    path.write_text(json.dumps(told, indent=2) + "\n")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m train", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/story"), help="folder [%(default)s]")
    parser.add_argument("--text", type=Path, help="your stories, separated by lines <|endoftext|>; else the corpus")
    parser.add_argument("--separator", default=SEPARATOR, metavar="LINE",
                        help="line between your stories, or blank: empty lines, or line: each is a story [%(default)s]")
    parser.add_argument("--stories", type=int, default=40_000, help="of the corpus [%(default)s]")
    parser.add_argument("--shape", type=parse_shape, default=parse_shape(SHIPPED), metavar="D,H,L,HEADS,KV,VOCAB",
                        help=f"[{SHIPPED}]; see python3 -m train.shapes")
    parser.add_argument("--context", type=context_of, help="tokens of a text [7th number of --shape, else 256]")
    parser.add_argument("--base", type=Path, metavar="FOLDER",
                        help="an earlier --out of this shape, to begin with its weights and tokenizer [from nothing]")
    parser.add_argument("--compare", action="store_true", help="also train the last phase in the other types")
    parser.add_argument("--count", type=int, default=300, help="stories to generate and check [%(default)s]")
    parser.add_argument("--name", default="story", help="of the model [%(default)s]")
    parser.add_argument("--license", help="of the weights [MIT for the corpus, none for --text]")
    parser.add_argument("--prompt", action="append", metavar="TEXT",
                        help="an example prompt to store; repeatable [three for the corpus, none for --text]")
    parser.add_argument("--words", action="store_true",
                        help="have the model write only words of --text and of its prompt [of the corpus it always does]")
    parser.add_argument("--chat-template", metavar="TEXT", help="to store: a pattern around {prompt}, for chat")
    parser.add_argument("--smoke", action="store_true", help="a toy in a minute; bars do not count")
    add_options(parser)
    args = parser.parse_args()
    if args.smoke:
        vars(args).update(SMOKE)
    if args.text is None and args.license is None:
        args.license = "MIT"
    if args.prompt is None:
        args.prompt = PROMPTS if args.text is None else []
    if args.chat_template is not None and args.chat_template.count("{prompt}") != 1:
        parser.error("--chat-template: write {prompt} once, where the user's words go")
    args.shape = dataclasses.replace(args.shape, context=args.context or args.shape.context)
    # The few stories of the corpus that are too long have their like among the others.
    args.long = "cut" if args.text else "leave-out"
    args.start = args.until = None
    args.base = args.base and args.base / "checkpoint.pt"
    args.cache = args.out / "tokens.npz"
    args.tokenizer = args.out / "tokenizer.model"
    return args


def main() -> int:
    start = time.monotonic()
    args = parse()
    engine.check_there()  # before hours of work
    if args.text:
        check_text(args.text)
    args.out.mkdir(parents=True, exist_ok=True)
    remember(args)
    kind = "f32" if args.qat == "none" else args.qat
    if kind != "f32":
        say(f"shape: {total_bytes(args.shape, kind):,} bytes on the chip, stack and objects included; "
            f"{'fits' if fits(args.shape, kind) else 'does NOT fit'} the memory of an ESP32-S3 without Wi-Fi")
    make_texts(args)
    make_tokenizer(args)
    rehearse(args, kind)
    say("training")
    corpus, heldout = args.out / "corpus.txt", args.out / "heldout.txt"
    train_args = argparse.Namespace(**{**vars(args), "text": corpus, "heldout": heldout})
    trainer = train(train_args)
    models = convert(trainer.model, args, args.qat, [kind], args.out / args.name)
    if args.compare:
        models += compare_types(train_args)
    say("evaluation")
    pick = passages if args.long == "cut" else fitting
    stories = pick(list(read_stories(heldout)), args.tokenizer, args.shape.context)
    report = [f"# {args.name}", "", "    python3 -m train " + " ".join(sys.argv[1:]), "",
              f"Held-out {'passages' if args.text else 'stories'}: {len(stories)}.", "",
              table(evaluate(models, stories)), ""]
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
