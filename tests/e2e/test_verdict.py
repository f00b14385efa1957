#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""`gilbench verdict` of real and of invented results."""
import json
import os
import shlex
import subprocess
import sys

from program import ONE_LINE, folder, gilbench, load, main, refused

ROOT = os.environ["SOURCE_ROOT"]
QUICK = os.path.join(ROOT, "results", "reference", "quick.json")
MAKE = os.path.join(ROOT, "tests", "plots", "make_document.py")
WORDS = ("holds", "refuted", "unclear", "not measured")


def verdict(path):
    done = gilbench("verdict", path, "--json")
    assert done.returncode == 0 and not done.stderr, done.stderr
    return json.loads(done.stdout)


def made(path, flavour):
    with open(path, "w", encoding="utf-8") as out:
        subprocess.run([sys.executable, MAKE, "--flavour", flavour],
                       stdout=out, check=True)
    return path


def check_quick_measures_every_part():
    claims = verdict(QUICK)["claims"]
    assert [claim["number"] for claim in claims] == [1, 2, 3, 4, 5, 6, 7]
    for claim in claims:
        assert claim["verdict"] in WORDS, claim
        assert claim["parts"], claim["id"]
        for part in claim["parts"]:
            at = f"{claim['id']} {part['id']}"
            assert part["verdict"] != "not measured", at
            assert part["n"] >= 6 and part["cells"], at
            if None not in (part["ratio"], part["low"], part["high"]):
                assert part["low"] <= part["ratio"] <= part["high"], at


def check_schema():
    try:
        import jsonschema
    except ImportError:
        print("without jsonschema only the program's own check")
        return
    schema = load(os.path.join(ROOT, "results", "schema", "verdict.json"))
    with folder() as at:
        paths = [QUICK] + [made(os.path.join(at, flavour), flavour)
                           for flavour in ("full", "sparse", "hostile")]
        for path in paths:
            jsonschema.validate(verdict(path), schema)


def check_text_is_the_same():
    done = gilbench("verdict", QUICK)
    assert done.returncode == 0 and not done.stderr
    for claim in verdict(QUICK)["claims"]:
        assert f"\n{claim['number']} {claim['id']}: " in "\n" + done.stdout
        for part in claim["parts"]:
            assert part["command"] in done.stdout, part["command"]
    assert "\033" not in done.stdout
    for line in done.stdout.splitlines():
        assert len(line) <= 100 or "gilbench run" in line, line


def check_commands_measure_the_cells():
    for claim in verdict(QUICK)["claims"]:
        for part in claim["parts"]:
            words = shlex.split(part["command"])
            assert words[:2] == ["gilbench", "run"], words
            done = gilbench(*words[1:], "--dry-run")
            assert done.returncode == 0, done.stderr
            said = done.stdout + done.stderr
            for cell in part["cells"]:
                assert cell.replace("/warmup_ms=20", "") in said.replace(
                    "/warmup_ms=20", ""), f"{part['command']}: no {cell}"


def check_gate():
    refuting = any(claim["verdict"] == "refuted"
                   for claim in verdict(QUICK)["claims"])
    done = gilbench("verdict", QUICK, "--gate")
    assert done.returncode == (1 if refuting else 0), done.returncode
    with folder() as at:
        document = load(QUICK)
        document["cells"] = [cell for cell in document["cells"]
                             if cell["workload"] == "null"]
        document["plan"]["cells"] = len(document["cells"])
        path = os.path.join(at, "null.json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(document, out)
        assert gilbench("verdict", path).returncode == 0
        done = gilbench("verdict", path, "--gate")
        assert done.returncode == 4 and ONE_LINE.fullmatch(done.stderr)


def check_bad_input():
    refused("verdict", words=("which result",))
    refused("verdict", QUICK, QUICK, words=("one result",))
    refused("verdict", QUICK, "--gat", "x", words=("one result",))
    refused("verdict", "--json=1", QUICK, words=("--json",))
    refused("verdict", "/nonexistent", words=("/nonexistent",))
    with folder() as at:
        refused("verdict", made(os.path.join(at, "names"), "names"))


def check_hostile_texts_stay_texts():
    with folder() as at:
        done = gilbench("verdict", made(os.path.join(at, "h.json"), "hostile"))
        assert done.returncode == 0
        assert not any(ord(c) < 32 and c != "\n" for c in done.stdout)


main(globals())
