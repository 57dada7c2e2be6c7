"""What a Markdown file tells its reader to type, and what it shows in answer."""

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Command:
    document: Path
    line: int
    text: str
    output: list[str] | None = None  # the lines shown below it; None: the document shows none

    def __str__(self) -> str:
        return f"{self.document}:{self.line}: {self.text}"


@dataclass
class Document:
    path: Path
    commands: list[Command] = field(default_factory=list)  # in blocks: to be typed, in this order
    mentions: list[Command] = field(default_factory=list)  # in the prose, between backquotes
    links: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Block:
    """Lines of code, indented by four or between fences of a shell; other languages are none of our business."""

    first_line: int
    lines: list[str]


def read(path: Path, is_command) -> Document:
    """`is_command(text)`: whether a line of code without a prompt is something to type."""
    document = Document(path)
    blocks, prose = split(path.read_text(encoding="utf-8").splitlines())
    for block in blocks:
        document.commands += commands_of(path, block, is_command)
    for number, line in prose:
        spans = re.findall(r"`([^`]+)`", line)
        document.mentions += [Command(path, number, span) for span in spans if is_command(span)]
        document.links += [(number, target) for target in re.findall(r"\]\(([^)\s]+)\)", line)]
    return document


def split(lines: list[str]) -> tuple[list[Block], list[tuple[int, str]]]:
    blocks: list[Block] = []
    prose: list[tuple[int, str]] = []
    fence = None  # the language of the fence we are in
    in_block = False
    for number, line in enumerate(lines, 1):
        if line.startswith("```"):
            fence = line[3:].strip() if fence is None else None
            in_block = False
            continue
        code = line if fence in ("", "sh", "console") else line[4:] if fence is None and line.startswith("    ") else None
        if code is not None:
            if not in_block:
                blocks.append(Block(number, []))
            blocks[-1].lines.append(code)
            in_block = True
        elif fence is None:
            in_block = in_block and not line.strip()  # an empty line does not end an indented block
            if in_block:
                blocks[-1].lines.append("")
            prose.append((number, line))
    return blocks, prose


def commands_of(path: Path, block: Block, is_command) -> list[Command]:
    """A block with prompts is a transcript: what follows a command is its output. In one without, each line is a command,
    with a remark behind two spaces; or the block is something else altogether."""
    numbered = list(enumerate(block.lines, block.first_line))
    commands: list[Command] = []
    if any(line.startswith("$ ") for line in block.lines):
        for number, line in numbered:
            if line.startswith("$ "):
                commands.append(Command(path, number, line[2:], []))
            elif commands:
                commands[-1].output.append(line)
        return commands
    if not is_command(block.lines[0]):
        return []
    return [Command(path, number, re.split(r"  +| # ", line)[0]) for number, line in numbered if line.strip()]
