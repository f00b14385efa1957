#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""10,000 connections, a task each: every model that can serves them all, and
one that cannot says which limit is in its way. Slow, so in the suite stress."""
import resource

import program
from program import document

MODELS = "gil_threads,free_threads,coop_tasks"
CELL = ("--workload", "io_tcp_echo", "--model", MODELS, "--tasks", "10000",
        "--reps", "1", "--slices", "2", "--slice-ms", "500", "--set",
        "warmup_ms=500", "--quiet")
# What a reason may name: descriptors, threads, memory, addresses; or time.
LIMITS = ("ulimit -Hn", "threads could be made", "of memory are available",
          "no answer within")


def check_many():
    for cell in document(*CELL, code=None, timeout=280)["cells"]:
        print(cell["id"], cell["status"], cell["reason"] or "")
        if cell["status"] == "ok":
            repetition, = cell["repetitions"]
            assert sum(s["steps"] for s in repetition["slices"]) > 0, cell
        else:
            assert any(limit in cell["reason"] for limit in LIMITS), cell


def check_too_few_descriptors():
    """The soft limit is raised as far as allowed, and the hard one named."""
    hard = 9000
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < hard:
        print("there are fewer descriptors than that anyhow")
        return
    cells = document(*CELL, code=None, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (256, hard)))["cells"]
    for cell in cells:
        assert cell["status"] == "skipped", cell
        for words in ("needs 10064 file descriptors", "may open 9000",
                      "ulimit -Hn"):
            assert words in cell["reason"], cell["reason"]


if __name__ == "__main__":
    program.main(globals())
