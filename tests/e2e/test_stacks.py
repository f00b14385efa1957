#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Stacks of cooperative tasks: what overflows, and what does not fit, is the
outcome of that cell, with a reason that says what helps; the run goes on."""
import errno
import os
import resource
import signal

import program
from program import document

SHORT = ("--reps", "1", "--slices", "1", "--slice-ms", "5", "--set",
         "warmup_ms=0", "--quiet")


def by_model(result):
    return {cell["model"]: cell for cell in result["cells"]}


def overflow(**options):
    """5,000 nested calls: far more than 16 KiB, far less than a thread's."""
    return document("--workload", "micro_switch", "--model",
                    "coop_tasks,free_threads", "--tasks", "3", "--set",
                    "depth=5000", "--set", "stack_kib=16", *SHORT, code=4,
                    **options)


def check_overflow():
    cells = by_model(overflow())
    lost = cells["coop_tasks"]
    assert lost["status"] == "failed", lost
    for words in ("task 0 overflowed its stack of 16 KiB",
                  "--set stack_kib=32", "signal 11"):
        assert words in lost["reason"], lost["reason"]
    assert cells["free_threads"]["status"] == "ok"


def check_overflow_remedy():
    """What the reason advises helps."""
    result = document("--workload", "micro_switch", "--model", "coop_tasks",
                      "--tasks", "3", "--set", "depth=5000", "--set",
                      "stack_kib=2048", *SHORT)
    assert by_model(result)["coop_tasks"]["status"] == "ok"


def check_overflow_blocked():
    """The signal is blocked where the run was started."""
    lost = by_model(overflow(preexec_fn=lambda: signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGSEGV})))["coop_tasks"]
    assert "overflowed its stack" in lost["reason"], lost["reason"]


def check_address_space():
    """More stacks than the address space has room for."""
    limit = 8 << 30
    result = document("--workload", "micro_switch", "--model", "coop_tasks",
                      "--tasks", "2,3000", "--set", "stack_kib=8192", *SHORT,
                      code=4, preexec_fn=lambda: resource.setrlimit(
                          resource.RLIMIT_AS, (limit, limit)))
    few, many = result["cells"]
    assert few["status"] == "ok", few["reason"]
    assert many["status"] == "failed", many
    for words in ("of 3000 tasks", "8192 KiB", "8192 MiB", "ulimit -v",
                  "stack_kib"):
        assert words in many["reason"], many["reason"]


def check_threads():
    """More threads than it has room for, and not more tasks on a loop."""
    limit = 2 << 30
    cells = document("--workload", "null", "--model",
                     "free_threads,gil_threads,coop_tasks", "--tasks",
                     "2,3000", *SHORT, code=4,
                     preexec_fn=lambda: resource.setrlimit(
                         resource.RLIMIT_AS, (limit, limit)))["cells"]
    for cell in cells:
        if cell["tasks"] == 2 or cell["model"] == "coop_tasks":
            assert cell["status"] == "ok", cell["reason"]
            continue
        assert cell["status"] == "failed", cell["id"]
        for words in ("of 3000 threads", "2048 MiB", "ulimit -v",
                      "fewer tasks"):
            assert words in cell["reason"], cell["reason"]


def check_unjoined():
    """Children that nobody has joined keep their stacks; too many of them are
    the outcome of that cell."""
    args = ("--workload", "micro_spawn", "--model", "coop_tasks", "--set",
            "unjoined=100")
    repetition, = document(*args, *SHORT)["cells"][0]["repetitions"]
    assert repetition["loop"]["stacks"] > 100, repetition["loop"]
    limit = 1 << 30
    cell, = document(*args[:-1], "unjoined=500000", "--set", "stack_kib=8192",
                     *SHORT[:-3], "--quiet", "--set", "warmup_ms=200", code=4,
                     preexec_fn=lambda: resource.setrlimit(
                         resource.RLIMIT_AS, (limit, limit)))["cells"]
    assert cell["status"] == "failed", cell
    assert "spawning a task (limits: ulimit" in cell["reason"], cell["reason"]


def old_kernel():
    """Without guards that are marks (Linux 6.13)."""
    madvise = {"x86_64": 28, "aarch64": 233}[os.uname().machine]
    process_madvise, guard_install = 440, 102
    program.forbid_calls([(process_madvise, None, errno.ENOSYS),
                          (madvise, guard_install, errno.EINVAL)])


def check_old_kernel():
    """Guards by mprotect as far as there may be mappings; beyond that tasks
    run without, which is said."""
    with open("/proc/sys/vm/max_map_count", encoding="utf-8") as file:
        most = int(file.read())
    if most > 200000 or os.uname().machine not in ("x86_64", "aarch64"):
        print("not tried here")
        return
    many = most // 2 + 1000
    result = document("--workload", "micro_switch", "--model", "coop_tasks",
                      "--tasks", f"3,{many}", "--set", "stack_kib=16", *SHORT,
                      preexec_fn=old_kernel)
    few, lot = (cell["repetitions"][0]["loop"] for cell in result["cells"])
    assert few["stacks_guarded"] == 3 and few["stack_mappings"] > 3, few
    assert 0 < lot["stacks_guarded"] < lot["stacks"] == many, lot
    assert lot["stack_mappings"] < most, lot
    warning, = [w for w in result["warnings"]
                if w["code"] == "stacks_unguarded"]
    assert "no guard page" in warning["message"], warning
    assert "vm.max_map_count" in warning["advice"], warning


def check_usage():
    """Each stack has a guard; how deep they were is found out."""
    result = document("--workload", "micro_switch", "--model", "coop_tasks",
                      "--tasks", "3", "--set", "depth=10,100", *SHORT,
                      "--slice-ms", "60")
    flat, deep = (cell["repetitions"][0]["loop"] for cell in result["cells"])
    for loop in (flat, deep):
        assert loop["stacks"] == loop["stacks_guarded"] == 3, loop
        assert loop["stack_mappings"] > 0, loop
    assert (deep["stack_high_water_bytes"] >=
            flat["stack_high_water_bytes"] + 90 * 16), (flat, deep)


def check_spawned():
    """A child that is joined leaves its stack to the next."""
    result = document("--workload", "micro_spawn", "--model", "coop_tasks",
                      "--tasks", "2", *SHORT)
    repetition, = result["cells"][0]["repetitions"]
    assert repetition["loop"]["stacks"] <= 4, repetition["loop"]


if __name__ == "__main__":
    program.main(globals())
