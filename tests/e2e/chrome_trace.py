# SPDX-License-Identifier: MIT
"""A checker for Chrome's trace event format, as the format's description has
it and Perfetto reads it; it knows nothing of gilbench."""
import json
import math

PHASES = set("BEXiIMCbnesftPNOD")
# What each phase needs besides ph, pid and tid.
NEEDS = {"B": ("name", "ts"), "E": ("ts",), "X": ("name", "ts", "dur"),
         "i": ("name", "ts"), "I": ("name", "ts"), "M": ("name", "args"),
         "C": ("name", "ts", "args")}
TYPES = {"name": str, "cat": str, "ph": str, "pid": int, "tid": int,
         "ts": (int, float), "dur": (int, float), "args": dict, "s": str,
         "id": (int, str)}
METADATA = {"process_name": "name", "thread_name": "name",
            "process_sort_index": "sort_index",
            "thread_sort_index": "sort_index", "process_labels": "labels"}


def is_number(value):
    return (isinstance(value, (int, float)) and not isinstance(value, bool)
            and math.isfinite(value))


def check_types(event):
    for key, value in event.items():
        assert key in TYPES, f"unknown key {key}: {event}"
        assert isinstance(value, TYPES[key]), f"type of {key}: {event}"
        assert not isinstance(value, bool), f"type of {key}: {event}"


def check_event(event):
    assert isinstance(event, dict), event
    check_types(event)
    phase = event.get("ph")
    assert phase in PHASES, f"no phase {phase!r}: {event}"
    for key in ("pid", "tid") + NEEDS.get(phase, ("name", "ts")):
        assert key in event, f"{key} is missing: {event}"
    for key in ("ts", "dur"):
        if key in event:
            assert is_number(event[key]) and event[key] >= 0, event
    if phase in "iI":
        assert event.get("s", "t") in "tpg", f"scope: {event}"
    if phase == "M":
        key = METADATA.get(event["name"])
        assert key and set(event["args"]) == {key}, f"metadata: {event}"


def check_order(events):
    """Time does not go back on a thread."""
    last = {}
    for event in events:
        if "ts" in event:
            lane = event["pid"], event["tid"]
            assert event["ts"] >= last.get(lane, 0), f"out of order: {event}"
            last[lane] = event["ts"]


def check_nesting(events):
    """What begins ends, in the opposite order; complete events lie within
    each other or side by side."""
    open_names = {}
    ends = {}
    for event in events:
        lane = event["pid"], event["tid"]
        if event["ph"] == "B":
            open_names.setdefault(lane, []).append(event["name"])
        elif event["ph"] == "E":
            assert open_names.get(lane), f"ends what did not begin: {event}"
            name = open_names[lane].pop()
            assert event.get("name", name) == name, f"ends {name}: {event}"
        elif event["ph"] == "X":
            begin, end = event["ts"], event["ts"] + event["dur"]
            stack = ends.setdefault(lane, [])
            while stack and stack[-1] <= begin + 1e-6:
                stack.pop()
            assert not stack or end <= stack[-1] + 1e-6, f"crosses: {event}"
            stack.append(end)
    for lane, names in open_names.items():
        assert not names, f"{lane}: {names} never end"


def check_names(events):
    """Every process and thread that does something has one name."""
    names = {}
    for event in events:
        if event["ph"] == "M" and event["name"].endswith("_name"):
            key = event["name"], event["pid"], (
                event["tid"] if event["name"] == "thread_name" else 0)
            assert key not in names, f"named twice: {event}"
            names[key] = event["args"]["name"]
    for event in events:
        if event["ph"] != "M":
            pid, tid = event["pid"], event["tid"]
            assert ("process_name", pid, 0) in names, event
            assert ("thread_name", pid, tid) in names, event
    return names


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def check(text):
    """Asserts that it is a trace; returns it."""
    trace = json.loads(text, parse_constant=no_constant)
    events = trace if isinstance(trace, list) else trace["traceEvents"]
    assert isinstance(events, list)
    for event in events:
        check_event(event)
    check_order(events)
    check_nesting(events)
    check_names(events)
    return trace
