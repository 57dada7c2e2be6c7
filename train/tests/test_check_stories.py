"""The counts of check_stories on stories whose faults are known."""

import unittest

try:
    from train import check_stories as check
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed: pip install -r train/requirements.txt")

TEXT = [
    'Tom and Lily went out. "Look," said Tom. Then Tom saw a bit of rope. Lily took it.',
    "The little robot sat down. A bird came. It saw the little robot. They sang.",
    "One day Tom met Bit the robot. He liked Bit. On Monday Bit and Lily and Tom were glad.",
    "Every Monday Lily and Tom and Bit sang.",
]


class CheckStoriesTest(unittest.TestCase):
    def setUp(self) -> None:
        vocabulary = {word for text in TEXT for word in check.words_of(text)}
        self.known = check.Knowledge(vocabulary, check.names_in(TEXT))

    def test_names(self) -> None:
        self.assertEqual(self.known.names, {"tom", "lily", "bit"})

    def test_repeats(self) -> None:
        self.assertTrue(check.repeats_sentence('The cat sat down. It rained. "The cat sat down!" he said.'))
        self.assertTrue(check.repeats_sentence("He ran to it. They sang. He ran to it."))
        self.assertFalse(check.repeats_sentence('"Yes!" said the little cat. "No!" said the little cat. It ran.'))
        self.assertFalse(check.repeats_sentence('"Oh no!" said Tom. Tom ran. "Oh no!" said Lily.'))

    def keeps(self, text: str) -> bool | None:
        return check.keeps_character(text, self.known.names)

    def test_character(self) -> None:
        self.assertTrue(self.keeps("Tom ran. Tom fell. It rained. Lily helped Tom. Tom sang."))
        self.assertFalse(self.keeps("Tom ran. Tom fell. It rained. Lily sat. Lily sang."))
        self.assertTrue(self.keeps("Tom ran. Tom fell. It rained. He got up. He sang."))
        self.assertTrue(self.keeps("The little robot ran. It rained. It was wet. Lily hid the little robot. All sang."))
        self.assertFalse(self.keeps("The little robot ran. It rained. It was wet. Lily came. Lily sang."))
        self.assertIsNone(self.keeps("It rained. All was wet. The sun came. All was dry."))

    def test_copies(self) -> None:
        words = ["".join(chr(97 + int(digit)) for digit in f"{i:03d}") for i in range(100)]
        texts = [" ".join(words[10:36]), " ".join(words[10:35] + ["end"]), "short", ". ".join(words[60:90]).upper()]
        finder = check.CopyFinder(texts)
        finder.show(["nothing of it", " ".join(words[:50])])
        self.assertEqual(finder.copied, {0})
        finder.show([" ".join(words[50:])])
        self.assertEqual(finder.copied, {0, 3})

    def test_copies_do_not_cross_stories(self) -> None:
        words = ["".join(chr(97 + int(digit)) for digit in f"{i:03d}") for i in range(40)]
        finder = check.CopyFinder([" ".join(words)])
        finder.show([" ".join(words[:20]), " ".join(words[20:])])
        self.assertEqual(finder.copied, set())

    def test_bars(self) -> None:
        good = check.Story("Tom", "Tom sat. Tom ran. He sang.", True)
        bad = check.Story("Tom", "Tom zzyzx. Tom ran. Lily sang.", False)
        measures = {m.name: m for m in check.measure([good] * 19 + [bad], self.known, 1)}
        self.assertAlmostEqual(measures["end"].percent, 95)
        self.assertTrue(measures["end"].passed() and measures["repeats"].passed() and measures["copied"].passed())
        self.assertIn("zzyzx", measures["words"].note)
        measures = {m.name: m for m in check.measure([bad], self.known, 1)}
        self.assertFalse(measures["end"].passed() or measures["copied"].passed() or measures["words"].passed())


if __name__ == "__main__":
    unittest.main()
