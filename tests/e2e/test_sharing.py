#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Shared objects: every strategy under every model, what is unsafe and so not
run, what a run says of them in the end, and how long the world stood still."""
import json

import program
from program import document, gilbench, refused

WORKLOADS = ("shared_counter", "shared_map", "shared_refcount",
             "shared_vector")
SHORT = ("--reps", "1", "--slices", "1", "--slice-ms", "20", "--quiet")
UNSAFE = ("--workload", "shared_map", "--set", "strategy=plain")


def strategies():
    done = gilbench("list", "strategies", "--json")
    return [entry["name"] for entry in json.loads(done.stdout)["strategies"]]


def check_every_strategy():
    names = strategies()
    assert len(names) == len(set(names)) > 10, names
    ran = set()
    for workload in WORKLOADS:
        cells = document("--workload", workload, "--model",
                         "free_threads,coop_tasks", "--tasks", "2", "--set",
                         f"strategy={','.join(n for n in names if n != 'plain')}",
                         "--set", "sharing=none,read,write", *SHORT)["cells"]
        for cell in cells:
            if cell["status"] == "skipped":
                assert ("not for objects of this kind" in cell["reason"] or
                        "Concurrency Kit" in cell["reason"]), cell["reason"]
            else:
                assert cell["status"] == "ok", (cell["id"], cell["reason"])
                ran.add(cell["params"]["strategy"])
    assert {n for n in names if n[:3] != "ck_"} - ran == {"plain"}, ran


def check_the_unsafe_is_refused():
    """Named exactly it is an error; met on the way it is skipped."""
    for lock in ([], ["--lock", "null"]):
        refused("run", *UNSAFE, "--model",
                "gil_threads" if lock else "free_threads", *lock, "--tasks",
                "2", words=["strategy=plain", "at the same time"])
    cells = document(*UNSAFE, "--model", "[cfg]*_t*", "--tasks", "2",
                     *SHORT)["cells"]
    by_model = {cell["model"]: cell for cell in cells}
    assert by_model["gil_threads"]["status"] == "ok", by_model
    assert by_model["coop_tasks"]["status"] == "ok", by_model
    free = by_model["free_threads"]
    assert free["status"] == "skipped", free
    assert "at the same time" in free["reason"], free["reason"]
    # Where nothing is shared nothing can go wrong.
    cell, = document(*UNSAFE, "--model", "free_threads", "--tasks", "2",
                     "--set", "sharing=none", *SHORT)["cells"]
    assert cell["status"] == "ok", cell["reason"]


def ran_and_verified(*words):
    cells = document(*words, *SHORT)["cells"]
    for cell in cells:
        assert cell["status"] == "ok", (cell["id"], cell["reason"])
    return len(cells)


def check_a_task_alone_is_safe():
    """Nobody else is there to run at the same time, whatever the model."""
    assert ran_and_verified("--workload", ",".join(WORKLOADS), "--model",
                            "free_threads,gil_per_interpreter", "--tasks",
                            "1", "--set", "strategy=plain", "--set",
                            "sharing=read,write") == 16
    ran_and_verified("--workload", "shared_map", "--model", "coop_tasks",
                     "--tasks", "1", "--set", "strategy=plain", "--set",
                     "loops=2")
    ran_and_verified("--workload", "shared_map", "--model", "gil_threads",
                     "--lock", "null", "--tasks", "1", "--set",
                     "strategy=plain")
    refused("run", *UNSAFE, "--model", "coop_tasks", "--tasks", "2", "--set",
            "loops=2", words=["at the same time"])


def check_one_interpreter():
    """With one for all it shares and excludes as gil_threads does."""
    model = ("--model", "gil_per_interpreter", "--tasks", "3")
    one, two = ("--set", "interpreters=1"), ("--set", "interpreters=2")
    assert ran_and_verified("--workload", ",".join(WORKLOADS), *model, *one,
                            "--set", "strategy=plain") == 4
    assert ran_and_verified("--workload", "shared_map", *model, *one, "--set",
                            "strategy=object_lock,rcu,incref") == 3
    refused("run", *UNSAFE, *model, *one, "--lock", "null",
            words=["at the same time"])
    refused("run", *UNSAFE, *model, *two, words=["at the same time"])
    cell, = document("--workload", "shared_map", *model, *two, *SHORT,
                     code=4)["cells"]
    assert "which the model keeps apart" in cell["reason"], cell


def check_what_a_run_says():
    with program.folder() as folder:
        path = f"{folder}/result.json"
        done = gilbench("run", "--workload", "shared_counter", "--model",
                        "free_threads", "--tasks", "1,2", "--set",
                        "strategy=atomic,object_lock", "--reps", "2",
                        "--slices", "1", "--slice-ms", "20", "--output", path)
        assert done.returncode == 0, done.stderr
        assert "A counter that all tasks write" in done.stderr, done.stderr
        rows = [line.split()[0] for line in done.stderr.splitlines()
                if line.startswith("    ") and line.split()[1:2] != ["1"]]
        assert {"atomic", "object_lock"} <= set(rows), done.stderr
        assert max(map(len, done.stderr.splitlines())) <= 100, done.stderr


def check_the_world_stands_still():
    cells = document("--workload", "cpu_loop,io_sleep", "--model", "*",
                     "--tasks", "3", "--set", "stop_world_ms=0,1", "--set",
                     "stop_world_hold_us=50", "--set", "loops=1,2", "--reps",
                     "1", "--slices", "2", "--slice-ms", "100",
                     "--quiet")["cells"]
    stopped = {(cell["model"], cell["params"].get("loops")) for cell in cells
               if cell["status"] == "ok" and cell["params"]["stop_world_ms"]}
    assert stopped == {("gil_threads", None), ("free_threads", None),
                       ("gil_per_interpreter", None), ("coop_tasks", 1),
                       ("coop_tasks", 2)}, stopped
    for cell in cells:
        if (cell["model"] == "processes" and cell["params"]["stop_world_ms"]):
            assert "no world" in cell["reason"], cell["reason"]
            continue
        assert cell["status"] == "ok", (cell["id"], cell["reason"])
        stops = cell["repetitions"][0]["stop_world"]
        if cell["params"]["stop_world_ms"] == 0:
            assert stops is None, cell["id"]
            continue
        to_stop, pause = stops["to_stop_ns"], stops["pause_ns"]
        assert to_stop["count"] == pause["count"], cell["id"]
        if pause["count"]:
            assert pause["max"] >= to_stop["max"], (cell["id"], stops)
            assert pause["max"] >= 50000, (cell["id"], stops)
    refused("run", "--workload", "null", "--model", "coop_tasks", "--set",
            "stop_world_ms=1", "--set", "loop_lock=cpython3",
            words=["loop_lock"])


if __name__ == "__main__":
    program.main(globals())
