#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`gilbench report`: what is in the page, and what no document gets into it."""
import csv
import html.parser
import io
import json
import os
import re
import urllib.parse
import xml.etree.ElementTree

from hostile import ATTACKS, TOUCHED, infect
from program import folder, gilbench, load, main, refused

ROOT = os.environ["SOURCE_ROOT"]
QUICK = os.path.join(ROOT, "results", "reference", "quick.json")
BETWEEN = os.path.join(ROOT, "results", "reference", "between.json")
SHARING = os.path.join(ROOT, "results", "reference", "sharing.json")
COMPARISON = os.path.join(ROOT, "tests", "fuzz", "comparison", "small.json")
VOID = {"meta", "link", "br", "img", "input", "hr"}
SECTIONS = ("answer", "claims", "charts", "meaning", "machine", "method",
            "cells", "glossary")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e"
                     "\u2066-\u2069]")


class Page(html.parser.HTMLParser):
    """Elements with their attributes; open and close have to agree."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"{tag}: {names}"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (
            f"</{tag}> closes {self.open[-3:]} at {self.getpos()}")
        self.open.pop()

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]

    def text(self):
        return "".join(self.texts)


def report(*args):
    done = gilbench("report", *args)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


def proven(text):
    """What is true of every page."""
    page = Page(text)
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids)), "ids are not unique"
    for tag, attrs in page.elements:
        for name, value in attrs.items():
            assert not name.startswith("on"), f"{tag} {name}"
            if name in ("src", "href", "xlink:href", "action", "srcset"):
                assert not re.match(r"\s*(https?:|//|javascript:)", value or "",
                                    re.I), f"{tag} {name}={value[:80]}"
                if value.startswith("#"):
                    assert value[1:] in ids, f"{tag} {name}={value}"
        for name in ("aria-labelledby",):
            for word in attrs.get(name, "").split():
                assert word in ids, f"{tag}: no {word}"
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"img", "iframe", "object", "embed", "base", "form"}
    assert len(page.all("script")) == 1 and len(page.all("style")) == 1
    assert len(page.all("h1")) == 1
    for attrs in page.all("svg"):
        assert attrs.get("role") == "img" and "aria-labelledby" in attrs
    for attrs in page.all("th"):
        assert attrs.get("scope") in ("col", "row")
    assert not CONTROL.search(text), repr(CONTROL.search(text))
    return page


def check_quick():
    text = report(QUICK)
    page = proven(text)
    assert len(re.findall(r"^<svg ", text, re.M)) >= 8
    assert text.count("<svg") == len(re.findall(r"^<svg ", text, re.M))
    assert "://" not in text, text[text.index("://") - 40:][:80]
    assert len(text) < 3e6
    for section in SECTIONS:
        assert any(a.get("id") == section for a in page.all("section"))
    verdict = json.loads(gilbench("verdict", QUICK, "--json").stdout)
    said = " ".join(page.text().split())
    for claim in verdict["claims"]:
        assert claim["statement"] in said and claim["answer"] in said
        for part in claim["parts"]:
            sentence = part["found"][:1].upper() + part["found"][1:]
            assert sentence in said, sentence
            assert part["command"] in said
    for cell in load(QUICK)["cells"]:
        assert cell["id"] in said
    for warning in load(QUICK)["warnings"][:2]:
        assert warning["message"] in said and warning["advice"] in said


def check_numbers_behind_the_pictures():
    page = Page(report(QUICK))
    links = [a for a in page.all("a") if "download" in a]
    figures = [a for a in page.all("figure") if a.get("id", "").startswith(
        "figure-")]
    assert len(figures) == len(page.all("figure"))
    assert len(links) == len(figures) + 1, (len(links), len(figures))
    for link in links:
        kind, data = link["href"].split(",", 1)
        assert kind == "data:text/csv;charset=utf-8"
        rows = list(csv.reader(io.StringIO(urllib.parse.unquote(data))))
        assert len(rows) > 1, link["download"]
        assert all(len(row) == len(rows[0]) for row in rows), link["download"]
    cells = next(a for a in links if a["download"] == "cells.csv")
    rows = list(csv.DictReader(io.StringIO(urllib.parse.unquote(
        cells["href"].split(",", 1)[1]))))
    by_id = {row["id"]: row for row in rows}
    noise = next(a for a in links if a["download"] == "noise.csv")
    processes = sum(len(cell["repetitions"]) for cell in load(QUICK)["cells"])
    assert 1 < noise["href"].count("%0A") - 1 <= processes
    for cell in load(QUICK)["cells"]:
        value = float(by_id[cell["id"]]["steps_per_s"])
        assert value == cell["summary"]["steps_per_s"]["median"], cell["id"]


def check_large_numbers():
    """A ratio stands beside the words that are about it, or not at all."""
    words = "several threads to one counter"
    assert words in report(SHARING)
    assert words not in report(BETWEEN), "it has only the control"


def check_noise_that_nobody_told():
    """A kernel without pressure told nothing; that is not 0 %."""
    def said(document):
        path = os.path.join(at, "r.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(document, out)
        return " ".join(proven(report(path)).text().split())
    with folder() as at:
        document = load(QUICK)
        assert "somebody waited for a PU in" in said(document)
        for cell in document["cells"]:
            for repetition in cell["repetitions"]:
                for piece in repetition["slices"]:
                    piece["pressure_s"] = None
        text = said(document)
        assert "somebody waited for a PU in" not in text
        assert "the hypervisor took" in text


def check_services():
    """What is unlike has a column of its own, and who is alone wins nothing."""
    def page_of(cells):
        path = os.path.join(at, "r.json")
        document["cells"] = cells
        document["plan"]["cells"] = len(cells)
        with open(path, "w", encoding="utf-8") as out:
            json.dump(document, out)
        text = report(path)
        return text[text.index('id="meaning"'):text.index('id="machine"')]
    with folder() as at:
        document = load(BETWEEN)
        requests = [cell for cell in document["cells"]
                    if cell["workload"] == "mixed_request"]
        text = page_of(requests)
        for pool in ("threads=2", "threads=8"):
            assert f"gil_threads:cpython3, {pool}" in text, text
        text = page_of(requests[:1])
        assert "gil_threads:cpython3" in text and "&#9733;" not in text


def check_output():
    with folder() as at:
        path = os.path.join(at, "r.html")
        assert report(QUICK, "--output", path) == ""
        with open(path, encoding="utf-8") as page:
            first = page.read()
        assert report(QUICK, "--output", path) == ""
        assert first == report(QUICK), "the same result, another page"
        assert os.listdir(at) == ["r.html"]


def check_compare():
    with folder() as at:
        other = load(QUICK)
        for cell in other["cells"][:3]:
            cell["id"] = cell["id"].replace("warmup_ms=20", "warmup_ms=21")
            cell["params"]["warmup_ms"] = 21
        path = os.path.join(at, "other <b>.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(other, out)
        text = report(QUICK, "--compare", path)
        page = proven(text)
        assert len(page.all("svg")) >= 14
        assert "other <b>.json" in page.text()
        said = " ".join(page.text().split())
        cells = len(other["cells"])
        assert "Of the " in said and "cells that both have" in said, cells
        assert text.count('id="changes"') == 1
        assert "different machines" not in said
        for key, other_machine in (("kernel", False), ("host", False),
                                   ("cpu_model", True), ("hypervisor", True)):
            changed = load(QUICK)
            changed["cells"] = changed["cells"][:1]
            changed["plan"]["cells"] = 1
            with open(path, "w", encoding="utf-8") as out:
                json.dump(changed, out)
            changed["context"][key] = "another"
            with open(path + "2", "w", encoding="utf-8") as out:
                json.dump(changed, out)
            text = report(path, "--compare", path + "2")
            assert ("different machines" in text) == other_machine, key
        text = report(QUICK, "--compare", path, "--format", "markdown",
                      "--output", os.path.join(at, "r.md"))
        assert os.path.getsize(os.path.join(at, "r", "changes.svg")) > 1000


def check_comparison():
    """A comparison is a page of its own, or a section of another."""
    with folder() as at:
        page = proven(report("--compare", COMPARISON))
        said = " ".join(page.text().split())
        changes = load(COMPARISON)
        for cell in changes["cells"]:
            assert cell["id"] in said, cell["id"]
        assert len(page.all("svg")) == 1 and "How it was judged" in said
        assert page.texts and report(COMPARISON) == report("--compare",
                                                          COMPARISON)
        assert "one after the other" in said
        assert "which they exchange" not in said
        path = os.path.join(at, "d.json")
        changes["comparison"]["design"] = "duet"
        for cell in changes["cells"]:
            cell["pairs"] = []  # what they say is judged anew
        with open(path, "w", encoding="utf-8") as out:
            json.dump(changes, out)
        text = report(path)
        said = " ".join(proven(text).text().split())
        assert "which they exchange" in said
        assert 'id="figure-changes"' not in text, "a picture of nothing"
        assert "changes.svg" not in report(
            path, "--format", "markdown", "--output", os.path.join(at, "d.md"))
        assert not os.path.exists(os.path.join(at, "d", "changes.svg"))
        both = proven(report(QUICK, "--compare", COMPARISON))
        assert any(a.get("id") == "changes" for a in both.all("section"))
        path = os.path.join(at, "c.md")
        report(COMPARISON, "--format", "markdown", "--output", path)
        assert os.path.getsize(os.path.join(at, "c", "changes.svg")) > 1000
        for attack in ATTACKS[::4]:
            hostile = load(COMPARISON)
            for side in ("base", "new"):
                hostile["comparison"][side]["program"] = attack or "x"
                hostile["comparison"][side]["gilbench"]["version"] = (
                    attack or "x")
            for cell in hostile["cells"]:
                cell["step"] = attack[:1000] or "x"
            path = os.path.join(at, "h.json")
            with open(path, "w", encoding="utf-8") as out:
                json.dump(hostile, out)
            proven(report(path))
            proven_markdown(gilbench("report", path, "--format",
                                     "markdown").stdout)
    refused("report", "--compare", QUICK, words=("which result",))
    refused("report", COMPARISON, "--compare", QUICK, words=("both sides",))


def check_markdown():
    with folder() as at:
        path = os.path.join(at, "my report.md")
        report(QUICK, "--format", "markdown", "--output", path)
        with open(path, encoding="utf-8") as out:
            text = out.read()
        pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", text)
        assert len(pictures) >= 6
        for picture in pictures:
            there = os.path.join(at, urllib.parse.unquote(picture))
            assert os.path.getsize(there) > 1000, there
        assert text.startswith("# ") and "| ✗ refuted in part |" in text
    done = gilbench("report", QUICK, "--format", "markdown")
    assert done.returncode == 0 and "![" not in done.stdout
    assert "no pictures" in done.stderr


def proven_markdown(text):
    assert not CONTROL.search(text), repr(CONTROL.search(text))
    for line in text.splitlines():
        outside = re.sub(r"\\.", "", re.sub(r"!\[[^\]<]*\]\([^)]*\)", "", line))
        assert "<" not in outside, line[:200]
        assert "](" not in outside and "://" not in outside, line[:200]


def check_hostile_documents():
    whole = load(QUICK)
    with folder() as at:
        for first in range(0, len(ATTACKS), 4):
            document = infect(whole, first)
            path = os.path.join(at, "hostile.json")
            with open(path, "w", encoding="utf-8") as out:
                json.dump(document, out)
            text = report(path)
            page = proven(text)
            assert "owned" not in [a.get("title") for _, a in page.elements]
            assert len(text) < 3e6
            proven_markdown(gilbench("report", path, "--format",
                                         "markdown").stdout)
            done = gilbench("verdict", path)
            assert not CONTROL.search(done.stdout.replace("\n", ""))
    assert not os.path.exists(TOUCHED)


def check_hostile_texts_elsewhere():
    """The same documents as charts in files and on a terminal, as advice."""
    service = ("--cpu-us", "100", "--wait-us", "900", "--concurrency", "16")
    whole = load(QUICK)
    with folder() as at:
        path = os.path.join(at, "hostile.json")
        pictures = os.path.join(at, "pictures")
        for first in range(0, len(ATTACKS), 8):
            with open(path, "w", encoding="utf-8") as out:
                json.dump(infect(whole, first), out)
            done = gilbench("plot", path, "--figure", "cpu_scaling,convoy",
                            "--format", "svg,term", "--output-dir", pictures)
            assert done.returncode == 0, done.stderr
            for name in os.listdir(pictures):
                with open(os.path.join(pictures, name),
                          encoding="utf-8") as picture:
                    text = picture.read()
                assert not CONTROL.search(text), (name, CONTROL.search(text))
                assert name.endswith(".txt") or safe_svg(text), name
            for command in (("advise", *service, "--from", path),
                            ("validate", path), ("verdict", path)):
                done = gilbench(*command)
                said = done.stdout + done.stderr
                assert not CONTROL.search(said), CONTROL.search(said)
    assert not os.path.exists(TOUCHED)


def safe_svg(text):
    """It parses, runs nothing and asks nobody."""
    for element in xml.etree.ElementTree.fromstring(text).iter():
        tag = element.tag.rsplit("}", 1)[-1]
        assert tag not in ("script", "foreignObject", "image", "a"), tag
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (tag, name)
            if name.rsplit("}", 1)[-1] == "href":
                assert value.startswith("#"), (tag, value)
    return True


def check_not_utf8_and_zero():
    """What is no text is refused before anything is drawn."""
    with open(QUICK, "rb") as source:
        quick = source.read()
    with folder() as at:
        path = os.path.join(at, "bad.json")
        for bad in (b'"host":"\xff\xfe"', b'"host":"a\\u0000b"',
                    b'"host":"\\ud800"'):
            with open(path, "wb") as out:
                out.write(re.sub(rb'"host": ?"[^"]*"', lambda _: bad, quick,
                                 count=1))
            refused("report", path)
            refused("verdict", path)


def check_bad_input():
    refused("report", words=("which result",))
    refused("report", QUICK, QUICK, words=("--compare",))
    refused("report", QUICK, "--format", "pdf", words=("html, markdown",))
    refused("report", QUICK, "--compare", "/nonexistent")
    refused("report", QUICK, "--output", "/", words=("folder",))
    refused("report", QUICK, "--output", "/nonexistent/r.html")
    refused("report", QUICK, "--output", "/dev/full")
    refused("report", QUICK, env={"PATH": "/nonexistent"}, words=("gnuplot",))


def check_sparse_results():
    """Nothing measured is a page as well."""
    with folder() as at:
        document = load(QUICK)
        document["cells"] = []
        document["warnings"] = []
        document["plan"]["cells"] = 0
        path = os.path.join(at, "empty.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(document, out)
        page = proven(report(path))
        assert "cells of no claim" in " ".join(page.text().split())


main(globals())
