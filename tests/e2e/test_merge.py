#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench merge: shards become the document of the whole plan, or nothing."""
import contextlib
import json
import os

import program
from program import TINY, document, folder, gilbench, load, refused, valid

PLAN = (*TINY, "--model", "coop_tasks,free_threads", "--tasks", "1,2,3")
SHARDS = 4  # of 6 cells: the last two have one less


@contextlib.contextmanager
def shards():
    with folder() as place:
        paths = [os.path.join(place, f"{i}.json")
                 for i in range(1, SHARDS + 1)]
        for i, path in enumerate(paths, 1):
            shard(path, i)
        yield paths


def shard(path, i):
    done = gilbench("run", *PLAN, "--shard", f"{i}/{SHARDS}", "--output", path)
    assert done.returncode == 0, done.stderr


def change(path, *keys, value):
    result = load(path)
    place = result
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    with open(path, "w", encoding="utf-8") as target:
        json.dump(result, target)


def merged(*paths, code=0):
    output = os.path.join(os.path.dirname(paths[0]), "merged.json")
    done = gilbench("merge", *paths, "--output", output)
    assert done.returncode == code, (done.returncode, done.stderr)
    return (valid(output) if code == 0 else None), output, done


def check_whole():
    """In the plan's order, whatever the order of the files."""
    whole = document(*PLAN)
    with shards() as paths:
        result, _, _ = merged(*reversed(paths))
        assert [c["id"] for c in result["cells"]] == [
            c["id"] for c in whole["cells"]]
        assert result["plan"]["digest"] == whole["plan"]["digest"]
        assert result["plan"]["shard"] is None
        assert result["plan"]["cells"] == len(whole["cells"])
        orders = [repetition["order"] for cell in result["cells"]
                  for repetition in cell["repetitions"]]
        assert len(set(orders)) == len(orders) == 6
        parts = {cell["id"]: cell for path in paths
                 for cell in load(path)["cells"]}
        for cell in result["cells"]:
            assert cell["summary"] == parts[cell["id"]]["summary"]


def check_refusals():
    with shards() as paths:
        refused("merge", words=["all shards"])
        refused("merge", paths[0], words=["shard of 4", "1 file is"])
        refused("merge", *paths[:3], words=["shard of 4"])
        refused("merge", *paths[:3], paths[0], words=["same shard"])
        refused("merge", *paths, "--output", paths[0], words=["--force"])
        change(paths[2], "plan", "digest", value="0123456789abcdef")
        refused("merge", *paths, words=["different plans"])
        shard_free = os.path.join(os.path.dirname(paths[0]), "whole.json")
        assert gilbench("run", *PLAN, "--output", shard_free).returncode == 0
        refused("merge", shard_free, paths[0], words=["no shard"])


def check_one():
    """Not a case of its own for who cuts a plan into N shards."""
    with folder() as place:
        path = os.path.join(place, "1.json")
        done = gilbench("run", *PLAN, "--shard", "1/1", "--output", path)
        assert done.returncode == 0, done.stderr
        result, _, _ = merged(path)
        assert len(result["cells"]) == 6 and result["plan"]["shard"] is None


def check_empty():
    """More shards than cells: the last ones are empty, and say so."""
    with folder() as place:
        paths = [os.path.join(place, f"{i}.json") for i in (1, 2, 3)]
        for i, path in enumerate(paths, 1):
            args = ("run", *TINY, "--tasks", "1,2", "--shard", f"{i}/3",
                    "--output", path)
            for more in ((), ("--resume",)):
                done = gilbench(*args, *more)
                assert done.returncode == 0, done.stderr
                assert ("has 2 cells, none" in done.stderr) == (i == 3)
        assert not valid(paths[2])["cells"]
        result, _, _ = merged(*paths)
        assert [cell["tasks"] for cell in result["cells"]] == [1, 2]


def check_machines():
    """Other machines: exit 5 and no file. Other hosts: a warning."""
    with shards() as paths:
        change(paths[1], "context", "host", value="another")
        result, output, _ = merged(*paths)
        assert "several_hosts" in [w["code"] for w in result["warnings"]]
        os.remove(output)
        change(paths[1], "context", "cpu_model", value="another")
        _, output, done = merged(*paths, code=5)
        assert not os.path.exists(output)
        assert program.ONE_LINE.fullmatch(done.stderr), done.stderr
        assert "cpu_model" in done.stderr
        done = gilbench("merge", *paths, "--force", "--output", output)
        assert done.returncode == 0, done.stderr
        assert "shards_differ" in [w["code"]
                                   for w in valid(output)["warnings"]]


if __name__ == "__main__":
    program.main(globals())
