"""The check of the documents must be able to refuse: each test gives it a document with one thing wrong."""

import tempfile
import unittest
from pathlib import Path

import check

TRANSCRIPT = """\
Text.

    $ printf 'seed 34\\nOnce upon a time there was a fox.\\nload 71 us, 19498 tok/s\\n'
    seed 34
    Once upon a time
    there was a fox.
    load 0.08 ms, 5.5 tok/s
"""


class Documents(unittest.TestCase):
    vocabulary = check.Check(check.ROOT, Path("/nowhere")).vocabulary  # asks the programs once

    def faults(self, text: str, **files: str) -> list[str]:
        self.check = check.Check(check.ROOT, Path("/nowhere"))
        self.check.vocabulary = self.vocabulary
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "README.md"
            path.write_text(text)
            self.check.document(path)
        return self.check.faults

    def good(self, text: str) -> None:
        self.assertEqual(self.faults(text), [])

    def bad(self, text: str, *reasons: str) -> None:
        faults = self.faults(text)
        self.assertEqual(len(faults), 1, faults)
        for reason in reasons:
            self.assertIn(reason, faults[0])

    # --- what is run ---

    def test_output_may_be_broken_into_other_lines_and_take_another_time(self):
        self.good(TRANSCRIPT)
        self.assertEqual(self.check.ran, 1)

    def test_an_altered_line_is_seen(self):
        for old, new in [("34\n    O", "35\n    O"), ("    there was", "    there is"), ("5.5 tok/s", "5.5 tok"), ("    seed 34\n", "")]:
            self.assertIn(old, TRANSCRIPT)
            self.bad(TRANSCRIPT.replace(old, new), "README.md:3: printf")

    def test_a_line_too_much_is_seen(self):
        self.bad(TRANSCRIPT + "    memory\n", "-memory")

    def test_dots_stand_for_any_lines_and_for_nothing_else(self):
        self.good("    $ printf '1\\n2\\n3\\n4\\n'\n    1\n    ...\n    4\n")
        self.bad("    $ printf '1\\n2\\n3\\n4\\n'\n    1\n    ...\n    5\n", "-5")
        self.bad("    $ printf '1\\n2\\n3\\n4\\n'\n    1\n    ...\n    3\n", "+4")

    def test_commands_run_on_a_terminal_and_what_was_drawn_over_is_gone(self):
        self.good("    $ test -t 1 && test -t 2 && printf 'reading 50 %%\\r\\033[Kdone\\n'\n    done\n")

    def test_a_command_that_fails_is_seen(self):
        self.bad("    $ echo so && test 1 = 2\n    so\n", "status 1")

    def test_settings_last_until_the_end_of_the_document(self):
        self.good("    $ export WORD=here\n\nText.\n\n    $ echo $WORD\n    here\n")

    def test_what_needs_absent_files_is_skipped_with_what_follows_from_it(self):
        self.good("    $ thimble convert stories260K.bin a.thm\n    no\n    $ thimble inspect a.thm\n    no\n")
        self.assertEqual(len(self.check.skipped), 2)

    # --- what is judged ---

    def test_commands_that_are_not_there(self):
        for text, reason in [
            ("thimble rum model.thm", "no such command: thimble rum"),
            ("thimble run model.thm --tmep 0", "no such option: --tmep"),
            ("thimble run model.thm --verify", "no such option: --verify"),
            ("thimble help runn", "no such command: runn"),
            ("inspect --verfy", "no such option: --verfy"),
            ("./run.sh rum", "no such command: thimble rum"),
            ("./test.sh unti", "no such group of tests: unti"),
            ("./test.sh --lits", "no such option: --lits"),
            ("cmake --preset relase", "no configure preset: relase"),
            ("cmake --build build/relase", "no preset builds in build/relase"),
            ("cmake --build --preset rv32imc", "no build preset: rv32imc"),
            ("cmake --build build/release --target quantisation", "no target: quantisation"),
            ("cmake --preset release -DTHIMBLE_BILD_CLI=ON", "no option of CMake: THIMBLE_BILD_CLI"),
            ("ctest --preset xtensa", "no test preset: xtensa"),
            ("python3 -m train.trian", "no module train.trian"),
            ("python3 -m train --smokee", "no such option: --smokee"),
            ("tests/emu/run_imag.sh rv32imc", "no such file: tests/emu/run_imag.sh"),
            ("build/release/thimbel run", "nothing builds thimbel"),
            ("sudo apt-get install g++ libcli12-dev", "no script asks for the package libcli12-dev"),
        ]:
            with self.subTest(text):
                self.bad(f"    ./run.sh\n    {text}   a remark\n", reason)
                self.bad(f"Say `{text}` now.\n", reason)

    def test_a_command_that_the_check_does_not_know_is_a_fault_of_the_check(self):
        self.bad("    ./run.sh\n    frobnicate it\n", "does not know")

    def test_all_commands_of_a_line_are_judged(self):
        self.bad("    cmake --preset release && cmake --build build/relase\n", "build/relase")
        self.bad("    echo One day | thimble rum model.thm > out.txt\n", "thimble rum")

    def test_what_is_right_passes(self):
        self.good("    ./test.sh quick unit    some\n    thimble run MODEL -p \"a b\" --temp 0 -n -1\n\n`./test.sh GROUP...`\n")
        self.good("    include/thimble/   is not a command\n\n```cpp\nthimble rum\n```\n")
        self.good("    sudo apt-get install g++ cmake qemu-system-arm\n")

    def test_paths_and_tests_that_are_not_there(self):
        self.good("`tests/unit/`, `src/kernels/ref`, `tests/faults/thm_*`, `EngineTest.*`, `KernelSets.RopeDoesNotFuse`\n")
        self.bad("`tests/unti/`\n", "no such file: tests/unti/")
        self.bad("`src/base/maths.cpp`\n", "no such file")
        self.bad("`KernelSets.RopeFuses`\n", "no such test")
        self.bad("`EngineTests.*`\n", "no such test")

    def test_links(self):
        self.good("[here](README.md#part) [there](https://example.org/no)\n")
        self.bad("[there](docs/NOWHERE.md)\n", "leads nowhere: docs/NOWHERE.md")

    def test_a_preset_without_a_word_is_seen(self):
        self.good("")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "HACKING.md"
            path.write_text(" ".join(f"`{name}`" for name in self.vocabulary.presets["configure"] if name != "tsan"))
            self.check.presets_are_documented(path)
        self.assertEqual(len(self.check.faults), 1)
        self.assertIn("preset tsan", self.check.faults[0])


if __name__ == "__main__":
    unittest.main()
