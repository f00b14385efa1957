#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes the X-macro list of a unit family.

usage: unit_list.py OUTPUT.h NAME...   ->   X(cpu_loop) X(io_sleep) ...
"""
import sys

with open(sys.argv[1], "w", encoding="utf-8") as target:
    target.write("/* made from the list in meson.build */\n")
    target.write("".join(f"X({name})\n" for name in sys.argv[2:]))
