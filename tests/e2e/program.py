# SPDX-License-Identifier: MIT
"""The program under test, for the end-to-end tests beside this file."""
import atexit
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

GILBENCH = os.environ.get("GILBENCH", "build/bench/gilbench")
# One line, and no byte by which a terminal could be talked into more.
ONE_LINE = re.compile(r"gilbench: [^\x00-\x1f\x7f-\x9f\u2028\u2029]+\n")
# The smallest run there is.
TINY = ("--workload", "null", "--model", "free_threads", "--reps", "1",
        "--slices", "1", "--slice-ms", "1", "--set", "warmup_ms=0", "--quiet")


def gilbench(*args, **options):
    """Runs it to its end. Output is text, also where it is not UTF-8."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, "timeout": 120,
               "encoding": "utf-8", "errors": "backslashreplace", **options}
    return subprocess.run([GILBENCH, *args], **options)


def refused(*args, words=(), **options):
    """It says one line that has the words, nothing on stdout, and exits 2."""
    done = gilbench(*args, **options)
    what = f"{args}: exit code {done.returncode}, stderr {done.stderr!r}"
    assert done.returncode == 2, what
    assert not done.stdout, f"{args}: stdout {done.stdout!r}"
    assert ONE_LINE.fullmatch(done.stderr), what
    for word in words:
        assert word in done.stderr, f"no {word!r} in {what}"
    return done


def document(*args, code=0, **options):
    """Runs it and returns the document that it wrote to stdout. With code
    None it may have ended as it likes."""
    done = gilbench("run", *args, **options)
    assert code in (None, done.returncode), (args, done.returncode,
                                             done.stderr)
    return json.loads(done.stdout)


def load(path):
    with open(path, encoding="utf-8") as source:
        return json.load(source)


def valid(path):
    """The document in a file that `gilbench validate` approves of."""
    done = gilbench("validate", path)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return load(path)


def on_pus(pus):
    """For preexec_fn: only these PUs."""
    return lambda: os.sched_setaffinity(0, pus)


def forbid_calls(calls):
    """Lets system calls fail as a container's seccomp filter does; for
    preexec_fn. A call is its number, its third argument (None: whatever that
    is) and the errno."""
    no_new_privileges, set_seccomp, filter_mode = 38, 22, 2
    load, if_equal, end = 0x20, 0x15, 0x06
    allow, refuse = 0x7fff0000, 0x00050000
    lines = [(load, 0, 0, 0)]
    for number, third, code in calls:
        if third is None:
            lines += [(if_equal, 0, 1, number), (end, 0, 0, refuse | code)]
        else:  # arguments stand from byte 16 on, eight bytes each
            lines += [(if_equal, 0, 4, number), (load, 0, 0, 32),
                      (if_equal, 0, 1, third), (end, 0, 0, refuse | code),
                      (load, 0, 0, 0)]
    lines.append((end, 0, 0, allow))
    code = b"".join(struct.pack("HBBI", *line) for line in lines)
    memory = ctypes.create_string_buffer(code)
    head = ctypes.create_string_buffer(
        struct.pack("HxxxxxxP", len(lines), ctypes.addressof(memory)))
    prctl, zero = ctypes.CDLL(None).prctl, ctypes.c_ulong(0)
    assert prctl(no_new_privileges, ctypes.c_ulong(1), zero, zero, zero) == 0
    assert prctl(set_seccomp, ctypes.c_ulong(filter_mode), head, zero,
                 zero) == 0


def start(*args, **options):
    """Starts `gilbench run ...`, in the background."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, "encoding": "utf-8", **options}
    process = subprocess.Popen([GILBENCH, "run", *args], **options)
    atexit.register(process.kill)  # also when an assertion fails
    return process


def await_true(condition, what, limit_s=60):
    """Waits until the condition has a true value, and returns it."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"waited {limit_s} s in vain: {what}")


def children(pid):
    """The living processes whose parent is `pid`, by their number."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{name}/stat", encoding="utf-8",
                      errors="replace") as stat:
                state, parent = stat.read().rsplit(")", 1)[1].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(name))
    return found


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def end(process, signal_number=signal.SIGKILL):
    """Ends what was started, and returns what it said."""
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal_number)
    return process.communicate(timeout=60)


@contextlib.contextmanager
def folder():
    """A folder of its own; what is in it goes with it."""
    path = tempfile.mkdtemp(prefix="gilbench-e2e-")
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def needed():
    if not os.access(GILBENCH, os.X_OK):
        print(f"no program {GILBENCH}; set GILBENCH")
        sys.exit(77)


def main(namespace):
    """Calls the module's functions check_NAME, in their order."""
    needed()
    for name, check in list(namespace.items()):
        if name.startswith("check_") and callable(check):
            begin = time.monotonic()
            check()
            print(f"{name}: fine, {time.monotonic() - begin:.1f} s")
