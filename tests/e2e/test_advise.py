#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench advise: from a result, and what it refuses."""
import json
import os

import program
from program import folder, gilbench, refused

SERVICE = ("--cpu-us", "100", "--wait-us", "1000", "--concurrency", "8")


def check_from_result():
    with folder() as place:
        path = os.path.join(place, "result.json")
        done = gilbench(
            "run", "--workload", "mixed_request", "--model",
            "gil_threads,coop_tasks,free_threads", "--lock", "cpython3",
            "--tasks", "8", "--set", "cpu_us=50,100,200", "--set",
            "wait_us=1000", "--set", "warmup_ms=5", "--reps", "1", "--slices",
            "1", "--slice-ms", "30", "--quiet", "--output", path)
        assert done.returncode == 0, done.stderr
        done = gilbench("advise", *SERVICE, "--from", path)
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert "computes 100 us and waits 1000 us" in done.stdout
        assert "No cell is of this service" not in done.stdout
        told = json.loads(gilbench("advise", *SERVICE, "--from", path,
                                   "--json").stdout)
        assert told["exact"] is True and told["found"] == told["service"]
        assert told["disturbance"] is None or told["disturbance"] >= 0
        assert {each["name"] for each in told["variants"]} == {
            "gil_threads:cpython3", "coop_tasks", "free_threads"}
        result = {cell["id"]: cell for cell in program.load(path)["cells"]}
        for variant in told["variants"]:
            assert [p["cpu_us"] for p in variant["points"]] == [50, 100, 200]
            for point in variant["points"]:
                cell = result[point["cell"]]
                assert point["requests_per_s"] == cell["summary"][
                    "steps_per_s"]["median"]
        other = ("advise", "--cpu-us", "90", "--wait-us", "1000",
                 "--concurrency", "9", "--from", path)
        assert "No cell is of this service" in gilbench(*other).stdout
        told = json.loads(gilbench(*other, "--json").stdout)
        assert told["exact"] is False and told["service"]["cpu_us"] == 90
        assert told["found"] == {"cpu_us": 100, "wait_us": 1000,
                                 "concurrency": 8, "blocking": False}
        refused("advise", *SERVICE, "--blocking", "--from", path,
                words=["wait=blocking"])
        refused("advise", *SERVICE, "--shared", "map", "--from", path,
                words=["shared_map", "sharing=write"])


def check_refusals():
    refused("advise", words=["--cpu-us"])
    refused("advise", "--cpu-us", "0", "--concurrency", "4",
            words=["--cpu-us"])
    refused("advise", "--cpu-us", "10", words=["--concurrency"])
    refused("advise", "--cpu-us", "ten", words=["--cpu-us"])
    refused("advise", *SERVICE, "much", words=["much"])
    refused("advise", *SERVICE, "--shared", "tree", words=["refcount"])
    refused("advise", *SERVICE, "--sharing", "read", words=["--shared map"])
    refused("advise", *SERVICE, "--shared", "map", "--sharing", "none",
            words=["read, write"])
    refused("advise", *SERVICE, "--shared", "map", "--shared-ops", "0",
            words=["--shared-ops"])
    refused("advise", *SERVICE, "--from", "/none.json", words=["none.json"])
    refused("advise", *SERVICE, "--from", "a", "--output", "b",
            words=["--output"])


if __name__ == "__main__":
    program.main(globals())
