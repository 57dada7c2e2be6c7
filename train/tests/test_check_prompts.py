"""The prompts of a stranger, and what is counted of the stories that they begin."""

import unittest
from pathlib import Path

try:
    from train import check_prompts as check
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed: pip install -r train/requirements.txt")

from train import prompts
from train.check_stories import Story
from train.corpus import generate
from train.prompts import Prompt


class PromptsTest(unittest.TestCase):
    def test_they_are_many_and_the_same_every_time(self) -> None:
        told = prompts.prompts()
        self.assertEqual(len({p.text for p in told}), 300)
        self.assertEqual(told, prompts.prompts())
        self.assertEqual(told[:50], prompts.prompts(50))
        self.assertGreater(sum(bool(p.hero) for p in told), 200)
        self.assertGreater(sum(bool(p.thing) for p in told), 100)

    def test_they_hold_what_they_name(self) -> None:
        for prompt in [*prompts.prompts(), *prompts.prompts(100, familiar=True)]:
            self.assertIn(prompt.hero.lower(), prompt.text.lower())
            self.assertIn(prompt.thing.lower(), prompt.text.lower())

    def test_they_share_nothing_with_the_corpus(self) -> None:
        self.assertEqual(prompts.shared(generate(1, index).text for index in range(3000)), [])

    def test_what_they_share_is_seen(self) -> None:
        self.assertEqual(prompts.shared(["The walrus sat."]), ["walrus"])
        first = prompts.prompts()[0].text
        self.assertIn(first, prompts.shared([first + " and a dog."]))


class MeasuresTest(unittest.TestCase):
    def story(self, opening: str, told: str, ended: bool = True) -> Story:
        return Story(opening, opening + told, ended)

    def test_said_again(self) -> None:
        story = self.story("A shoe for Gus", " was lost. gus's friend had two shoes.")
        self.assertTrue(check.said_again(story, "Gus") and check.said_again(story, "shoe"))
        self.assertFalse(check.said_again(self.story("Gus", " ran. Gust came."), "Gus"))

    def test_invented_words(self) -> None:
        story = self.story("Zorb sat.", " Zorb's dog laughed at Lily and Cog. He had a cupcum.")
        self.assertEqual(check.invented(story), ["cupcum"])

    def test_some_are_shown_the_same_every_time(self) -> None:
        told = [(Prompt(f"Gus {i}", "Gus"), self.story(f"Gus {i}", " ran.\nHe sat.")) for i in range(30)]
        shown = check.drawn(told, 10)
        self.assertEqual(len(set(shown)), 10)
        self.assertEqual(shown, check.drawn(told, 10))
        self.assertRegex(shown[0], r"^> \*\*Gus \d+\*\* ran\.\n>\n> He sat\.$")

    def test_prompts_of_others(self) -> None:
        others = check.read_prompts(Path(check.__file__).with_name("grimm.tsv"))
        self.assertEqual(len(others), 30)
        self.assertEqual(others[1], Prompt("Hans in Luck", "Hans"))
        for prompt in others:
            self.assertIn(prompt.hero.lower(), prompt.text.lower())

    def test_measures(self) -> None:
        good = (Prompt("Gus and the key", "Gus", "key"), self.story("Gus and the key", ". Gus took the key."))
        bad = (Prompt("Gus", "Gus"), self.story("Gus", " ran. He ran to it. They sang. He ran to it. A zzyzx", ended=False))
        found = {m.name: m for m in check.measure([good] * 3 + [bad], [bad])}
        self.assertEqual({name: m.percent for name, m in found.items()},
                         {"hero": 75, "familiar": 0, "thing": 100, "invented": 25, "end": 75, "repeats": 25})
        self.assertFalse(any(m.passed() for name, m in found.items() if name != "thing"))
        self.assertTrue(found["thing"].passed())


if __name__ == "__main__":
    unittest.main()
