#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""An independent validator reads our schemas as we do: documents and plans
that are right, and every small change that may make them wrong."""
import copy
import json
import os
import random
import re
import sys

import program
from program import folder, gilbench, load

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print("python3-jsonschema is not installed")
    sys.exit(77)

SOURCE = os.environ.get("SOURCE_ROOT", ".")
# How our validator speaks of a schema, as opposed to what a schema cannot say.
OF_SCHEMA = re.compile(
    r"expected |\" is missing|unknown key|does not match|the minimum|"
    r"the maximum|is not above \d|elements are too|characters is too|"
    r"none of the types|nothing is allowed|more than one allowed|"
    r"schema_version")
INSTEAD = (None, True, "", "text", "a;b", "1/0", -1, 0, 1, 1.0, 1.5, 1e300,
           [], [1], {}, {"a": 1})
MUTANTS = 700


def schema(name):
    path = os.path.join(SOURCE, "results", "schema", name)
    parsed = load(path)
    Draft202012Validator.check_schema(parsed)
    return Draft202012Validator(parsed)


def places(value, path=()):
    """Every place of a document; of a long list its first elements."""
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for i in range(min(len(value), 2)):
            yield from places(value[i], path + (i,))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def mutants(document):
    """(what was done, the changed document), for each change."""
    for path in places(document):
        if isinstance(at(document, path), dict):
            changed = copy.deepcopy(document)
            at(changed, path)["unheard_of"] = 1
            yield f"{path} + unheard_of", changed
        if not path:
            continue
        changed = copy.deepcopy(document)
        del at(changed, path[:-1])[path[-1]]
        yield f"{path} deleted", changed
        for value in INSTEAD:
            changed = copy.deepcopy(document)
            at(changed, path[:-1])[path[-1]] = value
            yield f"{path} = {value!r}", changed


def agree(validator, document, what, path):
    """Ours says of the file what the other says; returns their verdict."""
    with open(path, "w", encoding="utf-8") as out:
        json.dump(document, out)
    done = gilbench("validate", path)
    valid = validator.is_valid(document)
    assert done.returncode in (0, 2), (what, done)
    ours = done.returncode == 0 or not OF_SCHEMA.search(done.stderr)
    assert ours == valid, (what, valid, done.stderr)
    return valid


def hold_to(validator, document, seed):
    chosen = list(mutants(document))
    random.Random(seed).shuffle(chosen)
    with folder() as path:
        name = os.path.join(path, "document.json")
        assert agree(validator, document, "unchanged", name)
        assert gilbench("validate", name).returncode == 0
        verdicts = [agree(validator, changed, what, name)
                    for what, changed in chosen[:MUTANTS]]
    assert True in verdicts and False in verdicts
    print(f"{len(verdicts)} of {len(chosen)} changes, "
          f"{verdicts.count(False)} of them bad")


def check_results():
    validator = schema("result.json")
    with folder() as path:
        name = os.path.join(path, "r.json")
        done = gilbench(
            "run", "--workload", "mixed_convoy,io_tcp_echo", "--reps", "1",
            "--slices", "2", "--slice-ms", "10", "--set", "warmup_ms=5",
            "--quiet", "--output", name)
        assert done.returncode == 0, done.stderr
        document = load(name)
    document["cells"] = document["cells"][:2]
    document["plan"]["cells"] = 2
    hold_to(validator, document, 1)
    lost = document["cells"][0]
    for key in lost["repetitions"][0]:
        lost["repetitions"][0][key] = None
    lost["repetitions"][0].update(order=0, status="timeout", reason="none",
                                  slices=[])
    lost.update(status="timeout", reason="none", summary={})
    document["cells"][1:] = []
    document["plan"]["cells"] = 1
    hold_to(validator, document, 2)


def check_smoke():
    """What a run of many kinds of cells writes is right for both."""
    validator = schema("result.json")
    with folder() as path:
        name = os.path.join(path, "smoke.json")
        done = gilbench("run", "smoke", "--slice-ms", "5", "--slices", "1",
                        "--reps", "1", "--quiet", "--output", name)
        assert done.returncode == 0, done.stderr
        assert not list(validator.iter_errors(load(name)))


def check_plans():
    validator = schema("plan.json")
    plans = os.path.join(SOURCE, "bench", "plans")
    for name in sorted(os.listdir(plans)):
        assert not list(validator.iter_errors(load(os.path.join(plans, name))))
    hold_to(validator, {
        "schema_version": 1, "plan": "p", "summary": "s", "reps": 1,
        "slices": 2, "slice_ms": 3, "model": "*", "lock": ["cpython3"],
        "set": {"warmup_ms": 1},
        "experiments": [
            {"summary": "s", "workload": ["null", "cpu_*"], "tasks": [1, 2],
             "placement": "pus=0", "set": {"count": [1, 2]}},
            {"workload": "null", "tasks": 1, "reps": 2, "slices": 3,
             "slice_ms": 4}]}, 3)


if __name__ == "__main__":
    program.main(globals())
