# SPDX-License-Identifier: MIT
"""Peers: selected by name only, refused with a reason, and a tiny run of the
plan, whose table says of each goal what was measured."""
import json
import os
import sys

import program

TINY = ("--reps", "1", "--slices", "1", "--slice-ms", "10", "--set",
        "warmup_ms=5")
FLOOR = ("--model", "peer", "--set", "program=floor")


def peer_of(cell):
    return cell["params"].get("program")


def check_only_by_name():
    for models in ((), ("--model", "*"), ("--model", "p*")):
        done = program.gilbench("run", "--workload", "micro_switch", *models,
                                "--dry-run")
        assert "/peer/" not in done.stdout + done.stderr, done.stdout
    cell, = program.document("--workload", "micro_switch", *FLOOR, *TINY,
                             "--quiet", code=None)["cells"]
    assert cell["model"] == "peer" and peer_of(cell) == "floor"


def check_what_it_cannot_do():
    program.refused("run", "--workload", "micro_switch", "--model", "peer",
                    words=("cannot run here", "program="))
    program.refused("run", "--workload", "micro_switch", "--model", "peer",
                    "--set", "program=nobody", words=("program=nobody",))
    for workload, says in (("cpu_loop", "no peer does"),
                           ("io_tcp_echo", "other work")):
        cell, = program.document("--workload", workload, *FLOOR, *TINY,
                                 "--quiet", code=4)["cells"]
        assert cell["status"] == "skipped" and says in cell["reason"], cell


def check_all_tasks_take_turns():
    """A ring: no task is more than a step ahead of another."""
    for tasks in (2, 7):
        cell, = program.document(
            "--workload", "micro_switch", *FLOOR, "--tasks", str(tasks), *TINY,
            "--slice-ms", "100", "--quiet")["cells"]
        steps = cell["repetitions"][0]["task_steps"]
        assert len(steps) == tasks and min(steps) > 0, steps
        # The edges are read while they run.
        assert max(steps) - min(steps) < 0.5 * max(steps), steps


def cell_of(program_name, *args):
    cell, = program.document("--model", "peer", "--set",
                             f"program={program_name}", *args, *TINY,
                             "--quiet")["cells"]
    assert cell["status"] == "ok", cell["reason"]
    return cell


def check_timers():
    """Fifty timers expire about a thousand times a second each, and stand
    again; or are cancelled. A busy machine may take the PU away for all of a
    slice, but not three times in a row."""
    for op in ("expire", "cancel"):
        for _ in range(3):
            cell = cell_of("own_timers", "--workload", "micro_timer",
                           "--tasks", "50", "--set", f"op={op}", "--set",
                           "span_us=2000", "--slice-ms", "100")
            steps = cell["repetitions"][0]["task_steps"]
            if sum(steps) > 50:
                break
        assert sum(steps) > 50, steps
    cell, = program.document("--workload", "micro_timer", "--model",
                             "coop_tasks", "--set", "op=cancel", *TINY,
                             "--quiet", code=4)["cells"]
    assert cell["status"] == "skipped" and "own_timers" in cell["reason"], cell


def check_sleepers():
    """How late they are is a latency, and never less than nothing."""
    for name in ("epoll", "libev", "libevent", "libuv", "asyncio"):
        done = program.gilbench("run", "--workload", "io_sleep", "--model",
                                "peer", "--set", f"program={name}", *TINY,
                                "--slice-ms", "50", "--quiet")
        if done.returncode == 2:
            assert "cannot run here" in done.stderr, done.stderr
            continue
        cell, = json.loads(done.stdout)["cells"]
        assert cell["status"] == "ok", cell["reason"]


def check_plan_has_all_goals():
    """A row of the figure that no cell of the plan can fill is a goal that
    nobody sees: each table selects some cell, and has its own."""
    done = program.gilbench("run", "peers", "--dry-run")
    assert done.returncode == 0, done.stderr
    cells = [line.split()[0] for line in
             (done.stdout + done.stderr).splitlines() if "/tasks=" in line]
    for what in ("micro_spawn/coop_tasks", "unjoined=500000", "program=asyncio",
                 "io_sleep/coop_tasks", "program=own_timers",
                 "micro_switch/coop_tasks/tasks=1000000", "op=cancel",
                 "io_tcp_echo/coop_tasks/tasks=1000", "linger_us=50"):
        assert any(what in cell for cell in cells), what


ROWS = ("Yield among 2 tasks", "Spawn and join, warm",
        "Spawn, cold, with a guard", "Executor, 1 us job, sleeping")


def tiny_plan(path):
    """What it says. On a busy machine a cell of a few milliseconds may have
    made no step, and its row is left out: then it is run again. Memory that
    the C library fills is touched, and 8 MB of it may take a slice."""
    environment = {**os.environ, "MALLOC_PERTURB_": "0"}
    for _ in range(5):
        done = program.gilbench("run", "peers", "--tasks", "1,2", *TINY,
                                "--output", path, "--force", env=environment)
        assert done.returncode == 0, done.stderr
        if all(row in done.stderr for row in ROWS):
            return done
    raise AssertionError(done.stderr)


def check_tiny_plan():
    with program.folder() as folder:
        path = f"{folder}/peers.json"
        done = tiny_plan(path)
        cells = program.valid(path)["cells"]
        for cell in cells:
            known = cell["status"] == "ok" or (
                cell["status"] == "skipped" and "built without" in
                cell["reason"])
            assert known, (cell["id"], cell["status"], cell["reason"])
        programs = {peer_of(cell) for cell in cells}
        assert {"floor", "epoll", "boost_context", None} <= programs, programs
        assert "best of the others" in done.stderr, done.stderr
        done = program.gilbench("plot", path, "--figure", "peers", "--format",
                                "term")
        assert "Yield among 2 tasks" in done.stdout, done.stdout


def built():
    """Is there any peer in this build? Else each says so."""
    done = program.gilbench("run", "--workload", "micro_switch", *FLOOR, *TINY,
                            "--quiet")
    if done.returncode == 2:
        assert "gilbench was built without floor" in done.stderr, done.stderr
    return done.returncode != 2


program.needed()
if not built():
    print("this build has no peers")
    sys.exit(77)
program.main(globals())
