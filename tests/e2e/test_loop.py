#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The event loop as a user sees it: its discipline, who held it, the lock that
it shares with its executor, and an executor that has no threads."""
import os
import resource
import signal

from program import (await_true, children, document, gilbench, refused,
                     start)

RUN = ("--model", "coop_tasks", "--reps", "1", "--slices", "1")
MIB = 1 << 20


def one(*args, **options):
    cell, = document(*RUN, *args, **options)["cells"]
    return cell


def repetition(*args, **options):
    cell = one(*args, **options)
    assert cell["status"] == "ok", cell["reason"]
    return cell["repetitions"][0]


def test_discipline():
    """By asyncio's rule an iteration is a turn of all; else it is many."""
    args = ("--workload", "micro_switch", "--tasks", "4", "--slice-ms", "20",
            "--quiet")
    loop = repetition(*args, "--set", "discipline=snapshot")["loop"]
    assert abs(loop["switches"] - 4 * loop["iterations"]) <= 8, loop
    loop = repetition(*args)["loop"]
    assert loop["switches"] > 40 * loop["iterations"], loop


def test_hold():
    """A computing task that never yields holds the loop until the end."""
    args = ("--workload", "mixed_convoy", "--slice-ms", "60",
            "--set", "warmup_ms=0")
    done = gilbench("run", *RUN, *args)
    assert "task 1 of mixed_convoy/coop_tasks" in done.stderr, done.stderr
    assert "held it for" in done.stderr
    loop = repetition(*args, "--quiet")["loop"]
    assert loop["longest_hold_ns"] >= 50e6 and loop["longest_holder"] == 1
    # One that blocks the loop for a while, again and again.
    loop = repetition("--workload", "io_blocking_call", "--tasks", "3",
                      "--slice-ms", "100", "--quiet")["loop"]
    assert loop["longest_hold_ns"] >= 1e6
    assert loop["longest_holder"] in (0, 1, 2)


def test_lock():
    """The lock that is named is the cell's, and the jobs take it."""
    args = ("--workload", "mixed_executor", "--slice-ms", "60", "--quiet")
    cell = one(*args, "--set", "loop_lock=cpython3",
               "--set", "switch_interval_us=500")
    assert cell["status"] == "ok", cell["reason"]
    assert cell["lock"] == "cpython3"
    assert cell["id"].startswith("mixed_executor/coop_tasks:cpython3/")
    assert cell["params"]["switch_interval_us"] == 500
    lock = cell["repetitions"][0]["lock"]
    assert lock["switches"] > 0 and lock["contended"] > 0, lock
    assert one(*args)["lock"] is None
    cells = document(*RUN, *args, "--set", "loop_lock=none,fifo,mutex")["cells"]
    assert [cell["lock"] for cell in cells] == [None, "fifo", "mutex"]
    assert all(cell["status"] == "ok" for cell in cells)
    refused("run", *RUN, "--workload", "null", "--set", "loop_lock=nolock",
            words=["loop_lock=nolock", "none, cpython2"])


def test_back_pressure():
    """More jobs than the queue has room for wait; none is lost."""
    args = ("--workload", "micro_offload", "--tasks", "50", "--slice-ms", "50",
            "--quiet")
    for linger_us in (0, 20):
        result = repetition(*args, "--set", "executor_threads=1",
                            "--set", "executor_queue=2",
                            "--set", f"linger_us={linger_us}")
        assert result["loop"]["executor_jobs"] > 50
        assert result["fairness_jain"] > 0.9, result["task_steps"]


def test_core():
    """The first job starts the core; no more than may be are started."""
    for core, most, threads in (("5", "0", 5), ("5", "2", 2)):
        process = start("--workload", "micro_offload", "--model", "coop_tasks",
                        "--set", f"executor_core={core}", "--set",
                        f"executor_threads={most}", "--slice-ms", "800",
                        "--slices", "1", "--reps", "1", "--quiet")
        cell, = await_true(lambda: children(process.pid), "a cell")
        loop_and_controller = 2
        await_true(lambda: len(os.listdir(f"/proc/{cell}/task")) ==
                   loop_and_controller + threads, f"{threads} threads")
        assert process.wait() == 0


def test_late_after_linger():
    """A loop that has spun in vain sleeps for what is left of the wait."""
    result = repetition("--workload", "io_sleep", "--set", "sleep_us=60000",
                        "--set", "linger_us=40000", "--set", "warmup_ms=0",
                        "--slice-ms", "400", "--quiet")
    late = result["latency_ns"]
    assert late["histogram"][0][0] < 20e6, late


def test_few_descriptors():
    """A loop for which there is no descriptor says which limit it was."""
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))

    done = gilbench("run", *RUN, "--workload", "io_sleep", "--tasks", "64",
                    "--set", "loops=32", "--quiet", preexec_fn=limit)
    assert done.returncode == 4, done
    assert "Too many open files (raise it: ulimit -n)" in done.stdout, done


def outcome_with_memory(mib):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (mib * MIB, mib * MIB))

    done = gilbench("run", *RUN, "--workload", "micro_offload", "--slice-ms",
                    "5", "--quiet", preexec_fn=limit)
    assert done.returncode in (0, 1, 2, 4, 127), done
    return done.stdout


def test_no_threads():
    """So little memory that there is a loop, but no thread for its jobs."""
    outcomes = [outcome_with_memory(mib) for mib in range(10, 90, 2)]
    assert any("the executor cannot make a thread: the address space" in one
               and "ulimit -v" in one for one in outcomes), outcomes


def test_blocked_signals():
    """Who starts it with all signals blocked gets the same."""
    def block():
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())

    for workload in ("io_tcp_echo", "micro_offload"):
        repetition("--workload", workload, "--slice-ms", "20", "--quiet",
                   preexec_fn=block)


test_discipline()
test_hold()
test_lock()
test_back_pressure()
test_core()
test_late_after_linger()
test_few_descriptors()
test_no_threads()
test_blocked_signals()
