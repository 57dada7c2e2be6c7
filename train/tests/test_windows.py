"""Long texts are cut into windows that count every token once and begin and end with sentences."""

import random
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np

    from train.evaluate import passages
    from train.tokenizer import BOS, EOS, load_tokenizer, train_tokenizer
    from train.windows import sentence_ends, windows
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed: pip install -r train/requirements.txt")

SENTENCES = ["Tom had a red kite.", "\"Look at it!\" said Mia.", "It flew over the big tree…", "\"Where is it?\"",
             "Ben was sad."]


class WindowsTest(unittest.TestCase):
    def test_every_token_counts_once(self) -> None:
        rng = np.random.default_rng(5)
        for trial in range(400):
            context = int(rng.integers(16, 80))
            start, length = int(rng.integers(0, 50)), int(rng.integers(2, 600))
            ends = rng.random(start + length) < rng.choice([0.0, 0.05, 0.5, 1.0])
            cut = list(windows(start, start + length, context, ends))
            counted = [token for w in cut for token in range(w.counted, w.end)]
            self.assertEqual(counted, list(range(start + 1, start + length)), trial)
            self.assertEqual((cut[0].start, cut[-1].end), (start, start + length))
            for before, after in zip(cut, cut[1:]):
                self.assertLessEqual(before.end - before.start, context)
                self.assertGreater(before.end - before.start, context - context // 4 - 1)
                overlap = after.counted - after.start
                self.assertTrue(context // 8 <= overlap <= context // 4, (context, overlap))
            self.assertLessEqual(cut[-1].end - cut[-1].start, context)

    def test_what_fits_is_one_window(self) -> None:
        self.assertEqual(list(windows(7, 7 + 64, 64, np.zeros(80, dtype=bool))), [(7, 8, 71)])
        self.assertEqual(list(windows(0, 65, 64, np.zeros(65, dtype=bool))), [(0, 1, 64), (48, 64, 65)])

    def test_windows_end_and_begin_with_sentences(self) -> None:
        ends = np.zeros(200, dtype=bool)
        ends[[45, 55, 60, 99]] = True  # 60 is the last in the last quarter of 0..64; 55 the first in the overlap
        self.assertEqual(list(windows(0, 100, 64, ends)), [(0, 1, 61), (45, 61, 100)])


class TextTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.path = Path(cls.temporary.name) / "tokenizer.model"
        rng = random.Random(2)
        cls.text = " ".join(rng.choice(SENTENCES) + ("\n" if rng.random() < 0.1 else "") for _ in range(300)).strip()
        cls.path.write_bytes(train_tokenizer([cls.text], 320))
        cls.tokenizer = load_tokenizer(cls.path)

    def test_sentence_ends(self) -> None:
        text = "Tom ran. \"Stop!\" said Mia (3.5 km off). Oh…\nThe end"
        ids = [BOS, *self.tokenizer.encode(text), EOS]
        parts, begin = [], 1
        for i in np.flatnonzero(sentence_ends(np.array(ids), self.tokenizer)):
            parts.append(self.tokenizer.decode(ids[begin : i + 1]).strip())
            begin = i + 1
        # "off)." ends one, "3." does not; a line ends behind its dots
        self.assertEqual(parts, ["Tom ran.", "\"Stop!\"", "said Mia (3.5 km off).", "Oh…", ""])

    def test_passages_are_the_text(self) -> None:
        short = "Tom had a red kite."
        cut = passages([short, self.text], self.path, 128)
        self.assertEqual(cut[0], short)
        self.assertEqual("".join("".join(cut[1:]).split()), "".join(self.text.split()))
        for passage in cut:
            self.assertLessEqual(len(self.tokenizer.encode(passage)) + 2, 128)
            self.assertIn(passage[-1], ".!?…\"", passage)


if __name__ == "__main__":
    unittest.main()
