"""The tokenizer: nothing is lost, and the same text gives the same file."""

import unittest

try:
    from train.tokenizer import BOS, EOS, UNK, measure, train_tokenizer

    import sentencepiece
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed: pip install -r train/requirements.txt")

STORIES = [
    f'{name} had a {thing}. "Where is my {thing}?" asked {name}.\nIt was under the {place}. {name} was glad.'
    for name in ("Tom", "Lily", "Ben", "Mia")
    for thing in ("kite", "boat", "drum", "yellow hat")
    for place in ("chair", "old tree", "bridge", "blanket")
]
ODD = ["", "Zoë's 3 cats", "a\n\nb", "hi 🙂!", "  two  spaces ", "\t", "<|endoftext|>", "<s></s>", "x" * 300]


class TokenizerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.model = train_tokenizer(STORIES, 330)
        cls.tokenizer = sentencepiece.SentencePieceProcessor(model_proto=cls.model)

    def test_round_trip(self) -> None:
        for text in STORIES + ODD:
            ids = self.tokenizer.encode(text)
            self.assertEqual(self.tokenizer.decode(ids), text)
            self.assertNotIn(UNK, ids)

    def test_same_text_same_bytes(self) -> None:
        self.assertEqual(self.model, train_tokenizer(STORIES, 330))

    def test_special_pieces(self) -> None:
        ids = (self.tokenizer.unk_id(), self.tokenizer.bos_id(), self.tokenizer.eos_id(), self.tokenizer.pad_id())
        self.assertEqual(ids, (UNK, BOS, EOS, -1))
        self.assertEqual(self.tokenizer.get_piece_size(), 330)

    def test_measure(self) -> None:
        row = measure(self.model, STORIES, context=10)
        self.assertGreater(row["bytes_per_token"], 1.5)
        self.assertEqual(row["over_context"], 1)

    def test_too_little_text_is_told(self) -> None:
        with self.assertRaisesRegex(SystemExit, r"vocabulary of 2048: the text has pieces for \d+ at most; use more"):
            train_tokenizer(STORIES, 2048)

    def test_too_many_characters_are_told(self) -> None:
        many = "".join(map(chr, range(0x4E00, 0x4F00)))
        with self.assertRaisesRegex(SystemExit, "the different characters of the text take 516 alone; use a larger"):
            train_tokenizer([many], 400)

    def test_a_long_line_counts(self) -> None:
        # Sentencepiece passes over lines that are longer than it is told
        line = " ".join(STORIES * 20).replace("\n", " ")
        self.assertGreater(len(line), 1 << 16)
        tokenizer = sentencepiece.SentencePieceProcessor(model_proto=train_tokenizer(["It was glad. " * 9, line], 330))
        self.assertLess(len(tokenizer.encode("Where is my yellow hat?")), 18)


if __name__ == "__main__":
    unittest.main()
