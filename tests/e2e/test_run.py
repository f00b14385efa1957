#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench run: its streams, exit codes, order, and what survives an end."""
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import threading

import program
from program import TINY, await_true, document, gilbench, load, start, valid

# 3 cells with 120 repetitions: some seconds.
SOME = ("--workload", "null", "--model", "*_t*", "--reps", "40", "--slices",
        "2", "--slice-ms", "10", "--set", "warmup_ms=10")
# One repetition takes longer than a test has patience for.
LONG = ("--slices", "1", "--slice-ms", "60000")


def orders(result):
    """What was run, in the order in which it was run."""
    return [cell for _, cell in sorted(
        (repetition["order"], cell["id"]) for cell in result["cells"]
        for repetition in cell["repetitions"])]


def repetitions(result):
    return {repetition["order"]: (cell["id"], repetition)
            for cell in result["cells"] for repetition in cell["repetitions"]}


def check_streams():
    """stdout carries the document and nothing else; plain lines on stderr."""
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        args = ("run", *TINY[:-1], "--seed", "7")
        shown = gilbench(*args)
        saved = gilbench(*args, "--output", path)
        quiet = gilbench(*args, "--quiet")
        assert shown.returncode == saved.returncode == quiet.returncode == 0
        assert saved.stdout == "" and quiet.stderr == ""
        for done in (shown, saved):
            assert "null" in done.stderr, "no table"
            assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", done.stderr)
        to_stdout, to_file = json.loads(shown.stdout), valid(path)
        assert list(to_stdout) == list(to_file) == [
            "schema_version", "gilbench", "context", "plan", "cells",
            "warnings"]
        assert to_stdout["plan"] == to_file["plan"]
        done = gilbench("run", *TINY, "--output", "/dev/stdout")
        assert json.loads(done.stdout)["cells"][0]["status"] == "ok"


def check_link():
    """An output that is a link is kept, and what it points to replaced."""
    with program.folder() as folder:
        link, path = os.path.join(folder, "link"), os.path.join(folder, "x")
        os.symlink("x", link)
        assert gilbench("run", *TINY, "--output", path).returncode == 0
        done = gilbench("run", *TINY, "--seed", "7", "--force", "--output",
                        link)
        assert done.returncode == 0 and os.path.islink(link), done
        assert valid(path)["plan"]["seed"] == 7


def check_reader_gone():
    """A pipe that nobody reads any more is told of in one line."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = gilbench("run", *TINY, stdout=write_end)
    os.close(write_end)
    assert done.returncode == 2 and "Broken pipe" in done.stderr, done
    assert program.ONE_LINE.fullmatch(done.stderr), done


def close_streams(*numbers):
    """For preexec_fn: without these standard streams."""
    return lambda: [os.close(number) for number in numbers]


def check_closed_streams():
    """A closed stream's number must not become that of another file."""
    args = ("run", *TINY, "--workload", "null,io_tcp_echo")
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        done = gilbench(*args, "--output", path,
                        preexec_fn=close_streams(0, 1, 2))
        assert done.returncode == 0, done
        assert all(c["status"] == "ok" for c in valid(path)["cells"])
    done = gilbench(*args, preexec_fn=close_streams(0, 2))
    assert done.returncode == 0 and json.loads(done.stdout), done
    done = gilbench(*args, preexec_fn=close_streams(0, 1))
    assert done.returncode == 2, done
    assert program.ONE_LINE.fullmatch(done.stderr), done


def on_terminal(**environment):
    """What a run says to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [program.GILBENCH, "run", *SOME, "--reps", "2"], stderr=theirs,
        stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
        env={**os.environ, **environment})
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece
    os.close(ours)
    assert process.wait() == 0
    return said.decode()


def has_terminals():
    """A bare container has no /dev/pts."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError as error:
        print("not on a terminal:", error)
        return False
    return True


def check_terminal():
    if not has_terminals():
        return
    environment = {key: value for key, value in os.environ.items()
                   if key != "NO_COLOR"}
    said = on_terminal(**environment)
    assert re.search(r"\r\S* *\d+ %  +\d/6  .* left", said), repr(said)
    plain = on_terminal(NO_COLOR="1")
    assert not re.search("\x1b\\[[0-9;]*m", plain), repr(plain)


def check_exit_codes():
    assert gilbench("run", *TINY).returncode == 0
    # every cell is skipped: nothing ran
    skipped = ("--workload", "micro_handoff", "--model", "*_t*", "--tasks",
               "1", "--quiet")
    cells = document(*skipped, code=4)["cells"]
    assert len(cells) == 3
    for cell in cells:
        assert cell["status"] == "skipped" and "two tasks" in cell["reason"]
        assert cell["repetitions"] == [] and cell["summary"] == {}
    # skipped cells beside one that is ok
    cells = document(*TINY, "--workload", "micro_handoff", "--tasks",
                     "1,2")["cells"]
    assert [cell["status"] for cell in cells] == ["skipped", "ok"]


def check_dry_run():
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        done = gilbench("run", "smoke", "--dry-run", "--output", path)
        assert done.returncode == 0 and not done.stderr, done
        assert os.listdir(folder) == []
        *cells, total = done.stdout.splitlines()
        said = re.fullmatch(r"(\d+) cells, (\d+) repetitions, about .+ s\)",
                            total)
        assert said and int(said[1]) == len(cells), total
        counts = [re.search(r"  (\d+) x \d+\.\d+ s$", cell) for cell in cells
                  if "  skipped: " not in cell]
        assert sum(int(n[1]) for n in counts) == int(said[2])
        args = ("--workload", "null,micro_handoff", "--tasks", "1,2", "--reps",
                "1", "--slices", "1", "--slice-ms", "1")
        cells = gilbench("run", *args, "--dry-run").stdout.splitlines()[:-1]
        ids = [cell["id"] for cell in document(*args, "--quiet")["cells"]]
        assert [cell.split("  ")[0] for cell in cells] == ids
        assert sum("skipped: a hand-off" in cell for cell in cells) == 4


def check_seed():
    """The same seed gives the same order, another one another."""
    args = (*TINY, "--model", "*_t*", "--tasks", "1,2,3", "--reps", "3")
    first = document(*args, "--seed", "1")
    again = document(*args, "--seed", "1")
    other = document(*args, "--seed", "2")
    fresh = document(*args)
    assert orders(first) == orders(again) != orders(other)
    assert first["plan"]["seed"] == 1
    replayed = document(*args, "--seed", str(fresh["plan"]["seed"]))
    assert orders(fresh) == orders(replayed)
    assert [c["id"] for c in first["cells"]] == [c["id"] for c in
                                                 other["cells"]]
    assert sorted(repetitions(first)) == list(range(27))
    # a cell's repetitions are spread: each round has every cell once
    for i in range(0, 27, 9):
        assert len(set(orders(first)[i:i + 9])) == 9


def check_blocks():
    """Cells with the same values of a plan's `blocks` run one after another in
    each round; what has other blocks is another plan."""
    digests = set()
    for blocks in (["tasks"], ["warmup_ms", "tasks"], ["model"], None):
        with program.folder() as folder:
            path, out = (os.path.join(folder, x) for x in ("p.json", "r.json"))
            plan = {"schema_version": 1, "plan": "p", "summary": "x",
                    "reps": 3, "slices": 1, "slice_ms": 1,
                    "set": {"warmup_ms": [1, 2]},
                    "experiments": [{"workload": "null", "tasks": [1, 2, 3],
                                     "model": ["gil_threads", "coop_tasks"],
                                     "lock": "mutex"}]}
            if blocks:
                plan["blocks"] = blocks
            with open(path, "w", encoding="utf-8") as target:
                json.dump(plan, target)
            done = gilbench("run", path, "--output", out, "--quiet", "--seed",
                            "5")
            assert done.returncode == 0, done.stderr
            result = program.load(out)
        digests.add(result["plan"]["digest"])
        cells = {cell["id"]: cell for cell in result["cells"]}
        order = orders(result)
        for first in range(0, len(order), len(cells)):
            kinds = []
            for name in order[first:first + len(cells)]:
                cell = cells[name]
                kind = [cell["params"].get(key, cell.get(key))
                        for key in blocks or []]
                if not kinds or kinds[-1] != kind:
                    kinds.append(kind)
            different = len({json.dumps(kind) for kind in kinds})
            assert len(kinds) == different, (blocks, kinds)
    assert len(digests) == 4


def check_shards():
    args = (*TINY, "--model", "*_t*", "--tasks", "1,2,3")
    whole = document(*args)
    parts = [document(*args, "--shard", f"{i}/2") for i in (1, 2)]
    ids = [[cell["id"] for cell in part["cells"]] for part in parts]
    assert not set(ids[0]) & set(ids[1])
    assert sorted(ids[0] + ids[1]) == sorted(c["id"] for c in whole["cells"])
    for i, part in enumerate(parts, 1):
        assert part["plan"]["digest"] == whole["plan"]["digest"]
        assert part["plan"]["shard"] == f"{i}/2"
        assert all(cell["status"] == "ok" for cell in part["cells"])


def check_budget():
    """What does not fit is left out, and can be run later."""
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        args = (*SOME, "--reps", "3", "--output", path, "--quiet")
        done = gilbench("run", *SOME, "--reps", "10000", "--budget", "1",
                        "--output", path)
        assert done.returncode == 0, done
        assert 0 < len(repetitions(valid(path))) < 30000
        done = gilbench("run", *args, "--budget", "0.001", "--force")
        assert done.returncode == 4 and not done.stderr, done
        for cell in valid(path)["cells"]:
            assert (cell["status"], cell["reason"]) == ("skipped", "not run")
        assert gilbench("run", *args, "--resume").returncode == 0
        assert len(repetitions(valid(path))) == 9


def check_budget_of_plan():
    """A plan may say how long it takes; two say it together, and an option
    replaces it."""
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        plans = []
        for name, budget in (("short", {"budget_s": 0.001}), ("free", {})):
            plans.append(os.path.join(folder, f"{name}.json"))
            with open(plans[-1], "w", encoding="utf-8") as out:
                json.dump({"schema_version": 1, "plan": name, "summary": "x",
                           "slices": 1, "slice_ms": 1, **budget,
                           "experiments": [{"workload": "null"}]}, out)
        run = ("--reps", "2", "--output", path, "--quiet", "--force")
        assert gilbench("run", plans[0], *run).returncode == 4
        assert gilbench("run", plans[0], "--budget", "1000",
                        *run).returncode == 0
        assert gilbench("run", *plans, *run).returncode == 0


class Watch(threading.Thread):
    """Reads a document again and again while it grows. It must be whole each
    time, and no repetition may get lost."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.reads, self.wrong = path, 0, None
        self.seen, self.over = {}, threading.Event()

    def run(self):
        while not self.over.wait(0.001):
            try:
                self.look()
            except FileNotFoundError:
                assert not self.seen
            except Exception as error:
                self.wrong = repr(error)
                return

    def look(self):
        now = repetitions(load(self.path))
        for order, repetition in self.seen.items():
            assert now.get(order) == repetition, f"{order} changed"
        self.seen = now
        self.reads += 1

    def end(self):
        self.over.set()
        self.join()
        assert self.wrong is None, self.wrong
        self.look()
        return self.reads


def interrupt(process, path, more, signal_number):
    """Ends a run once its document has so many repetitions more."""
    def enough():
        assert process.poll() is None, process.communicate()
        return os.path.exists(path) and len(repetitions(load(path))) >= more
    await_true(enough, f"{more} repetitions")
    return program.end(process, signal_number)


def check_resume():
    """Interrupted, terminated, killed, and gone on with to the end."""
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        watch = Watch(path)
        watch.start()
        args = (*SOME, "--output", path)
        seed = ("--seed", "5")  # later ones find it in the document
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL,
                              signal.SIGKILL):
            process = start(*args, *seed, "--resume", "--quiet")
            seed = ()
            out, err = interrupt(process, path, len(watch.seen) + 4,
                                 signal_number)
            assert out == "", out
            if signal_number == signal.SIGKILL:
                assert process.returncode == -signal.SIGKILL and err == ""
            else:
                assert process.returncode == 4, process.returncode
                assert program.ONE_LINE.fullmatch(err), err
                assert "interrupted" in err and path in err, err
            assert valid(path)["plan"]["seed"] == 5
        done = gilbench("run", *SOME, "--output", path, "--resume", "--quiet")
        assert done.returncode == 0 and not done.stderr, done
        assert watch.end() > 10
        result = valid(path)
        assert sorted(repetitions(result)) == list(range(120))
        assert all(cell["status"] == "ok" for cell in result["cells"])
        quick = document(*SOME, "--seed", "5", "--slices", "1", "--slice-ms",
                         "1", "--quiet")
        assert orders(result) == orders(quick)
        before = repetitions(result)
        done = gilbench("run", *SOME, "--output", path, "--resume", "--quiet")
        assert done.returncode == 0 and repetitions(valid(path)) == before


def lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().count("\n")
    except FileNotFoundError:
        return 0


def check_journal():
    """A large document has a journal beside it; nothing in it gets lost."""
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        counts = ",".join(map(str, range(1000, 5500)))
        args = ("--workload", "cpu_loop", "--model", "free_threads", "--set",
                f"count={counts}", "--slices", "1", "--slice-ms", "1", "--set",
                "warmup_ms=0", "--output", path, "--quiet")
        process = start(*args)
        await_true(lambda: lines(path + ".journal") > 20, "a journal")
        program.end(process)
        with open(path + ".journal", encoding="utf-8") as file:
            _, *noted = [line for line in file if line.endswith("\n")]
        before = repetitions(valid(path))
        done = gilbench("run", *args, "--resume", "--budget", "0.2")
        assert done.returncode == 0 and not done.stderr, done
        after = repetitions(valid(path))
        assert before.items() <= after.items()
        for line in map(json.loads, noted):
            repetition = line["repetition"]
            assert after[repetition["order"]] == (line["cell"], repetition)
        assert os.listdir(folder) == ["x.json"]


def check_interrupted_stdout():
    """Without a file, what was measured goes to stdout."""
    process = start(*SOME, "--reps", "1000", "--quiet")
    await_true(lambda: program.children(process.pid), "a cell")
    out, err = program.end(process, signal.SIGINT)
    assert process.returncode == 4 and program.ONE_LINE.fullmatch(err), err
    assert len(json.loads(out)["cells"]) == 3


def cell_of(process):
    """The process of the cell that a run has under way."""
    def ready():
        assert process.poll() is None, process.communicate()
        for pid in program.children(process.pid):
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as words:
                    if words.read().split(b"\0")[1:2] == [b"cell"]:
                        return pid
            except (FileNotFoundError, ProcessLookupError):
                pass # it has ended meanwhile; the next one will do
        return None
    return await_true(ready, "a cell's process")


def generator_of(cell):
    return await_true(lambda: program.children(cell), "a generator")[0]


def check_rebuilt():
    """A build in the middle of a run does not replace what is measured."""
    with program.folder() as place:
        own = os.path.join(place, "gilbench")
        shutil.copy2(program.GILBENCH, own)
        with subprocess.Popen([own, "run", *TINY, "--reps", "50"],
                              stdin=subprocess.DEVNULL, encoding="utf-8",
                              stdout=subprocess.PIPE) as process:
            cell_of(process)
            os.remove(own)
            out, _ = process.communicate(timeout=120)
        assert process.returncode == 0, out
        repetitions = json.loads(out)["cells"][0]["repetitions"]
        assert len(repetitions) == 50
        assert all(each["status"] == "ok" for each in repetitions)


ECHO = ("--workload", "io_tcp_echo", "--model", "gil_threads", "--tasks", "3",
        "--reps", "1", "--quiet")


def check_nothing_left():
    """However a run ends, its cell and generator end with it."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have set another
    for signal_number in (signal.SIGKILL, signal.SIGINT, signal.SIGTERM,
                          signal.SIGHUP):
        process = start(*ECHO, *LONG)
        cell = cell_of(process)
        generator = generator_of(cell)
        out, err = program.end(process, signal_number)
        for pid in (cell, generator):
            await_true(lambda: not program.is_alive(pid), f"{pid} ends")
        if signal_number in (signal.SIGINT, signal.SIGTERM):
            assert process.returncode == 4, err
            assert json.loads(out)["cells"][0]["status"] == "skipped"


def check_crash():
    """A crash is an outcome of that cell, and the run goes on."""
    process = start("--workload", "null", "--model", "coop_tasks,free_threads",
                    "--reps", "2", "--slices", "2", "--slice-ms", "400",
                    "--quiet")
    os.kill(cell_of(process), signal.SIGSEGV)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4 and not err, err
    result = json.loads(out)
    lost = repetitions(result)[0][1]
    assert lost["status"] == "failed", lost
    assert "signal 11" in lost["reason"], lost
    assert len(repetitions(result)) == 4
    for cell in result["cells"]:
        hit = cell["id"] == orders(result)[0]
        assert cell["status"] == ("failed" if hit else "ok"), cell["id"]
        assert cell["reason"] == (lost["reason"] if hit else None)
        assert cell["summary"]["steps_per_s"]["n"] == (1 if hit else 2)


def check_generator_crash():
    process = start(*ECHO, "--slices", "1", "--slice-ms", "2000")
    os.kill(generator_of(cell_of(process)), signal.SIGKILL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 4 and not err, err
    cell = json.loads(out)["cells"][0]
    assert cell["status"] == "failed", cell
    assert "load generator" in cell["reason"], cell


class Hang:
    """A cell that is stopped while it runs: the runner's patience is long, so
    that the other checks are made meanwhile."""

    def __init__(self):
        self.process = start("--workload", "null", "--model",
                             "coop_tasks,free_threads", "--reps", "1",
                             "--slices", "1", "--slice-ms", "400", "--quiet")
        self.cell = cell_of(self.process)
        os.kill(self.cell, signal.SIGSTOP)

    def check(self):
        out, err = self.process.communicate(timeout=120)
        assert self.process.returncode == 4 and not err, err
        assert not program.is_alive(self.cell)
        result = json.loads(out)
        lost = repetitions(result)[0][1]
        assert lost["status"] == "timeout" and "no answer" in lost["reason"]
        assert repetitions(result)[1][1]["status"] == "ok"
        hit = [cell["status"] == "timeout" for cell in result["cells"]]
        assert sum(hit) == 1, hit


if __name__ == "__main__":
    program.needed()
    hang = Hang()
    program.main({**globals(), "check_hang": hang.check})
