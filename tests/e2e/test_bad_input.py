#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Bad input: one line that says what and where, exit 2, never a crash."""
import copy
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile

import program
from program import TINY, document, gilbench, refused, valid

NULL = ("run", "--workload", "null")
PLAN = {"schema_version": 1, "plan": "mine", "summary": "a plan",
        "experiments": [{"workload": "null", "model": "free_threads",
                         "reps": 1, "slices": 1, "slice_ms": 1,
                         "set": {"warmup_ms": 0}}]}


def check_commands():
    for args, words in (
            (["rum"], ["rum", "did you mean run"]),
            (["--nothing"], ["--nothing", "--help"]),
            ([""], ["command"]),
            (["list", "modles"], ["modles", "models"]),
            (["list", "--nothing"], ["--nothing"]),
            (["list", "models", "locks"], ["locks"]),
            (["validate"], ["file"]),
            (["validate", "--nothing"], ["--nothing"]),
            (["validate", "a", "b"], ["file"]),
            (["topology", "--nothing"], ["--nothing"]),
            (["topology", "more"], ["more"]),
            (["cell", "more"], ["more"])):
        refused(*args, words=words)
    assert gilbench().returncode == 2


def check_options():
    for args, words in (
            (["--nothing"], ["--nothing", "--help"]),
            (["-x"], ["-x"]),
            (["-xy"], ["-x"]),
            (["--workload"], ["--workload", "value"]),
            (["--set"], ["--set", "value"]),
            (["--s", "5"], ["--s"]),
            (["--resume=yes"], ["--resume"]),
            (["--resume"], ["--output"]),
            (["--resume", "--force", "--output", "x"], ["--force"]),
            ([], ["--workload"])):
        refused("run", *args, words=words)


def check_names():
    for args, words in (
            (["--workload", "cpu_lop"], ["cpu_lop", "cpu_loop"]),
            (["--workload", "qqqqqqqqqqqq"], ["workload 'qqqqqqqqqqqq'"]),
            (["--workload", "zz*"], ["zz*"]),
            (["--workload", "null,"], ["null,"]),
            (["--workload", ""], ["--workload"]),
            (["--workload", "null", "--model", "gil_thread"],
             ["gil_thread", "gil_threads"]),
            (["--workload", "null", "--model", "coop*s,x*"], ["x*"]),
            (["--workload", "null", "--lock", "mutx"],
             ["mutx", "mutex"]),
            (["--workload", "null", "--placement", "per_cor"],
             ["per_cor", "per_core"]),
            (["--workload", "null", "--placement", "pus=0,1"],
             ["placement '1'"]),
            (["quik"], ["quik", "quick", "smoke"]),
            ([""], ["plan"]),
            (["nothing/there.json"], ["nothing/there.json", "No such file"]),
            (["/"], ["/", "directory"]),
            (["smoke", "--workload", "cpu_lop"], ["cpu_lop", "cpu_loop"]),
            (["quick", "--placement", "one_pu"], ["one_pu", "quick"]),
            (["quick", "--workload", "null", "--lock", "mutex"], ["quick"])):
        refused("run", *args, words=words)


def check_keys():
    for args, words in (
            (["switch_intervall_us=5"],
             ["switch_intervall_us", "switch_interval_us"]),
            (["qqqqqqqqqqqq=5"], ["qqqqqqqqqqqq"]),
            (["via=inline"], ["via", "io_blocking_call"]),
            (["switch_interval_us"], ["KEY=VALUE"]),
            (["=5"], ["KEY=VALUE"]),
            (["switch_interval_us="], ["KEY=VALUE"]),
            ([""], ["KEY=VALUE"])):
        refused(*NULL, "--set", *args, words=words)


def check_values():
    """Out of range, with a suffix, empty, no number, no word of the list."""
    for value in ("5ms", "-1", "0", "1e3", "0x10", "5.5", "", "1,", "1,x",
                  "99999999999999999999", "NaN", "\N{ARABIC-INDIC DIGIT ONE}"):
        refused(*NULL, "--set", f"switch_interval_us={value}",
                words=["--set"])
    refused(*NULL, "--set", "switch_interval_us=5ms", words=["5ms", "suffix"])
    refused(*NULL, "--set", "switch_interval_us=0", words=[" to ", " us"])
    refused("run", "--workload", "io_blocking_call", "--set", "via=inlin",
            words=["via=inlin", "inline, executor"])


def check_cannot_run():
    """Named exactly, and not to be had here: said before anything starts."""
    args = (*NULL, "--model", "gil_threads", "--lock", "libpython")
    for library in ("/nothing/there.so", "/etc/passwd", "/dev/null", "/", "x"):
        refused(*args, "--set", f"library={library}",
                words=["lock libpython cannot run here"])
    for library in ("a b", "a\nb", "\x1b[2J", "x" * 300, "\udcff"):
        refused(*args, "--set", f"library={library}", words=["library="])


def check_counts():
    bad = ("0", "-1", "-0", "1.5", "x", "", "5ms", " ", "0x10",
           "99999999999999999999")
    for option in ("--tasks", "--reps", "--slices", "--slice-ms"):
        for value in (*bad, "1000000000"):
            refused(*NULL, option, value, words=[option])
    for value in ("-1", "x", "", "1.5", "99999999999999999999"):
        refused(*NULL, "--seed", value, words=["--seed", "from 0 to"])
    refused("history", "prune", "--keep", "-1", words=["from 0 to"])
    refused("advise", "--cpu-us", "0", words=["--cpu-us 0", "from 1 to"])
    for value in ("0", "-1", "x", "", "nan", "inf", "5s"):
        refused(*NULL, "--budget", value, words=["--budget"])
    for value in ("0/2", "3/2", "1/0", "1", "/", "1/", "/2", "1/2/3", "-1/2",
                  "a/b", "", "1/99999999999999999999"):
        refused(*NULL, "--shard", value, words=["--shard"])
    for value in ("1,,2", "1,0", ",1", "1000001"):
        refused(*NULL, "--tasks", value, words=["--tasks"])


def check_too_many():
    counts = ",".join(map(str, range(1, 12)))
    args = ("run", "--workload", "cpu_loop", "--model", "coop_tasks", "--set",
            f"count={counts}", "--reps", "10000")
    refused(*args, words=["110000 repetitions", "100000", "--shard"])
    done = gilbench(*args, "--shard", "1/11", "--dry-run")
    assert done.returncode == 0 and "10000 repetitions" in done.stdout, done


def check_placements():
    for value in ("pus=", "pus=x", "pus=0+", "pus=+0", "pus=1-0",
                  "pus=0-", "pus=-1", "pus=0+0", "pus=0 ", "pus=0x0", "pus",
                  "pus=99999999999999999999", "pus=0-99999999999", "PUS=0",
                  "pus=0\npus=1"):
        refused(*NULL, "--placement", value, words=["placement"])
        refused("topology", "--placement", value, words=["placement"])
    refused(*NULL, "--placement", "pus=60000", words=["60000", "may use"])


def check_placement_allowed():
    """Two PUs exist, the process may use one."""
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return
    first, second = allowed[:2]
    for list_ in (f"pus={second}", f"pus={first}+{second}"):
        refused(*NULL, "--placement", list_,
                preexec_fn=program.on_pus({first}),
                words=[f"PU {second}", f"may use PU {first}"])
    cells = document(*TINY, "--placement", f"pus={first}",
                     preexec_fn=program.on_pus({first}))["cells"]
    assert cells[0]["bindings"] == [{"pu": first, "tasks": "0"}], cells


def plan_with(path, value):
    """The plan with something else at a place; None: without it."""
    plan = copy.deepcopy(PLAN)
    at = plan
    for key in path[:-1]:
        at = at[key]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return json.dumps(plan)


def bad_plans():
    first = ("experiments", 0)
    yield plan_with(["schema_version"], 2), ["newer", "version 1"]
    yield plan_with(["schema_version"], 0), ["schema_version"]
    yield plan_with(["schema_version"], "1"), ["schema_version"]
    yield plan_with(["schema_version"], None), ["schema_version"]
    yield plan_with(["experiments"], None), ["experiments"]
    yield plan_with(["experiments"], []), ["/experiments"]
    yield plan_with(["experiments"], {}), ["/experiments"]
    yield plan_with(["surprise"], 1), ["surprise"]
    yield plan_with(["budget_s"], 0), ["/budget_s"]
    yield plan_with(["blocks"], "tasks"), ["/blocks"]
    yield plan_with(["blocks"], []), ["/blocks"]
    yield plan_with(["blocks"], ["tasks", 1]), ["/blocks/1"]
    yield plan_with(["blocks"], ["tasks", "taskz"]), ["/blocks/1", "taskz"]
    yield plan_with(["plan"], "My Plan"), ["/plan"]
    yield plan_with([*first, "reps"], "6"), ["/experiments/0/reps"]
    yield plan_with([*first, "reps"], 0), ["/experiments/0/reps"]
    yield plan_with([*first, "reps"], -3), ["/experiments/0/reps"]
    yield plan_with([*first, "reps"], 1.5), ["/experiments/0/reps"]
    yield plan_with([*first, "reps"], 10**9), ["/experiments/0/reps"]
    yield plan_with([*first, "tasks"], "4"), ["/experiments/0/tasks"]
    yield plan_with([*first, "tasks"], [1, "4"]), ["/experiments/0/tasks"]
    yield plan_with([*first, "tasks"], 0), ["/experiments/0/tasks"]
    yield plan_with([*first, "tasks"], 10**9), ["/experiments/0/tasks"]
    yield plan_with([*first, "slice_ms"], True), ["/experiments/0/slice_ms"]
    yield plan_with([*first, "surprise"], 1), ["/experiments/0", "surprise"]
    yield plan_with([*first, "workload"], "nul"), ["'nul'", "'null'"]
    yield plan_with([*first, "workload"], None), ["workload"]
    yield plan_with([*first, "workload"], 5), ["/experiments/0/workload"]
    yield plan_with([*first, "model"], "thread"), ["/experiments/0", "thread"]
    yield plan_with([*first, "lock"], "mutx"), ["mutx", "mutex"]
    yield plan_with([*first, "placement"], "pus="), ["/placement"]
    yield plan_with([*first, "placement"], "per_cor"), ["per_core"]
    yield plan_with([*first, "set", "warmup_ms"], 1.5), ["/set/warmup_ms"]
    yield plan_with([*first, "set", "warmup_ms"], -1), ["warmup_ms=-1"]
    yield plan_with([*first, "set", "warmup_ms"], "5ms"), ["5ms"]
    yield plan_with([*first, "set", "warmup_ms"], {}), ["/set/warmup_ms"]
    yield plan_with([*first, "set", "warmup"], 1), ["warmup"]
    yield plan_with([*first, "set"], []), ["/set"]
    yield json.dumps(PLAN)[:-20], ["cut short"]
    yield "", ["empty"]
    yield "#!/bin/sh\n", ["not JSON", "line 1"]
    yield "\0\0\0", []
    yield "\xff\xfe{", ["not JSON"]
    yield "[]", ["schema_version"]
    yield "5", ["not JSON"]
    yield json.dumps(PLAN) + "{}", ["not JSON"]
    yield json.dumps(PLAN).replace("1,", "1, \"plan\": \"other\",", 1), ["plan"]
    yield json.dumps(PLAN).replace("1,", "NaN,", 1), ["NaN"]
    yield json.dumps(PLAN).replace("1,", "1e999,", 1), ["not JSON"]


def in_file(text, check):
    with tempfile.NamedTemporaryFile("w", suffix=".json",
                                     encoding="latin-1") as file:
        file.write(text)
        file.flush()
        check(file.name)


def check_plans():
    in_file(json.dumps(PLAN), valid)
    for text, words in bad_plans():
        def check(path):
            refused("run", path, words=[path, *words])
            refused("validate", path, words=[path])
        in_file(text, check)


def result_with(result, path, value):
    changed = copy.deepcopy(result)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(changed)


def bad_results(result):
    cell = ("cells", 0)
    text = json.dumps(result)
    yield text[:len(text) // 2], ["cut short"]
    yield text.replace("{", "{\"schema_version\": 1, ", 1), ["schema_version"]
    yield result_with(result, ["schema_version"], 2), ["newer"]
    yield result_with(result, ["schema_version"], "1"), ["schema_version"]
    yield result_with(result, ["cells"], {}), ["/cells"]
    yield result_with(result, [*cell, "tasks"], "1"), ["/cells/0/tasks"]
    yield result_with(result, [*cell, "status"], "fine"), ["/cells/0/status"]
    yield (result_with(result, [*cell, "repetitions", 0, "steps_per_s"], "9"),
           ["/cells/0/repetitions/0/steps_per_s"])
    yield (result_with(result, [*cell, "repetitions", 0, "steps_per_s"], 1e308)
           .replace("1e+308", "1e309"), ["not JSON"])
    yield result_with(result, ["plan", "seed"], "7"), ["/plan/seed"]
    yield result_with(result, ["plan", "seed"], -1), ["/plan/seed"]


def unchanged(path):
    """What a write would change; reading may change the access time."""
    stat = os.stat(path)
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def check_results():
    result = document(*TINY)
    for text, words in bad_results(result):
        def check(path):
            refused("validate", path, words=[path, *words])
            before = unchanged(path)
            refused("run", *TINY, "--output", path, "--resume",
                    words=[path, *words])
            assert unchanged(path) == before
        in_file(text, check)


def little_memory():
    resource.setrlimit(resource.RLIMIT_AS, (256 << 20, 256 << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


def check_nesting():
    """100 MB of nesting is refused early, with little memory."""
    for begin, unit in (("", "["), ("", "{\"a\":"), ("", "[{\"a\":["),
                        ("[", "[],"), ("[", "\"\",")):
        text = begin + unit * (100_000_000 // len(unit))
        def check(path):
            for command in ("validate", "run"):
                refused(command, path, words=[path],
                        preexec_fn=little_memory)
            with open(path, "rb") as request:
                refused("cell", stdin=request, preexec_fn=little_memory)
        in_file(text, check)


def check_outputs():
    with program.folder() as folder:
        there = os.path.join(folder, "there.json")
        refused("run", *TINY, "--output", folder + "/no/x.json",
                words=["no/x.json", "there is no folder"])
        refused("run", *TINY, "--output", folder, words=[folder])
        refused("run", *TINY, "--output", "", words=["--output"])
        refused("run", *TINY, "--output", "x" * 300, words=["too long"])
        assert os.listdir(folder) == []
        assert gilbench("run", *TINY, "--output", there).returncode == 0
        before = os.stat(there)
        refused("run", *TINY, "--output", there,
                words=[there, "--resume", "--force"])
        refused("run", *TINY, "--tasks", "2", "--output", there, "--resume",
                words=[there, "plan"])
        refused("run", *TINY, "--shard", "1/1", "--output", there, "--resume",
                words=[there, "shard"])
        seed = valid(there)["plan"]["seed"]
        refused("run", *TINY, "--seed", str(seed + 1), "--output", there,
                "--resume", words=[there, "seed"])
        assert os.stat(there) == before
        assert os.listdir(folder) == ["there.json"]
        done = gilbench("run", *TINY, "--seed", "7", "--output", there,
                        "--force")
        assert done.returncode == 0 and valid(there)["plan"]["seed"] == 7


def check_full_stdout():
    for args in (["run", *TINY], ["list"], ["topology"], ["--version"],
                 ["--help"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = gilbench(*args, stdout=full)
        assert done.returncode == 2, (args, done)
        assert program.ONE_LINE.fullmatch(done.stderr), (args, done.stderr)
        assert "No space left" in done.stderr, (args, done.stderr)
    refused("run", *TINY, "--output", "/dev/full",
            words=["/dev/full", "No space left"])


def mounted(folder, size):
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}",
                           "gilbench", folder], capture_output=True)
    return done.returncode == 0


def check_full_disk():
    """What was measured before the disk was full is still there, and whole."""
    with program.folder() as folder:
        if os.geteuid() != 0 or not mounted(folder, "64k"):
            print("no small file system here: full disk not tried")
            return
        try:
            path = os.path.join(folder, "x.json")
            refused("run", *TINY, "--reps", "500", "--output", path,
                    words=[path, "No space left", "kept"])
            cell = valid(path)["cells"][0]
            assert 1 <= len(cell["repetitions"]) < 500
            assert os.listdir(folder) == ["x.json"], "a part file was left"
        finally:
            subprocess.run(["umount", folder], check=True)


def check_cell_requests():
    good = {"cell_protocol": 1, "workload": "null", "workload_version": 1,
            "model": "free_threads", "lock": None, "tasks": 1,
            "params": {"warmup_ms": 0}, "slices": 1, "slice_ms": 1,
            "pus": [-1], "generator_pu": -1}
    def ask(**change):
        with tempfile.TemporaryFile("w+") as request:
            json.dump({**good, **change}, request)
            request.seek(0)
            return gilbench("cell", stdin=request)
    done = ask()
    assert done.returncode == 0 and '"status":"ok"' in done.stdout, done
    for change in ({"workload": "nothing"}, {"workload": None}, {"model": 5},
                   {"lock": "cpython3"}, {"tasks": 0}, {"tasks": "1"},
                   {"tasks": 10**9}, {"tasks": -1}, {"pus": []},
                   {"pus": [-2]}, {"pus": ["0"]}, {"pus": [2**40]},
                   {"pus": None}, {"params": {"nothing": 1}},
                   {"params": {"warmup_ms": "5ms"}}, {"slices": 0},
                   {"params": {"warmup_ms": None}}, {"params": 5},
                   {"generator_pu": 2**40}, {"generator_pu": "x"},
                   {"cell_protocol": "1"}):
        done = ask(**change)
        assert done.returncode == 2 and not done.stdout, (change, done)
        assert program.ONE_LINE.fullmatch(done.stderr), (change, done.stderr)
        assert "(null)" not in done.stderr, (change, done.stderr)
    for change in ({"cell_protocol": 2}, {"workload_version": 99}):
        done = ask(**change)
        assert done.returncode == 5, (change, done)
        assert program.ONE_LINE.fullmatch(done.stderr), (change, done.stderr)
    done = ask(pus=[60000])
    assert done.returncode == 0, done
    assert json.loads(done.stdout)["status"] == "failed", done


def check_plot():
    with program.folder() as folder:
        path = os.path.join(folder, "x.json")
        assert gilbench("run", *TINY, "--output", path).returncode == 0
        for args, words in (
                ([], ["result"]),
                ([path, path], ["one result"]),
                ([path, "--nothing"], ["--nothing"]),
                ([path, "--figure"], ["--figure", "value"]),
                ([path, "--figure", "cpu_scalin"],
                 ["cpu_scalin", "cpu_scaling"]),
                ([path, "--figure", "zz*"], ["zz*"]),
                ([path, "--format", "bmp"], ["bmp", "svg, png, pdf, term"]),
                ([path, "--format", ""], ["svg, png, pdf, term"])):
            refused("plot", *args, words=words)
        refused("plot", path, env={"PATH": folder},
                words=["gnuplot", "install"])
        done = gilbench("run", *TINY, env={"PATH": folder})
        assert done.returncode == 0 and not done.stderr, done
        if shutil.which("gnuplot"):
            refused("plot", folder + "/no.json", words=["no.json"])
            refused("plot", path, "--output-dir", folder + "/no/no",
                    words=["no/no"])
            refused("plot", path, "--output-dir", path, words=[path])
        assert os.listdir(folder) == ["x.json"]


HOSTILE = ("null\ngilbench: all is well", "null\rgilbench: all is well",
           "\x1b[2J\x1b[1;31mnull", "null\x1b]0;title\x07", "\udc9b31mnull",
           "\u009b31mnull", "null\u2028null", "null\u0085null", "%s%n%s%n",
           "null\x7f\x08\x08", "x" * 100_000, "\udcff\udcfenull")


def check_hostile_names():
    """Nothing in a name makes a second line or talks to the terminal."""
    for name in HOSTILE:
        for args in (["run", name], ["run", "./" + name], [name],
                     ["list", name], ["validate", name], ["cell", name],
                     ["topology", name], ["topology", "--placement", name],
                     ["run", "--" + name], [*NULL, "--" + name + "=5"],
                     ["run", "--workload", name], [*NULL, "--model", name],
                     ["run", "--workload", "*" + name], [*NULL, "--lock", name],
                     [*NULL, "--placement", name], [*NULL, "--tasks", name],
                     [*NULL, "--placement", "pus=0" + name],
                     [*NULL, "--set", name], [*NULL, "--set", name + "=5"],
                     [*NULL, "--set", "warmup_ms=" + name],
                     [*NULL, "--reps", name], [*NULL, "--seed", name],
                     [*NULL, "--budget", name], [*NULL, "--shard", name],
                     ["run", *TINY, "--output", "/nothing/" + name]):
            refused(*args)


def check_hostile_plans():
    first = ("experiments", 0)
    for name in HOSTILE:
        if re.search("[\udc80-\udcff]", name):
            continue
        for path in (["plan"], [name], [*first, "workload"], [*first, "model"],
                     [*first, "placement"], [*first, "set", "warmup_ms"],
                     [*first, "set", name], [*first, name]):
            text = json.dumps(json.loads(plan_with(path, name)),
                              ensure_ascii=False)
            def check(path):
                refused("run", path)
                refused("validate", path)
            in_file(text.encode("utf-8").decode("latin-1"), check)


if __name__ == "__main__":
    program.main(globals())
