#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench trace: its form, and that it tells the truth: the events of a trace
are those that the statistics of the same repetition have counted."""
import json
import os
import re
import stat
import subprocess
import sys
import xml.etree.ElementTree

import chrome_trace
from program import GILBENCH, folder, gilbench, load, main, refused

CPU = "cpu_loop/gil_threads:cpython3/tasks=3/placement=per_core"
SHORT = ("--slice-ms", "60")
LOCKS = [lock["name"] for lock in
         json.loads(gilbench("list", "locks", "--json").stdout)["locks"]]


def available_locks():
    """All that exclude, and can run here."""
    done = gilbench("run", "--workload", "cpu_loop", "--model", "gil_threads",
                    "--lock", "*", "--dry-run")
    return [lock for lock in LOCKS if lock != "null" and
            re.search(rf":{lock}/\S*  [0-9]", done.stdout)]


def trace(*args, code=0):
    done = gilbench("trace", *args)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done


def chrome(*args):
    return chrome_trace.check(trace(*args).stdout)


def spans(document, pid, name):
    return [event for event in document["traceEvents"]
            if event["pid"] == pid and event["ph"] == "X" and
            event["name"] == name]


def check_checker():
    """The checker would find what it is for."""
    event = {"name": "a", "ph": "X", "pid": 1, "tid": 1, "ts": 5, "dur": 2}
    names = [{"name": "process_name", "ph": "M", "pid": 1, "tid": 0,
              "args": {"name": "p"}},
             {"name": "thread_name", "ph": "M", "pid": 1, "tid": 1,
              "args": {"name": "t"}}]
    begin = {"name": "a", "ph": "B", "pid": 1, "tid": 1, "ts": 5}
    end = {"ph": "E", "pid": 1, "tid": 1, "ts": 6}
    for fine in ([event], [begin, end], [event, dict(event, ts=7)],
                 [dict(event, dur=9), dict(event, ts=6)]):
        chrome_trace.check(json.dumps(names + fine))
    for bad in ([dict(event, ph="Z")], [dict(event, ts="5")],
                [dict(event, ts=-1)], [dict(event, more=1)],
                [{k: v for k, v in event.items() if k != "dur"}],
                [dict(event, ts=7), event], [event, dict(event, ts=6)],
                [begin], [end], [begin, dict(end, name="b")],
                [dict(event, tid=2)], [dict(event, pid=2)],
                [names[0], event]):
        try:
            chrome_trace.check(json.dumps(names + bad))
        except (AssertionError, ValueError):
            continue
        raise AssertionError(f"the checker likes {bad}")


def agrees(facts):
    """The totals of the events are the statistics of the lock."""
    totals, lock = facts["totals"], facts["lock"]
    assert totals["runs"] == lock["acquisitions"], facts
    assert totals["switches"] == lock["switches"], facts
    assert totals["waits"] == lock["contended"], facts
    assert totals["forced"] == lock["forced"], facts
    assert totals["barged"] == lock["barged"], facts
    if lock["vain_wakeups"] is not None:
        assert totals["vain"] == lock["vain_wakeups"], facts
    wait_ns = lock["wait_s"] * 1e9  # rounded to nine digits
    assert abs(totals["wait_ns"] - wait_ns) <= 1 + 1e-8 * wait_ns, facts


def exclude_each_other(document, pid):
    """Nobody runs while somebody else does."""
    runs = sorted((s["ts"], s["ts"] + s["dur"])
                  for s in spans(document, pid, "running"))
    for (_, end), (begin, _) in zip(runs, runs[1:]):
        assert begin >= end - 0.0015, f"{begin} before {end}"
    return sum(end - begin for begin, end in runs)


def check_agreement():
    """Under every lock, for those who compute and those who block."""
    for lock in available_locks():
        for workload in ("cpu_loop", "io_sleep"):
            document = chrome("--workload", workload, "--lock", lock,
                              "--tasks", "3", "--events", "65536",
                              "--slice-ms", "40")
            facts = document["otherData"]["cells"][0]
            held_us = exclude_each_other(document, 1)
            if facts["dropped"] == 0:
                agrees(facts)
            assert held_us <= 1 + facts["shown_s"] * 1e6, facts


def check_convoy():
    """Background tasks are lanes too; every state is a span of its own."""
    document = chrome("--workload", "mixed_convoy", "--set", "cpu_tasks=2",
                      *SHORT)
    facts = document["otherData"]["cells"][0]
    assert facts["dropped"] == 0
    agrees(facts)
    names = chrome_trace.check_names(document["traceEvents"])
    lanes = sorted(v for k, v in names.items() if k[0] == "thread_name")
    assert [lane.split(",")[0] for lane in lanes] == [
        "background 1", "background 2", "task 0"], lanes
    states = {event["name"] for event in document["traceEvents"]
              if event["ph"] == "X"}
    assert {"running", "waiting"} <= states <= {
        "running", "waiting", "blocked", "giving way"}, states


def check_several():
    """A process for each cell, in their order."""
    other = CPU.replace("cpython3", "fifo")
    document = chrome(CPU, other, *SHORT)
    cells = document["otherData"]["cells"]
    assert [cell["cell"] for cell in cells] == [CPU, other]
    assert [cell["pid"] for cell in cells] == [1, 2]
    for cell in cells:
        agrees(cell)
        exclude_each_other(document, cell["pid"])


def check_dropped():
    """A trace longer than its buffers says so and shows its end."""
    done = trace("--workload", "micro_switch", "--lock", "mutex", "--tasks",
                 "2", "--events", "64", *SHORT)
    document = chrome_trace.check(done.stdout)
    facts = document["otherData"]["cells"][0]
    assert facts["dropped"] > 0 and facts["events"] <= 2 * 64, facts
    assert facts["shown_s"] < facts["window_s"], facts
    assert f"{facts['dropped']} events were dropped" in done.stderr
    exclude_each_other(document, 1)


def check_overhead():
    """What the trace costs is said, from a run with it and one without."""
    done = trace(CPU, *SHORT)
    facts = json.loads(done.stdout)["otherData"]["cells"][0]
    assert facts["steps_per_s"] >= 0 and facts["untraced_steps_per_s"] >= 0
    assert re.search(r"steps/s: \S+( [kMG])? with the trace, \S+( [kMG])? "
                     r"without", done.stderr), done.stderr


def check_loop():
    """coop_tasks: who ran on the loop; one at a time."""
    for workload in ("io_sleep", "micro_switch", "micro_spawn"):
        document = chrome("--workload", workload, "--model", "coop_tasks",
                          "--tasks", "3", "--events", "2000", *SHORT)
        facts = document["otherData"]["cells"][0]
        assert facts["lock"] is None
        exclude_each_other(document, 1)
        names = chrome_trace.check_names(document["traceEvents"])
        if facts["dropped"] == 0:
            assert "event loop" in names.values()


def check_spawned():
    """Threads that tasks make have lanes; their counts are in the totals."""
    document = chrome("--workload", "micro_spawn", "--tasks", "2",
                      "--events", "65536", "--slice-ms", "20")
    facts = document["otherData"]["cells"][0]
    if facts["dropped"] == 0 and facts["untraced_threads"] == 0:
        totals, lock = facts["totals"], facts["lock"]
        assert totals["runs"] == lock["acquisitions"], facts
        assert totals["switches"] == lock["switches"], facts
        names = chrome_trace.check_names(document["traceEvents"])
        assert any(name.startswith("spawned") for name in names.values())
    exclude_each_other(document, 1)


def check_ended():
    """A task that was spawned and joined has ended: its lane shows nothing
    then. Its parent waits for it meanwhile."""
    states = {}
    # Where the controller loses its PU between the end of the window and the
    # end of the trace, later events have taken the place of all in the window.
    for _ in range(20):
        events = chrome("micro_spawn/coop_tasks/tasks=1", "--events", "4096",
                        "--slice-ms", "20")["traceEvents"]
        states = {event["args"]["name"]:
                  {span["name"] for span in events
                   if span["ph"] == "X" and span["tid"] == event["tid"]}
                  for event in events if event["name"] == "thread_name"}
        if states:
            break
    spawned, = (states[name] for name in states if name.startswith("spawned"))
    assert spawned == {"running"}, states
    assert {"running", "parked"} <= states["task 0"], states


def check_text():
    lines = trace(CPU, "--format", "text", *SHORT).stdout.splitlines()
    assert lines[0] == CPU
    assert re.fullmatch(r" *ms  lane +event", lines[3]), lines[3]
    column = lines[3].index("lane")
    last = 0.0
    for line in lines[4:]:
        assert re.match(r" *\d+\.\d{3}  \S", line), line
        assert line[column - 1] == " " and line[column] != " ", line
        assert float(line.split()[0]) >= last, line
        last = float(line.split()[0])
    assert last < 20.0
    few = trace(CPU, "--format", "text", "--ms", "5", *SHORT).stdout
    assert "to 5.000 ms of" in few.splitlines()[1], few.splitlines()[1]


def check_svg():
    with folder() as path:
        picture = os.path.join(path, "trace.svg")
        trace(CPU, "--format", "svg", "--output", picture, *SHORT)
        root = xml.etree.ElementTree.parse(picture).getroot()
        assert root.tag.endswith("svg")
        text = " ".join(root.itertext())
        for word in ("task 0", "task 2", "running", "waiting", "Who held",
                     "milliseconds", CPU):
            assert word in text, f"no {word!r} in the picture"
        trace("io_pipe/coop_tasks/tasks=2", "--format", "svg", "--output",
              picture, "--force", *SHORT)
        text = " ".join(
            xml.etree.ElementTree.parse(picture).getroot().itertext())
        assert "event loop" in text and "Who ran on the loop" in text


def check_without_gnuplot():
    refused("trace", CPU, "--format", "svg", words=["gnuplot"],
            env={**os.environ, "PATH": "/nonexistent"})
    done = gilbench("trace", CPU, *SHORT,
                    env={**os.environ, "PATH": "/nonexistent"})
    assert done.returncode == 0


def check_output():
    with folder() as path:
        file = os.path.join(path, "trace.json")
        done = trace(CPU, "--output", file, *SHORT)
        assert not done.stdout
        first = load(file)
        refused("trace", CPU, "--output", file, *SHORT,
                words=[file, "--force"])
        assert load(file) == first
        trace(CPU, "--output", file, "--force", *SHORT)
        assert load(file) != first
        assert stat.S_ISREG(os.stat(file).st_mode)
        refused("trace", CPU, "--output", path, words=["folder"])
        refused("trace", CPU, "--output", "", words=["--output"])
        assert os.listdir(path) == ["trace.json"]


def check_excerpt():
    """Cut around the middle: a small trace of its own, from 0 on."""
    document = chrome(CPU, "--ms", "20", *SHORT)
    facts = document["otherData"]["cells"][0]
    assert facts["shown_s"] <= 0.0201 < facts["window_s"], facts
    ends = [event["ts"] + event.get("dur", 0)
            for event in document["traceEvents"] if "ts" in event]
    assert max(ends) <= 20001, max(ends)


def check_stored_picture():
    """gilbench plot draws what was stored, in every format."""
    with folder() as path:
        file = os.path.join(path, "T.json")
        trace(CPU, "--output", file, *SHORT)
        done = gilbench("plot", file, "--format", "svg,png,pdf,term",
                        "--output-dir", path)
        assert done.returncode == 0, done.stderr
        for ending, begin in (("svg", b"<?xml"), ("png", b"\x89PNG"),
                              ("pdf", b"%PDF-"), ("txt", b"Who held")):
            with open(os.path.join(path, "timeline." + ending), "rb") as out:
                assert out.read().startswith(begin), ending
        with open(os.path.join(path, "timeline.txt"), encoding="utf-8") as out:
            lines = out.read().splitlines()
        assert sum("% running" in line for line in lines) == 3, lines
        assert max(map(len, lines)) <= 100, lines
        done = gilbench("plot", file, "--figure", "convoy")
        assert done.returncode == 2 and "one figure" in done.stderr, done


def check_crowded_trace():
    """However much happens at once, there is a picture, and soon."""
    def names(n):
        return [{"name": "process_name", "ph": "M", "pid": 1, "tid": 0,
                 "args": {"name": "crowd"}}] + [
            {"name": "thread_name", "ph": "M", "pid": 1, "tid": i + 1,
             "args": {"name": f"task {i}"}} for i in range(n)]
    span = {"name": "waiting", "ph": "X", "pid": 1, "tid": 1, "ts": 0,
            "dur": 500}
    spans = [dict(span, tid=i + 1) for i in range(3100)]
    asks = [{"name": "asks to drop", "ph": "i", "s": "t", "pid": 1, "tid": 2,
             "ts": 250, "args": {"holder": "task 0"}}] * 100
    with folder() as path:
        file = os.path.join(path, "T.json")
        for events, words in (
                (names(3100) + spans, "All of a trace of 500 us; "
                 "3068 more lanes are not drawn"),
                (names(2) + [span] + asks, "100 drop requests"),
                (names(2) + [span] + asks, "1.00 ns from the middle")):
            with open(file, "w", encoding="utf-8") as out:
                json.dump({"traceEvents": events}, out)
            done = gilbench("plot", file, "--format", "svg,term",
                            "--output-dir", path)
            assert done.returncode == 0, done.stderr
            picture = os.path.join(path, "timeline.svg")
            text = " ".join(
                xml.etree.ElementTree.parse(picture).getroot().itertext())
            assert words in text, text
        with open(file, "w", encoding="utf-8") as out:
            json.dump({"traceEvents": names(4097) + [span]}, out)
        refused("plot", file, words=["more than 4096"])
        with open(file, "w", encoding="utf-8") as out:
            json.dump({"traceEvents": names(1) + [dict(span, dur=0)]}, out)
        refused("plot", file, words=["no time passes"])


def check_hostile_trace():
    """What a stored trace says is data."""
    name = {"name": "process_name", "ph": "M", "pid": 1, "tid": 0,
            "args": {"name": "`touch x`$(touch x)<b>\u202e\t\n"}}
    lane = {"name": "thread_name", "ph": "M", "pid": 1, "tid": 1,
            "args": {"name": "'; system('touch x') #\t1\n"}}
    span = {"name": "running", "ph": "X", "pid": 1, "tid": 1, "ts": 0,
            "dur": 500}
    with folder() as path:
        file = os.path.join(path, "T.json")

        def plot(events):
            with open(file, "w", encoding="utf-8") as out:
                json.dump({"traceEvents": events}, out)
            return gilbench("plot", file, "--format", "svg,term",
                            "--output-dir", path)
        done = plot([name, lane, span])
        assert done.returncode == 0, done.stderr
        with open(os.path.join(path, "timeline.svg"), encoding="utf-8") as out:
            xml.etree.ElementTree.fromstring(out.read())
        assert not os.path.exists("x") and not os.path.exists(path + "/x")
        for events in (5, [span], [name, span], [name, name, lane, span],
                       [name, lane, lane, span], [name, lane, [span]][:2] +
                       [dict(span, name="sleeping")],
                       [name, lane, dict(span, ts=-1)],
                       [name, lane, dict(span, dur=1e300)],
                       [name, lane, dict(span, tid=2)],
                       [name, lane, dict(span, ts="0")],
                       [name, lane, span, dict(span, ts=499)],
                       [name, lane, dict(span, ts=500), span]):
            done = plot(events)
            assert done.returncode == 2, (events, done)
            assert "not a trace" in done.stderr, done.stderr


def check_bad_input():
    refused("trace", words=["--workload"])
    refused("trace", "quick", words=["'quick' is no cell"])
    refused("trace", "cpu_lop/gil_threads/tasks=1", words=["cpu_loop"])
    refused("trace", CPU + "/unheard_of=1", words=["unheard_of"])
    refused("trace", CPU, "--tasks", "2", words=["--tasks"])
    refused("trace", CPU, "--format", "png", words=["chrome, text, svg"])
    refused("trace", CPU, "--ms", "0", words=["--ms"])
    refused("trace", CPU, "--events", "0", words=["--events"])
    refused("trace", CPU, "--events", "4194304", words=["too many"])
    refused("trace", CPU, "--unheard-of", words=["--unheard-of"])
    refused("trace", "cpu_loop/free_threads/tasks=2", words=["no lock"])
    refused("trace", "--workload", "cpu_loop", "--model", "free_threads",
            words=["no lock"])
    refused("trace", CPU, CPU.replace("tasks=3", "tasks=2"), "--format", "svg",
            words=["one cell"])
    refused("trace", "--workload", "*", "--tasks", "1,2,3,4,5,6,7",
            words=["select fewer"])
    done = trace("--workload", "cpu_loop", "--model", "*", *SHORT)
    assert "free_threads" in done.stderr and "left out" in done.stderr
    assert "processes" in done.stderr
    assert len(json.loads(done.stdout)["otherData"]["cells"]) == 3


def check_protocol():
    """gilbench cell: a trace only where it is asked for, and can be had."""
    request = {"cell_protocol": 1, "workload": "cpu_loop",
               "workload_version": 1, "model": "gil_threads",
               "lock": "cpython3", "tasks": 1, "params": {"warmup_ms": 0},
               "slices": 1, "slice_ms": 5, "pus": [-1], "generator_pu": -1}
    version = next(w["version"] for w in json.loads(
        gilbench("list", "workloads", "--json").stdout)["workloads"]
        if w["name"] == "cpu_loop")
    request["workload_version"] = version

    def ask(**changes):
        return subprocess.run([GILBENCH, "cell"], capture_output=True,
                              text=True, input=json.dumps(
                                  {**request, **changes}))

    assert "trace" not in json.loads(ask().stdout)
    assert "trace" not in json.loads(ask(trace=None).stdout)
    answer = json.loads(ask(trace={"events": 100}).stdout)
    lane = answer["trace"]["lanes"][0]
    assert lane["name"] == "task 0" and lane["dropped"] == 0
    assert lane["end_ns"] > lane["begin_ns"] >= 0
    for bad in ({}, {"events": 0}, {"events": -1}, {"events": "9"},
                {"events": 10 ** 9}, 7):
        done = ask(trace=bad)
        assert done.returncode == 2 and "trace/events" in done.stderr, bad
    done = ask(model="free_threads", lock=None, trace={"events": 100})
    assert done.returncode == 2 and "free_threads" in done.stderr


if __name__ == "__main__":
    main(globals())
    sys.exit(0)
