# SPDX-License-Identifier: MIT
"""The files of the source tree, for the checks beside this file."""
import os
import subprocess
import sys


def _walk(root):
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders
                      if f not in (".git", "__pycache__")
                      and not (folder == root and f.startswith("build"))]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), root)


def _tracked(root):
    """What git knows or would add; None where git cannot tell."""
    if not os.path.exists(os.path.join(root, ".git")):
        return None
    try:
        done = subprocess.run(
            ["git", "-C", root, "ls-files", "-coz", "--exclude-standard"],
            capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in done.stdout.decode().split("\0") if name]


class Tree:
    """files(".c", ".h") yields names relative to the root, sorted."""

    def __init__(self, root):
        self.root = root
        names = _tracked(root)
        names = _walk(root) if names is None else names
        self.names = sorted({n for n in names
                             if os.path.isfile(os.path.join(root, n))})

    def path(self, name):
        return os.path.join(self.root, name)

    def files(self, *endings):
        return [n for n in self.names if n.endswith(endings)]

    def text(self, name):
        with open(self.path(name), encoding="utf-8") as source:
            return source.read()

    def is_text(self, name):
        with open(self.path(name), "rb") as source:
            return b"\0" not in source.read(4096)

    def exists(self, name):
        return os.path.exists(self.path(name))


def run(check):
    """Runs check(tree), which yields complaints; exit 1 when there are any."""
    complaints = list(check(Tree(sys.argv[1])))
    for complaint in complaints:
        print(complaint)
    sys.exit(1 if complaints else 0)


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)
