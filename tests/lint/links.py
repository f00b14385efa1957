#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every file that the documents and comments speak of is there.

A path with a word in capitals (workloads/NAME.c), a star or angle brackets
is a pattern, not a file.
"""
import os
import re

import tree

LINK = re.compile(r"\]\(([^)\s]+)\)")
TOP = ("harness|runtime|workloads|bench|plots|results|tests|tools|docs"
       r"|\.ci")
PATH = re.compile(rf"(?<![\w/.-])(?:{TOP})/[\w./<>*{{}}-]*\w/?")
PATTERN = re.compile(r"[<>*{}]|[A-Z]{3,}")
CAPITALS = ("README", "CHANGELOG", "CONTRIBUTING", "LICENSE")
# Made by the build or by a run.
MADE = re.compile(r"bench/gilbench$|results/(?:[^/]*(?:quick|run|smoke|full)|"
                  r"history|R\.json)")


def check_links(files, name, text):
    for target in LINK.findall(text):
        target = target.split("#")[0]
        if not target or re.match(r"\w+:", target):
            continue
        path = os.path.normpath(os.path.join(os.path.dirname(name), target))
        if not files.exists(path):
            yield f"{name}: dead link {target}"


def check_paths(files, name, text):
    for match in PATH.finditer(text):
        path = match.group().rstrip(".")
        if PATTERN.search(path) and not any(c in path for c in CAPITALS):
            continue
        following = text[match.end():match.end() + 1]
        if MADE.match(path) or following in ("*", "<", "{"):
            continue
        if not files.exists(path):
            line = text.count("\n", 0, match.start()) + 1
            yield f"{name}:{line}: no such file {path}"


def check(files):
    for name in files.files(".md"):
        yield from check_links(files, name, files.text(name))
    for name in files.files(".md", ".c", ".h", ".gp", ".py", "meson.build",
                            "dev", ".ci/run"):
        yield from check_paths(files, name, files.text(name))


tree.run(check)
