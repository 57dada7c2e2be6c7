"""How varied are they?  python3 -m train.corpus.variety [stories, default 20000] [held out, default 500]

Prints lengths, the growth of distinct 5-grams, the most frequent sentences and openings, and the share of held-out stories that
have more than 25 consecutive words in common with one of the others. That share is what a perfect model of this
text would show against its training set, so it bounds what the shipped model can reach.
"""

import sys
from collections import Counter

from . import PLOT_NAMES, generate
from .check import sentences_of, words_of

RUN = 26


def _runs(told):
    return [hash(" ".join(told[i:i + RUN])) for i in range(len(told) - RUN + 1)]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    held = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    lengths, words, sentences, starts, plots, grams = [], Counter(), Counter(), Counter(), Counter(), set()
    held_out = [generate(1, index) for index in range(10 ** 9, 10 ** 9 + held)]
    owners = {}
    for number, story in enumerate(held_out):
        for run in _runs(words_of(story.text)):
            owners.setdefault(run, []).append(number)
    shared = {}
    for index in range(count):
        story = generate(1, index)
        told = words_of(story.text)
        lengths.append(len(told))
        words.update(told)
        sentences.update(set(sentences_of(story.text)))
        starts[" ".join(told[:3])] += 1
        plots[story.plot] += 1
        for at, run in enumerate(_runs(told)):
            for number in owners.get(run, ()):
                shared.setdefault(number, " ".join(told[at:at + RUN]))
        if index < 40000:
            grams.update(hash(tuple(told[i:i + 5])) for i in range(len(told) - 4))
            if index + 1 in (5000, 10000, 20000, 40000):
                print("%7d stories: %8d distinct 5-grams" % (index + 1, len(grams)))
    lengths.sort()
    print("words a story: mean %.0f, 5 %% under %d, 5 %% over %d"
          % (sum(lengths) / count, lengths[count // 20], lengths[-count // 20]))
    print("different words: %d; seen under 20 times: %d" % (len(words), sum(n < 20 for n in words.values())))
    print("plots: %d of %d, %d to %d stories each" % (len(plots), len(PLOT_NAMES), min(plots.values()), max(plots.values())))
    for title, counter in (("sentences", sentences), ("first three words", starts)):
        print("most frequent " + title)
        for what, n in counter.most_common(16):
            print("  %5.2f %%  %s" % (100 * n / count, what))
    print("held-out stories that share %d consecutive words with one of these: %d of %d" % (RUN, len(shared), held))
    by_plot = Counter(held_out[number].plot for number in shared)
    print("  by plot: " + ", ".join("%s %d" % pair for pair in by_plot.most_common()))
    for number in sorted(shared)[:int(sys.argv[3]) if len(sys.argv) > 3 else 0]:
        print("  %s: %s" % (held_out[number].plot, shared[number]))


if __name__ == "__main__":
    main()
