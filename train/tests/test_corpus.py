"""The story generator: the same everywhere, and true to its promises in every story that is looked at."""

import hashlib
import os
import subprocess
import sys
import unittest
from pathlib import Path

from train import held_back
from train.corpus import MAX_WORDS, MIN_WORDS, PLOT_NAMES, generate
from train.corpus import given
from train.corpus.check import body, faults, own_words, sentences_of, vocabulary, words_of
from train.corpus.finish import mark
from train.corpus.rng import Rng
from train.corpus.world import Character, Thing, World
from train.marks import AGAIN, GIVEN, unmarked

ROOT = Path(__file__).resolve().parents[2]
FIRST_HUNDRED = "cbb481793b60fc0a4a2ff472a1b23bcba3e41d176ebf9d2d25ba52b390fab2f3"


class Marked:
    def __init__(self, marked, name="Lily"):
        self.marked, self.text, self.name = marked, unmarked(marked), name


class CorpusTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stories = [generate(1, index) for index in range(1500)]

    def test_the_first_hundred_stories_are_pinned(self):
        digest = hashlib.sha256()
        for story in self.stories[:100]:
            digest.update(story.marked.encode("ascii") + b"\n")
        self.assertEqual(digest.hexdigest(), FIRST_HUNDRED)

    def test_a_story_does_not_depend_on_those_before_it_nor_on_the_hash_seed(self):
        program = "from train.corpus import generate; print(generate(1, 1234).text)"
        for seed in ("0", "77"):
            told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, check=True, stdout=subprocess.PIPE,
                                  env={**os.environ, "PYTHONHASHSEED": seed}).stdout
            self.assertEqual(told, self.stories[1234].text + "\n")

    def test_other_seeds_and_indexes_tell_other_stories(self):
        self.assertEqual(len({story.text for story in self.stories}), len(self.stories))
        self.assertNotEqual(generate(1, 0).text, generate(2, 0).text)
        self.assertNotEqual(generate(1, 0).text, generate(1, 10 ** 9).text)

    def test_no_story_has_a_fault(self):
        for index, story in enumerate(self.stories):
            self.assertEqual(faults(story), [], "story %d, %s:\n%s" % (index, story.plot, story.text))

    def test_faults_are_seen(self):
        good = "Lily had a ball. It was red. Lily was happy."
        self.assertEqual(faults(Marked(good)), [])
        for bad in ("Lily had an ball. Lily ran.", "Lily had a apple. Lily ran.", "Lily was a honest girl. Lily ran.",
                    'Lily said, "Yes. Lily ran.', "Lily ran. Lily ran.",
                    "Lily ran the the way. Oh, Lily!", "Lily was {sad}. Lily ran.", "Lily ran, . Lily sat.", "Lily ran. lily sat.",
                    "Lily ran and ran and was not seen. Tom sat.", "Lily ran. Then Lily", 'Lily said, "Run.". Tom ran to Lily.',
                    '"Run." Said Tom to Lily.'):
            self.assertNotEqual(faults(Marked(bad)), [], bad)

    def test_lengths(self):
        lengths = [len(body(story).split()) for story in self.stories]
        self.assertGreaterEqual(min(lengths), MIN_WORDS)
        self.assertLessEqual(max(lengths), MAX_WORDS)
        self.assertTrue(95 <= sum(lengths) / len(lengths) <= 120, sum(lengths) / len(lengths))

    def test_every_word_is_in_the_declared_vocabulary(self):
        known = vocabulary()
        for story in self.stories:
            self.assertLessEqual(own_words(story), known)
        self.assertLess(len(known), 1000)

    def test_most_stories_name_what_only_a_prompt_can(self):
        given_words = [story.marked.split(GIVEN)[1::2] for story in self.stories]
        self.assertTrue(0.75 < sum(map(bool, given_words)) / len(self.stories) < 0.9)
        self.assertGreater(len({word for words in given_words for word in words}), 1500)
        # More than half have a prompt of another form above them: those are what the model has to learn to hold to.
        self.assertTrue(0.5 < sum(body(story) != story.text for story in self.stories) / len(self.stories) < 0.6)

    def test_every_slot_of_a_title_is_filled(self):
        for story in self.stories:
            self.assertNotRegex(story.text, r"\b(?:LT|Ns|[B-HJ-Z])\b")

    def test_what_is_given_once_is_told_again(self):
        for story in self.stories:
            if any(words.endswith(story.name) for words in story.marked.split(GIVEN)[1::2]):
                self.assertGreaterEqual(story.text.count(story.name), 2)

    def test_every_plot_is_told(self):
        self.assertGreaterEqual(len(PLOT_NAMES), 25)
        self.assertEqual(sorted({story.plot for story in self.stories}), PLOT_NAMES)

    def test_a_plot_can_be_asked_for(self):
        for name in PLOT_NAMES:
            self.assertEqual(generate(5, 3, name).plot, name)

    def test_the_readme_shows_real_stories(self):
        readme = (ROOT / "train/corpus/README.md").read_text(encoding="ascii")
        shown = [story for story in self.stories if "> " + story.text.split("\n")[0] in readme]
        self.assertEqual(len(shown), 3)

    def test_stories_open_in_many_ways(self):
        starts = {" ".join(words_of(story.text)[:2]) for story in self.stories}
        self.assertGreater(len(starts), 300)
        texts = [story.text for story in self.stories]
        for start in ("Once upon a time", "One day", "One ", "It was a", "The little ", "In a", "Once there was",
                      "More than anything", "A ",
                      "My ", "Tell me a story", "once upon a time", "Where is "):
            self.assertTrue(any(text.startswith(start) for text in texts), start)
        for share_of in ("Once upon a time", "Once there was", "It was a"):
            self.assertLess(sum(text.startswith(share_of) for text in texts) / len(texts), 0.16, share_of)

    def test_no_long_sentence_is_frequent(self):
        count = {}
        for story in self.stories:
            for sentence in set(sentences_of(story.text)):
                count[sentence] = count.get(sentence, 0) + 1
        # The commonest is the moral of one plot (1.7 %).
        often = [s for s, n in count.items() if n > 0.018 * len(self.stories) and len(s.split()) > 6]
        self.assertEqual(often, [])


class GivenTest(unittest.TestCase):
    def test_made_up_words_can_be_said_and_are_many(self):
        rng = Rng(3)
        words = [given.syllables(rng) for _ in range(2000)]
        self.assertGreater(len(set(words)), 1900)
        for word in words:
            self.assertRegex(word, r"^[a-z]{3,12}$")  # a long one is three or four pieces, as a stranger's name may be
            self.assertRegex(word, "[aeiouy]")
            self.assertNotRegex(word, "[aeiouy]{3}")

    def test_a_blend_begins_as_one_word_and_ends_as_another(self):
        rng = Rng(4)
        blends = [given.blend(rng, given.THINGS) for _ in range(500)]
        self.assertGreater(len(set(blends)), 450)
        for word in blends:
            self.assertRegex(word, r"^[a-z]{4,13}$")  # the longest of the words that it is made of have as many
            self.assertTrue(any(word.startswith(thing[:2]) for thing in given.THINGS))
            self.assertTrue(any(word.endswith(thing[-2:]) for thing in given.THINGS))

    def test_no_word_of_the_measured_prompts_is_told(self):
        rng = Rng(5)
        pools = (given.GIRLS + given.BOYS + given.PETS, given.THINGS, *given.NOUNS.values())
        made = {given.syllables(rng) for _ in range(20_000)}
        made.update(given.blend(rng, words).lower() for words in pools for _ in range(4000))
        measured = {word.lower() for word in [*held_back.NAMES, *held_back.HEROES, *held_back.THINGS]}
        self.assertEqual(measured & made.union(*pools), set())

    def test_the_lists_have_no_doubles(self):
        for words in (given.GIRLS, given.BOYS, given.PETS, given.THINGS, given.PLACES, given.DREADS, *given.NOUNS.values()):
            self.assertEqual(len(words), len(set(words)), sorted(w for w in words if words.count(w) > 1))

    def test_a_name_that_nobody_knows_tells_its_pronoun(self):
        self.assertEqual([given.he_or_she(name) for name in ("Zora", "Blick", "Mimi", "Brindo")], ["she", "he", "she", "he"])

    def test_marks(self):
        for text, words, expected in (("A cat with Pip ran. Pip's cat sat.", ["cat", "Pip"],
                                       "A _cat_ with _Pip_ ran. =Pip='s =cat= sat."),
                                      ("A cat named Pip ran. Tom was named Pip, too.", ["Pip"],
                                       "A cat _named Pip_ ran. Tom was named =Pip=, too."),
                                      ("_the cats_ ran. A cat", ["cat"], "_the cats_ ran. A =cat=")):
            self.assertEqual(mark(text.replace("_", GIVEN), words), expected.replace("_", GIVEN).replace("=", AGAIN))
        self.assertEqual(mark("The catfish ran.", ["cat"]), "The catfish ran.")


class WorldTest(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.tom, self.lily = Character("Tom", "he", "child", "boy"), Character("Lily", "she", "child", "girl")
        self.ball = Thing("ball", "red")
        self.world.own(self.ball, self.tom)

    def test_one_gives_what_one_holds_to_somebody_who_is_there(self):
        self.world.give(self.ball, self.tom, self.lily)
        self.assertTrue(self.world.holds(self.lily, self.ball))
        with self.assertRaises(AssertionError):
            self.world.give(self.ball, self.tom, self.lily)

    def test_nothing_is_given_from_afar(self):
        self.world.go("park", self.tom)
        with self.assertRaises(AssertionError):
            self.world.give(self.ball, self.tom, self.lily)

    def test_what_was_dropped_lies_where_it_was_dropped(self):
        self.world.go("park", self.tom)
        self.world.put(self.ball, self.tom)
        with self.assertRaises(AssertionError):
            self.world.take(self.ball, self.lily)
        self.world.take(self.ball, self.tom)


class RngTest(unittest.TestCase):
    def test_numbers_are_those_of_splitmix64(self):
        rng = Rng()
        self.assertEqual([rng.below(1 << 20) for _ in range(3)], [0xE220A, 0x6E789, 0x06C45])

    def test_keys_matter(self):
        self.assertNotEqual(Rng(1, 2).below(1 << 30), Rng(2, 1).below(1 << 30))

    def test_all_of_a_range_is_drawn(self):
        rng = Rng(7)
        self.assertEqual({rng.below(10) for _ in range(400)}, set(range(10)))


if __name__ == "__main__":
    unittest.main()
