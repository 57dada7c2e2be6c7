"""Texts as people have them: the same stories come out of each, or one line that says what to do."""

import tempfile
import unittest
from pathlib import Path

from train.stories import hold_out, read_stories, write_stories

STORIES = ["Zoë had a kite.\nIt was red.", "Ben ran.\n\nHe fell.", "The end."]
CLEAN = "\n<|endoftext|>\n".join(STORIES) + "\n"


class StoriesTest(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.path = Path(self.temporary.name) / "text.txt"

    def read(self, data: bytes, *separator: str) -> list[str]:
        self.path.write_bytes(data)
        return list(read_stories(self.path, *separator))

    def test_any_dress_of_a_text_gives_the_same_stories(self) -> None:
        mark = "\ufeff"
        for name, text in {
            "clean": CLEAN,
            "CRLF": CLEAN.replace("\n", "\r\n"),
            "CR": CLEAN.replace("\n", "\r"),
            "a byte order mark": mark + CLEAN,
            "marks of files that were joined": mark + CLEAN.replace("\nBen", f"\n{mark}Ben"),
            "spaces around separators": CLEAN.replace("<|endoftext|>", "  <|endoftext|> \t\r"),
            "separators at the end of lines": CLEAN.replace("\n<|endoftext|>", "<|endoftext|>"),
            "separators within lines": CLEAN.replace("\n<|endoftext|>\n", "<|endoftext|>"),
            "separators at both ends": f"<|endoftext|>\n{CLEAN}<|endoftext|>\n\n<|endoftext|>",
        }.items():
            self.assertEqual(self.read(text.encode()), STORIES, name)

    def test_other_separators(self) -> None:
        joined = "\n***\n".join(STORIES).encode()
        self.assertEqual(self.read(joined, "***"), STORIES)
        self.assertEqual(self.read(joined), [joined.decode()])
        self.assertEqual(self.read(b"One.\nTwo.\n \r\n\r\nThree.\r\n", "blank"), ["One.\nTwo.", "Three."])
        self.assertEqual(self.read(b"One. \nTwo.\n\n  Three.", "line"), ["One.", "Two.", "Three."])
        self.assertEqual(self.read(b"a <|endoftext|> b", "line"), ["a <|endoftext|> b"])

    def test_no_story(self) -> None:
        for data in (b"", b"\xef\xbb\xbf", b" \r\n\n", b"<|endoftext|>\r\n<|endoftext|>"):
            self.assertEqual(self.read(data), [], data)

    def test_what_is_no_utf8_text_is_refused_with_a_remedy(self) -> None:
        latin = ("A" * 9000 + "\nZoë").encode("latin-1")
        for data, told in (
            (CLEAN.encode("utf-16"), "the text is UTF-16; make it UTF-8: iconv -f UTF-16 -t UTF-8 "),
            (CLEAN.encode("utf-16-le"), "the text is UTF-16LE; make it UTF-8: iconv -f UTF-16LE "),
            (CLEAN.encode("utf-16-be"), "the text is UTF-16BE; make it UTF-8: iconv -f UTF-16BE "),
            (CLEAN.encode("utf-32"), "the text is UTF-32; make it UTF-8: iconv -f UTF-32 "),
            (b"PK\3\4 something\0\0else", "byte 14 is 0, so this is no text; name a text file in UTF-8"),
            (latin, "line 2 is not UTF-8, byte 0xeb at offset 9003; if it is Windows-1252, as most texts with single "
                    "bytes are: iconv -f WINDOWS-1252 -t UTF-8 "),
        ):
            with self.assertRaises(SystemExit) as refusal:
                self.read(data)
            self.assertTrue(str(refusal.exception).startswith(f"{self.path}: {told}"), refusal.exception)
            self.assertNotIn("\n", str(refusal.exception))

    def test_no_such_file(self) -> None:
        for path, told in ((self.path, "No such file or directory"), (self.path.parent, "Is a directory")):
            with self.assertRaises(SystemExit) as refusal:
                list(read_stories(path))
            self.assertEqual(str(refusal.exception), f"{path}: {told}; name a text file")

    def test_what_is_written_can_be_read(self) -> None:
        self.assertEqual(write_stories(self.path, STORIES), 3)
        self.assertEqual(list(read_stories(self.path)), STORIES)


class HoldOutTest(unittest.TestCase):
    def test_every_twentieth_of_many(self) -> None:
        stories = [f"Story {i % 99}." for i in range(100)]  # the last repeats the first
        training, held = hold_out(stories, 2000)
        self.assertEqual(held, sorted(stories[0:100:20]))
        self.assertEqual(training, [s for s in stories if s not in held])
        self.assertEqual(len(training), 94)
        self.assertEqual(hold_out(stories, 2)[1], [stories[0], stories[50]])

    def test_the_end_of_few(self) -> None:
        long = "A dog ran home. " * 200  # 3,200 characters
        training, held = hold_out([long.strip()], 2000)
        self.assertEqual(training, [("A dog ran home. " * 191).strip()])
        self.assertEqual(held, [("A dog ran home. " * 9).strip()])
        # Whole stories of the end first, then part of the one before
        training, held = hold_out(["first", long.strip(), "last"], 2000)
        self.assertEqual(training[0], "first")
        self.assertEqual(held[0], "last")
        self.assertEqual(f"{training[1]} {held[1]}", long.strip())

    def test_text_without_sentences(self) -> None:
        training, held = hold_out(["x" * 2000], 2000)
        self.assertEqual((len(training[0]), len(held[0])), (1900, 100))

    def test_too_little(self) -> None:
        with self.assertRaisesRegex(SystemExit, "12 characters of text are too few"):
            hold_out(["Hello there."], 2000)


if __name__ == "__main__":
    unittest.main()
