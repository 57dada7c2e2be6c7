"""How well models foresee stories that they were not trained on, as the engine computes them.

    python3 -m train.evaluate heldout.txt --tokenizer tokenizer.model q8.thm q4.thm float.thm

Prints nats per token and per byte. Compare nats per byte: a larger vocabulary has fewer and harder tokens. Stories
longer than the context are left out, so that all models are asked the same. A table in Markdown.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from train import engine
from train.stories import read_stories, write_stories
from train.tokenizer import BOS, EOS, load_tokenizer
from train.windows import sentence_ends, windows


def fitting(stories: list[str], tokenizer: Path, context: int) -> list[str]:
    """The stories that fit with BOS and EOS, as in training."""
    ids = load_tokenizer(tokenizer).encode(stories)
    return [story for story, tokens in zip(stories, ids, strict=True) if len(tokens) + 2 <= context]


def passages(stories: list[str], tokenizer: Path, context: int) -> list[str]:
    """The stories that fit as they are, of longer ones what each of their windows adds."""
    processor = load_tokenizer(tokenizer)
    texts: list[str] = []
    for story in stories:
        ids = [BOS, *processor.encode(story), EOS]
        if len(ids) <= context:
            texts.append(story)
            continue
        ends = sentence_ends(np.array(ids), processor)
        texts += [processor.decode(ids[w.counted : w.end]).strip() for w in windows(0, len(ids), context, ends)]
    return [text for text in texts if text]


def evaluate(models: list[Path], stories: list[str], *options: object) -> list[tuple[Path, engine.Score, float]]:
    """Each model with its score and its nats per byte."""
    size = sum(len(story.encode()) for story in stories)
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "stories.txt"
        write_stories(text, stories)
        scores = [engine.evaluate(model, text, *options) for model in models]
    return [(model, score, score.nats * score.tokens / size) for model, score in zip(models, scores, strict=True)]


def table(rows: list[tuple[Path, engine.Score, float]]) -> str:
    lines = ["| model | computes with | file, bytes | plan, bytes | nats/token | nats/byte | logits hash |",
             "|---|---|---:|---:|---:|---:|---|"]
    for model, score, per_byte in rows:
        lines.append(f"| {model.name} | {score.types} | {model.stat().st_size:,} | {engine.planned_bytes(model):,} | "
                     f"{score.nats:.4f} | {per_byte:.4f} | {score.logits_hash} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.evaluate", description=__doc__.split("\n")[0])
    parser.add_argument("text", type=Path, help="stories separated by lines <|endoftext|>")
    parser.add_argument("models", type=Path, nargs="+", help=".thm files")
    parser.add_argument("--tokenizer", type=Path, required=True, help="sentencepiece .model, to see what fits")
    parser.add_argument("--context", type=int, default=256, help="tokens [%(default)s]")
    parser.add_argument("--stories", type=int, default=500, help="score the first N; 0: all [%(default)s]")
    args = parser.parse_args()
    stories = list(read_stories(args.text))
    stories = stories[: args.stories or len(stories)]
    kept = fitting(stories, args.tokenizer, args.context)
    if not kept:
        sys.exit(f"{args.text}: none of {len(stories)} stories fits {args.context} tokens; raise --context")
    print(table(evaluate(args.models, kept, "-c", args.context)))
    print(f"\n{len(kept)} stories; {len(stories) - len(kept)} more were longer than {args.context} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
