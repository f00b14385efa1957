#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every header compiles alone, so that the order of includes never matters.

usage: headers.py ROOT COMPILER [FLAG...]
"""
import concurrent.futures
import os
import subprocess
import sys

import tree

FLAGS = ["-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
         "-Wno-unused-function", "-fsyntax-only"]


def complaint(root, compiler, name):
    done = subprocess.run([*compiler, *FLAGS, "-I", root, "-x", "c",
                           "-include", os.path.join(root, name), os.devnull],
                          capture_output=True, text=True)
    if done.returncode:
        return f"{name} does not compile alone:\n{done.stderr}"
    return None


def check(files):
    compiler = sys.argv[2:]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(lambda name: complaint(files.root, compiler, name),
                           files.files(".h"))
    yield from filter(None, answers)


tree.run(check)
