#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench history and compare --stored: what is kept, and what a trend says."""
import copy
import json
import os
import random
import re
import subprocess
import time

import program
from program import TINY, folder, gilbench, refused


def result(place, name="result.json"):
    path = os.path.join(place, name)
    done = gilbench("run", *TINY, "--output", path)
    assert done.returncode == 0, done.stderr
    return path


def lines(path):
    with open(path, encoding="utf-8") as source:
        return source.read().splitlines()


def add(history, *results):
    done = gilbench("history", "add", *results, "--file", history)
    assert done.returncode == 0, done.stderr


def check_keeping():
    with folder() as place:
        history = os.path.join(place, "history.jsonl")
        one = result(place)
        add(history, one)
        add(history, one, one)
        kept = [json.loads(line) for line in lines(history)]
        assert len(kept) == 3 and kept[0] == kept[2]
        figures = kept[0]["cells"]["null/free_threads/tasks=1/"
                                   "placement=per_core/warmup_ms=0/version=1"]
        assert len(figures["steps_per_s"]) == 4
        done = gilbench("history", "list", "--file", history)
        assert len(done.stdout.splitlines()) == 4
        done = gilbench("history", "prune", "--keep", "1", "--file", history)
        assert done.returncode == 0 and len(lines(history)) == 1
        # All or none.
        refused("history", "add", one, history, "--file", history)
        assert len(lines(history)) == 1


def check_torn():
    """A line that a crash has cut short costs that line."""
    with folder() as place:
        history = os.path.join(place, "history.jsonl")
        one = result(place)
        add(history, one)
        with open(history, "a", encoding="utf-8") as target:
            target.write('{"history_version":1,"da')
        add(history, one)
        done = gilbench("history", "list", "--file", history)
        assert len(done.stdout.splitlines()) == 3
        assert "passed over 1 line" in done.stderr
        gilbench("history", "prune", "--keep", "9", "--file", history)
        assert len(lines(history)) == 2


def check_other_version():
    """A line of another program is neither passed over nor dropped."""
    with folder() as place:
        history = os.path.join(place, "history.jsonl")
        add(history, result(place))
        other = {**json.loads(lines(history)[0]), "history_version": 2}
        with open(history, "a", encoding="utf-8") as target:
            target.write(json.dumps(other) + "\n")
        before = lines(history)
        for args in (["list"], ["prune", "--keep", "9"]):
            refused("history", *args, "--file", history,
                    words=["history_version 2"])
        assert lines(history) == before


def check_too_large():
    """What no trend reads any more, prune makes readable again; add says that
    it has come to that."""
    with folder() as place:
        history = os.path.join(place, "history.jsonl")
        one = result(place)
        add(history, one)
        run = lines(history)[0]
        # A hole in the middle, so that it is large and soon read.
        with open(history, "w", encoding="utf-8") as target:
            target.writelines(f"{run}\n" for _ in range(4))
            target.seek(129 << 20)
            target.writelines(f"\n{run}" for _ in range(2))
        refused("history", "list", "--file", history, words=["prune"])
        done = gilbench("history", "add", one, "--file", history)
        assert done.returncode == 0 and "128 MiB" in done.stderr, done.stderr
        done = gilbench("history", "prune", "--keep", "4", "--file", history)
        assert done.returncode == 0, done.stderr
        assert "4 lines less" in done.stdout, done.stdout
        assert lines(history)[:3] == [run] * 3 and len(lines(history)) == 4
        done = gilbench("history", "add", one, "--file", history)
        assert done.returncode == 0 and not done.stderr, done.stderr


def check_two_writers():
    """Whole lines, all of them, also while somebody prunes."""
    with folder() as place:
        history = os.path.join(place, "history.jsonl")
        one = result(place)
        add(history, one)
        writers = [subprocess.Popen(
            [program.GILBENCH, "history", "add", *[one] * 25, "--file",
             history], stdout=subprocess.DEVNULL) for _ in range(4)]
        for _ in range(5):
            assert gilbench("history", "prune", "--keep", "1000", "--file",
                            history).returncode == 0
        assert all(writer.wait(timeout=60) == 0 for writer in writers)
        assert len([json.loads(line) for line in lines(history)]) == 101


def check_killed():
    """Writers and one that prunes, ended at any moment: lines that are there
    are whole, and what comes afterwards goes on."""
    with folder() as place:
        history = os.path.join(place, "history.jsonl")
        one = result(place)
        add(history, *[one] * 6)
        chance = random.Random(3)
        for i in range(12):
            writers = [subprocess.Popen(
                [program.GILBENCH, "history", *args, "--file", history],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                for args in (["add", *[one] * 40],
                             ["prune", "--keep", str(10 + i)])]
            time.sleep(chance.uniform(0.001, 0.03))
            for writer in writers:
                writer.kill()
                writer.wait(timeout=60)
        for line in lines(history)[:-1]:
            assert json.loads(line)["history_version"] == 1
        before = len(lines(history))
        add(history, one)
        assert gilbench("history", "prune", "--keep", "5", "--file",
                        history).returncode == 0
        assert before >= 6 and len(lines(history)) == 5
        assert all(json.loads(line) for line in lines(history))


def series(place, name, levels):
    """A history of runs whose one cell has these levels, with 1 % noise."""
    path = os.path.join(place, name)
    add(path, result(place, name + ".json"))
    run = json.loads(lines(path)[0])
    noise = random.Random(5)
    with open(path, "w", encoding="utf-8") as target:
        for i, level in enumerate(levels):
            run = copy.deepcopy(run)
            run["date"] = f"2026-01-{i + 1:02}T00:00:00+00:00"
            value = level * noise.lognormvariate(0, 0.01)
            for figures in run["cells"].values():
                figures["steps_per_s"] = [value, value * 0.99, value * 1.01, 6]
            target.write(json.dumps(run) + "\n")
    return path


def trend(*args, code=0):
    done = gilbench("compare", "--stored", *args)
    assert done.returncode == code, (done.returncode, done.stderr)
    return done


def check_trend():
    with folder() as place:
        steps = series(place, "steps.jsonl", [100.0] * 9 + [120.0] * 9)
        flat = series(place, "flat.jsonl", [100.0] * 18)
        small = series(place, "small.jsonl", [100.0] * 9 + [103.0] * 9)
        told = json.loads(trend(steps, "--format", "json").stdout)["trend"]
        assert len(told) == 1 and len(told[0]["points"]) == 18
        change, = told[0]["changes"]
        assert change["at"] == 9 and 1.18 < change["ratio"] < 1.22
        for path, changed in ((steps, 1), (flat, 0), (small, 0)):
            text = trend(path).stdout
            assert f"1 series: {changed} changed" in text, text
            assert "decides nothing" in text
            assert text == trend(path).stdout
        assert "1 changed" in trend(small, "--margin", "1").stdout
        picture = os.path.join(place, "trend.svg")
        trend(steps, "--format", "svg", "--output", picture)
        with open(picture, encoding="utf-8") as drawn:
            text = drawn.read()
        assert "<svg" in text and "1 change of level" in text


def check_levels():
    """The two figures of a change are the levels that its percentage is of,
    not those of the single runs beside it."""
    with folder() as place:
        values = [100.0] * 9 + [120.0] * 9
        values[8], values[9] = 110.0, 112.0
        path = series(place, "levels.jsonl", values)
        one, = json.loads(trend(path, "--format", "json").stdout)["trend"]
        change, = one["changes"]
        ratio = change["after"] / change["before"]
        assert abs(ratio - change["ratio"]) < 1e-6, change
        told = re.search(r"([+-][0-9.]+) % +better +([0-9.]+)/s to "
                         r"([0-9.]+)/s", trend(path).stdout)
        percent, before, after = (float(word) for word in told.groups())
        assert abs(100 * (after / before - 1) - percent) < 1.5, told.group()


def check_method():
    """What found the changes has the name that docs/method.md explains."""
    with folder() as place:
        path = series(place, "flat.jsonl", [100.0] * 3)
        name = "E-divisive (Matteson and James 2014)"
        assert name in trend(path).stdout
        told = json.loads(trend(path, "--format", "json").stdout)
        assert told["method"] == name, told["method"]
        assert name in gilbench("compare", "--help").stdout
        method = os.path.join(os.path.dirname(__file__), "..", "..", "docs",
                              "method.md")
        with open(method, encoding="utf-8") as source:
            assert name in source.read()


def check_zeros():
    """0 is a result: a change to it or from it is one, in every format."""
    with folder() as place:
        gone = series(place, "gone.jsonl", [100.0] * 10 + [0.0] * 10)
        one, = json.loads(trend(gone, "--format", "json").stdout)["trend"]
        change, = one["changes"]
        assert len(one["points"]) == 20 and change["at"] == 10
        assert change["ratio"] == 0 and change["after"] == 0, change
        assert one["zeros"] == {"points": 10, "since": 10}, one["zeros"]
        text = trend(gone).stdout
        assert re.search(r"2026-01-11\S* .* to 0 +worse +10.*/s to 0/s", text)
        assert "no step in 10 of 20 runs, always since this one" in text, text
        assert "1 series: 1 changed" in text, text

        come = series(place, "come.jsonl", [0.0] * 10 + [100.0] * 10)
        one, = json.loads(trend(come, "--format", "json").stdout)["trend"]
        assert one["changes"][0]["ratio"] is None, one
        assert one["zeros"] == {"points": 10, "since": None}, one["zeros"]
        assert re.search(r"from 0 +better", trend(come).stdout)

        # Too few for a change of level, and told all the same.
        last = series(place, "last.jsonl", [100.0] * 9 + [0.0])
        text = trend(last).stdout
        assert "no step in 1 of 10 runs, always since" in text, text
        assert "0 changed their level, 0 did not, 1 is 0 in some" in text, text

        # Beside a 0, other changes are found as without it.
        odd = series(place, "odd.jsonl",
                     [100.0] * 9 + [0.0] + [120.0] * 9)
        one, = json.loads(trend(odd, "--format", "json").stdout)["trend"]
        change, = one["changes"]
        assert change["at"] == 10 and 1.18 < change["ratio"] < 1.22, change


def check_level_with_zeros():
    """A level is what the runs have that made a step; no run had a half."""
    with folder() as place:
        half = series(place, "half.jsonl",
                      [100.0] * 14 + [50.0, 0.0, 0.0, 50.0, 0.0, 50.0])
        one, = json.loads(trend(half, "--format", "json").stdout)["trend"]
        change, = one["changes"]
        assert change["after"] == 0 or 49 < change["after"] < 51, change
        near = series(place, "near.jsonl",
                      [100.0] * 14 + [50.0, 0.0, 50.0, 50.0, 0.0, 50.0])
        one, = json.loads(trend(near, "--format", "json").stdout)["trend"]
        assert 49 < one["changes"][0]["after"] < 51, one["changes"]


def check_always_zero():
    with folder() as place:
        for runs in (2, 8):
            never = series(place, f"never{runs}.jsonl", [0.0] * runs)
            text = trend(never).stdout
            assert "1 is 0 in all runs" in text, text
            assert "fewer" not in text and "0 did not" in text, text


def check_zeros_drawn():
    with folder() as place:
        for name, levels, said in (
                ("gone", [100.0] * 8 + [0.0] * 8, "0 since run 9"),
                ("come", [0.0] * 8 + [100.0] * 8, "0 in 8 of 16 runs"),
                ("never", [0.0, 0.0], "always 0")):
            path = series(place, name + ".jsonl", levels)
            text = trend(path, "--format", "svg").stdout
            assert text.count(said) == 2, (name, text.count(said))


def check_doubles():
    """A run that is there twice counts once; without any, that is said."""
    with folder() as place:
        steps = series(place, "steps.jsonl", [100.0] * 3)
        done = trend(steps, steps)
        assert done.stdout.startswith("3 runs"), done.stdout
        assert "3 runs are there more than once" in done.stderr, done.stderr
        empty = series(place, "empty.jsonl", [])
        refused("compare", "--stored", empty, words=["there are no runs"])


def change_run(path, change):
    """Lets the fourth run of a history be of another place."""
    kept = [json.loads(line) for line in lines(path)]
    change(kept[3])
    with open(path, "w", encoding="utf-8") as target:
        target.writelines(json.dumps(run) + "\n" for run in kept)


def warned(path, code, message, *options):
    told = json.loads(trend(path, "--format", "json", *options).stdout)
    assert [w["code"] for w in told["warnings"]] == [code], told["warnings"]
    for form in ("text", "svg"):
        text = trend(path, "--format", form, *options).stdout
        assert message in text, (form, text)


def check_machines():
    """A trend over two machines would show the machines."""
    with folder() as place:
        path = series(place, "a.jsonl", [100.0] * 6)
        told = json.loads(trend(path, "--format", "json").stdout)
        assert told["warnings"] == []
        change_run(path, lambda run: run["machine"].update(cpu_model="other"))
        done = trend(path, code=5)
        assert program.ONE_LINE.fullmatch(done.stderr), done.stderr
        warned(path, "machines_differ", "on different machines", "--force")


def check_hosts():
    """Two hosts of one kind are one series, and that is said."""
    with folder() as place:
        path = series(place, "a.jsonl", [100.0] * 6)
        change_run(path, lambda run: run.update(host="another"))
        warned(path, "several_hosts", "on several hosts")


def check_refusals():
    with folder() as place:
        one = result(place)
        refused("history", words=["add, list or prune"])
        refused("history", "ad", words=["did you mean add"])
        refused("history", "add", words=["which result"])
        refused("history", "list", one, words=["takes no file"])
        refused("history", "prune", words=["--keep"])
        refused("history", "list", "--keep", "3", words=["--keep"])
        refused("history", "list", "--file", place + "/none", words=["none"])
        refused("history", "add", one, "--file", place + "/no/dir",
                words=[f"no folder {place}/no:", "--file"])
        refused("history", "add", one, words=["no folder results", "--file"],
                cwd=place, executable=os.path.abspath(program.GILBENCH))
        refused("compare", "--stored", words=["which results"])
        refused("compare", "--stored", one, "--metric", "speed",
                words=["speed"])
        refused("compare", "--stored", one, "--format", "junit",
                words=["junit"])
        refused("compare", "--stored", place + "/none.jsonl", words=["none"])


if __name__ == "__main__":
    program.main(globals())
