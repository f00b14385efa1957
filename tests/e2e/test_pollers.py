#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Pollers that run, and pollers that this process may not have: bad input when
named on the command line, skipped with the reason and the remedy in a plan."""
import errno
import json
import os
import resource
import signal
import tempfile
import time

from program import (await_true, children, document, forbid_calls, gilbench,
                     refused, start)

CELL = ("--workload", "io_tcp_echo", "--model", "coop_tasks", "--reps", "1",
        "--slices", "1", "--slice-ms", "20", "--quiet")

IO_URING_SETUP = 425  # the same number on every architecture


def choices():
    models = {unit["name"]: unit for unit in json.loads(
        gilbench("list", "models", "--json").stdout)["models"]}
    return {param["name"]: param for param in models["coop_tasks"]["params"]}[
        "poller"]["choices"]


def run_plan(workload="io_tcp_echo", changes=(), **options):
    plan = {"schema_version": 1, "plan": "pollers", "summary": "all of them",
            "experiments": [{"workload": workload, "model": "coop_tasks",
                             "tasks": 3, "reps": 1, "slices": 1,
                             "slice_ms": 20,
                             "set": {"poller": choices(), **dict(changes)}}]}
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "pollers.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        cells = document(path, "--quiet", **options)["cells"]
    return {cell["params"]["poller"]: cell for cell in cells}


def check_all_run_or_say_why():
    for workload, changes in (
            ("io_tcp_echo", {}), ("io_tcp_echo", {"message_bytes": 100000}),
            ("io_tcp_echo", {"rate_per_s": 1000}), ("io_pipe", {}),
            ("io_file", {"via": "poller"}), ("io_sleep", {}),
            ("io_file", {"via": "poller", "op": "write"}),
            ("io_tcp_echo", {"discipline": "snapshot"}),
            ("mixed_convoy", {"cpu_tasks": 2, "yield_steps": 1000})):
        cells = run_plan(workload, changes)
        assert cells["epoll"]["status"] == "ok", cells["epoll"]["reason"]
        for poller, cell in cells.items():
            print(cell["id"], cell["status"], cell["reason"] or "")
            assert cell["status"] == "ok" or (cell["status"] == "skipped"
                                              and cell["reason"])


def check_peer_vanishes():
    """The clients are gone in mid-run: a failed cell, and the next one runs."""
    process = start(*CELL[:-2], "1500", "--quiet", "--tasks", "3",
                    "--set", "warmup_ms=200", "--reps", "2")

    def generator():
        cells = children(process.pid)
        return cells and children(cells[0])

    await_true(generator, "a load generator")
    time.sleep(0.3)
    os.kill(generator()[0], signal.SIGKILL)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 4, process.returncode
    repetitions = json.loads(output)["cells"][0]["repetitions"]
    assert sorted(r["status"] for r in repetitions) == ["failed", "ok"]
    reasons = [r["reason"] for r in repetitions if r["reason"]]
    assert "killed by signal 9" in reasons[0], reasons


def check_forbidden(code, remedies):
    options = {"preexec_fn": lambda: forbid_calls(
        [(IO_URING_SETUP, None, code)])}
    done = refused("run", *CELL, "--set", "poller=io_uring", **options)
    assert any(remedy in done.stderr for remedy in remedies), done.stderr
    cells = run_plan(**options)
    assert cells["epoll"]["status"] == "ok", cells["epoll"]["reason"]
    assert cells["io_uring"]["status"] == "skipped"
    assert any(remedy in cells["io_uring"]["reason"] for remedy in remedies)


def check_io_uring():
    done = gilbench("run", *CELL, "--set", "poller=io_uring")
    if "this build has no" in done.stderr:
        assert done.returncode == 2, done
        assert "liburing-dev" in done.stderr, done.stderr
        return
    check_forbidden(errno.EPERM, ["seccomp", "sysctl"])
    check_forbidden(errno.ENOSYS, ["Linux 5.7"])
    check_forbidden(errno.ENOMEM, ["ulimit -l"])


def check_descriptors():
    """Too few for the connections: the cell says which limit, and the rest of
    the run goes on."""
    cells = document(*CELL, "--tasks", "2,600,5000",
                     preexec_fn=lambda: resource.setrlimit(
                         resource.RLIMIT_NOFILE, (256, 1024)))["cells"]
    for cell in cells[:2]:  # the second one by raising the soft limit
        assert cell["status"] == "ok", cell["reason"]
    assert cells[2]["status"] == "skipped"
    assert "ulimit -Hn" in cells[2]["reason"]


check_all_run_or_say_why()
check_io_uring()
check_descriptors()
check_peer_vanishes()
