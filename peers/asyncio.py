# SPDX-License-Identifier: MIT
"""What the peer `asyncio` runs in CPython: asyncio.c has put the work into the
dictionary `gilbench` and calls work(). A task counts its steps and polls its
breaker word where tasks of C do, in the memory of `struct exec`."""
import asyncio
import ctypes
import random
import socket
import time

WORK = gilbench  # noqa: F821, set by asyncio.c
TASKS = WORK["tasks"]
CANCELS = 1000  # before the loop has its turn, in which it forgets them


def memory(address, size, kind):
    """A view of so many bytes as an array of unsigned integers."""
    view = ctypes.pythonapi.PyMemoryView_FromMemory
    view.restype = ctypes.py_object
    view.argtypes = (ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)
    writable = 0x200
    return view(address, size, writable).cast(kind)


def function(name, result, *arguments):
    """One of asyncio.c; CPython's lock is let go while it runs."""
    return ctypes.CFUNCTYPE(result, *arguments)(WORK[name])


SIZE = WORK["task_size"]
STEPS = memory(WORK["execs"], TASKS * SIZE, "Q")[WORK["steps_at"] // 8:]
BREAKER = memory(WORK["execs"], TASKS * SIZE, "I")[WORK["breaker_at"] // 4:]
NEXT_STEPS, NEXT_BREAKER = SIZE // 8, SIZE // 4
ready = function("ready", ctypes.c_bool)
unbind = function("unbind", None)
bind = function("bind", None)
job = function("job", None, ctypes.c_size_t)
record = function("record", None, ctypes.c_size_t, ctypes.c_uint64)
fail = function("fail", None, ctypes.c_char_p)


async def nested(depth):
    if depth > 1:
        await nested(depth - 1)
    else:
        await asyncio.sleep(0)


async def switches(task):
    at, stop, steps = task * NEXT_STEPS, task * NEXT_BREAKER, 0
    depth, sleep = WORK["depth"], asyncio.sleep
    while not BREAKER[stop]:
        if depth:
            await nested(depth)
        else:
            await sleep(0)
        steps += 1
        STEPS[at] = steps


async def child(counter):
    counter[0] += 1


async def spawns(task):
    at, stop, steps = task * NEXT_STEPS, task * NEXT_BREAKER, 0
    counter = memory(WORK["children"][task], 8, "Q")
    spawn, most, kept = asyncio.create_task, WORK["unjoined"], []
    while not BREAKER[stop]:
        if not most:
            await spawn(child(counter))
        else:
            if len(kept) == most:
                await asyncio.gather(*kept)
                kept.clear()
            kept.append(spawn(child(counter)))
            await asyncio.sleep(0)
        steps += 1
        STEPS[at] = steps
    if kept:
        await asyncio.gather(*kept)


class Echo(asyncio.BufferedProtocol):
    """With a buffer of its own: a plain Protocol allocates 256 KiB for each
    message, and in a fresh process maps and unmaps them."""

    def __init__(self, task, gone):
        self.at, self.steps, self.got = task * NEXT_STEPS, 0, 0
        self.message = bytearray(WORK["message_bytes"])
        self.view = memoryview(self.message)
        self.gone = gone

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, sizehint):
        return self.view[self.got:]

    def buffer_updated(self, nbytes):
        self.got += nbytes
        if self.got == len(self.message):
            self.got = 0
            self.transport.write(self.message)
            self.steps += 1
            STEPS[self.at] = self.steps

    def connection_lost(self, exc):
        self.gone.set_result(None)


async def serve():
    loop = asyncio.get_running_loop()
    descriptors = memory(WORK["fds"], 4 * TASKS, "i")
    all_gone = [loop.create_future() for _ in range(TASKS)]
    for task in range(TASKS):
        client = socket.socket(fileno=descriptors[task])
        client.setblocking(False)
        await loop.connect_accepted_socket(
            lambda task=task: Echo(task, all_gone[task]), client)
    if ready():
        await asyncio.gather(*all_gone)
    for task in range(TASKS):
        descriptors[task] = -1  # its transport closes it


async def offloads(task):
    at, stop, steps = task * NEXT_STEPS, task * NEXT_BREAKER, 0
    submit = asyncio.get_running_loop().run_in_executor
    while not BREAKER[stop]:
        await submit(None, job, task)
        steps += 1
        STEPS[at] = steps


async def start_pool():
    """Threads are made with jobs, and inherit the binding of who makes them."""
    loop = asyncio.get_running_loop()
    unbind()
    await asyncio.gather(*(loop.run_in_executor(None, time.sleep, 0.001)
                           for _ in range(min(TASKS, 32))))
    bind()


async def sleeps(task):
    at, stop, steps = task * NEXT_STEPS, task * NEXT_BREAKER, 0
    now = time.monotonic_ns()
    while not BREAKER[stop]:
        due = now + WORK["sleep_ns"]
        while now < due:
            await asyncio.sleep((due - now) * 1e-9)
            now = time.monotonic_ns()
        record(task, now - due)
        steps += 1
        STEPS[at] = steps


async def set_timers():
    later, span = asyncio.get_running_loop().call_later, WORK["span_ns"] * 1e-9
    far = 3600 if WORK["cancels"] else 0

    def expired(task):
        STEPS[task * NEXT_STEPS] += 1
        if not BREAKER[task * NEXT_BREAKER]:
            later(random.random() * span, expired, task)

    for task in range(TASKS):
        later(far + random.random() * span, expired, task)
    if not ready():
        return
    task = 0
    delays = [random.random() * span for _ in range(CANCELS)]
    while not BREAKER[0]:
        if WORK["cancels"]:
            for delay in delays:
                later(delay, expired, task).cancel()
            STEPS[task * NEXT_STEPS] += CANCELS
            task = (task + 1) % TASKS
        else:
            time.sleep(WORK["look_ns"] * 1e-9)
        await asyncio.sleep(0)


async def run_all(main):
    tasks = [main(task) for task in range(TASKS)]
    if ready():
        await asyncio.gather(*tasks)
    else:
        for task in tasks:
            task.close()


async def do_work():
    kind = WORK["kind"]
    if kind == "echo":
        await serve()
    elif kind == "timer":
        await set_timers()
    else:
        if kind == "offload":
            await start_pool()
        await run_all({"switch": switches, "spawn": spawns, "sleep": sleeps,
                       "offload": offloads}[kind])


def work():
    try:
        asyncio.run(do_work())
    except BaseException as error:  # also what is meant to end a process
        fail(f"{type(error).__name__}: {error}".encode())


work()
