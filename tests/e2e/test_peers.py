# SPDX-License-Identifier: MIT
"""Peers: selected by name only, refused with a reason, and a tiny run of the
plan, whose table says of each goal what was measured."""
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
            "--quiet")["cells"]
        steps = cell["repetitions"][0]["task_steps"]
        assert len(steps) == tasks and min(steps) > 0, steps
        # The edges are read while they run.
        assert max(steps) - min(steps) < 0.5 * max(steps), steps


def check_tiny_plan():
    with program.folder() as folder:
        path = f"{folder}/peers.json"
        done = program.gilbench("run", "peers", "--tasks", "1,2", *TINY,
                                "--output", path)
        assert done.returncode == 0, done.stderr
        cells = program.valid(path)["cells"]
        for cell in cells:
            known = cell["status"] == "ok" or (
                cell["status"] == "skipped" and "built without" in
                cell["reason"])
            assert known, (cell["id"], cell["status"], cell["reason"])
        programs = {peer_of(cell) for cell in cells}
        assert {"floor", "epoll", "boost_context", None} <= programs, programs
        assert "Yield among 2 tasks" in done.stderr, done.stderr
        assert "best of the others" in done.stderr, done.stderr
        done = program.gilbench("plot", path, "--figure", "peers", "--format",
                                "term")
        assert "Yield among 2 tasks" in done.stdout, done.stdout


program.main(globals())
