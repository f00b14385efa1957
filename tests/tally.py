#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Counts the results in meson's test logs (one JSON object a line).

usage: tally.py [--broken N] LOG...     N: steps that failed before any test
"""
import argparse
import collections
import json
import os
import sys

PASSED = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP",)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--broken", type=int, default=0)
    parser.add_argument("logs", nargs="*")
    options = parser.parse_args()
    count = collections.Counter(failed=options.broken)
    for log in filter(os.path.exists, options.logs):
        with open(log, encoding="utf-8") as lines:
            for result in (json.loads(line)["result"] for line in lines):
                kind = ("passed" if result in PASSED else
                        "skipped" if result in SKIPPED else "failed")
                count[kind] += 1
    text = f"{count['passed']} passed, {count['failed']} failed"
    if count["skipped"]:
        text += f", {count['skipped']} skipped"
    print(text)
    sys.exit(1 if count["failed"] or not count["passed"] else 0)


main()
