#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every C file is as clang-format leaves it (`./dev format` mends it)."""
import shutil
import subprocess
import sys

import tree


def check(files):
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if not program:
        tree.skip("clang-format is not installed (./dev lint installs it)")
    version = subprocess.run([program, "--version"], capture_output=True,
                             text=True, check=True).stdout.strip()
    if " 14." not in version:
        tree.skip(f"the format is that of clang-format 14, here is {version}")
    done = subprocess.run([program, "--dry-run", "--Werror",
                           *files.files(".c", ".h")],
                          cwd=files.root, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        yield "not in format; ./dev format rewrites the files"


tree.run(check)
