#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What workloads mean under each model, without asking how fast they are:
work that adds up, threads that are where the document says, locks that count,
and the sizes that are promised."""
import json
import os
import resource
import signal
import subprocess
import tempfile
import time

import program
from program import document

ALLOWED = sorted(os.sched_getaffinity(0))
SHORT = ("--reps", "1", "--slices", "2", "--slice-ms", "30", "--quiet")


def cells_of(*args, code=0, **options):
    result = document(*args, code=code, **options)
    return [cell for cell in result["cells"] if fine(cell)]


def fine(cell):
    """False where its tasks would need of each other what they do not have,
    and where this build lacks a library."""
    if cell["status"] == "skipped" and "this build has no" in cell["reason"]:
        return False
    apart = cell["model"] in ("processes", "gil_per_interpreter")
    if cell["status"] == "skipped" and apart:
        assert "its tasks share" in cell["reason"], (cell["id"],
                                                     cell["reason"])
        return False
    assert cell["status"] == "ok", (cell["id"], cell["reason"])
    return True


def one(*args, **options):
    """The only repetition of the only cell, and the cell."""
    cell, = cells_of(*args, **options)
    return cell["repetitions"][0], cell


def warned(result):
    return {warning["code"] for warning in result["warnings"]}


def expand(tasks):
    """ "0-4:2,7" is 0, 2, 4, 7."""
    numbers = []
    for part in tasks.split(","):
        bounds, _, stride = part.partition(":")
        first, _, last = bounds.partition("-")
        numbers += range(int(first), int(last or first) + 1, int(stride or 1))
    return numbers


def places(cell):
    """The PU of each task, by the task's number."""
    found = {task: binding["pu"] for binding in cell["bindings"]
             for task in expand(binding["tasks"])}
    total = cell["tasks"] + cell["background_tasks"]
    assert sorted(found) == list(range(total)), cell["bindings"]
    return [found[task] for task in range(total)]


def check_counts():
    """Rates are steps by time; every task is counted."""
    for cell in cells_of("--workload", "cpu_loop,micro_handoff,io_sleep",
                         "--tasks", "2,5", *SHORT):
        repetition, = cell["repetitions"]
        assert len(repetition["task_steps"]) == cell["tasks"], cell["id"]
        assert len(repetition["slices"]) == 2, cell["id"]
        for slice_ in repetition["slices"]:
            rate = slice_["steps"] / slice_["duration_s"]
            assert abs(rate - slice_["steps_per_s"]) <= 1e-6 * rate, cell["id"]


def check_threads():
    """A thread a task, or one for all, where the bindings say."""
    for cell in cells_of("--workload", "cpu_loop", "--tasks", "1,3", *SHORT):
        threads = cell["repetitions"][0]["threads"]
        where = [thread["pu"] for thread in threads]
        if cell["model"] == "coop_tasks":
            assert where == [places(cell)[0]] and len(set(places(cell))) == 1
        else:
            assert where == places(cell)


def check_placements():
    last = ALLOWED[-1]
    policies = {"one_pu": lambda pus: len(set(pus)) == 1,
                "per_pu": lambda pus: set(pus) == set(ALLOWED[:len(pus)]),
                "os": lambda pus: set(pus) == {None},
                f"pus={last}": lambda pus: set(pus) == {last}}
    for policy, holds in policies.items():
        _, cell = one("--workload", "null", "--model", "free_threads",
                      "--tasks", str(len(ALLOWED)), "--placement", policy,
                      *SHORT)
        assert cell["placement"] == policy and holds(places(cell)), cell


def check_crowd():
    """More tasks than places is said, and never hidden."""
    args = ("--workload", "null", "--model", "free_threads", *SHORT)
    many = str(len(ALLOWED) + 1)
    assert "more_tasks_than_places" in warned(document(*args, "--tasks", many))
    assert "more_tasks_than_places" not in warned(document(*args))
    # an event loop has one place for all its tasks: that is its nature
    loop = document("--workload", "null", "--model", "coop_tasks", "--tasks",
                    many, *SHORT)
    assert "more_tasks_than_places" not in warned(loop)


def check_generator():
    """A generator has a PU of its own, or shares one with a warning."""
    for cell in cells_of("--workload", "io_tcp_echo", "--tasks", "2", *SHORT):
        assert cell["generator_pu"] in ALLOWED
        if len(ALLOWED) > 1:
            assert cell["generator_pu"] not in places(cell), cell["id"]
    first = ALLOWED[0]
    result = document("--workload", "io_tcp_echo,mixed_convoy", *SHORT,
                      preexec_fn=program.on_pus({first}))
    assert "generator_shares_pu" in warned(result)
    for cell in result["cells"]:
        assert cell["status"] == "ok", (cell["id"], cell["reason"])
        assert cell["generator_pu"] == first
        assert set(places(cell)) == {first}
    assert result["context"]["topology"]["allowed_pus"] == str(first)


def check_one_pu():
    """Everything runs on a machine with one PU."""
    first = ALLOWED[0]
    result = document("smoke", "--reps", "1", "--slices", "1", "--slice-ms",
                      "20", "--quiet", preexec_fn=program.on_pus({first}))
    for cell in filter(fine, result["cells"]):
        assert set(places(cell)) == {first}, cell["id"]


def check_locks():
    """Every lock counts; what it counts is consistent; no lock, no count."""
    args = ("--workload", "cpu_loop,micro_switch", "--tasks", "1,3", *SHORT)
    for cell in (
            cells_of(*args, "--model", "gil_t*,coop*,free*", "--lock", "*") +
            cells_of(*args, "--model", "gil_per*", "--lock", "fifo,pypy")):
        repetition, = cell["repetitions"]
        lock = repetition["lock"]
        if cell["lock"] is None:
            assert not cell["model"].startswith("gil_"), cell["id"]
            assert cell["lock"] is None and lock is None, cell["id"]
            assert "lock_wait_s_per_s" not in cell["summary"], cell["id"]
            continue
        # each task may be between two counters when they are read
        most = lock["acquisitions"] + cell["tasks"]
        for count in ("contended", "switches", "forced"):
            assert 0 <= lock[count] <= most, (cell["id"], count, lock)
        assert lock["wait_s"] >= 0, cell["id"]
        alone = cell["model"] == "gil_per_interpreter"
        if cell["tasks"] == 1 or alone:
            assert lock["switches"] == 0, (cell["id"], lock)


def check_interpreters():
    """Tasks wait for those of their own interpreter only; a library has one
    lock, which is no interpreter's own."""
    for n in (1, 2, 4):
        repetition, cell = one("--workload", "cpu_loop", "--model",
                               "gil_per_interpreter", "--tasks", "4", "--set",
                               f"interpreters={n}", *SHORT)
        assert cell["lock"] == "cpython3"
        for thread in repetition["threads"]:
            assert thread["lock"]["contended"] == 0 or n < 4, cell["id"]
        waited = repetition["lock"]["wait_s"] > 0
        assert waited == (n < 4), (cell["id"], repetition["lock"])
    skipped, = document("--workload", "null", "--model", "gil_per_interpreter",
                        "--lock", "libpyth?n", *SHORT, code=4)["cells"]
    assert skipped["status"] == "skipped", skipped


def check_processes():
    """Workers of their own: counted in memory and CPU time, dealt to places,
    and their death is what the cell says."""
    for workers, tasks in ((0, 3), (1, 2), (3, 3)):
        repetition, cell = one("--workload", "cpu_loop", "--model",
                               "processes", "--tasks", str(tasks), "--set",
                               f"workers={workers}", *SHORT)
        count = workers or min(len(ALLOWED), tasks)
        assert repetition["processes"]["count"] == 1 + count, cell["id"]
        assert repetition["processes"]["own_bytes"] > 0, cell["id"]
        assert repetition["rss_bytes"] >= repetition["processes"]["own_bytes"]
        assert len(repetition["threads"]) == tasks
        assert repetition["cpu_s"] > 0 or not sum(repetition["task_steps"])
    _, cell = one("--workload", "null", "--model", "free_threads", *SHORT)
    assert cell["repetitions"][0]["processes"] is None
    cell, = document("--workload", "micro_handoff", "--model", "processes",
                     "--tasks", "2", *SHORT, code=4)["cells"]
    assert cell["status"] == "skipped" and "memory" in cell["reason"]
    program.refused("trace", "cpu_loop/processes:mutex/tasks=2",
                    words=["other processes"])


def check_pool():
    """Fewer threads than tasks: steps are jobs of a pool, all tasks get on,
    and none has a place; work that is one long job cannot be done so."""
    args = ("--tasks", "5", "--set", "threads=2", *SHORT)
    for cell in cells_of("--workload", "mixed_request,cpu_json", "--model",
                         "gil_threads,free_threads", *args, "--slice-ms",
                         "200"):
        repetition, = cell["repetitions"]
        assert len(repetition["threads"]) == 2, cell["id"]
        assert [t["pu"] for t in repetition["threads"]] == [
            ALLOWED[i % len(ALLOWED)] for i in range(2)], cell["id"]
        assert cell["bindings"] == [{"pu": None, "tasks": "0-4"}]
        assert len(repetition["task_steps"]) == 5
        assert min(repetition["task_steps"]) > 0, cell["id"]
    for cell in document("--workload", "cpu_loop,io_tcp_echo", "--model",
                         "free_threads", *args, code=4)["cells"]:
        assert cell["status"] == "skipped", cell["id"]
        assert "one long job" in cell["reason"], cell["id"]
    repetition, cell = one("--workload", "cpu_loop", "--model",
                           "free_threads", "--tasks", "2", "--set",
                           "threads=2", *SHORT)
    assert cell["bindings"][0]["pu"] is not None


def check_loops():
    """Tasks are dealt to loops, each in a thread where the bindings say; those
    of different loops wake each other."""
    for workload in ("cpu_loop", "micro_handoff"):
        repetition, cell = one("--workload", workload, "--model",
                               "coop_tasks", "--tasks", "5", "--set",
                               "loops=2", *SHORT)
        threads = repetition["threads"]
        assert [t["pu"] for t in threads] == places(cell)[:2], cell["id"]
        assert places(cell) == [places(cell)[i % 2] for i in range(5)]
    few, = cells_of("--workload", "null", "--model", "coop_tasks", "--set",
                    "loops=9", *SHORT)
    assert len(few["repetitions"][0]["threads"]) == 1, "one task, one loop"
    program.refused("trace", "cpu_loop/coop_tasks/tasks=2/loops=2",
                    words=["one event loop"])
    locked, = document("--workload", "null", "--model", "coop_tasks", "--set",
                       "loops=2", "--set", "loop_lock=fifo", *SHORT,
                       code=4)["cells"]
    assert "one loop" in locked["reason"], locked


def check_dead_worker():
    """One worker is killed while all run: the cell has failed, and says so."""
    with tempfile.TemporaryFile("w+") as out:
        run = subprocess.Popen(
            [program.GILBENCH, "run", "--workload", "cpu_loop", "--model",
             "processes", "--tasks", "2", "--set", "workers=2", "--reps", "1",
             "--slices", "1", "--slice-ms", "3000", "--quiet"], stdout=out,
            stderr=subprocess.DEVNULL)
        worker = None
        while worker is None and run.poll() is None:
            cells = program.children(run.pid)
            workers = [w for cell in cells for w in program.children(cell)]
            worker = workers[0] if len(workers) == 2 else None
        time.sleep(0.3)
        os.kill(worker, signal.SIGKILL)
        assert run.wait(60) == 4
        out.seek(0)
        cell, = json.load(out)["cells"]
    assert cell["status"] == "failed", cell
    assert "was killed by signal 9" in cell["reason"], cell["reason"]


def check_shared_interpreter():
    """One Lua for several tasks needs a lock that excludes, or one loop; else
    it is refused by name and skipped in a glob."""
    args = ("--workload", "cpu_lua", "--set", "state=shared", *SHORT)
    first = document("--workload", "cpu_lu?", *SHORT, "--model", "gil_threads",
                     "--tasks", "1", code=None)["cells"][0]
    if first["status"] == "skipped":
        print(first["reason"])
        return
    for model in ("gil_threads", "coop_tasks"):
        assert len(cells_of(*args, "--model", model, "--tasks", "1,3")) == 2
    for alone in ("free_threads", "gil_per_interpreter"):
        assert len(cells_of(*args, "--model", alone, "--tasks", "1")) == 1
    assert len(cells_of(*args, "--model", "gil_per_interpreter", "--tasks",
                        "3", "--set", "interpreters=1")) == 1
    for wrong in (("--model", "free_threads"),
                  ("--model", "gil_per_interpreter"),
                  ("--model", "coop_tasks", "--set", "loops=2"),
                  ("--model", "gil_threads", "--lock", "null")):
        program.refused("run", *args, *wrong, "--tasks", "2",
                        words=["one Lua", "refused"])
    cell, = document(*args, "--model", "free*", "--tasks", "2",
                     code=4)["cells"]
    assert cell["status"] == "skipped" and "one Lua" in cell["reason"], cell
    # What a process changes is not what another one sees.
    cell, = document(*args, "--model", "processes", "--tasks", "1",
                     code=4)["cells"]
    assert "which the model keeps apart" in cell["reason"], cell
    program.refused("trace", "cpu_lua/gil_threads:null/tasks=2/state=shared",
                    words=["refused"])


def check_convoy():
    """A loop whose CPU-bound tasks never yield serves nobody: a result."""
    repetition, cell = one("--workload", "mixed_convoy", "--model",
                           "coop_tasks", "--set", "cpu_tasks=2", *SHORT,
                           "--slice-ms", "200")
    assert cell["params"]["yield_steps"] == 0
    assert cell["background_tasks"] == 2
    assert [s["steps"] for s in repetition["slices"]] == [0, 0]
    assert repetition["steps_per_s"] == 0
    assert repetition["latency_ns"] is None
    assert repetition["background_steps_per_s"] > 0
    assert cell["summary"]["steps_per_s"]["median"] == 0
    # the same tasks without a loop, or when they yield, let it be served
    for args in (["--model", "free_threads"],
                 ["--model", "coop_tasks", "--set", "yield_steps=10000"]):
        repetition, _ = one("--workload", "mixed_convoy", *args, "--reps", "1",
                            "--slice-ms", "200", "--quiet")
        assert sum(repetition["task_steps"]) > 0, args
        assert repetition["latency_ns"]["count"] > 0, args


def check_release():
    """Native code that lets the lock go takes it again each time."""
    acquired = {}
    for cell in cells_of("--workload", "cpu_compress", "--model",
                         "gil_threads", "--tasks", "2", "--set",
                         "release=yes,no", *SHORT):
        repetition, = cell["repetitions"]
        steps = sum(repetition["task_steps"])
        if cell["params"]["release"] == "yes":
            # one acquisition a step; both are read while the tasks go on
            assert repetition["lock"]["acquisitions"] >= steps - 4
        acquired[cell["params"]["release"]] = repetition["lock"]
    assert set(acquired) == {"yes", "no"}


def check_executor():
    """Blocking calls go where the cell says."""
    for cell in cells_of("--workload", "io_blocking_call", "--model",
                         "coop_tasks", "--tasks", "4", "--set",
                         "via=inline,executor", *SHORT, "--slice-ms", "200"):
        jobs = cell["repetitions"][0]["loop"]["executor_jobs"]
        assert (jobs > 0) == (cell["params"]["via"] == "executor"), cell["id"]


def check_statistics():
    """One process is one value; below six there is no interval."""
    for reps, has in (("5", False), ("6", True)):
        cell, = cells_of("--workload", "null", "--model", "free_threads",
                         "--reps", reps, "--slices", "3", "--slice-ms", "10",
                         "--quiet")
        values = sorted(r["steps_per_s"] for r in cell["repetitions"])
        metric = cell["summary"]["steps_per_s"]
        assert metric["n"] == len(values) == int(reps)
        assert (metric["low"] is not None) == has
        assert (metric["high"] is not None) == has
        if has:
            assert (metric["low"], metric["high"]) == (values[0], values[-1])
        assert values[0] <= metric["median"] <= values[-1]
        for repetition in cell["repetitions"]:
            rates = sorted(s["steps_per_s"] for s in repetition["slices"])
            assert repetition["steps_per_s"] == rates[1]


def check_many_tasks():
    """10,000 tasks on one event loop, each with its turns, verified."""
    for workload in ("micro_switch", "micro_handoff", "io_sleep"):
        repetition, cell = one("--workload", workload, "--model", "coop_tasks",
                               "--tasks", "10000", "--reps", "1", "--slices",
                               "2", "--slice-ms", "200", "--quiet")
        steps = repetition["task_steps"]
        assert set(steps) == {"min", "q1", "median", "q3", "max"}
        assert len(repetition["threads"]) == 1, cell["id"]


def threads_allowed(n):
    """May this user have so many threads more?"""
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0]
    if 0 <= limit < n + 1000:
        return False
    for path in ("/sys/fs/cgroup/pids.max", "/proc/sys/kernel/threads-max"):
        try:
            with open(path, encoding="utf-8") as file:
                text = file.read().strip()
        except OSError:
            continue
        if text != "max" and int(text) < n + 1000:
            return False
    return True


def check_many_threads():
    """2,000 threads under one lock, verified."""
    if not threads_allowed(2000):
        print("2,000 threads are not allowed here: not tried")
        return
    for workload in ("null", "micro_handoff"):
        repetition, _ = one("--workload", workload, "--model", "gil_threads",
                            "--tasks", "2000", "--reps", "1", "--slices", "2",
                            "--slice-ms", "200", "--quiet")
        assert repetition["threads"] is None, "2,000 are too many to list"
        assert set(repetition["task_steps"]) == {"min", "q1", "median", "q3",
                                                 "max"}


if __name__ == "__main__":
    program.main(globals())
