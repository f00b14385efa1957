#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gdb and cooperative tasks: `bt` ends cleanly where a task begins, and
tools/gdb_tasks.py shows those that do not run, in a process and in its core
file."""
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time

import program
from program import GILBENCH, folder, gilbench

SCRIPT = os.path.join(os.environ.get("SOURCE_ROOT", "."), "tools/gdb_tasks.py")
CELL = ("run", "--workload", "micro_switch", "--model", "coop_tasks",
        "--tasks", "3", "--set", "depth=3", "--reps", "1", "--quiet")
SLEEPERS = ("--workload", "io_sleep", "--model", "coop_tasks", "--tasks", "3",
            "--set", "sleep_us=100000", "--slice-ms", "3000", "--reps", "1",
            "--quiet")
FRAME = re.compile(r" *#(\d+)  (?:0x[0-9a-f]+ in )?(\w+)")


def gdb(*commands, args=()):
    words = ["gdb", "-q", "-nx", "-batch", "-x", SCRIPT]
    for command in commands:
        words += ["-ex", command]
    return subprocess.run(words + list(args), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120,
                          errors="backslashreplace")


def stopped(*commands):
    """Task 0 yields for the fourth time, three calls deep; then the commands,
    what each says between `==` lines."""
    said = ["echo ==\\n"]
    for command in commands:
        said += [command, "echo ==\\n"]
    done = gdb("set follow-fork-mode child", "set breakpoint pending on",
               "break micro_switch.c:nested_a_end if task->index == 0",
               "ignore 1 3", "run", *said, "kill", args=("--args", GILBENCH, *CELL))
    parts = done.stdout.split("==\n")
    assert len(parts) == len(commands) + 2, done.stdout + done.stderr
    return parts[1:-1]


def frames(text):
    return [FRAME.match(line).group(2) for line in text.splitlines()
            if FRAME.match(line)]


def by_task(text):
    """{task: (state, frames)} of what `tasks bt` says."""
    found = {}
    for part in re.split(r"^(?=[ \d]{4}  (?:child of )?task )", text,
                         flags=re.M):
        head = re.match(r" *\d+  task (\d+), (\w+)", part)
        if head:
            found[int(head[1])] = (head[2], frames(part))
    return found


def check_tasks(text):
    tasks = by_task(text)
    assert set(tasks) == {0, 1, 2}, text
    assert tasks[0][0] == "running" and tasks[1][0] == tasks[2][0] == "ready"
    for task, (_, names) in tasks.items():
        calls = [name for name in names if name.startswith("nested_")]
        way = "abc"[task]
        assert calls == [f"nested_{way}_end", f"nested_{way}2",
                         f"nested_{way}1"], text
        assert names[-1] == "stack_entry", text
    assert tasks[1][1][0] == "stack_jump", text


def check_process():
    plain, tasks, one, back = stopped("bt", "tasks bt", "task 1", "bt")
    names = frames(plain)
    assert names[:3] == ["nested_a_end", "nested_a2", "nested_a1"], plain
    assert names[-2:] == ["task_entry", "stack_entry"], plain
    assert "Backtrace stopped" not in plain, plain
    check_tasks(tasks)
    assert "stack_jump" in one, one
    names = frames(back)
    assert names[0] == "nested_a_end" and "nested_b_end" in names, back


def core_of_cell(path):
    """The core file of a cell that is told to leave one; gdb's own gcore stops
    at the first guard page. Its tasks sleep: where a switch is under way, a
    backtrace shows half of each task."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    process = program.start(
        *SLEEPERS, cwd=path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, unlimited))
    cell, = program.await_true(lambda: program.children(process.pid), "a cell")
    program.await_true(lambda: len(os.listdir(f"/proc/{cell}/task")) > 1,
                       "its loop")
    time.sleep(0.3)  # the tasks have begun
    os.kill(cell, signal.SIGQUIT)
    program.await_true(lambda: not program.is_alive(cell), "its end")
    program.end(process, signal.SIGINT)
    found = [name for name in os.listdir(path) if name.startswith("core")]
    return os.path.join(path, found[0]) if found else None


def check_core():
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as file:
        pattern = file.read().strip()
    if pattern != "core":
        print(f"core files go to {pattern!r}: not tried")
        return
    with folder() as path:
        core = core_of_cell(path)
        if not core:
            print("the kernel left no core file: not tried")
            return
        tasks = by_task(gdb("tasks bt", args=(GILBENCH, core)).stdout)
        assert set(tasks) == {0, 1, 2}, tasks
        for state, names in tasks.values():
            assert state == "waiting", tasks
            assert "loop_sleep_until" in names, tasks
            assert names[-2:] == ["task_entry", "stack_entry"], tasks


def can_debug():
    """Is there a gdb with Python, and may it run a program?"""
    if not shutil.which("gdb"):
        return "there is no gdb"
    done = gdb("python print('py' + 'thon')", "run", "echo ==\\n",
               args=("--args", GILBENCH, "--version"))
    if "python" not in done.stdout.split("\n")[0]:
        return "gdb has no Python"
    if "exited normally" not in done.stdout:
        return "gdb may not run programs here: " + done.stderr.strip()[-200:]
    if "GILBENCH_UCONTEXT" in gilbench("--version").stdout:
        return "the build switches stacks by ucontext"
    return None


if __name__ == "__main__":
    program.needed()
    why = can_debug()
    if why:
        print("skipped:", why)
        sys.exit(77)
    program.main({"check_process": check_process, "check_core": check_core})
