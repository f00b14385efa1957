#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""The lock of a real CPython: found or named, used, told in the document, and
never the end of a run."""
import json
import os
import shutil
import sys
import tempfile

import program
from program import gilbench, refused, valid

LOCK = ("--model", "gil_threads", "--lock", "libpython")
RUN = ("run", "--workload", "null", *LOCK, "--reps", "1", "--slices", "1",
       "--slice-ms", "1", "--set", "warmup_ms=0", "--quiet")
# What a CPython would obey if it were asked by itself.
ENVIRONMENT = {**os.environ, "PYTHONHOME": "/nothing", "PYTHONPATH": "/nothing",
               "PYTHONMALLOC": "nonsense", "PYTHONSTARTUP": "/nothing",
               "PYTHONHASHSEED": "nonsense"}
# A machine may be so busy that nobody asks for the lock in 100 ms.
ATTEMPTS = 10


def run(*args, **options):
    """The valid document of a run, written to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "x.json")
        done = gilbench(*args, "--output", path, **options)
        assert done.returncode == 0, (args, done)
        return valid(path)


def library(cell):
    return cell["repetitions"][0]["lock"]["library"]


def fake(name):
    return os.path.join(os.environ["FAKES"], f"libfake_cpython_{name}.so")


def refused_library(path, *words, **options):
    refused(*RUN, "--set", f"library={path}",
            words=["lock libpython cannot run here", *words], **options)


def check_no_cpython():
    with program.folder() as folder:
        def made(name, data):
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(data)
            return path
        with open(fake("stripped"), "rb") as file:
            whole = file.read()
        other = bytearray(whole)
        other[18:20] = b"\xf7\x00"  # ELF machine 247: BPF
        small = bytearray(whole)
        small[4] = 1
        refused_library("/nothing/there.so", "No such file")
        refused_library("/", "not a file")
        refused_library("/dev/null", "not a file")
        refused_library(made("empty", b""), "not a shared library")
        refused_library(made("text", b"text " * 100), "not a shared library")
        refused_library(made("half", whole[:len(whole) // 2]))
        refused_library(made("other", other), "another architecture")
        refused_library(made("small", small), "another architecture", "32 bits")
        refused_library(program.GILBENCH, "cannot be loaded")
        made("named", whole)
        refused_library("named", "named: stripped", cwd=folder)
        if os.geteuid() != 0:
            os.chmod(made("secret", whole), 0)
            refused_library(os.path.join(folder, "secret"), "Permission")
    refused_library(fake("stripped"), "has no PyRun_SimpleStringFlags")
    refused_library(fake("old"), "CPython 2.6.9", "2.7")


def check_characters():
    """An id can be taken apart again, and a comma list as well."""
    for path in ("/a=b", "/a b", "/a:b", "/\N{LATIN SMALL LETTER E WITH ACUTE}",
                 "/a\nb", "/" + "x" * 255):
        refused(*RUN, "--set", f"library={path}", words=["--set: library="])


def check_plan():
    """What only a plan names is skipped, and the rest is measured."""
    plan = {"schema_version": 1, "plan": "mine", "summary": "a plan",
            "set": {"library": "/nothing/there.so"}, "experiments": [
                {"workload": "null", "model": "gil_threads", "reps": 1,
                 "lock": ["libpython", "mutex"], "slices": 1, "slice_ms": 1}]}
    with program.folder() as folder:
        path = os.path.join(folder, "plan.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        valid(path)  # whether it can run here is another question
        cells = run("run", path, "--quiet")["cells"]
        assert [c["status"] for c in cells] == ["skipped", "ok"], cells
        assert "No such file" in cells[0]["reason"], cells
        assert cells[0]["params"]["library"] == "/nothing/there.so"
        assert "/library=/nothing/there.so" in cells[0]["id"]
        refused("run", path, "--lock", "libpython", words=["No such file"])
        refused("run", path, "--set", "library=/other.so",
                words=["/other.so: No such file"])
        plan["experiments"][0]["set"] = {"library": "/a=b"}
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        refused("run", path, words=["library"])


def check_cell():
    """The process of a cell says it as well, for those who call it."""
    request = {"cell_protocol": 1, "workload": "null", "workload_version": 1,
               "model": "gil_threads", "lock": "libpython", "tasks": 1,
               "params": {"library": "/nothing/there.so"}, "slices": 1,
               "slice_ms": 1, "pus": [-1], "generator_pu": -1}
    with tempfile.TemporaryFile("w+") as file:
        json.dump(request, file)
        file.seek(0)
        done = gilbench("cell", stdin=file)
    answer = json.loads(done.stdout)
    assert answer["status"] == "failed", answer
    assert "No such file" in answer["reason"], answer


def unavailable():
    done = gilbench("list", "locks", "--json")
    for lock in json.loads(done.stdout)["locks"]:
        if lock["name"] == "libpython":
            return lock["unavailable"]
    raise AssertionError("there is no lock libpython")


def try_all():
    facts = library(run(*RUN, env=ENVIRONMENT)["cells"][0])
    path = facts["path"]
    assert os.path.isfile(path) and not os.path.islink(path), facts
    assert facts["version"].startswith("3."), facts
    assert facts["free_threaded"] is False, facts
    try_named(path, facts)
    try_homeless(path, ".".join(facts["version"].split(".")[:2]))
    try_compare(path, ".".join(facts["version"].split(".")[:2]))
    try_turns()


def try_named(path, facts):
    cell = run(*RUN, "--set", f"library={path}")["cells"][0]
    assert cell["id"].endswith(f"/library={path}/warmup_ms=0"), cell["id"]
    assert cell["params"]["library"] == path, cell
    assert library(cell) == facts, cell
    folder, name = os.path.split(path)
    cell = run(*RUN, "--set", f"library={name}", cwd=folder)["cells"][0]
    assert library(cell) == facts, cell
    cell = run(*RUN[:6], "mutex", *RUN[7:])["cells"][0]
    assert library(cell) is None, cell


def try_homeless(path, version):
    """Without its standard library a CPython would end the process."""
    with program.folder() as folder:
        alone = shutil.copy(path, folder)
        refused_library(alone, "standard library is missing",
                        f"lib/python{version}")
        os.makedirs(os.path.join(folder, f"lib/python{version}/encodings"))
        refused_library(alone, "cannot start", "Fatal Python error")


def standard_library(path, version):
    """Above the library, as CPython looks for it."""
    while path != "/":
        path = os.path.dirname(path)
        found = os.path.join(path, f"lib/python{version}")
        if os.path.isdir(os.path.join(found, "encodings")):
            return found
    return None


def try_compare(path, version):
    """Two libraries as the two sides of a comparison: each process loads the
    one of its side."""
    home = standard_library(path, version)
    if not home:
        print(f"no lib/python{version} above {path}")
        return
    with program.folder() as folder:
        other = shutil.copy(path, folder)
        os.mkdir(os.path.join(folder, "lib"))
        os.symlink(home, os.path.join(folder, f"lib/python{version}"))
        stored = os.path.join(folder, "c.json")
        done = gilbench("compare", "--base", f"lock=libpython library={path}",
                        "--new", f"lock=libpython library={other}",
                        "--workload", "micro_switch", "--model", "gil_threads",
                        "--slices", "2", "--slice-ms", "5", "--pairs", "6",
                        "--once", "--margin", "1000", "--quiet", "--format",
                        "json", "--output", stored)
        assert done.returncode == 0, done
        (cell,) = valid(stored)["cells"]
        assert cell["status"] == "ok" and len(cell["pairs"]) == 6
        for side, library_path in (("base", path), ("new", other)):
            assert f"/library={library_path}" in cell[f"{side}_id"], cell
        # One that is not there ends it before anything starts.
        refused("compare", "--base", "lock=libpython", "--new",
                "lock=libpython library=/nothing/there.so", "--workload",
                "micro_switch", "--model", "gil_threads", "--quiet",
                words=["/nothing/there.so"])


def try_turns():
    """Who computes polls in the eval loop, where the others get in."""
    for poll_steps in (1, 1000):
        for _ in range(ATTEMPTS):
            cell = run("run", "--workload", "cpu_loop", *LOCK, "--tasks", "3",
                       "--reps", "1", "--quiet", "--set",
                       f"poll_steps={poll_steps}")["cells"][0]
            lock = cell["repetitions"][0]["lock"]
            assert lock["forced"] <= lock["switches"] <= lock["acquisitions"]
            if lock["forced"]:
                assert lock["wait_s"] > 0, lock
                break
        else:
            raise AssertionError(f"poll_steps={poll_steps}: nobody got in")


if __name__ == "__main__":
    program.main(globals())
    why = unavailable()
    if why:
        print(f"no CPython to try: {why}")
        sys.exit(77)
    try_all()
