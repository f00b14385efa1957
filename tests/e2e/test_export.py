#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench export: each format, read as its readers read it."""
import csv
import io
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys

from program import folder, gilbench, load, refused

try:
    from prometheus_client.openmetrics import parser as openmetrics
except ImportError:
    openmetrics = None
COMPARE = "/usr/share/benchmark/compare.py"
HOSTILE = 'a "quoted" \\ name\nwith a line: and \t more'


def made(place):
    """A small result whose texts are no nice ones, and its path."""
    path = os.path.join(place, "result.json")
    done = gilbench(
        "run", "--workload", "null,io_pipe,mixed_convoy", "--model",
        "coop_tasks,free_threads", "--reps", "2", "--slices", "2",
        "--slice-ms", "10", "--set", "warmup_ms=5", "--set", "yield_steps=0",
        "--set", "cpu_tasks=1", "--quiet", "--output", path)
    assert done.returncode == 0, done.stderr
    result = load(path)
    result["context"]["host"] = HOSTILE
    result["context"]["cpu_model"] = HOSTILE
    result["gilbench"]["commit"] = HOSTILE
    result["cells"][0]["workload_version"] = 7
    with open(path, "w", encoding="utf-8") as target:
        json.dump(result, target)
    return path, result


def exported(path, form, *args):
    done = gilbench("export", path, "--format", form, *args)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("gilbench: left out 1 of 6"), done.stderr
    return done.stdout


def served(result):
    """The cells that finished a step: all but the echo that a loop starves."""
    cells = [cell for cell in result["cells"]
             if cell["summary"]["steps_per_s"]["median"] > 0]
    assert len(cells) == len(result["cells"]) - 1
    return cells


def name_of(cell):
    version = cell["workload_version"]
    return cell["id"] + (f"/version={version}" if version > 1 else "")


def step_ns(cell):
    return 1e9 / cell["summary"]["steps_per_s"]["median"]


def near(a, b):
    return math.isclose(a, b, rel_tol=1e-6)


def process_cpu_ns(cell):
    """By step, with that of background tasks: the median of repetitions."""
    return statistics.median(
        each["cpu_s"] * 1e9 / sum(part["steps"] for part in each["slices"])
        for each in cell["repetitions"])


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_google_benchmark(path, result):
    read = json.loads(exported(path, "google-benchmark"))
    assert read["context"]["host_name"] == HOSTILE
    assert read["context"]["caches"] == []
    assert read["context"]["json_schema_version"] == 1
    entries = read["benchmarks"]
    cells = served(result)
    # What github-action-benchmark takes for the identity must be unique.
    assert [e["name"] for e in entries] == [
        name_of(cell) + "/real_time" for cell in cells]
    for entry, cell in zip(entries, cells):
        assert entry["run_type"] == "iteration" and entry["iterations"] > 0
        assert entry["time_unit"] == "ns"
        assert near(entry["real_time"], step_ns(cell))
        assert near(entry["items_per_second"] * entry["real_time"], 1e9)
        assert entry["threads"] == cell["tasks"]
        assert near(entry["cpu_time"], process_cpu_ns(cell)), entry
    # Or half of this would test nothing.
    assert any("cpu_ns_per_step" not in cell["summary"] for cell in cells)
    every = json.loads(exported(path, "google-benchmark", "--all"))
    assert len(every["benchmarks"]) == 2 * len(cells)
    assert {e["repetition_index"] for e in every["benchmarks"]} == {0, 1}
    for entry in entries + every["benchmarks"]:
        for key in ("real_time", "cpu_time", "iterations", "threads",
                    "items_per_second", "repetitions"):
            assert is_number(entry[key]), (key, entry)


def check_compare_py(path, _result):
    """The real reader, where it and what it needs are installed."""
    if not os.path.exists(COMPARE):
        print("there is no", COMPARE)
        return
    for args in ((), ("--all",)):
        with folder() as place:
            own = os.path.join(place, "google.json")
            with open(own, "w", encoding="utf-8") as target:
                target.write(exported(path, "google-benchmark", *args))
            done = subprocess.run(
                [sys.executable, COMPARE, "--no-color", "benchmarks", own,
                 own], capture_output=True, encoding="utf-8", timeout=60,
                check=False)
        if "No module named" in done.stderr:
            print("compare.py cannot run:", done.stderr.splitlines()[-1])
            return
        assert done.returncode == 0, done.stderr
        for name in ("null/coop_tasks", "mixed_convoy/free_threads"):
            assert name in done.stdout, done.stdout


def check_github_action(path, result):
    refused("export", path, "--format", "github-action", words=["--output"])
    with folder() as place:
        done = gilbench("export", path, "--format", "github-action",
                        "--output", os.path.join(place, "points.json"))
        files = [os.path.join(place, f"points-{direction}.json")
                 for direction in ("smaller", "bigger")]
        assert done.stdout.split() == files, done.stdout
        for name, better in zip(files, ("lower", "higher")):
            points = load(name)
            names = [point["name"] for point in points]
            assert points and len(set(names)) == len(names)
            for point in points:
                series, metric = point["name"].rsplit(" ", 1)
                cell = next(c for c in result["cells"]
                            if name_of(c) == series)
                told = cell["summary"][metric]
                assert told["better"] == better
                assert near(point["value"], told["median"])
                assert point["unit"] == told["unit"]
                assert "n = 2" in point["extra"]


def check_bencher(path, result):
    read = json.loads(exported(path, "bencher"))
    assert set(read) == {name_of(cell) for cell in served(result)}
    for cell in served(result):
        measures = read[name_of(cell)]
        assert near(measures["throughput"]["value"], 1e9 / step_ns(cell))
        for name, measure in measures.items():
            assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
            assert isinstance(measure["value"], float)
            assert set(measure) <= {"value", "lower_value", "upper_value"}


def check_go(path, result):
    lines = exported(path, "go").splitlines()
    keys, results = {}, []
    for line in lines:  # benchfmt/reader.go
        key = re.fullmatch(r"([a-z][^\sA-Z:]*):\s*(.*)", line)
        if key:
            keys[key[1]] = key[2]
        elif line.startswith("Benchmark"):
            assert re.match(r"Benchmark[A-Z]", line)
            results.append(line.split())
        else:
            assert re.fullmatch(r"Unit \S+ better=(higher|lower)", line), line
    assert keys["goos"] == "linux"
    assert keys["cpu"] == HOSTILE.replace("\n", " ").replace("\t", " ")
    assert len(results) == 2 * len(served(result))
    for words in results:
        assert not re.search(r"-\d+$", words[0]), words[0]
        assert int(words[1]) > 0
        metrics = dict(zip(words[3::2], map(float, words[2::2])))
        assert near(metrics["ns/op"] * metrics["op/s"], 1e9)
    assert results[0][0] == ("BenchmarkGilbench/workload=" + name_of(
        served(result)[0]).replace("/", "/model=", 1))


# pyperf/_metadata.py: the types of what is known; all else may be any of three.
PYPERF_TYPES = {"duration": (int, float), "loops": (int,), "unit": (str,),
                "tags": (list,), "date": (str,)}


def pyperf_metadata(metadata):
    """What parse_metadata() of pyperf takes; it refuses the file otherwise."""
    for key, value in metadata.items():
        assert isinstance(value, PYPERF_TYPES.get(key, (int, str, float))), key
        if isinstance(value, str):
            assert value.strip() and not re.search(r"[\r\n]", value), (key, value)
    assert metadata.get("duration", 0) >= 0
    assert metadata.get("unit", "second") in ("second", "byte", "integer")
    return metadata


def check_pyperf(path, result):
    """As BenchmarkSuite._json_load() and Benchmark.add_run() read it."""
    read = json.loads(exported(path, "pyperf"))
    assert read["version"] == "1.0"
    suite = pyperf_metadata(read["metadata"])
    assert suite["unit"] == "second"
    names = [each["metadata"]["name"] for each in read["benchmarks"]]
    assert names == [name_of(cell) for cell in served(result)]
    assert len(set(names)) == len(names)
    for benchmark, cell in zip(read["benchmarks"], served(result)):
        common = {**suite, **pyperf_metadata(benchmark["metadata"])}
        assert len(benchmark["runs"]) == 2
        for run in benchmark["runs"]:
            assert run["values"] and all(value > 0 for value in run["values"])
            own = pyperf_metadata({**common, **run["metadata"]})
            assert own["duration"] > 0
            assert own["name"] == common["name"]
        values = [run["values"][0] for run in benchmark["runs"]]
        assert min(values) <= step_ns(cell) / 1e9 * 1.001
        assert max(values) >= step_ns(cell) / 1e9 * 0.999


def check_hyperfine(path, result):
    read = json.loads(exported(path, "hyperfine"))
    needed = {"command", "mean", "median", "user", "system", "min", "max",
              "exit_codes", "stddev", "times"}
    assert len(read["results"]) == len(served(result))
    for each, cell in zip(read["results"], served(result)):
        assert set(each) == needed
        assert near(each["median"] * 1e9, step_ns(cell))
        assert each["min"] <= each["mean"] <= each["max"]
        assert sorted(each["times"])[0] == each["min"]
        assert each["exit_codes"] == [0, 0]
        assert near(each["user"] * 1e9, process_cpu_ns(cell)), each
        # Bencher's shell_hyperfine refuses all of it for one null; stddev is
        # null in hyperfine's own documents too, where there is one run.
        for key in ("mean", "median", "user", "system", "min", "max"):
            assert is_number(each[key]), (key, each)
        assert all(map(is_number, each["times"]))


def check_openmetrics(path, result):
    text = exported(path, "openmetrics")
    assert text.endswith("# EOF\n")
    if not openmetrics:
        print("python3-prometheus-client is not installed")
        return
    families = {family.name: family for family in
                openmetrics.text_string_to_metric_families(text)}
    assert families["gilbench_build_info"].samples[0].labels["commit"] == HOSTILE
    rates = {sample.labels["cell"]: sample.value for sample in
             families["gilbench_rate_steps_per_second"].samples
             if sample.labels["bound"] == "median"}
    for cell in served(result):
        assert near(rates[name_of(cell)], 1e9 / step_ns(cell))


def check_promtool(path, _result):
    """The older text format too: node exporter's textfile collector and
    promtool (Debian: prometheus) read that one."""
    text = exported(path, "openmetrics")
    assert {line.split()[3] for line in text.splitlines()
            if line.startswith("# TYPE")} == {"gauge"}
    if not shutil.which("promtool"):
        print("promtool is not installed")
        return
    done = subprocess.run(["promtool", "check", "metrics"], check=False,
                          input=text, timeout=60,
                          capture_output=True, encoding="utf-8")
    assert "error while linting" not in done.stderr, done.stderr
    assert done.returncode in (0, 3), done.stderr  # 3: a matter of taste


def check_csv(path, result):
    rows = list(csv.DictReader(io.StringIO(exported(path, "csv"))))
    rates = {row["cell"]: row for row in rows
             if row["metric"] == "steps_per_s"}
    for cell in served(result):
        row = rates[cell["id"]]
        assert near(float(row["median"]), 1e9 / step_ns(cell))
        assert row["low"] == "" and row["n"] == "2"
        assert row["better"] == "higher" and row["unit"] == "1/s"


def check_hgrm(path, result):
    refused("export", path, "--format", "hgrm", words=["--cell"])
    cell = next(cell for cell in served(result)
                if cell["workload"] == "io_pipe")
    done = gilbench("export", path, "--format", "hgrm", "--cell", cell["id"])
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["Value", "Percentile", "TotalCount",
                                "1/(1-Percentile)"]
    rows = [list(map(float, line.split())) for line in lines[2:]
            if not line.startswith("#")]
    values, shares, counts = (list(column) for column in zip(
        *(row[:3] for row in rows)))
    assert values == sorted(values) and counts == sorted(counts)
    assert shares[-1] == 1.0 and len(rows[-1]) == 3
    told = sum(repetition["latency_ns"]["count"]
               for repetition in cell["repetitions"])
    assert counts[-1] == told
    footer = re.search(r"#\[Max +=\s*([\d.]+), Total count +=\s*(\d+)\]",
                       done.stdout)
    assert float(footer[1]) == values[-1] and int(footer[2]) == told


def check_refusals(path, _result):
    refused("export", path, words=["--format"])
    refused("export", "--format", "csv", words=["which result"])
    refused("export", path, "--format", "pyperv", words=["pyperf"])
    refused("export", path, "--format", "csv", "--all", words=["--all"])
    refused("export", path, "--format", "csv", "--cell", "no/such",
            words=["no/such"])
    refused("export", path, "--format", "csv", "--output", path,
            words=["--force"])
    refused("export", path, "--format", "csv", "--output",
            path + "/missing/x.csv", words=["x.csv"])
    done = gilbench("export", path, "--format", "csv", "--cell",
                    "mixed_convoy/coop_tasks/*")
    assert done.returncode == 4 and "nothing to export" in done.stderr
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = gilbench("export", path, "--format", "csv", stdout=full)
        assert done.returncode == 2 and "cannot write" in done.stderr


def check_target(path, _result):
    """What was there before a refusal is there after it, and nothing else."""
    with folder() as place:
        keep = os.path.join(place, "keep.hgrm")
        for args in (("--format", "hgrm"), ("--format", "hgrm", "--force")):
            refused("export", path, *args, "--output", keep, words=["--cell"])
            assert not os.listdir(place)
        with open(keep, "w", encoding="utf-8") as target:
            target.write("of old")
        refused("export", path, "--format", "hgrm", "--output", keep,
                "--force", words=["--cell"])
        with open(keep, encoding="utf-8") as source:
            assert source.read() == "of old"
        gilbench("export", path, "--format", "csv", "--output", keep,
                 "--force", check=True)
        assert os.listdir(place) == ["keep.hgrm"]
        # One of two files that is in the way: the other is not written.
        with open(os.path.join(place, "points-bigger.json"), "w",
                  encoding="utf-8"):
            pass
        refused("export", path, "--format", "github-action", "--output",
                os.path.join(place, "points.json"), words=["--force"])
        refused("export", path, "--format", "csv", "--output", place,
                "--force", words=["folder"])
        assert sorted(os.listdir(place)) == ["keep.hgrm",
                                             "points-bigger.json"]
    refused("export", path, "--format", "csv", "--output", "/dev/full",
            words=["cannot write /dev/full"])


def main():
    with folder() as place:
        path, result = made(place)
        for name, check in list(globals().items()):
            if name.startswith("check_"):
                check(path, result)


if __name__ == "__main__":
    main()
