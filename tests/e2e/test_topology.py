#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench topology: readable, on the PUs that it was given, exit 2 on slips."""
import os
import subprocess

PROGRAM = os.environ["GILBENCH"]
ALLOWED = sorted(os.sched_getaffinity(0))


def topology(*args, pus=None):
    def bind():
        if pus:
            os.sched_setaffinity(0, pus)
    return subprocess.run([PROGRAM, "topology", *args], text=True,
                          capture_output=True, preexec_fn=bind)


def rows_of(text, title):
    """The words of the lines of the table below `title`."""
    table = text.split(title, 1)[1].split("\n\n")[1]
    return [line.split() for line in table.splitlines()[1:]]


def check_shown():
    done = topology()
    assert done.returncode == 0 and done.stderr == "", done
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert f"{len(ALLOWED)} PU" in done.stdout
    for word in ("one_pu", "per_core", "per_pu", "compact", "scatter", "os",
                 "io_tcp_echo", "mixed_convoy", "CPU quota"):
        assert word in done.stdout, word


def check_rows():
    last = ALLOWED[-1]
    done = topology("--tasks", "1,100000", "--placement", f"pus={last}")
    rows = rows_of(done.stdout, "Where tasks would run")
    assert rows[0] == [f"pus={last}", "1", str(last)], rows
    assert rows[1][:2] == ["100000", str(last)], rows


def check_one_pu():
    """Given the last PU only, everything is there, and generators share."""
    last = ALLOWED[-1]
    done = topology("--placement", "per_core", "--tasks", "2", pus={last})
    assert done.returncode == 0, done
    rows = rows_of(done.stdout, "Where load generators would run")
    for row in rows:
        assert row[2:5] == [str(last), "shared", str(last)], row
    if len(ALLOWED) > 1:
        done = topology("--placement", f"pus={ALLOWED[0]}", pus={last})
        assert done.returncode == 2 and f"PU {last}" in done.stderr, done


def check_refused():
    for args, words in (
            (["--placement", "per_cor"], ["per_cor", "per_core"]),
            (["--placement", "pus=60000"], ["60000", str(ALLOWED[0])]),
            (["--placement", "pus=0+"], ["pus=0+2-3"]),
            (["--tasks", "0"], ["--tasks 0"]),
            (["--tasks", "1000000000"], ["--tasks"]),
            (["--tasks"], ["--tasks"]),
            (["--nothing"], ["--nothing"]),
            (["more"], ["more"])):
        done = topology(*args)
        assert done.returncode == 2 and done.stdout == "", (args, done)
        assert done.stderr.startswith("gilbench: "), (args, done)
        assert done.stderr.count("\n") == 1, (args, done)
        assert all(word in done.stderr for word in words), (args, done)


check_shown()
check_rows()
check_one_pu()
check_refused()
