"""python3 -m train.corpus --count N --seed S [--start I] [--out FILE] [--plot NAME]"""

import argparse
import sys

from . import END_OF_STORY, PLOT_NAMES, generate


def main():
    parser = argparse.ArgumentParser(prog="train.corpus", description="Writes stories, one after another.")
    parser.add_argument("--count", type=int, default=3, help="how many (3)")
    parser.add_argument("--seed", type=int, default=1, help="which corpus (1)")
    parser.add_argument("--start", type=int, default=0, help="index of the first; a held-out set starts beyond the last of training")
    parser.add_argument("--plot", choices=PLOT_NAMES, help="only this plot")
    parser.add_argument("--out", help="the file to write (the terminal)")
    args = parser.parse_args()
    out = open(args.out, "w", encoding="ascii", newline="\n") if args.out else sys.stdout
    for index in range(args.start, args.start + args.count):
        out.write(generate(args.seed, index, args.plot).text + "\n" + END_OF_STORY + "\n")
        if args.out and sys.stderr.isatty() and index % 1000 == 999:
            sys.stderr.write("\r%d of %d stories" % (index + 1 - args.start, args.count))
    if args.out:
        out.close()
        if sys.stderr.isatty():
            sys.stderr.write("\n")


if __name__ == "__main__":
    main()
