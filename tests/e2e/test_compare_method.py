#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench compare: how it measures, and that its verdicts are those of the
method that docs/method.md describes, worked out here once more."""
import json
import math
import os
import re
import statistics
import subprocess

import program
from program import GILBENCH, gilbench, refused, valid

CELL = ("--workload", "io_sleep", "--model", "free_threads", "--slices", "3",
        "--slice-ms", "5", "--set", "warmup_ms=0", "--set", "sleep_us=200",
        "--quiet")
# What a wrapper writes down of each `cell` that it is asked for.
NOTES = """#!/bin/sh
if [ "$1" = cell ]; then
    request=$(cat)
    size=$(wc -c < /proc/$$/environ)
    printf '{"side":"%s","environment":%d,"request":%s}\\n' {side} "$size" \\
        "$request" >> {notes}
    printf '%s' "$request" | {gilbench} cell
    exit
fi
exec {gilbench} "$@"
"""


def save(path, contents):
    with open(path, "w", encoding="utf-8") as out:
        json.dump(contents, out)


def compare(*args, code=0):
    done = gilbench("compare", *args)
    assert code in (None, done.returncode), (args, done.returncode, done.stderr)
    return done


def document(*args, code=0):
    return json.loads(compare(*args, "--format", "json", code=code).stdout)


def wrapper(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, 0o755)
    return path


def noted(folder, *args):
    """The document of a comparison of two wrappers, and all they were asked
    for, in its order."""
    notes = os.path.join(folder, "notes")
    sides = [option for side in ("base", "new") for option in (
        f"--{side}", wrapper(folder, side, NOTES.replace("{side}", side).replace(
            "{notes}", notes).replace("{gilbench}",
                                      os.path.abspath(GILBENCH))))]
    result = document(*sides, *args)
    with open(notes, encoding="utf-8") as lines:
        return result, [json.loads(line) for line in lines]


def check_processes():
    """A process a value, each with an environment of another size; what is
    asked for is the same on both sides, and was read twice before."""
    with program.folder() as folder:
        result, notes = noted(folder, *CELL, "--set", "sleep_us=2000",
                              "--pairs", "8", "--once")
    (cell,) = result["cells"]
    readings, pairs = notes[:4], notes[4:]
    assert [note["side"] for note in readings] == ["base", "new"] * 2
    assert all(note["request"]["slices"] == 1 for note in readings)
    assert [len(cell["calibration"][side]) for side in ("base", "new")] == [
        2, 2]
    # Two steps and a half a slice tell nothing: longer ones, for both.
    assert {note["request"]["slice_ms"] for note in readings} == {5}
    assert {note["request"]["slice_ms"] for note in pairs} == {
        cell["slice_ms"]} == {100}
    assert len(pairs) == 16
    order = [pair["first"] for pair in cell["pairs"]]
    assert [note["side"] for note in pairs[::2]] == order
    for side in ("base", "new"):
        own = [note for note in pairs if note["side"] == side]
        assert len({note["environment"] for note in own}) > 4, own
        assert len({json.dumps(note["request"]) for note in own}) == 1


def interval(values):
    """The exact 95 % interval of the median: the order statistics k and
    n - 1 - k of the largest k whose tails hold at most 5 %."""
    n, tail, k = len(values), 0.0, -1
    while tail + 2 * math.comb(n, k + 1) / 2 ** n <= 0.05:
        k += 1
        tail += 2 * math.comb(n, k) / 2 ** n
    values = sorted(values)
    return (values[k], values[n - 1 - k]) if k >= 0 else (None, None)


def process_value(process, metric, estimator):
    values = process["values"][metric["name"]]
    if estimator == "median":
        return statistics.median(values)
    return max(values) if metric["better"] == "higher" else min(values)


def log_ratio(base, new):
    """A side that did nothing is beyond all bounds (e to the 50)."""
    if base == new:
        return 0.0
    if base <= 0 or new <= 0:
        return 50.0 if base <= 0 else -50.0
    return math.log(new / base)


def log_ratios(cell, metric, estimator):
    """Of the cost, new by base. Where neither did anything is nothing."""
    sign = -1 if metric["better"] == "higher" else 1
    values = [[process_value(pair[side], metric, estimator)
               for side in ("base", "new")] for pair in cell["pairs"]]
    return [sign * log_ratio(*pair) for pair in values if any(pair)]


def sign_test(d, margin):
    k = max(sum(x > margin for x in d), sum(x < -margin for x in d))
    tail = sum(math.comb(len(d), i) for i in range(k, len(d) + 1))
    return min(1.0, 2 * tail / 2 ** len(d))


def near(a, b):
    return (a is None and b is None) or math.isclose(a, b, rel_tol=1e-6)


def holm(ps):
    """Adjusted values, in the order given."""
    adjusted, last = [0.0] * len(ps), 0.0
    for rank, i in enumerate(sorted(range(len(ps)), key=lambda i: ps[i])):
        last = max(last, ps[i] * (len(ps) - rank))
        adjusted[i] = min(1.0, last)
    return adjusted


def expected_verdict(metric, d, p):
    margin = math.log1p(metric["margin_pct"] / 100)
    low, high = interval(d)
    if p <= 0.025:
        return "slower" if statistics.median(d) > 0 else "faster"
    within = low is not None and low > -margin and high < margin
    return "same" if within else "unclear"


def check_judging():
    """Estimate, interval, test, Holm and verdict, recomputed from the raw
    pairs; the process's value is the median of its slices, or the best."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", "this", "--tasks", "1,2,3", "--pairs", "11",
                "--once", "--margin", "1000", "--format", "json", "--output",
                path)
        valid(path)
        for estimator in ("median", "min"):
            for margin in ("0", "0.5", "40"):
                done = gilbench("compare", "--from", path, "--estimator",
                                estimator, "--margin", margin, "--metric",
                                "steps_per_s,switches_per_s", "--format",
                                "json")
                assert done.returncode in (0, 1), done.stderr
                recomputed(json.loads(done.stdout), estimator)


def recomputed(result, estimator):
    judged = [(cell, metric) for cell in result["cells"]
              for metric in cell["metrics"]]
    assert len(judged) == 6
    d = [log_ratios(cell, metric, estimator) for cell, metric in judged]
    ps = [sign_test(each, math.log1p(metric["margin_pct"] / 100))
          for each, (_, metric) in zip(d, judged)]
    for (_, metric), each, p, adjusted in zip(judged, d, ps, holm(ps)):
        low, high = interval(each)
        assert metric["n"] == len(each) and near(metric["p"], p), metric
        assert near(metric["ratio"], math.exp(statistics.median(each)))
        assert near(metric["low"], math.exp(low)), metric
        assert near(metric["high"], math.exp(high)), metric
        assert near(metric["p_adjusted"], adjusted), (metric, adjusted)
        assert metric["verdict"] == expected_verdict(metric, each, adjusted)


def check_idle():
    """Where neither side does anything nothing is the same: not green."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", "this", "--pairs", "8", "--once", "--margin",
                "1000", "--format", "json", "--output", path)
        stored = program.load(path)
        for pair in stored["cells"][0]["pairs"][:5]:
            for side in ("base", "new"):
                pair[side]["values"]["steps_per_s"] = [0.0, 0.0, 0.0]
        save(path, stored)
        judged = json.loads(compare("--from", path, "--format", "json",
                                    code=4).stdout)
        assert judged["cells"][0]["metrics"][0]["n"] == 3, judged
        for pair in stored["cells"][0]["pairs"]:
            for side in ("base", "new"):
                pair[side]["values"]["steps_per_s"] = [0.0]
        save(path, stored)
        text = compare("--from", path, code=4).stdout
        assert "neither side did anything" in text, text


def check_unmeasured():
    """A cell without a pair is never green; one in which nobody finished a
    step is unclear beside others; what cannot be told wants no pairs."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", "this", "--tasks", "1,2", "--pairs", "8",
                "--once", "--margin", "1000", "--format", "json", "--output",
                path)
        stored = program.load(path)
        for cell, steps in zip(stored["cells"], (100.0, 0.0)):
            for pair in cell["pairs"]:
                for side in ("base", "new"):
                    pair[side]["values"]["steps_per_s"] = [steps]
        save(path, stored)
        compare("--from", path)
        judged = document("--from", path, "--strict", code=3)
        assert judged["verdict"]["same"] == judged["verdict"]["unclear"] == 1
        (metric,) = judged["cells"][1]["metrics"]
        assert metric["n"] == 0 and metric["pairs_wanted"] is None
        assert metric["reason"] == "neither side did anything"
        del cell["pairs"][0]["new"]["values"]["switches_per_s"]
        save(path, stored)
        judged = document("--from", path, "--metric", "switches_per_s")
        (metric,) = judged["cells"][1]["metrics"]
        assert "1 of 8 pairs" in metric["reason"]
        assert metric["pairs_wanted"] is None
        cell["pairs"] = []
        save(path, stored)
        for strict in ([], ["--strict"]):
            text = compare("--from", path, *strict, code=4).stdout
            assert "no pair was measured" in text, text
        junit = compare("--from", path, "--format", "junit", code=4).stdout
        assert 'errors="1"' in junit, junit


def check_margins():
    """The last margin that fits: a cell, a workload, a metric, or both."""
    path = os.path.join(os.environ["SOURCE_ROOT"], "tests", "fuzz",
                        "comparison", "small.json")
    for margins, wanted in (
            (["7"], [7, 7]), (["7", "null:8"], [7, 8]),
            (["steps_per_s:9", "null/*:8"], [9, 8]),
            (["null:steps_per_s:6"], [5, 6]),
            (["*:steps_per_s:5", "null:steps_*:4"], [5, 4])):
        args = [word for margin in margins for word in ("--margin", margin)]
        judged = document("--from", path, *args, code=None)
        assert [metric["margin_pct"] for cell in judged["cells"]
                for metric in cell["metrics"]] == wanted, (margins, wanted)
    refused("compare", "--from", path, "--margin", "null:latency_p50_ns:6",
            words=["null:latency_p50_ns"])


def check_one_side():
    """What only one side can run is lost; the others are judged all the
    same, and it is not green."""
    with program.folder() as folder:
        lacks = wrapper(folder, "older", f"""#!/bin/sh
[ "$1" = cell ] || exec {os.path.abspath(GILBENCH)} "$@"
request=$(cat)
case $request in *io_pipe*)
    echo 'gilbench: request: no such workload: io_pipe' >&2; exit 2;;
esac
printf '%s' "$request" | exec {os.path.abspath(GILBENCH)} cell
""")
        args = (*CELL[:1], "io_sleep,io_pipe", "--model", "free_threads",
                "--slices", "1", "--slice-ms", "3", "--set", "warmup_ms=0",
                "--base", lacks, "--pairs", "8", "--once", "--margin", "1000",
                "--quiet")
        result = document(*args, code=4)
        by_workload = {cell["workload"]: cell for cell in result["cells"]}
        assert by_workload["io_pipe"]["status"] == "failed"
        assert "no such workload" in by_workload["io_pipe"]["reason"]
        assert by_workload["io_sleep"]["metrics"][0]["n"] == 8
        lines = compare(*args, code=4).stdout.splitlines()
        rows = [i for i, line in enumerate(lines) if "/free_threads/" in line]
        assert "io_pipe" in lines[rows[0]] and "failed" in lines[rows[0]]
        assert "base: " in lines[rows[0] + 1]
        assert "1 failed" in lines[-2] and "to the end" in lines[-1]


def check_hang():
    """A side that hangs is ended, is a timeout, and is not green."""
    with program.folder() as folder:
        hangs = wrapper(folder, "hangs", f"""#!/bin/sh
[ "$1" = cell ] && exec sleep 1000
exec {os.path.abspath(GILBENCH)} "$@"
""")
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--new", hangs, "--pairs", "8", "--format", "json",
                "--output", path, code=4)
        result = valid(path)
        assert result["cells"][0]["status"] == "timeout", result["cells"]
        assert result["verdict"]["timeout"] == 1
        junit = compare("--from", path, "--format", "junit", code=4).stdout
        assert 'errors="1"' in junit and "<error " in junit
        markdown = compare("--from", path, "--format", "markdown", code=4)
        assert "**timeout**" in markdown.stdout


def check_nothing_to_run():
    """No cell that runs: not green."""
    plan = {"schema_version": 1, "plan": "none", "summary": "a plan",
            "set": {"library": "/nothing/there.so"}, "experiments": [
                {"workload": "null", "model": "gil_threads", "reps": 1,
                 "lock": "libpython", "slices": 1, "slice_ms": 1}]}
    with program.folder() as folder:
        path = os.path.join(folder, "plan.json")
        save(path, plan)
        result = document(path, "--base", "this", "--pairs", "2", "--quiet",
                          code=4)
    assert [cell["status"] for cell in result["cells"]] == ["skipped"]
    refused("compare", "--base", "lock=mutex", "--new", "lock=mutex",
            "--workload", "null", "--model", "gil_threads", "--quiet",
            words=["the same in every cell"])


def check_budget():
    """The time ends a comparison between two pairs, not within one, and what
    is complete is judged."""
    result = document(*CELL, "--base", "this", "--pairs", "5000", "--budget",
                      "3", "--margin", "1000")
    (cell,) = result["cells"]
    assert 6 <= len(cell["pairs"]) < 5000
    assert cell["metrics"][0]["n"] == len(cell["pairs"])
    assert result["comparison"]["budget_s"] == 3


def check_remarks():
    """Unclear says how many pairs would settle it."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", "this", "--pairs", "8", "--once", "--margin",
                "1000", "--format", "json", "--output", path)
        text = compare("--from", path, "--margin", "0").stdout
        assert "unclear" in text
        assert re.search(r"about \d+ pairs would settle it|"
                         r"more pairs would hardly settle it", text), text


def check_streams():
    """A full disk or a reader that has gone is said in a line."""
    path = os.path.join(os.environ["SOURCE_ROOT"], "tests", "fuzz",
                        "comparison", "small.json")
    for form in ("json", "text", "markdown", "junit"):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = gilbench("compare", "--from", path, "--format", form,
                            stdout=full)
        assert done.returncode == 2, (form, done)
        assert program.ONE_LINE.fullmatch(done.stderr), (form, done)
    reader, writer = os.pipe()
    os.close(reader)
    done = gilbench("compare", "--from", path, "--format", "json",
                    stdout=writer)
    os.close(writer)
    assert done.returncode == 2 and "Broken pipe" in done.stderr, done


def check_markup():
    """What a side is called is no markup, neither in Markdown nor in XML."""
    with program.folder() as folder:
        odd = os.path.join(folder, "a_b|<i>&amp;*c*")
        os.symlink(os.path.abspath(GILBENCH), odd)
        copy = os.path.join(folder, "x|<b>_y_")
        subprocess.run(["cp", os.path.abspath(GILBENCH), copy], check=True)
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", odd, "--new", copy, "--pairs", "6", "--once",
                "--margin", "1000", "--format", "json", "--output", path)
        assert "same_program" in [w["code"] for w in valid(path)["warnings"]]
        markdown = compare("--from", path, "--format", "markdown").stdout
        assert "x\\|&#60;b&#62;\\_y\\_" in markdown, markdown
        stored = program.load(path)
        stored["cells"][0].update(
            status="failed", reason="new: https://a.example www.b.example @c")
        save(path, stored)
        markdown = compare("--from", path, "--format", "markdown",
                           code=4).stdout
        assert "a.example" in markdown and "b.example" in markdown
        assert not re.search(r"://|www\.|@", markdown), markdown


if __name__ == "__main__":
    program.main(globals())
