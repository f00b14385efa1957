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
DEEP = ("--workload", "micro_switch", "--set", "depth=3", "--reps", "1",
        "--quiet")
CELL = ("--model", "coop_tasks", "--tasks", "3", *DEEP)
TWO_LOOPS = ("--model", "coop_tasks", "--set", "loops=2", "--tasks", "6")
PEER = ("--model", "peer", "--set", "program=own_switch", "--tasks", "3", *DEEP)
SPAWNERS = ("--workload", "micro_spawn", "--model", "coop_tasks", "--tasks",
            "2", "--reps", "1", "--quiet")
TASK_0 = "micro_switch.c:nested_a_end if task->index == 0"
PEER_0 = "own_switch.c:nested_a_end if task->ex.index == 0"
SLEEPERS = ("--workload", "io_sleep", "--set", "sleep_us=100000", "--slice-ms",
            "3000", "--reps", "1", "--quiet")
FRAME = re.compile(r" *#(\d+)  (?:0x[0-9a-f]+ in )?(\w+)")


def gdb(*commands, args=()):
    words = ["gdb", "-q", "-nx", "-batch", "-x", SCRIPT]
    for command in commands:
        words += ["-ex", command]
    return subprocess.run(words + list(args), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=120, errors="backslashreplace")


def stopped(*commands, cell=CELL, at=TASK_0):
    """Where it stops for the fourth time, in CELL when task 0 yields three
    calls deep: what each of the commands says, errors included."""
    said = ["echo ==\\n"]
    for command in commands:
        said += [command, "echo ==\\n"]
    done = gdb("set follow-fork-mode child", "set breakpoint pending on",
               f"break {at}", "ignore 1 3", "run", *said, "kill",
               args=("--args", GILBENCH, "run", *cell))
    parts = done.stdout.split("==\n")
    assert len(parts) == len(commands) + 2, done.stdout
    return parts[1:-1]


def frames(text):
    return [FRAME.match(line).group(2) for line in text.splitlines()
            if FRAME.match(line)]


def listed(text):
    """[(number, task, state, where)] of what `tasks` says."""
    found = re.findall(r"^ *(\d+)  task (\d+), (\w+)(?:  (\w+))?", text, re.M)
    return [(int(number), int(task), *rest) for number, task, *rest in found]


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
    plain, brief, tasks, one, back = stopped("bt", "tasks", "tasks bt",
                                             "task 1", "bt")
    names = frames(plain)
    assert names[:3] == ["nested_a_end", "nested_a2", "nested_a1"], plain
    assert names[-2:] == ["task_entry", "stack_entry"], plain
    assert "Backtrace stopped" not in plain, plain
    # None shows the switch, which is the same for all that do not run.
    assert listed(brief) == [(0, 0, "running", "nested_a_end"),
                             (1, 1, "ready", "nested_b_end"),
                             (2, 2, "ready", "nested_c_end")], brief
    check_tasks(tasks)
    assert "stack_jump" in one, one
    names = frames(back)
    assert names[0] == "nested_a_end" and "nested_b_end" in names, back


def check_inlined():
    """What is inlined where the thread stands is no frame of another task."""
    text, = stopped("tasks bt", cell=SPAWNERS, at="exec_ring_spawn")
    first = {state: names[0] for state, names in by_task(text).values()}
    assert first.pop("running") == "exec_ring_spawn", text
    assert list(first.values()) == ["stack_jump"], text


def check_loops():
    text, none = stopped("tasks", "task 6", cell=TWO_LOOPS + DEEP)
    tasks = listed(text)
    assert [number for number, *_ in tasks] == list(range(6)), text
    assert {task for _, task, *_ in tasks} == set(range(6)), text
    assert "no live task has the number 6" in none, none


def check_peer():
    """Its stacks are those of a loop's tasks, what stands on them is not."""
    tasks, one = stopped("tasks", "task 1", cell=PEER, at=PEER_0)
    assert tasks == "no event loop has a task\n", tasks
    assert one == "no live task has the number 1\n", one


def check_ucontext():
    tasks, bt, one = stopped("tasks", "tasks bt", "task 1")
    why = "this build switches stacks by ucontext: "
    assert listed(tasks) == [(0, 0, "running", "nested_a_end"),
                             (1, 1, "ready", ""), (2, 2, "ready", "")], tasks
    assert len(tasks.splitlines()) == 4 and why in tasks, tasks
    assert "nested_a1" in by_task(bt)[0][1] and bt.count(why) == 1, bt
    assert one.startswith(why) and len(one.splitlines()) == 1, one


def core_of_cell(path, *args):
    """The core file of a cell that is told to leave one; gdb's own gcore stops
    at the first guard page. Its tasks sleep: where a switch is under way, a
    backtrace shows half of each task."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    process = program.start(
        *SLEEPERS, *args, cwd=path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, unlimited))
    cell, = program.await_true(lambda: program.children(process.pid), "a cell")
    loops = 2 if "loops=2" in args else 1
    program.await_true(lambda: len(os.listdir(f"/proc/{cell}/task")) > loops,
                       "its loops")
    time.sleep(0.3)  # the tasks have begun
    os.kill(cell, signal.SIGQUIT)
    program.await_true(lambda: not program.is_alive(cell), "its end")
    program.end(process, signal.SIGINT)
    found = [name for name in os.listdir(path) if name.startswith("core")]
    return os.path.join(path, found[0]) if found else None


def debugged_core(args, *commands):
    """What gdb says of a cell's core file; None: there is none."""
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as file:
        pattern = file.read().strip()
    if pattern != "core":
        print(f"core files go to {pattern!r}: not tried")
        return None
    with folder() as path:
        core = core_of_cell(path, *args)
        if not core:
            print("the kernel left no core file: not tried")
            return None
        return gdb(*commands, args=(GILBENCH, core)).stdout


def check_core():
    text = debugged_core(("--model", "coop_tasks", "--tasks", "3"), "tasks bt")
    if text is None:
        return
    tasks = by_task(text)
    assert set(tasks) == {0, 1, 2}, text
    for state, names in tasks.values():
        assert state == "waiting", text
        assert "loop_sleep_until" in names, text
        assert names[-2:] == ["task_entry", "stack_entry"], text


def check_core_of_loops():
    """Each number, those of the second loop too, selects the task that stands
    beside it."""
    commands = ["tasks"]
    for number in range(6):
        commands += [f"task {number}", "frame function task_entry",
                     "print task->ex.index"]
    text = debugged_core(TWO_LOOPS, *commands)
    if text is None:
        return
    tasks = listed(text)
    assert {(state, where) for _, _, state, where in tasks} == {
        ("waiting", "loop_sleep_until")}, text
    selected = re.findall(r"^\$\d+ = (\d+)$", text, re.M)
    assert [(number, str(task)) for number, task, *_ in tasks] == list(
        enumerate(selected)), text


def can_debug():
    """Is there a gdb with Python, and may it run a program?"""
    if not shutil.which("gdb"):
        return "there is no gdb"
    done = gdb("python print('py' + 'thon')", "run", "echo ==\\n",
               args=("--args", GILBENCH, "--version"))
    if "python" not in done.stdout.split("\n")[0]:
        return "gdb has no Python"
    if "exited normally" not in done.stdout:
        return "gdb may not run programs here: " + done.stdout.strip()[-200:]
    return None


def checks():
    """Those for what was built: peers may be left out, and there are two ways
    to switch stacks."""
    found = {"check_loops": check_loops}
    if gilbench("run", *PEER, "--dry-run").returncode == 0:
        found["check_peer"] = check_peer
    if "GILBENCH_UCONTEXT" in gilbench("--version").stdout:
        return {**found, "check_ucontext": check_ucontext}
    return {**found, "check_process": check_process,
            "check_inlined": check_inlined, "check_core": check_core,
            "check_core_of_loops": check_core_of_loops}


if __name__ == "__main__":
    program.needed()
    why = can_debug()
    if why:
        print("skipped:", why)
        sys.exit(77)
    program.main(checks())
