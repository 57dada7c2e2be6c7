"""Holds the documents against the project: every command that they print, and what they show in answer to it.

    python3 tests/documents/check.py [--shared FOLDER] [DOCUMENT...]

Commands behind a prompt ($) are run, in a folder of their own, and their output is compared; times and the memory of the
process may differ, and a line "..." stands for anything. All others, in blocks and in the prose, are only judged: the
command, its options, the preset, the group of tests must exist, and so must paths and tests that the prose names. Links must
lead somewhere. Status 1 says that a document is wrong. What needs ../shared is skipped by name where that is not."""

import argparse
import difflib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import markdown
import transcript
from vocabulary import Vocabulary, simple_commands

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = ("*.md", "docs/*.md", "models/*.md", "train/**/*.md", "bench/*.md")

# Files that readers bring: where they lie in ../shared.
INPUTS = {
    "stories260K.bin": "models/stories260K/stories260K.bin",
    "tok512.bin": "models/stories260K/tok512.bin",
    "stories.txt": "eval/tinystories_tail.txt",
}


class Check:
    def __init__(self, root: Path, shared: Path):
        self.root = root
        self.shared = shared
        self.vocabulary = Vocabulary(root, root / "build/release/thimble")
        self.ran = self.judged = 0
        self.skipped: list[markdown.Command] = []
        self.faults: list[str] = []

    def document(self, path: Path) -> None:
        document = markdown.read(path, self.vocabulary.knows)
        for number, target in document.links:
            file = target.split("#")[0]
            if "://" not in target and file and not (path.parent / file).exists():
                self.faults.append(f"{path}:{number}: leads nowhere: {target}")
        for command in document.mentions + document.commands:
            self.judged += 1
            if fault := self.vocabulary.fault(command.text):
                self.faults.append(f"{command}\n  {fault}")
        with tempfile.TemporaryDirectory() as folder:
            self.transcripts([c for c in document.commands if c.output is not None], Path(folder))

    def transcripts(self, commands: list[markdown.Command], folder: Path) -> None:
        absent = self.lay_out(folder)
        settings = ""  # what a shell would keep from command to command
        for command in commands:
            words = {word for words in simple_commands(command.text) for word in words}
            if words & absent:
                self.skipped.append(command)
                absent |= {word for word in words if word.endswith(".thm")}  # nor is what it would have written
            elif command.text.startswith(("export ", "cd ")):
                settings += command.text + "\n"
            else:
                self.compare(command, *transcript.run(settings + command.text, folder, dict(os.environ)))

    def lay_out(self, folder: Path) -> set[str]:
        """A checkout to look at, without a way to write into ours; returns the inputs that are not to be had."""
        for name in ("build", "docs", "models", "tests", "train"):
            if (self.root / name).exists():
                (folder / name).symlink_to(self.root / name)
        for name in ("run.sh", "test.sh"):
            (folder / name).write_text(f'#!/usr/bin/env bash\nexec "{self.root / name}" "$@"\n')
            (folder / name).chmod(0o755)
        for name, source in INPUTS.items():
            if (self.shared / source).exists():
                shutil.copy(self.shared / source, folder / name)
        return {name for name in INPUTS if not (folder / name).exists()}

    def compare(self, command: markdown.Command, status: int, real: str) -> None:
        self.ran += 1
        if status != 0:
            self.faults.append(f"{command}\n  ends with status {status}:\n{real}")
        elif not transcript.agrees(command.output, real):
            difference = difflib.unified_diff(command.output, real.splitlines(), "document", "real", lineterm="")
            self.faults.append(f"{command}\n" + "\n".join("  " + line for line in difference))

    def presets_are_documented(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        for preset in sorted(self.vocabulary.presets["configure"]):
            if f"`{preset}`" not in text:
                self.faults.append(f"{path}: says nothing of the preset {preset}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path, metavar="DOCUMENT")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("THIMBLE_SHARED", ROOT.parent / "shared")))
    arguments = parser.parse_args()

    check = Check(ROOT, arguments.shared)
    for path in arguments.documents or sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern)):
        check.document(path)
    if not arguments.documents:
        check.presets_are_documented(ROOT / "HACKING.md")
    for command in check.skipped:
        print(f"SKIPPED, needs {arguments.shared}: {command}")
    for fault in check.faults:
        print(fault)
    print(f"{check.ran} commands run and compared, {check.judged} judged, {len(check.skipped)} skipped, {len(check.faults)} faults")
    return 1 if check.faults else 0


if __name__ == "__main__":
    sys.exit(main())
