#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The recipes of docs/ci: files, options and scripts they name are there, and
the one that they share does what it says."""
import json
import os
import re
import shutil
import subprocess
import sys

import program
from program import folder, gilbench, load

SOURCE = os.environ.get("SOURCE_ROOT", ".")
RECIPES = os.path.join(SOURCE, "docs", "ci")
SCRIPTS = ("compare.sh", "slurm.sh")
ONE_CELL = {"schema_version": 1, "plan": "one", "summary": "one cell",
            "reps": 1, "slices": 2, "slice_ms": 5, "set": {"warmup_ms": 5},
            "experiments": [{"workload": "cpu_loop", "tasks": 1,
                             "model": "free_threads"}]}


def read(name):
    with open(os.path.join(RECIPES, name), encoding="utf-8") as source:
        return source.read()


def steps(name):
    """The shell lines of a workflow, expressions replaced by a word."""
    try:
        import yaml  # pylint: disable=import-outside-toplevel
    except ImportError:
        print("python3-yaml is not installed")
        return []
    recipe = yaml.safe_load(read(name))
    if "jobs" in recipe:
        return [re.sub(r"\$\{\{.*?\}\}", "word", step["run"])
                for job in recipe["jobs"].values()
                for step in job["steps"] if "run" in step]
    return recipe["gilbench"]["script"]


def check_syntax():
    for script in SCRIPTS:
        path = os.path.join(RECIPES, script)
        assert os.access(path, os.X_OK), path
        subprocess.run(["sh", "-n", path], check=True)
    for name in ("github.yml", "gitlab.yml"):
        lines = steps(name)
        for line in lines:
            subprocess.run(["sh", "-n", "-c", line], check=True)
        for path in re.findall(r"(?:\./|docs/)[\w./-]+", "\n".join(lines)):
            assert os.access(os.path.join(SOURCE, path), os.X_OK), path


def check_shell():
    """The scripts, and the steps of the workflows, by shellcheck."""
    if not shutil.which("shellcheck"):
        print("shellcheck is not installed")
        return
    paths = [os.path.join(RECIPES, script) for script in SCRIPTS]
    subprocess.run(["shellcheck", *paths], check=True)
    for name in ("github.yml", "gitlab.yml"):
        text = "#!/bin/sh\nset -e\n" + "\n".join(steps(name)) + "\n"
        subprocess.run(["shellcheck", "-"], input=text, check=True,
                       encoding="utf-8")


def check_options():
    """Every option that a recipe gives to gilbench is one that it has."""
    for script in SCRIPTS:
        text = read(script).replace("\\\n", " ")
        for line in re.findall(r'^\s*"\$gilbench" (\w+)(.*)$', text, re.M):
            known = gilbench(line[0], "--help").stdout
            for option in re.findall(r"--[a-z-]+", line[1]):
                assert option in known, (script, line[0], option)


def check_slurm():
    """Two jobs of an array, as Slurm would start them."""
    with folder() as place:
        path = plan(place, tasks=[1, 2])
        for i in (1, 2):
            done = subprocess.run(
                [os.path.join(RECIPES, "slurm.sh")], cwd=place, check=False,
                capture_output=True, encoding="utf-8", timeout=120,
                env={**os.environ, "GILBENCH": os.path.abspath(
                         program.GILBENCH),
                     "PLAN": path,
                     "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": str(i),
                     "SLURM_ARRAY_TASK_MIN": "1",
                     "SLURM_ARRAY_TASK_COUNT": "2"})
            assert done.returncode == 0, done.stderr
        result = program.valid(
            os.path.join(place, "results", "slurm-7", "result.json"))
        assert len(result["cells"]) == 2 and result["plan"]["shard"] is None


def check_stale():
    """What an earlier run has left is not told as this one's."""
    with folder() as place:
        names = [f"comparison.{end}" for end in ("json", "markdown", "junit")]
        for name in names:
            with open(os.path.join(place, name), "w", encoding="utf-8") as out:
                out.write("{}")
        done = subprocess.run(
            [os.path.join(RECIPES, "compare.sh"), "no-such-commit"],
            cwd=SOURCE, capture_output=True, encoding="utf-8", check=False,
            env={**os.environ, "OUT": place})
        assert done.returncode not in (0, 1), done
        assert not set(names) & set(os.listdir(place))


def plan(place, **changes):
    path = os.path.join(place, "plan.json")
    with open(path, "w", encoding="utf-8") as target:
        experiment = {**ONE_CELL["experiments"][0], **changes}
        json.dump({**ONE_CELL, "experiments": [experiment]}, target)
    return path


def check_compare():
    """Builds two trees: only where it is asked for."""
    if "--build" not in sys.argv:
        return
    inside = subprocess.run(["git", "-C", SOURCE, "rev-parse", "HEAD"],
                            capture_output=True, check=False)
    if inside.returncode != 0:
        print("not a git tree")
        return
    with folder() as place:
        done = subprocess.run(
            [os.path.join(RECIPES, "compare.sh"), "HEAD", "HEAD"], cwd=SOURCE,
            capture_output=True, encoding="utf-8", timeout=600, check=False,
            env={**os.environ, "OUT": place, "PLAN": plan(place),
                 "ARGS": "--pairs 6 --once --margin 90"})
        assert done.returncode == 0, done.stderr
        assert load(os.path.join(place, "comparison.json"))
        for form in ("markdown", "junit", "text"):
            assert os.path.getsize(os.path.join(place, f"comparison.{form}"))
        assert not os.path.exists(os.path.join(place, "base"))


if __name__ == "__main__":
    program.main(globals())
