#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench compare: sides, pairs, verdicts, exit codes, reports. What it says
of a difference is tested with differences that no noise can hide."""
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import time
import xml.etree.ElementTree

import program
from program import GILBENCH, gilbench, load, refused, valid

# Short pairs of one cell that a busy machine disturbs little; the margin is
# far beyond any noise.
CELL = ("--workload", "io_sleep", "--model", "free_threads", "--slices", "3",
        "--slice-ms", "8", "--set", "warmup_ms=0", "--set", "sleep_us=200",
        "--quiet")
TINY = ("--slices", "1", "--slice-ms", "2", "--set", "warmup_ms=0", "--quiet")
FEW = (*CELL, "--pairs", "12", "--once", "--margin", "1000")
ONE = ("--pairs", "1", "--once")
# Eleven times slower: seen on any machine.
SLOW = ("--inject", "1000", "--margin", "100", "--pairs", "12",
        "--estimator", "min")


def compare(*args, code=0, **options):
    """`code` None: how it ends is not what is looked at."""
    done = gilbench("compare", *args, **options)
    assert code in (None, done.returncode), (args, done.returncode, done.stderr,
                                     done.stdout)
    return done


def document(*args, code=0, **options):
    return json.loads(compare(*args, "--format", "json", code=code,
                              **options).stdout)


def script(folder, name, text):
    """A program made for the test, in the place of a gilbench."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"#!/bin/sh\n{text}\n")
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return path


def wrapper(folder, name, of_cell):
    """gilbench, but for `cell`, which a line of shell stands for."""
    program_path = os.path.abspath(GILBENCH)
    return script(folder, name, f'GILBENCH="{program_path}"\n'
                  f'if [ "$1" = cell ]; then {of_cell}; fi\n'
                  f'exec "$GILBENCH" "$@"')


def check_same():
    """A program compared with itself: pairs in both orders, same, exit 0."""
    result = document(*FEW, "--base", "this")
    (cell,) = result["cells"]
    assert cell["status"] == "ok" and len(cell["pairs"]) == 12
    assert {pair["first"] for pair in cell["pairs"]} <= {"base", "new"}
    assert [pair["round"] for pair in cell["pairs"]] == list(range(12))
    (metric,) = cell["metrics"]
    assert metric["name"] == "steps_per_s" and metric["verdict"] == "same"
    assert metric["low"] <= metric["ratio"] <= metric["high"]
    assert metric["margin_pct"] == 1000 and metric["n"] == 12
    assert result["verdict"]["same"] == 1
    assert result["verdict"]["exit_code"] == 0
    for side in ("base", "new"):
        assert result["comparison"][side]["this_program"] is True
        for pair in cell["pairs"]:
            assert len(pair[side]["values"]["steps_per_s"]) == 3


def check_order():
    """The order of both sides and of the cells is random, and seeded."""
    args = (*FEW, "--base", "this", "--tasks", "1,2", "--pairs", "6")
    one, two, other = (document(*args, "--seed", seed) for seed in "778")
    firsts = [[pair["first"] for cell in result["cells"]
               for pair in cell["pairs"]] for result in (one, two, other)]
    assert firsts[0] == firsts[1] != firsts[2], firsts
    assert set(firsts[0]) == {"base", "new"}


def check_slower():
    """What is slowed down on purpose is found; the gate can fail."""
    result = document(*CELL, "--base", "this", *SLOW, code=1)
    (cell,) = result["cells"]
    assert "/inject_permille=10000" in cell["new_id"]
    assert cell["metrics"][0]["verdict"] == "slower"
    assert cell["metrics"][0]["ratio"] > 2
    assert [w["code"] for w in result["warnings"]].count("injected") == 1
    # The same from the other end: faster is no failure.
    result = document(*CELL, "--base", "inject_permille=10000", "--margin",
                      "100")
    assert result["cells"][0]["metrics"][0]["verdict"] == "faster"


def check_latencies():
    """An injected slowdown reaches latencies too."""
    result = document("--workload", "io_pipe", "--model", "free_threads",
                      "--placement", "one_pu", "--slices", "3", "--slice-ms",
                      "5", "--set", "warmup_ms=0", "--base", "this", *SLOW,
                      "--metric", "latency_p50_ns", "--quiet", code=1)
    (metric,) = result["cells"][0]["metrics"]
    assert metric["name"] == "latency_p50_ns" and metric["better"] == "lower"
    assert metric["ratio"] > 2 and metric["new"] > metric["base"]


def check_unclear():
    """What is unclear is measured again, once."""
    result = document(*CELL, "--base", "this", "--pairs", "5", "--margin",
                      "1000")
    (cell,) = result["cells"]
    assert len(cell["pairs"]) == 10 and cell["metrics"][0]["look"] == 2


def check_too_few():
    """With so few pairs no slowdown can be found: that is not green."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        result = document(*CELL, "--base", "this", "--inject", "1000",
                          "--tasks", "1,2", "--pairs", "7", "--once", code=4)
        assert result["verdict"]["unclear"] == 2, result["verdict"]
        for cell in result["cells"]:
            (metric,) = cell["metrics"]
            assert metric["pairs_least"] == 8 and metric["ratio"] > 2, metric
        with open(path, "w", encoding="utf-8") as file:
            json.dump(result, file)
        for form in ("text", "markdown", "junit"):
            told = compare("--from", path, "--format", form, code=4).stdout
            assert "too few pairs" in told, told
            assert "nothing was judged" in told, told


def check_strict():
    """--strict makes an exit code of what is unclear."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        stored = document(*CELL, "--base", "this", "--pairs", "8", "--once",
                          "--margin", "1000")
        for i, pair in enumerate(stored["cells"][0]["pairs"]):
            pair["base"]["values"]["steps_per_s"] = [100.0]
            pair["new"]["values"]["steps_per_s"] = [90.0 if i % 2 else 110.0]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(stored, file)
        args = ("--from", path, "--margin", "1")
        assert document(*args)["verdict"]["unclear"] == 1
        assert document(*args, "--strict", code=3)["verdict"]["unclear"] == 1


def check_sides():
    """Settings of a side, alone and with a program."""
    args = ("--workload", "micro_switch", "--model", "gil_threads", *TINY,
            *ONE)
    result = document(*args, "--base", "lock=fifo", "--new",
                      "lock=cpython3 --set switch_interval_us=500", code=None)
    (cell,) = result["cells"]
    assert cell["id"].startswith("micro_switch/gil_threads:cpython3/tasks=1")
    assert "gil_threads:fifo/" in cell["base_id"]
    assert "/switch_interval_us=500" in cell["new_id"]
    assert result["comparison"]["new"]["settings"] == {
        "lock": "cpython3", "switch_interval_us": "500"}
    # Cells that are the same on both sides are left out, and that is said.
    result = document("--workload", "null", *TINY, *ONE,
                      "--new", "switch_interval_us=500", code=None)
    models = {c["id"].split("/")[1] for c in result["cells"]}
    assert "gil_threads:cpython3" in models and "free_threads" not in models
    assert "same_cells" in [w["code"] for w in result["warnings"]]
    # Another model, another number of tasks.
    result = document(*CELL, *ONE, "--new",
                      f"{GILBENCH} model=gil_threads tasks=2", code=None)
    (cell,) = result["cells"]
    assert cell["new_id"].startswith(
        "io_sleep/gil_threads:cpython3/tasks=2/")


def check_blanks():
    """A program may stand in a folder with a blank in its name."""
    with program.folder() as folder:
        place = os.path.join(folder, "a b")
        os.mkdir(place)
        own = wrapper(place, "my gilbench", "true")
        (cell,) = document(*CELL, *ONE, "--base",
                           f"{own} sleep_us=300", "--new",
                           "this sleep_us=300", code=None)["cells"]
        assert "/sleep_us=300/" in cell["base_id"], cell["base_id"]


def check_other_protocol():
    """Figures in another version of the protocol are not compared."""
    with program.folder() as folder:
        other = wrapper(folder, "other", '"$GILBENCH" cell | sed '
                        's/cell_protocol\\":1/cell_protocol\\":2/; exit')
        done = compare(*CELL, "--base", other, code=5)
        assert "protocol" in done.stderr, done.stderr


def check_bad_sides():
    args = ("compare", *CELL)
    refused(*args, words=["--base", "--new"])
    refused(*args, "--base", "switch_intervall_us=5",
            words=["did you mean 'switch_interval_us'"])
    refused(*args, "--base", "cpython3", words=["lock=cpython3"])
    refused(*args, "--base", "lock=cpython4", words=["did you mean 'cpython"])
    refused(*args, "--base", "lock=", words=["value"])
    refused(*args, "--base", "tasks=0", words=["tasks"])
    refused(*args, "--base", "warmup_ms=-1", words=["--base", "warmup_ms"])
    refused(*args, "--base", "./nowhere/gilbench", words=["No such file"])
    refused(*args, "--base", "/tmp", words=["directory"])
    refused(*args, "--base", "/bin/true", words=["not gilbench"])
    refused(*args, "--base", "this this", words=["two programs"])
    refused(*args, "--base", "this", "--margin", "mirco_*:3",
            words=["mirco_*", "fits no"])
    refused(*args, "--new", "lock=mutex", words=["lock=mutex"])
    refused(*args, "--base", "this", "--margin", "x", words=["--margin"])
    refused(*args, "--base", "this", "--metric", "step_per_s",
            words=["did you mean 'steps_per_s'"])
    refused(*args, "--base", "this", "--estimator", "mean", words=["median"])
    refused(*args, "--base", "this", "--inject", "0", words=["--inject"])
    refused(*args, "--base", "this", "--design", "duets", words=["duet"])
    refused("compare", "--base", "this", "nosuchplan", words=["nosuchplan"])
    refused("compare", "--base", "this", words=["gilbench compare ci"])
    for empty in ("", "  "):
        refused("compare", "ci", "--base", empty, words=["--base", "not set"])
    # Before anything is measured for it.
    for command in (("compare", "ci", "--base", "this"), ("selftest",)):
        refused(*command, "--output", "/nowhere/c.json", words=["/nowhere"])
        refused(*command, "--output", f"{__file__}/c.json", words=["folder"])
    refused("compare", "--from", "x.json", "--pairs", "3", words=["--from"])
    stored = os.path.join(os.environ["SOURCE_ROOT"], "results", "reference",
                          "quick.json")
    refused("compare", stored, stored, words=["compare --stored"])
    with program.folder() as folder:
        path = os.path.join(folder, "result.json")
        shutil.copyfile(stored, path)  # a checkout's mode may be any
        refused(*args, "--base", path, words=["compare --stored"])


def check_no_result():
    """Who takes a result says of a comparison what it is."""
    path = os.path.join(os.environ["SOURCE_ROOT"], "tests", "fuzz",
                        "comparison", "small.json")
    for command in (("export", "--format", "csv"), ("history", "add"),
                    ("compare", "--stored"), ("merge",), ("verdict",)):
        with program.folder() as folder:
            more = (("--file", os.path.join(folder, "h.jsonl"))
                    if command[0] == "history" else ())
            refused(*command, path, *more,
                    words=["is a comparison", "compare --from"])


def check_crash():
    """A side that crashes, hangs or talks nonsense is never green."""
    ways = {"crashes": ("kill -SEGV $$", 4, "killed by signal 11"),
            "refuses": ("echo 'gilbench: no' >&2; exit 2", 4, "no"),
            "is silent": ("exit 0", 4, "no answer"),
            "raves": ("echo '{}'; exit 0", 4, "not JSON"),
            "differs": ("echo 'gilbench: version 2' >&2; exit 5", 5,
                        "version 2")}
    with program.folder() as folder:
        for name, (line, code, words) in ways.items():
            path = wrapper(folder, name.replace(" ", "_"), line)
            done = compare(*FEW, "--new", path, "--format", "json", code=code)
            if code == 5:
                assert words in done.stderr and not done.stdout, done
                continue
            result = json.loads(done.stdout)
            (cell,) = result["cells"]
            assert cell["status"] == "failed" and words in cell["reason"], cell
            assert cell["reason"].startswith("new: ")
            assert result["verdict"]["failed"] == 1


def check_late_crash():
    """One that fails in the middle keeps its pairs, and fails."""
    with program.folder() as folder:
        count = os.path.join(folder, "count")
        path = wrapper(folder, "late", f'echo >> {count}\n'
                       f'if [ $(wc -l < {count}) -gt 4 ]; then exit 3; fi')
        output = os.path.join(folder, "c.json")
        compare(*FEW, "--base", path, "--format", "json", "--output", output,
                code=4)
        (cell,) = valid(output)["cells"]
        assert cell["status"] == "failed" and len(cell["pairs"]) == 3
        assert "exit code 3" in cell["reason"] and cell["metrics"] == []


def check_unknown_parameter():
    """A program of another version that lacks one of our parameters runs with
    it left out, if it is at its default."""
    with program.folder() as folder:
        path = wrapper(folder, "older", (
            'request=$(cat); case $request in *inject_permille*) '
            "echo 'gilbench: request: no such parameter: inject_permille' >&2; "
            'exit 2;; esac; echo "$request" | "$GILBENCH" cell; exit'))
        result = document(*FEW, "--base", path)
        assert result["comparison"]["base"]["unknown_params"] == [
            "inject_permille"]
        assert result["cells"][0]["status"] == "ok"
        assert len(result["cells"][0]["pairs"]) == 12
        result = document(*FEW, "--new", path, "--inject", "5", code=4)
        assert "inject_permille" in result["cells"][0]["reason"]


def check_reports():
    """The same pairs give the same bytes, in every format."""
    with program.folder() as folder:
        first, again = (os.path.join(folder, name) for name in "ab")
        compare(*FEW, "--base", "this", "--tasks", "1,2", "--format", "json",
                "--output", first)
        valid(first)
        for fmt in ("json", "text", "markdown", "junit"):
            texts = {compare("--from", first, "--format", fmt).stdout
                     for _ in range(2)}
            assert len(texts) == 1, fmt
            if fmt == "json":
                with open(first, encoding="utf-8") as source:
                    assert texts == {source.read()}
        compare("--from", first, "--format", "json", "--output", again)
        with open(first, "rb") as one, open(again, "rb") as two:
            assert one.read() == two.read()
        # A file is not replaced by accident.
        refused("compare", "--from", first, "--output", again,
                words=["--force"])
        markdown = compare("--from", first, "--format", "markdown").stdout
        assert "nothing slower" in markdown and "| 95 % interval |" in markdown
        text = compare("--from", first).stdout
        assert text.count("io_sleep/free_threads/tasks") == 2
        # What all cells have is said once; ids elsewhere are whole.
        assert "\nall: placement=per_core, sleep_us=200, warmup_ms=0\n" in text
        assert re.search(r" io_sleep/free_threads/tasks=2\n", text), text
        junit = compare("--from", first, "--format", "junit").stdout
        assert junit.count("/sleep_us=200/warmup_ms=0") == 2
        # Another margin, another estimator: judged anew.
        judged = json.loads(compare("--from", first, "--margin", "0",
                                    "--estimator", "min", "--format",
                                    "json").stdout)
        assert judged["comparison"]["estimator"] == "min"
        assert all(metric["margin_pct"] == 0 for cell in judged["cells"]
                   for metric in cell["metrics"])


def check_junit():
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", "this", *SLOW, "--format", "json", "--output",
                path, code=1)
        done = compare("--from", path, "--format", "junit", code=1)
        suite = xml.etree.ElementTree.fromstring(
            done.stdout.encode()).find("testsuite")
        assert suite.get("tests") == suite.get("failures") == "1"
        failure = suite.find("testcase/failure")
        assert failure.get("type") == "regression"
        assert re.search(r"margin 100 %", failure.get("message"))
        assert "**slower**" in compare("--from", path, "--format", "markdown",
                                       code=1).stdout
    # Where nothing was judged, it is no green report.
    done = compare("--workload", "cpu_loop", "--model", "free_threads", *TINY,
                   "--pairs", "2", "--once", "--base", "this", "--metric",
                   "latency_*", "--format", "junit", code=4)
    suite = xml.etree.ElementTree.fromstring(
        done.stdout.encode()).find("testsuite")
    assert suite.get("errors") == "1" and suite.get("tests") == "2"
    assert suite.find("testcase/error") is not None


def check_forged():
    """A document whose verdicts do not follow from its pairs is not valid, and
    judging it again sets it right."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*CELL, "--base", "this", *SLOW, "--format", "json", "--output",
                path, code=1)
        forged = load(path)
        forged["cells"][0]["metrics"][0]["verdict"] = "same"
        forged["verdict"].update(slower=0, same=1, exit_code=0)
        with open(path, "w", encoding="utf-8") as out:
            json.dump(forged, out)
        refused("validate", path, words=["do not follow"])
        compare("--from", path, code=1)
        forged["cells"][0]["pairs"][0]["new"]["values"] = {}
        with open(path, "w", encoding="utf-8") as out:
            json.dump(forged, out)
        refused("compare", "--from", path, words=["steps_per_s"])


def check_golden():
    """A stored comparison gives today what it gave when it was stored."""
    path = os.path.join(os.environ["SOURCE_ROOT"], "tests", "fuzz",
                        "comparison", "small.json")
    result = valid(path)
    done = compare("--from", path, "--format", "json",
                   code=result["verdict"]["exit_code"])
    with open(path, encoding="utf-8") as source:
        assert done.stdout == source.read()


def check_plot():
    """A comparison is drawn as one figure, a row a judged metric."""
    if not shutil.which("gnuplot"):
        return
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        compare(*FEW, "--base", "this", "--tasks", "1,2", "--format", "json",
                "--output", path)
        done = gilbench("plot", path, "--format", "svg,png,pdf")
        assert done.returncode == 0, done
        names = sorted(os.listdir(os.path.join(folder, "c")))
        assert names == [f"comparison.{end}" for end in ("pdf", "png", "svg")]
        svg = xml.etree.ElementTree.parse(
            os.path.join(folder, "c", "comparison.svg")).getroot()
        said = " ".join(svg.itertext())
        assert said.count("io_sleep/free_threads/tasks=") >= 2
        done = gilbench("plot", path, "--format", "term")
        assert done.returncode == 0 and "worst first" in done.stdout
        refused("plot", path, "--figure", "convoy", words=["comparison"])


def check_selftest():
    """It runs to its end; so few pairs can find nothing, and it says so."""
    done = gilbench("selftest", "--pairs", "2", "--quiet", "--seed", "1")
    assert done.returncode == 3, done
    for word in ("cpu", "io", "mixed", "micro"):
        assert re.search(rf"^{word} .*%.*unclear", done.stdout, re.M), done
    with program.folder() as folder:
        path = os.path.join(folder, "s.json")
        done = gilbench("selftest", "--pairs", "6", "--quiet", "--inject",
                        "1000", "--estimator", "min", "--format", "json",
                        "--output", path)
        assert done.returncode in (0, 1) and not done.stdout, done
        result = valid(path)
        assert result["exit_code"] == done.returncode
        assert result["selftest"]["estimator"] == "min"
        assert result["selftest"]["pairs"] == 6
        assert [each["class"] for each in result["classes"]] == [
            "cpu", "io", "mixed", "micro"]
        for each in result["classes"]:
            assert each["status"] == "ok" and each["equal"]["n"] == 12
            assert each["injected"]["ratio"] > 2, each
            assert 0 <= each["false_alarms_pct"] <= 100, each
        refused("selftest", "--output", path, words=["--force"])
        result["classes"][0]["status"] = "fine"
        with open(path, "w", encoding="utf-8") as out:
            json.dump(result, out)
        refused("validate", path, words=["status"])
    refused("selftest", "--format", "xml", words=["text, json"])
    refused("selftest", "--estimator", "mean", words=["median, min"])
    refused("selftest", "--inject", "0", words=["--inject"])
    refused("selftest", "ci", words=["no argument"])


def check_interrupt():
    """SIGINT keeps the pairs that are complete, and is not green."""
    with program.folder() as folder:
        path = os.path.join(folder, "c.json")
        process = subprocess.Popen(
            [GILBENCH, "compare", *CELL, "--pairs", "2000", "--base", "this",
             "--format", "json", "--output", path],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 4
        result = valid(path)
        assert result["comparison"]["interrupted"] is True
        assert len(result["cells"][0]["pairs"]) < 2000


def check_budget():
    """No pair begins that would end later; nothing measured is not green."""
    result = document(*FEW, "--base", "this", "--budget", "0.001", code=4)
    assert result["cells"][0]["pairs"] == []
    assert result["cells"][0]["calibration"] is None


def check_duet():
    if len(os.sched_getaffinity(0)) < 2:
        return
    result = document(*FEW, "--base", "this", "--design", "duet")
    (cell,) = result["cells"]
    assert cell["design"] == "duet"
    assert all(pair["first"] is None for pair in cell["pairs"])
    refused("compare", "--workload", "micro_handoff", "--model",
            "free_threads", "--tasks", "2", "--base", "this", "--design",
            "duet", words=["duet"])


def check_unpinned():
    """Cells whose tasks are not bound decide nothing, unless asked."""
    args = (*CELL, "--base", "this", "--placement", "os", *SLOW)
    result = document(*args, code=4)
    assert result["cells"][0]["metrics"][0]["gates"] is False
    assert document(*args, "--gate", "all", code=1)["verdict"]["slower"] == 1


def check_dry_run():
    done = compare("ci", "--base", "this", "--dry-run")
    assert "cpu_loop/gil_threads:cpython3/tasks=1" in done.stdout


program.main(globals())
