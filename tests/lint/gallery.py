#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every figure has an entry in the gallery of plots/README.md: what it is
called, how to read it, a picture that is there, and the command that `./dev
gallery` makes it with. No picture is left over, and all are small."""
import os
import re

import tree

README = "plots/README.md"
PICTURES = "docs/img/"
BYTES = 1500000  # all of them: everybody clones them
# Figures of other documents than results.
OTHERS = ("comparison", "timeline")
ENTRY = re.compile(r"^### `(\w+)`\n\n(.+?)(?=^##)", re.M | re.S)
PICTURE = re.compile(r"!\[([^\]]*)\]\(\.\./(docs/img/[\w.]+)\)")
COMMAND = re.compile(r"^    gilbench plot (\S+)( --figure (\w+))?$", re.M)


def names(files):
    found = re.search(r"figure_names = \[(.*?)\]",
                      files.text("plots/meson.build"), re.S)
    return re.findall(r"'(\w+)'", found.group(1)) + list(OTHERS)


def check_entry(files, name, body):
    picture = PICTURE.search(body)
    command = COMMAND.search(body)
    if len(body.split("\n\n")[0]) < 40 or body.startswith("!"):
        yield f"{README}: {name}: does not say how to read it"
    if not picture or picture.group(2) != f"{PICTURES}{name}.svg":
        yield f"{README}: {name}: no picture {PICTURES}{name}.svg"
    elif not files.exists(picture.group(2)):
        yield f"{picture.group(2)} is not there: ./dev gallery makes it"
    elif len(picture.group(1)) < 10:
        yield f"{README}: {name}: its picture has no words"
    if not command or (command.group(3) or name) != name:
        yield f"{README}: {name}: no command that makes the picture"
    elif not files.exists(command.group(1)):
        yield f"{README}: {name}: no reference {command.group(1)}"
    elif (command.group(3) is None) != (name in OTHERS):
        yield f"{README}: {name}: --figure is for results"


def check(files):
    entries = dict(ENTRY.findall(files.text(README)))
    for name in names(files):
        if name in entries:
            yield from check_entry(files, name, entries.pop(name))
        else:
            yield f"{README}: no entry for the figure {name}"
    for name in entries:
        yield f"{README}: an entry for {name}, which is no figure"
    pictures = [n for n in files.names if n.startswith(PICTURES)]
    for name in pictures:
        stem = os.path.splitext(os.path.basename(name))[0]
        if stem not in names(files):
            yield f"{name}: of no figure"
    size = sum(os.path.getsize(files.path(n)) for n in pictures)
    if size > BYTES:
        yield f"{PICTURES}: {size} bytes of pictures, more than {BYTES}"


tree.run(check)
