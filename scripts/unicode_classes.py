#!/usr/bin/env python3
"""Writes src/text/byte_level/unicode_runs.h: which code points are letters, numbers or white space.

Usage: scripts/unicode_classes.py >src/text/byte_level/unicode_runs.h
Needs the Unicode version of the regular expressions in the package tokenizers, against which ids are compared:
pip install unicodedata2==16.0.0
"""

import sys

import unicodedata2

VERSION = "16.0.0"
OTHER, LETTER, NUMBER, SPACE = range(4)
# The property White_Space (PropList.txt), which no category equals.
WHITE_SPACE = {*range(0x09, 0x0E), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
RUNS_PER_BLOCK = 64


def class_of(code_point):
    if code_point in WHITE_SPACE:
        return SPACE
    return {"L": LETTER, "N": NUMBER}.get(unicodedata2.category(chr(code_point))[0], OTHER)


def find_runs():
    """[class, length] of neighbours alike, up to the last that are not OTHER."""
    runs = []
    for code_point in range(0x110000):
        kind = class_of(code_point)
        if runs and runs[-1][0] == kind:
            runs[-1][1] += 1
        else:
            runs.append([kind, 1])
    return runs[:-1]


def encoded(kind, length):
    """Class in the lower two bits of length x 4, seven bits a byte, the lowest first."""
    value, out = length << 2 | kind, []
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return out + [value]


def lines_of(numbers, form):
    line = " "
    for number in numbers:
        word = form.format(number)
        if len(line) + len(word) + 2 > 120:
            yield line
            line = " "
        line += f" {word},"
    yield line


def main():
    if unicodedata2.unidata_version != VERSION:
        sys.exit(f"unicodedata2 is of Unicode {unicodedata2.unidata_version}, expected {VERSION}")
    data, first_code_points, first_bytes, code_point = [], [], [], 0
    for number, (kind, length) in enumerate(find_runs()):
        if number % RUNS_PER_BLOCK == 0:
            first_code_points.append(code_point)
            first_bytes.append(len(data))
        data += encoded(kind, length)
        code_point += length
    print("// Made by scripts/unicode_classes.py from Unicode " + VERSION + ". Do not edit.")
    print("//\n// Runs of code points of one class: length x 4 + class, seven bits a byte, the lowest first, the eighth set where")
    print("// more follow. Behind the last run all are kOther. kRunBlocks names every 64th run, for a start near the end.")
    print("#pragma once\n\n#include <cstdint>\n\n// clang-format off\nnamespace thimble::byte_level {\n")
    print(f"inline constexpr uint32_t kRunsEnd = {code_point};  // the first code point behind the last run\n")
    print("struct RunBlock {\n  uint32_t code_point;  // where its first run begins\n  uint32_t byte;        // where that stands\n};")
    print("inline constexpr RunBlock kRunBlocks[] = {")
    print("\n".join(lines_of(zip(first_code_points, first_bytes), "{{{0[0]}, {0[1]}}}")))
    print("};\n\ninline constexpr uint8_t kRuns[] = {")
    print("\n".join(lines_of(data, "{}")))
    print("};\n\n}  // namespace thimble::byte_level")


if __name__ == "__main__":
    main()
