#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What every workload owes under every model: it runs with one task and with
several, gets on, is verified, and its document adds up.

usage: cell.py WORKLOAD MODEL [KEY=VALUE]      with the program in $GILBENCH
"""
import json
import os
import subprocess
import sys

TASKS = (1, 3)
REPS, SLICES, SLICE_MS = 1, 2, 20
# On a busy machine no task may get a turn in a cell's few milliseconds; that
# is a result, but here it would hide a task that cannot get on at all.
ATTEMPTS = 10


def run(workload, model, *sets):
    done = subprocess.run(
        [os.environ["GILBENCH"], "run", "--workload", workload, "--model",
         model, "--lock", "*", "--tasks", ",".join(map(str, TASKS)),
         "--reps", str(REPS), "--slices", str(SLICES),
         "--slice-ms", str(SLICE_MS), "--quiet", "--set=warmup_ms=5",
         *(f"--set={pair}" for pair in sets)],
        capture_output=True, text=True)
    sys.stderr.write(done.stderr)
    if done.returncode == 2 and "cannot run here" in done.stderr:
        sys.exit(77)
    assert done.returncode in (0, 4), f"exit code {done.returncode}"
    return json.loads(done.stdout)["cells"]


def check_latency(latency):
    if latency is not None:
        assert sum(n for _, n in latency["histogram"]) == latency["count"]
        values = [v for v, _ in latency["histogram"]]
        assert values == sorted(set(values))


def check_repetition(repetition, cell):
    assert repetition["status"] == "ok", repetition["reason"]
    assert len(repetition["slices"]) == SLICES
    assert all(s["duration_s"] > 0 for s in repetition["slices"])
    check_latency(repetition["latency_ns"])
    check_latency(repetition["service_ns"])
    assert 0 <= repetition["fairness_jain"] <= 1
    lock = repetition["lock"]
    assert (lock is None) == (cell["lock"] is None)
    for thread in repetition["threads"]:
        assert (thread["lock"] is None) == (lock is None)
    if lock:
        # Read while the tasks run: each may be amid an acquisition.
        most = lock["acquisitions"] + cell["tasks"] + cell["background_tasks"]
        assert lock["contended"] <= most
        assert lock["switches"] <= most


def got_on(cell):
    """A computing task may keep an event loop to itself: any task will do."""
    return cell["status"] != "ok" or any(
        s["steps"] or s["background_steps_per_s"]
        for r in cell["repetitions"] for s in r["slices"])


def check_cell(cell):
    assert len(cell["repetitions"]) == REPS
    assert cell["tasks"] in TASKS
    assert cell["step"]
    for repetition in cell["repetitions"]:
        check_repetition(repetition, cell)
    assert cell["summary"]["steps_per_s"]["n"] == REPS


def main():
    skipped = 0
    for _ in range(ATTEMPTS):
        cells = run(*sys.argv[1:])
        stuck = [cell["id"] for cell in cells if not got_on(cell)]
        if not stuck:
            break
    assert cells and not stuck, f"no step in any slice: {stuck}"
    for cell in cells:
        print(cell["id"], cell["status"], cell["reason"] or "")
        if cell["status"] == "skipped":
            assert cell["reason"]
            skipped += 1
            continue
        assert cell["status"] == "ok", cell["reason"]
        check_cell(cell)
    sys.exit(77 if skipped == len(cells) else 0)


main()
