#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Every figure in every format, from documents that tests/plots invents.

Nothing here was measured; what is tested is that the figures are drawn from
what there is, and that nothing a document says is ever taken for code.
"""
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import program
from program import gilbench

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAKE = os.path.join(TESTS, "plots", "make_document.py")
PEERS = os.path.join(os.path.dirname(TESTS), "results", "reference",
                     "peers.json")
# What, own value, goal, verdict, marks, best of the others and its name, floor.
GOAL = re.compile(r".{30} .{7} .{7} (reached|missed |open   ) "
                  r"(.{13}) .{7} .{13} .{7}")
SVG = "{http://www.w3.org/2000/svg}"
FORMATS = ("svg", "png", "pdf", "txt")
BEGINNINGS = {"png": b"\x89PNG\r\n", "pdf": b"%PDF-", "svg": b"<?xml",
              "txt": b""}
TOUCHED = "/tmp/gilbench-hostile"


def invent(folder, flavour="full"):
    path = os.path.join(folder, flavour + ".json")
    with open(path, "w", encoding="utf-8") as out:
        subprocess.run(["/usr/bin/python3", MAKE, "--flavour", flavour],
                       stdout=out, check=True)
    return path


def figures():
    done = gilbench("list", "figures", "--json")
    assert done.returncode == 0, done.stderr
    names = re.findall(r'"name": "(\w+)"', done.stdout)
    assert len(names) >= 6, done.stdout
    return names


def plot(*args, code=0, **options):
    done = gilbench("plot", *args, **options)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    return done


def svg(path):
    """The one title and the one description of a well-formed picture."""
    root = ElementTree.parse(path).getroot()
    assert root.tag == SVG + "svg", root.tag
    titles = [t for t in root.iter(SVG + "title") if t.get("id")]  # not marks'
    descriptions = root.iter(SVG + "desc")
    (title,), (description,) = titles, list(descriptions)
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    name = os.path.basename(path)[:-len(".svg")]
    assert len(ids) == len(set(ids)), f"{path}: an id stands there twice"
    assert all(i.startswith(name + "_") for i in ids), (path, ids)
    for element in root.iter():
        link = element.get("{http://www.w3.org/1999/xlink}href", "#")
        assert link == "#" or link[1:] in ids, (path, link)
    assert "GNUPLOT" not in description.text, path
    text = " ".join(t.text or "" for t in root.iter(SVG + "text"))
    return title.text, description.text, text


def check_every_figure_in_every_format():
    with program.folder() as folder:
        path = invent(folder)
        out = os.path.join(folder, "pictures")
        names = figures()
        done = plot(path, "--format", "svg,png,pdf,term", "--output-dir", out)
        assert not done.stderr, done.stderr
        expected = [f"{out}/{name}.{suffix}" for name in names
                    for suffix in FORMATS]
        assert done.stdout.splitlines() == expected, done.stdout
        assert sorted(os.listdir(out)) == sorted(
            os.path.basename(name) for name in expected)
        for name in expected:
            with open(name, "rb") as picture:
                content = picture.read()
            assert content.startswith(BEGINNINGS[name[-3:]]), name
            assert len(content) > 1000, name


def check_words_of_the_pictures():
    with program.folder() as folder:
        path = invent(folder)
        plot(path, "--format", "svg")
        titles = set()
        for name in figures():
            title, description, text = svg(f"{folder}/full/{name}.svg")
            titles.add(title)
            assert title in text, name
            assert "Invented CPU @ 2.00GHz" in text, name
            assert "0123abc" in text and "2000-01-01" in text, name
            assert "n = 6 processes" in text, name
            assert len(description) > 300, (name, description)
        assert len(titles) == len(figures()), titles
        convoy = svg(f"{folder}/full/convoy.svg")
        assert "cpu_tasks=1: the echo is not served" in convoy[2]
        assert "cpu_tasks=1: the echo is not served" in convoy[1]
        text = svg(f"{folder}/full/switch_cost.svg")[2]
        assert "Not drawn: 1 of 45 cells." in text, text
        assert "cannot start thread 1710" in text, text
        text = svg(f"{folder}/full/mixed_load.svg")[2]
        assert re.search(r"free_threads\s.*x coop_tasks", text), text
        assert "unclear" in text, text
        description, text = svg(f"{folder}/full/fidelity.svg")[1:]
        assert "Inverse convoy" in text and "model / real" in text, text
        assert re.search(r"20 us, 500 ns \| 1\d\d/s \| 1\d\d/s \| 1\.0\d\d "
                         r"\[", description), description
        assert re.search(r"cpu_tasks=4, 5 ms \|.*\| 0\.\d\d \(0\.\d\d\)",
                         description), description
        text = svg(f"{folder}/full/locks.svg")[2]
        assert "loan, 500 us" in text and "cpython2" in text, text
        description, text = svg(f"{folder}/full/sharing_cost.svg")[1:]
        assert "shared_vector" in text and "object_lock" in text, text
        assert re.search(r"pthread_mutex \|.*\| [78]\.\d+ \[", description)
        text = svg(f"{folder}/full/sharing_gain.svg")[2]
        assert text.count("object_lock") == 4, text
        text = svg(f"{folder}/full/cpu_scaling.svg")[2]
        assert "2 PUs" in text and "ideal" in text, text


def check_term_goes_to_stdout():
    with program.folder() as folder:
        path = invent(folder)
        done = plot(path, "--format", "term", "--figure", "convoy")
        assert done.stdout.startswith("The convoy effect"), done.stdout
        assert "the echo is not served" in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 100, done.stdout
        assert os.listdir(folder) == ["full.json"]


def check_goals_in_a_terminal():
    """No column of `peers` touches the next, and marks and words agree."""
    with program.folder() as folder:
        for path, least in ((invent(folder), 3), (PEERS, 20)):
            done = plot(path, "--format", "term", "--figure", "peers")
            rows = [match.groups() for match in
                    map(GOAL.fullmatch, done.stdout.splitlines()) if match]
            assert len(rows) >= least, done.stdout
            for word, marks in rows:
                own, goal = marks.index("G"), 6
                assert marks[goal] != " ", (word, marks)
                assert word != "missed " or own >= goal, (word, marks)
                assert word != "reached" or own <= goal, (word, marks)


def check_what_is_missing():
    """Lost cells and missing intervals: drawn from what is there."""
    with program.folder() as folder:
        path = invent(folder, "sparse")
        done = plot(path)
        lines = done.stderr.splitlines()
        assert lines[0] == (
            "gilbench: figure cpu_scaling is left out: the result has none of "
            "its cells (--figure cpu_scaling says which)"), done.stderr
        found = [line.split(":")[1] for line in lines[1:]]
        assert found == [
            f" figure {name} is left out"
            for name in ("yields", "executor", "fidelity", "locks", "peers",
                         "sharing_cost", "sharing_gain", "stop_world")]
        assert len(os.listdir(f"{folder}/sparse")) == 2 * (len(figures()) - 9)
        text = svg(f"{folder}/sparse/io_concurrency.svg")[2]
        assert "no interval below 6 processes" in text, text
        assert "Not drawn: 10 of 30 cells." in text, text
        done = plot(path, "--figure", "cpu_scaling", code=4)
        assert not done.stdout and program.ONE_LINE.fullmatch(done.stderr), done
        assert "workload=cpu_loop" in done.stderr, done.stderr
        done = plot(path, "--figure", "cpu_*", code=4)
        assert "left out" in done.stderr, done.stderr
        plot(path, "--figure", "c*,mixed_load")


def check_nothing_to_draw_leaves_nothing():
    with program.folder() as folder:
        path = invent(folder, "sparse")
        plot(path, "--figure", "cpu_scaling", code=4)
        assert os.listdir(folder) == ["sparse.json"]


def check_hostile_texts():
    """A document is data, whatever stands in it."""
    with program.folder() as folder:
        if os.path.exists(TOUCHED):
            os.remove(TOUCHED)
        path = invent(folder, "hostile")
        done = plot(path, "--format", "svg,png,pdf,term", "--output-dir",
                    folder)
        assert not done.stderr, done.stderr
        assert not os.path.exists(TOUCHED)
        for name in figures():
            title, description, text = svg(f"{folder}/{name}.svg")
            assert "system('touch" in text, (name, text)
            for part in (title, description, text):
                assert not re.search(r"[`$\\<{]|%n|\u202e", part), (name, part)
        done = gilbench("plot", invent(folder, "names"))
        assert done.returncode == 2, done
        assert program.ONE_LINE.fullmatch(done.stderr), done.stderr
        assert not os.path.exists(TOUCHED)


def check_files_stay_whole():
    """A picture that cannot be written leaves no half of it behind."""
    with program.folder() as folder:
        path = invent(folder)
        out = os.path.join(folder, "full")
        os.mkdir(out)
        os.mkdir(os.path.join(out, "convoy.svg"))
        done = gilbench("plot", path, "--figure", "convoy")
        assert done.returncode in (2, 4), done
        assert "convoy.svg" in done.stderr, done.stderr
        assert os.listdir(out) == ["convoy.svg"], os.listdir(out)


def check_temporary_files_go():
    with program.folder() as folder:
        path = invent(folder)
        tmp = os.path.join(folder, "tmp")
        os.mkdir(tmp)
        plot(path, "--figure", "convoy", env={**os.environ, "TMPDIR": tmp})
        assert not os.listdir(tmp), os.listdir(tmp)
        done = plot(path, "--figure", "convoy", code=4,
                    env={**os.environ, "TMPDIR": tmp + "/no"})
        assert "TMPDIR" in done.stderr, done.stderr


if not shutil.which("gnuplot"):
    print("gnuplot is not installed")
    sys.exit(77)
program.main(globals())
