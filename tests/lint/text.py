#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the files say: no unfinished work, no places outside the project, a
licence line in every source, clean whitespace, data and scripts that parse.
"""
import json
import re
import subprocess

import tree

SOURCES = (".c", ".h", ".py", ".gp", "dev", ".ci/run")
DATA = ("workloads/data/", "tests/fuzz/document/", "tests/fuzz/plan/")
# Written so that no pattern matches its own line.
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HAC[K])\b")
OUTSIDE = re.compile(
    r"\b(?:deb|security|ftp|registry|pypi|mirrors?)\.[a-z]+\.(?:org|com|net)\b"
    r"|(?<![\w.~$}])/(?:home|root|work|workspace|Users)/")


def check_lines(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        at = f"{name}:{number}"
        if UNFINISHED.search(line):
            yield f"{at}: unfinished work; finish it or open an issue"
        if OUTSIDE.search(line):
            yield f"{at}: a place outside the project"
        if line != line.rstrip():
            yield f"{at}: white space at the end of the line"
        if "\t" in line and name.endswith(SOURCES):
            yield f"{at}: a tab"
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    if "\r" in text:
        yield f"{name}: carriage returns"


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError(f"a key stands twice among {keys}")
    return dict(pairs)


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def check_parses(files, name, text):
    try:
        if name.endswith(".json"):
            json.loads(text, object_pairs_hook=no_duplicates,
                       parse_constant=no_constant)
        elif name.endswith(".py") or text.startswith("#!/usr/bin/python3"):
            compile(text, name, "exec")
    except (ValueError, SyntaxError) as error:
        yield f"{name}: {error}"
    for shell in ("sh", "bash"):
        if re.match(rf"#!.*\b{shell}\n", text):
            done = subprocess.run([shell, "-n", files.path(name)],
                                  capture_output=True, text=True)
            if done.returncode:
                yield done.stderr


def check(files):
    for name in files.names:
        if name.startswith(DATA) or not files.is_text(name):
            continue
        text = files.text(name)
        yield from check_lines(name, text)
        yield from check_parses(files, name, text)
        if name.endswith(SOURCES) and "SPDX-License-Identifier" not in "".join(
                text.splitlines()[:2]):
            yield f"{name}: no SPDX line at the top"


tree.run(check)
