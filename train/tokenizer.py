"""The tokenizer: sentencepiece BPE with byte fallback, trained on stories.

    python3 -m train.tokenizer TEXT --vocab 768 --out tokenizer.model
    python3 -m train.tokenizer TEXT --compare 512 768 1024 2048

The settings are those that `thimble convert` can follow exactly: no normalisation, spaces kept as they are. Of a
vocabulary 3 pieces are special and 256 are bytes, so 512 has 253 pieces to learn.
"""

import argparse
import io
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import sentencepiece

from train.stories import read_stories

UNK, BOS, EOS = 0, 1, 2
LONGEST_LINE = 1 << 14  # characters, of at most 4 bytes
TRAINING_STORIES = 20_000  # more do not change which pieces are frequent, but cost minutes


def train_tokenizer(stories: list[str], vocab_size: int) -> bytes:
    """The bytes of a sentencepiece .model. The same stories give the same bytes."""
    model = io.BytesIO()
    options = dict(
        sentence_iterator=sentences(stories),
        model_writer=model,
        model_type="bpe",
        vocab_size=vocab_size,
        byte_fallback=True,
        character_coverage=1.0,
        split_digits=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        max_sentence_length=4 * LONGEST_LINE,
        unk_id=UNK,
        bos_id=BOS,
        eos_id=EOS,
        pad_id=-1,
        num_threads=1,
        minloglevel=2,
    )
    try:
        sentencepiece.SentencePieceTrainer.train(**options)
    except RuntimeError as error:
        sys.exit(f"a vocabulary of {vocab_size}: {reason(str(error))}")
    return model.getvalue()


def sentences(stories: list[str]) -> Iterator[str]:
    """One sentence per line, so that pieces do not run across paragraphs: a newline is a byte piece. Sentencepiece
    would pass over a longer line than it is told to expect, which may be all of a text."""
    for story in stories:
        for line in story.splitlines():
            if line.strip():
                yield from (line[at : at + LONGEST_LINE] for at in range(0, len(line), LONGEST_LINE))


def reason(error: str) -> str:
    """What sentencepiece says about a text that does not suit the vocabulary, with a way out."""
    size = "the sixth number of --shape, or --vocab"
    if most := re.search(r"value <= (\d+)", error):
        return f"the text has pieces for {most[1]} at most; use more text, or a smaller vocabulary ({size})"
    if least := re.search(r"required_chars. \d+ vs (\d+)", error):
        return f"the different characters of the text take {least[1]} alone; use a larger vocabulary ({size})"
    return error.split("] ")[-1]


def load_tokenizer(path: Path) -> sentencepiece.SentencePieceProcessor:
    return sentencepiece.SentencePieceProcessor(model_proto=Path(path).read_bytes())


def measure(model: bytes, stories: list[str], context: int) -> dict[str, float]:
    """What a vocabulary does to stories that it was not trained on."""
    tokenizer = sentencepiece.SentencePieceProcessor(model_proto=model)
    lengths = [len(ids) + 2 for ids in tokenizer.encode(stories)]  # BOS and EOS
    return {
        "bytes_per_token": sum(len(story.encode()) for story in stories) / sum(n - 2 for n in lengths),
        "mean_tokens": sum(lengths) / len(lengths),
        "longest": max(lengths),
        "over_context": sum(n > context for n in lengths) / len(lengths),
    }


def compare(stories: list[str], sizes: list[int], context: int) -> None:
    """A table of vocabularies. The last tenth of the stories is measured, the rest trained on."""
    cut = len(stories) * 9 // 10
    print(f"vocab  bytes/token  tokens/story  longest  over {context}")
    for size in sizes:
        row = measure(train_tokenizer(stories[:cut], size), stories[cut:], context)
        print(f"{size:5d}  {row['bytes_per_token']:11.3f}  {row['mean_tokens']:12.1f}  {row['longest']:7d}  "
              f"{100 * row['over_context']:7.2f} %")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python3 -m train.tokenizer", description=__doc__.split("\n")[0])
    parser.add_argument("text", type=Path, help="stories separated by lines <|endoftext|>")
    parser.add_argument("--vocab", type=int, default=768, help="pieces [%(default)s]")
    parser.add_argument("--out", type=Path, default=Path("tokenizer.model"), help="file to write [%(default)s]")
    parser.add_argument("--compare", type=int, nargs="+", metavar="N", help="only measure these vocabulary sizes")
    parser.add_argument("--context", type=int, default=256, help="tokens that a story should fit in [%(default)s]")
    args = parser.parse_args()
    stories = list(itertools.islice(read_stories(args.text), TRAINING_STORIES))
    if args.compare:
        compare(stories, args.compare, args.context)
        return 0
    args.out.write_bytes(train_tokenizer(stories, args.vocab))
    print(f"{args.out}: {args.vocab} pieces from {len(stories)} stories")
    return 0


if __name__ == "__main__":
    sys.exit(main())
