#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Includes point down the layers.

The rules are two tables in docs/architecture.md: which folder may include
which, and which files may include the headers of a library.
"""
import re

import tree

DOCUMENT = "docs/architecture.md"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def table(text, title):
    """{first cell: [words of the second]} of the table headed `title`."""
    rows = {}
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if line.startswith("|") and cells[0] == title:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not cells[0].startswith("-"):
            key = cells[0].strip("`")
            rows[key] = re.findall(r"`([^`]+)`", cells[1])
    return rows


def folder_of(name, folders):
    """The longest listed folder that holds the file, or None."""
    found = [f for f in folders if name.startswith(f + "/")]
    return max(found, key=len, default=None)


def check_project(name, target, folders):
    own = folder_of(name, folders)
    other = folder_of(target, folders)
    if own is None:
        return f"{name}: its folder is not in the table of {DOCUMENT}"
    if other and other != own and other not in folders[own]:
        return f"{name}: {own} must not include {other} ({target})"
    return None


def check(files):
    text = files.text(DOCUMENT)
    folders = table(text, "folder")
    libraries = table(text, "header")
    if len(folders) < 5 or not libraries:
        yield f"{DOCUMENT}: the tables of layers are missing"
        return
    for name in files.files(".c", ".h"):
        for quote, target in INCLUDE.findall(files.text(name)):
            if quote == '"' and "/" in target:
                complaint = check_project(name, target, folders)
                if complaint:
                    yield complaint
                if not files.exists(target):
                    yield f"{name}: no such file {target}"
            allowed = libraries.get(target)
            if allowed and not name.startswith(tuple(allowed)):
                yield f"{name}: {target} belongs to {', '.join(allowed)}"


tree.run(check)
