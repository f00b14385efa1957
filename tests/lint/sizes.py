#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""No C file above 500 lines, no function above 70, no line above 80 columns.

A function begins where `{` stands in the first column and ends at the next
`}` there, as clang-format leaves it.
"""
import tree

FILE_LINES = 500
FUNCTION_LINES = 70
COLUMNS = 80


def long_functions(lines):
    start = 0
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > FUNCTION_LINES:
                yield start, number - start - 1
            start = 0


def check(files):
    for name in files.files(".c", ".h"):
        lines = files.text(name).splitlines()
        if len(lines) > FILE_LINES:
            yield f"{name}: {len(lines)} lines; is there a second idea inside?"
        for number, length in long_functions(lines):
            yield f"{name}:{number}: a function of {length} lines"
        for number, line in enumerate(lines, 1):
            if len(line) > COLUMNS:
                yield f"{name}:{number}: {len(line)} columns"


tree.run(check)
