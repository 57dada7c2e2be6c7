"""`python3 -m train --text FILE`, as a command: what works, and what is refused before it costs anything."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from train import engine
from train.stories import read_stories

try:
    from train.tests.test_train_smoke import toy_text
except ImportError as error:
    raise unittest.SkipTest(f"{error.name} is not installed: pip install -r train/requirements.txt")


class OwnTextTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        if not engine.program().exists():
            raise unittest.SkipTest(f"{engine.program()} is missing: build it, or set THIMBLE_BIN")
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = Path(cls.temporary.name)
        cls.stories = list(read_stories(toy_text(cls.folder, 150, 1)))

    def command(self, *options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "train", "--threads", "1", *map(str, options)]
        return subprocess.run(command, cwd=engine.ROOT, capture_output=True, text=True, check=False)

    def test_a_text_of_ones_own(self) -> None:
        # One line of ninety thousand characters, Windows' line end and mark
        text, out = self.folder / "own.txt", self.folder / "own"
        text.write_text("\ufeff" + " ".join(" ".join(self.stories).split()) + "\r\n", encoding="utf-8")
        options = ["--text", text, "--out", out, "--shape", "32,64,1,2,1,400", "--context", "128", "--batch", "8",
                   "--count", "2", "--name", "mine", "--prompt", "One day", "--prompt", "- A dog",
                   "--chat-template", "Q: {prompt} A:"]
        done = self.command(*options, "--steps", "4")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"training   1 stories, .*; cut 1 longer than 128 into \d+ windows")
        told = engine.thimble("inspect", out / "mine" / "mine-q4.thm").stdout.decode()
        for line in ("context      128", "prompt.0: One day", "prompt.1: - A dog", "chat.template: Q: {prompt} A:"):
            self.assertIn(f"{line}\n", told)
        self.assertRegex((out / "report.md").read_text(), r"Held-out passages: \d\d")
        # Not training again, other prompts: the model is converted anew
        done = self.command(*options[:-6], "--prompt", "Two days", "--steps", "8")
        self.assertIn("steps      4 became 8, which share 2: going on from there", done.stderr)
        self.assertIn("prompt.0: Two days\n", engine.thimble("inspect", out / "mine" / "mine-q4.thm").stdout.decode())
        text.write_text("Another text. " * 1000)
        self.assertIn("corpus.txt there was made with another text; use another --out", self.command(*options).stderr)

    def test_what_cannot_be_trained_on_leaves_the_folder_free(self) -> None:
        text, out = self.folder / "small.txt", self.folder / "small"
        options = ["--text", text, "--out", out, "--steps", "2", "--count", "1"]
        small = "\n".join(self.stories[:4])
        for data, more, told in (
            (None, [], "small.txt: No such file or directory; name a text file"),
            (b"", [], "small.txt: no text in it; name a file with stories separated by lines <|endoftext|>"),
            (small.encode("utf-16"), [], "small.txt: the text is UTF-16; make it UTF-8"),
            (small.encode(), ["--shape", "32,64,1,2,1,4000"],
             r"a vocabulary of 4000: the text has pieces for \d+ at most; use more text, or a smaller vocabulary"),
            (small.encode(), ["--shape", "32,64,1,2,1,330"],
             r"\d+ rows of text are too few for batches of 16; use more text, or --batch \d+ or less"),
            (small.encode(), ["--shape", "32,64,1,2,1,330", "--batch", "2", *["--prompt", "x"] * 1100],
             "thimble convert failed: .* about entries, the most a file may have"),
        ):
            if data is not None:
                text.write_bytes(data)
            done = self.command(*options, *more)
            self.assertEqual(done.returncode, 1, told)
            self.assertRegex(done.stderr.splitlines()[-1], told)
            self.assertNotIn("Traceback", done.stderr)
        done = self.command(*options, "--shape", "32,64,1,2,1,330", "--batch", "2")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_options_are_refused_before_anything_is_made(self) -> None:
        for options, told in (
            (["--chat-template", "{prompt}{prompt}"], "write {prompt} once, where the user's words go"),
            (["--context", "8"], "context 8: 16 to 65,536"),
            (["--shape", "64,160,5,0,1,1024"], "a number below 1"),
            (["--shape", "64,160,5,4,1,100000"], "vocabulary 100000: 260 to 65,536"),
        ):
            done = self.command("--out", self.folder / "refused", *options)
            self.assertEqual(done.returncode, 2)
            self.assertIn(told, done.stderr)
        self.assertFalse((self.folder / "refused").exists())


if __name__ == "__main__":
    unittest.main()
