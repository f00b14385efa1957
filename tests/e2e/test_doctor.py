#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""gilbench doctor: every question has an answer, and nothing is changed."""
import json
import os

import program
from program import gilbench, refused

CODES = {"governor", "turbo", "smt", "other_load", "cpu_quota",
         "virtual_machine", "isolation", "aslr", "clock", "interruptions",
         "steadiness", "wake_up", "sleep", "steal", "throttling", "sanitizer",
         "debug_build", "dirty_build"}
STATES = {"fine", "notice", "matters", "unknown"}


def kernel_settings():
    """What a tuning tool would change."""
    found = {}
    for path in ("/proc/sys/kernel/randomize_va_space",
                 "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
                 "/sys/devices/system/cpu/cpufreq/boost"):
        if os.path.exists(path):
            with open(path, encoding="utf-8") as setting:
                found[path] = setting.read()
    return found


def check_table():
    before = kernel_settings()
    done = gilbench("doctor")
    assert done.returncode == 0 and not done.stderr, done.stderr
    assert kernel_settings() == before
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines), done.stdout
    for title in ("CPU governor", "interruptions", "waking a thread"):
        assert any(title in line for line in lines), title
    assert lines[-1].split()[1:3] == ["of", "18"], lines[-1]


def check_json():
    done = gilbench("doctor", "--json")
    assert done.returncode == 0 and not done.stderr, done.stderr
    findings = json.loads(done.stdout)["findings"]
    assert len(findings) == len(CODES)
    assert {each["code"] for each in findings} == CODES
    said = {each["code"]: each["message"] for each in findings}
    assert "timer slack of" in said["sleep"], said
    if len(os.sched_getaffinity(0)) > 1:
        assert "idle for" in said["wake_up"], said
    if os.path.exists("/proc/pressure/cpu"):
        assert "waited for a CPU" in said["other_load"], said
    for each in findings:
        assert set(each) == {"code", "title", "state", "message", "advice"}
        assert each["state"] in STATES and each["message"]
        if each["state"] == "matters":
            assert each["advice"], each


def check_one_pu():
    """On a single PU there is no other one to wake."""
    done = gilbench("doctor", "--json",
                    preexec_fn=program.on_pus({min(os.sched_getaffinity(0))}))
    assert done.returncode == 0, done.stderr
    wake_up = next(each for each in json.loads(done.stdout)["findings"]
                   if each["code"] == "wake_up")
    assert "on the one PU" in wake_up["message"], wake_up


def check_refusals():
    refused("doctor", "--jsn", words=["--jsn"])
    refused("doctor", "heal", words=["heal"])


if __name__ == "__main__":
    program.main(globals())
