#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every file that is to be built, embedded or run stands in the list of the
nearest meson.build: a file that is not listed is silently left out."""
import os
import re

import tree

KINDS = (".c", ".S", ".gp", ".py")
# Where .json is embedded; elsewhere it is data that tests find by themselves.
EMBEDDED = ("bench/plans/", "results/schema/", "workloads/data/")
# Modules of other scripts.
FREE = ("tests/lint/tree.py", "tests/e2e/program.py", "tests/tally.py")
PREFIXES = ("cmd_", "test_")


def nearest_meson(files, name):
    folder = os.path.dirname(name)
    while not files.exists(os.path.join(folder, "meson.build")):
        folder = os.path.dirname(folder)
    return os.path.join(folder, "meson.build")


def is_listed(name, meson, words):
    stem = os.path.splitext(os.path.basename(name))[0]
    names = [stem, os.path.relpath(name, os.path.dirname(meson) or ".")]
    names += [stem[len(p):] for p in PREFIXES if stem.startswith(p)]
    names += [os.path.basename(name)]
    return any(word in words for word in names)


def check(files):
    words = {}
    names = [n for n in files.files(".json") if n.startswith(EMBEDDED)]
    for name in names + files.files(*KINDS):
        if name.startswith(FREE) or os.path.basename(name).startswith("."):
            continue
        meson = nearest_meson(files, name)
        if meson not in words:
            code = re.sub(r"#.*", "", files.text(meson))
            words[meson] = set(re.findall(r"'([^']*)'", code))
        if not is_listed(name, meson, words[meson]):
            yield f"{name}: not in {meson}, so it is not used"


tree.run(check)
