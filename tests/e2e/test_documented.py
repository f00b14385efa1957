#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What the documents say of the program is true of this program: commands,
exit codes, units, options."""
import os
import re
import subprocess

GILBENCH = os.environ["GILBENCH"]
ROOT = os.environ["SOURCE_ROOT"]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/method.md",
             "docs/architecture.md", "docs/glossary.md")
# Named in documents as not there yet.
LATER = {"advise", "history", "merge",
         "export", "doctor"}


def text(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as source:
        return source.read()


def output(*arguments):
    done = subprocess.run([GILBENCH, *arguments], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{arguments}: {done.stderr}"
    return done.stdout + done.stderr


def check_commands(commands):
    for name in DOCUMENTS:
        said = re.findall(r"^ {4}gilbench (\w+)|`gilbench (\w+)", text(name),
                          re.M)
        for word in {a or b for a, b in said} - LATER:
            assert word in commands, f"{name}: no command {word}"


def check_options(commands):
    for name in DOCUMENTS:
        code = text(name).replace("\\\n", " ")
        for line in re.findall(r"^ {4}gilbench (.*)$|`gilbench ([^`]*)`",
                               code, re.M):
            words = (line[0] or line[1]).split("#")[0].split()
            if not words or words[0] not in commands:
                continue
            known = output(words[0], "--help")
            for word in words[1:]:
                if word.startswith("--"):
                    assert word in known, f"{name}: {words[0]} has no {word}"


def check_exit_codes():
    header = {int(code) for code in
              re.findall(r"EXIT_\w+ = (\d+)", text("bench/command.h"))}
    table = {int(code) for code in
             re.findall(r"^\| (\d+) \|", text("README.md"), re.M)}
    assert header == table, f"exit codes: {header} in code, {table} in README"


def main():
    commands = re.findall(r"^ +(\w+)", output("--help"), re.M)
    assert "run" in commands and "list" in commands
    check_commands(commands)
    check_options(commands)
    check_exit_codes()
    for command in ("run", "list", "plot", "topology", "validate", "cell"):
        assert command in commands, f"no command {command}"
        assert len(output(command, "--help")) > 50, command


main()
