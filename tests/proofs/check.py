#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Lets spin prove, or refute, what a model of a lock policy claims, and shows
that the proofs can fail: with one rule of the policy left out, they do.

usage: check.py MODEL.pml CC...
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

SAFETY = ["-DSAFETY", "-DNOCLAIM"]
DEPTH = "-m1000000"

STARVES = "acceptance cycle"
BOTH_HOLD = "assertion violated (holders==1)"

# What the rules of `loan` are for: each one as it stands in the model, the
# text without it, and what spin finds then.
LOAN_RULES = {
    "visits cost credit": (r"credit > -MOST -> credit--",
                           "credit > -MOST -> skip", STARVES),
    "a loan ends": (r"\(lent && credit > -MOST\)", "(lent)", STARVES),
    "a visit is ended": (r"(overdue -> )drop\[holder\] = true", r"\1skip",
                         STARVES),
    "requests made in vain are noted": (
        r"drop\[me\] = drop\[me\] \|\|.*?\n\s+"
        r"\(nempty\(queue\) && due_for_queue\)", "skip", STARVES),
    "a permit is taken back, not copied": (
        r"may_visit && turn\[owner\] ->", "may_visit ->", BOTH_HOLD),
}


class Model:
    def __init__(self, path, compiler, folder):
        self.compiler = compiler
        self.folder = folder
        with open(path, encoding="utf-8") as file:
            self.text = file.read()

    def tool(self, *command):
        done = subprocess.run(command, cwd=self.folder, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, f"{command}: {done.stdout}"
        return done.stdout

    def spin(self, *options):
        return self.tool("spin", "-P" + " ".join(self.compiler) + " -E -x c",
                         *options, "model.pml")

    def errors(self, define=None, claim=None, text=None):
        """What the verifier says against the claim; nothing: it holds. All
        runs with a claim are under weak fairness."""
        with open(os.path.join(self.folder, "model.pml"), "w",
                  encoding="utf-8") as file:
            file.write(text or self.text)
        self.defines = ["-D" + define] if define else []
        self.spin("-a", *self.defines)
        self.tool(*self.compiler, "-O1", "-w", "-DCOLLAPSE",
                  *(SAFETY if claim is None else []), "-o", "pan", "pan.c")
        said = self.tool("./pan", "-w20", DEPTH,
                         *(["-a", "-f", "-N", claim] if claim else []))
        found = re.findall(r"^pan:1: (.*)", said, re.M)
        counted = int(re.search(r"errors: (\d+)", said)[1])
        assert bool(counted) == bool(found), said
        assert found or "too small" not in said, said
        return found

    def trail(self):
        """The last counter-example: (what leads to it, what goes round)."""
        said = self.spin("-t", *self.defines)
        before, cycle = said.split("<<<<<START OF CYCLE>>>>>")
        return tuple(re.findall(r"^ +(thread .*)", part, re.M)
                     for part in (before, cycle))


def holds(what, errors):
    assert not errors, f"{what}: {errors}"
    print("holds:", what)


def refuted(what, errors, by=STARVES):
    assert errors and errors[0].startswith(by), f"{what}: {errors or 'holds'}"
    print("refuted:", what)


def check_cpython3(model):
    holds("mutual exclusion, and no wake-up is lost", model.errors("TURNS"))
    holds("who waits for a thread that computes is served",
          model.errors("COMPUTING", "served"))
    refuted("who waits for a thread that drops often is served",
            model.errors("CHATTY", "served"))
    refuted("who is not served is not woken in vain for ever",
            model.errors("CHATTY", "not_in_vain"))
    cycle = model.trail()[1]
    assert set(cycle) == {"thread 0 is woken in vain", "thread 1 asks",
                          "thread 1 takes", "thread 1 drops"}, cycle
    print("the inverse convoy goes round like this:", *cycle[-12:],
          sep="\n  ")


def check_handing_over(model):
    holds("mutual exclusion, and somebody can always go on", model.errors())
    holds("who waits is served", model.errors(None, "served"))


def check_loan(model):
    check_handing_over(model)
    for rule, (old, new, by) in LOAN_RULES.items():
        text, n = re.subn(old, new, model.text, flags=re.S)
        assert n == 1, f"{rule}: stands {n} times in the model"
        refuted(f"who waits is served, without the rule: {rule}",
                model.errors(None, "served", text), by)


CHECKS = {"cpython3": check_cpython3, "fifo": check_handing_over,
          "loan": check_loan}


def main(path, *compiler):
    for tool in ("spin", compiler[0]):
        if not shutil.which(tool):
            print(f"skipped: there is no {tool} here")
            return 77
    name = os.path.splitext(os.path.basename(path))[0]
    with tempfile.TemporaryDirectory() as folder:
        CHECKS[name](Model(path, compiler, folder))
    return 0


sys.exit(main(*sys.argv[1:]))
