"""What may be typed in this project: commands, groups of tests, presets, options. Asked from the programs themselves, so
that a renamed option or a dropped preset makes every sentence about it wrong."""

import json
import re
import shlex
import subprocess
from functools import cached_property
from pathlib import Path

TOOLS = {".", "apt-get", "cd", "cpack", "echo", "export", "git", "pip", "pkg-config", "printf", "source", "sudo", "test"}
PATH = re.compile(r"(apps|bench|cmake|docs|firmware|include|models|ports|scripts|src|tests|tools|train)/[\w./*-]*")
TEST = re.compile(r"([A-Z]\w+)\.([A-Z]\w+|\*)")  # as GoogleTest names them
SOURCE_FOLDERS = ("apps", "bench", "cmake", "firmware", "ports", "scripts", "src", "tests", "tools", "train")


class Vocabulary:
    def __init__(self, root: Path, thimble: Path):
        self.root = root
        self.thimble = thimble

    # --- what there is ---

    @cached_property
    def commands(self) -> dict[str, set[str]]:
        """Options by command of the program; "" are the program's own."""
        names = re.findall(r"^  ([a-z]+) ", self._help().split("Subcommands:")[1].split("\n\n")[0], re.M)
        return {name: set(self._options(self._help(name))) for name in ["", *names]}

    @cached_property
    def groups(self) -> set[str]:
        return {line.split()[0] for line in self._said("./test.sh", "--list").splitlines()}

    @cached_property
    def presets(self) -> dict[str, set[str]]:
        """Names by kind: configure, build, test."""
        presets = json.loads((self.root / "CMakePresets.json").read_text())
        return {
            kind: {p["name"] for p in presets[f"{kind}Presets"] if not p.get("hidden")}
            for kind in ("configure", "build", "test")
        }

    @cached_property
    def sources(self) -> str:
        """All that is not a document, in one text: a cheap way to ask whether an option is mentioned anywhere."""
        files = [self.root / "run.sh", self.root / "test.sh"]
        for folder in SOURCE_FOLDERS:
            files += [f for f in (self.root / folder).rglob("*") if f.suffix in (".cpp", ".h", ".py", ".sh", ".cmake")]
        return "\n".join(f.read_text(encoding="utf-8") for f in sorted(files) if "documents" not in f.parts)

    @cached_property
    def build_files(self) -> str:
        files = [self.root / "CMakeLists.txt", *self.root.glob("cmake/*.cmake")]
        for folder in SOURCE_FOLDERS:
            files += (self.root / folder).rglob("CMakeLists.txt")
        return "\n".join(f.read_text(encoding="utf-8") for f in files)

    @cached_property
    def packages(self) -> str:
        scripts = [self.root / "run.sh", self.root / "scripts/groups.sh", self.root / "scripts/emulators.sh"]
        return re.sub(r"[()\s]+", " ", " ".join(script.read_text() for script in scripts))

    # --- what is asked about it ---

    def knows(self, text: str) -> bool:
        """Whether a line begins as something that we can judge."""
        first, _, rest = text.partition(" ")
        if PATH.fullmatch(text) or TEST.fullmatch(text):
            return True
        if first in ("thimble", "cmake", "ctest", "python3", *TOOLS) or re.fullmatch(r"--[a-z][a-z0-9-]+", first):
            return True
        if first in self.commands:  # `inspect --verify`
            return rest.startswith("-")
        return first.startswith("./") or (rest != "" and re.fullmatch(r"(build|scripts|tests)/[\w./*-]+", first) is not None)

    def fault(self, text: str) -> str:
        """What is wrong with a line of commands, a path or the name of a test; nothing: ""."""
        if PATH.fullmatch(text):
            return "" if "NAME" in text or any(self.root.glob(text.rstrip("/"))) else f"no such file: {text}"
        if test := TEST.fullmatch(text):
            name = r"\w" if test[2] == "*" else rf"{test[2]}\b"
            return "" if re.search(rf"\({test[1]}, ?{name}", self.sources) else f"no such test: {text}"
        for words in simple_commands(text):
            if fault := self._fault(words):
                return fault
        return ""

    def _fault(self, words: list[str]) -> str:
        first, rest = words[0], words[1:]
        if first in ("thimble", "build/release/thimble"):
            return self._fault_of_program(rest)
        if first in self.commands:
            return self._fault_of_program(words)
        if first == "./run.sh":
            return self._fault_of_program(rest) if rest and rest[0] != "--yes" else ""
        if first == "./test.sh":
            return self._fault_of_tests(rest)
        if first in ("cmake", "ctest"):
            return self._fault_of_cmake(first, rest)
        if first == "python3":
            return self._fault_of_python(rest)
        if first in ("sudo", "apt-get"):
            return self._fault_of_packages(words)
        if first in TOOLS:
            return ""
        if first.startswith("--"):
            return self._unknown_option(words)
        if first.startswith("build/"):
            name = Path(first).name
            return self._unknown_option(rest) if self._builds(name) else f"nothing builds {name}"
        if first.startswith(("./", "tests/", "scripts/")):
            return self._unknown_option(rest) if (self.root / first).exists() else f"no such file: {first}"
        return f"{first}: this check does not know the command"

    def _fault_of_program(self, words: list[str]) -> str:
        command = words[0] if words and not words[0].startswith("-") else ""
        if command == "help":
            return next((f"no such command: {w}" for w in words[1:] if w not in self.commands and not placeholder(w)), "")
        if placeholder(command):
            return ""
        if command not in self.commands:
            return f"no such command: thimble {command}"
        for word in words:
            if re.match(r"--?[A-Za-z]", word) and word.split("=")[0] not in self.commands[command]:
                return f"thimble {command}: no such option: {word}"
        return ""

    def _fault_of_tests(self, words: list[str]) -> str:
        for word in words:
            if not word.startswith("-") and not placeholder(word) and word not in self.groups:
                return f"no such group of tests: {word}"
        return self._unknown_option(words)

    def _fault_of_packages(self, words: list[str]) -> str:
        packages = words[words.index("install") + 1 :] if "install" in words else []
        for package in packages:
            if not package.startswith("-") and f" {package} " not in self.packages:
                return f"no script asks for the package {package}"
        return ""

    def _fault_of_cmake(self, tool: str, words: list[str]) -> str:
        kind = "test" if tool == "ctest" else "build" if "--build" in words else "configure"
        for word, following in zip(words, words[1:] + [""]):
            if word == "--preset" and following not in self.presets[kind]:
                return f"no {kind} preset: {following}"
            if word in ("--build", "--install") and following and not following.startswith("-"):
                if following.removeprefix("build/") not in self.presets["configure"]:
                    return f"no preset builds in {following}"
            if word == "--target" and not self._builds(following):
                return f"no target: {following}"
            if option := re.match(r"-D(?!CMAKE_)(\w+)", word):
                if not re.search(rf"(option|set)\({option[1]}\b", self.build_files):
                    return f"no option of CMake: {option[1]}"
        return ""

    def _fault_of_python(self, words: list[str]) -> str:
        if words[:1] != ["-m"] or words[1] in ("venv", "unittest"):
            return ""
        module = self.root / words[1].replace(".", "/")
        if not module.with_suffix(".py").exists() and not (module / "__main__.py").exists():
            return f"no module {words[1]}"
        return self._unknown_option(words[2:])

    def _builds(self, target: str) -> bool:
        return re.search(rf"\b{re.escape(target)}\b", self.build_files) is not None

    def _unknown_option(self, words: list[str]) -> str:
        options = [word.split("=")[0] for word in words if re.match(r"--[a-z]", word)]
        return next((f"no such option: {option}" for option in options if option not in self.sources), "")

    # --- how it is found out ---

    def _said(self, *command: str) -> str:
        return subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True).stdout

    def _help(self, *command: str) -> str:
        return self._said(str(self.thimble), *command, "--help")

    @staticmethod
    def _options(help_text: str) -> list[str]:
        return [name for names in re.findall(r"^  (-\S+)", help_text, re.M) for name in names.split(",")]


def placeholder(word: str) -> bool:
    return word.isupper()


def simple_commands(text: str) -> list[list[str]]:
    """The words of each command of a line: (a && b) | c > file."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    redirected = False
    for word in lexer:
        if set(word) <= set("&|;()"):
            commands.append([])
        elif word in ("<", ">", ">>"):
            redirected = True
        elif redirected:
            redirected = False
        else:
            commands[-1].append(word)
    return [words for words in commands if words]
