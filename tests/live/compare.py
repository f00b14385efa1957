#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What `gilbench compare` finds on this machine, and how often it errs: the
live half of what docs/method.md says of it. For a quiet machine; no test.

usage: live/compare.py GILBENCH [--times N] [--only WORD,...]

    aa        the plan ci against itself: runs that were red
    cpu       +5 % on one bound CPU cell: found, in how many seconds
    handoff   +10 % on a token between two PUs
    tcp       +10 % on a round trip over TCP
    overhead  what a pair costs beyond its warm-up and slices, and what two
              processes cost here that do nothing
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

ONE = ("--pairs", "20")
CELLS = {
    "cpu": ("--inject", "5", "--workload", "cpu_loop", "--model",
            "free_threads", "--estimator", "min", *ONE, "--once"),
    "handoff": ("--inject", "10", "--workload", "micro_handoff", "--model",
                "gil_threads", "--tasks", "2", "--estimator", "min"),
    "tcp": ("--inject", "10", "--workload", "io_tcp_echo", "--model",
            "gil_threads", "--estimator", "min"),
}


def compare(gilbench, *args):
    """The document, the exit code and the seconds."""
    begin = time.monotonic()
    done = subprocess.run(
        [gilbench, "compare", "--base", "this", *args, "--quiet", "--format",
         "json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        check=False)
    if done.returncode not in (0, 1):
        sys.exit(f"{args}: exit code {done.returncode}")
    return (json.loads(done.stdout), done.returncode,
            time.monotonic() - begin)


def equal(gilbench, times):
    codes, verdicts, seconds = [], [], []
    for i in range(times):
        document, code, took = compare(gilbench, "ci", "--budget", "120")
        codes.append(code)
        seconds.append(took)
        verdicts += [metric["verdict"] for cell in document["cells"]
                     for metric in cell["metrics"]]
        print(f"  {i + 1}: exit code {code}, {took:.0f} s", flush=True)
    words = ", ".join(f"{verdicts.count(word)} {word}" for word in
                      ("slower", "faster", "same", "unclear"))
    print(f"aa: {sum(c == 1 for c in codes)} of {times} runs red; {words}; "
          f"{statistics.median(seconds):.0f} s a run, at most "
          f"{max(seconds):.0f}")


def slowed(gilbench, times, name):
    found, held, seconds, ratios = 0, 0, [], []
    wanted = 1 + float(CELLS[name][1]) / 100
    for _ in range(times):
        document, code, took = compare(gilbench, *CELLS[name])
        (metric,) = document["cells"][0]["metrics"]
        found += code == 1
        held += metric["low"] <= wanted <= metric["high"]
        seconds.append(took)
        ratios.append(metric["ratio"])
    print(f"{name}: x {wanted:g} found in {found} of {times}; within the "
          f"interval in {held}; median ratio {statistics.median(ratios):.4f} "
          f"({min(ratios):.4f} .. {max(ratios):.4f}); "
          f"{statistics.median(seconds):.1f} s each, at most "
          f"{max(seconds):.1f}", flush=True)


def two_processes():
    """Milliseconds of two processes that do nothing, as a pair has two."""
    ms = []
    for _ in range(40):
        begin = time.monotonic()
        pid = os.posix_spawn("/bin/true", ["true"], {})
        os.waitpid(pid, 0)
        ms.append(2e3 * (time.monotonic() - begin))
    return statistics.median(ms)


def overhead(gilbench):
    print(f"overhead: two processes of /bin/true {two_processes():5.1f} ms")
    document, _, _ = compare(gilbench, "ci", *ONE, "--once")
    for cell in document["cells"]:
        ms = sorted(1e3 * pair["overhead_s"] for pair in cell["pairs"])
        print(f"overhead: median {statistics.median(ms):5.1f} ms, 9 in ten "
              f"below {ms[len(ms) * 9 // 10]:5.1f} ms a pair  {cell['id']}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("gilbench")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--only", default="cpu,handoff,tcp,overhead,aa")
    args = parser.parse_args()
    for name in args.only.split(","):
        if name == "aa":
            equal(args.gilbench, args.times)
        elif name == "overhead":
            overhead(args.gilbench)
        else:
            slowed(args.gilbench, args.times, name)


main()
