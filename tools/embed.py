#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Turns files into a C table, so that the program finds its plans, figures,
schemas and inputs wherever it is installed.

usage: embed.py OUTPUT.c SYMBOL FILE...
"""
import os
import sys


def c_bytes(data):
    lines = []
    for at in range(0, len(data), 20):
        lines.append("    " + "".join(f"{b}," for b in data[at:at + 20]))
    return "\n".join(lines)


def main():
    output, symbol, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    parts = ['#include "harness/base/embed.h"\n']
    rows = []
    for i, name in enumerate(names):
        with open(name, "rb") as source:
            data = source.read()
        parts.append(f"static const unsigned char file_{i}[] = {{\n"
                     f"{c_bytes(data)}0}};\n")
        rows.append(f'    {{"{os.path.basename(name)}", file_{i}, '
                    f"{len(data)}}},")
    parts.append(f"const struct embedded_file {symbol}[] = {{")
    parts.extend(rows)
    parts.append("    {0},\n};")
    with open(output, "w", encoding="utf-8") as target:
        target.write("\n".join(parts) + "\n")


main()
