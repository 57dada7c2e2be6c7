"""python3 -m train.corpus --count N --seed S [--start I] [--out FILE] [--plot NAME]

With --vocabulary, the words of these stories instead: vocabulary.txt is that of --count 60000 --seed 2.
"""

import argparse
import sys

from . import END_OF_STORY, PLOT_NAMES, generate
from .check import own_words


def main():
    parser = argparse.ArgumentParser(prog="train.corpus", description="Writes stories, one after another.")
    parser.add_argument("--count", type=int, default=3, help="how many (3)")
    parser.add_argument("--seed", type=int, default=1, help="which corpus (1)")
    parser.add_argument("--start", type=int, default=0,
                        help="index of the first; a held-out set starts beyond the last of training")
    parser.add_argument("--plot", choices=PLOT_NAMES, help="only this plot")
    parser.add_argument("--out", help="the file to write (the terminal)")
    parser.add_argument("--vocabulary", action="store_true", help="the words of these stories instead of the stories")
    args = parser.parse_args()
    out = open(args.out, "w", encoding="ascii", newline="\n") if args.out else sys.stdout
    words = set()
    for index in range(args.start, args.start + args.count):
        story = generate(args.seed, index, args.plot)
        if args.vocabulary:
            words.update(own_words(story))
            continue
        out.write(story.marked + "\n" + END_OF_STORY + "\n")
        if args.out and sys.stderr.isatty() and index % 1000 == 999:
            sys.stderr.write("\r%d of %d stories" % (index + 1 - args.start, args.count))
    out.write("".join(word + "\n" for word in sorted(words)))
    if args.out:
        out.close()
        if sys.stderr.isatty():
            sys.stderr.write("\n")


if __name__ == "__main__":
    main()
