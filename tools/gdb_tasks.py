# SPDX-License-Identifier: MIT
"""Cooperative tasks for gdb, in a process or in its core file.

    gdb -x tools/gdb_tasks.py ...

    tasks            each live task: where it is, and its state
    tasks bt         the same with backtraces
    task NUMBER      lets `bt`, `up`, `info locals` speak of that task: its
                     frames are those from #1 on
    task             back to the thread itself

The number of a task is that of its stack. A task is `running` (a thread is on
its stack), `ready`, `new` (ready and not begun; a child that takes the
place of an earlier one shows as `ready`, in `exec_ring_end`), `waiting` (its backtrace says
for what) or `finished` (and not joined).
"""
import gdb
import gdb.unwinder

SHOWN = 1000
COLOURS = 32
CACHELINE = 64
REGISTERS = {"i386:x86-64": ("rip", "rsp", "rbp"),
             "aarch64": ("pc", "sp", "x29")}


def pointers(first):
    """A linked list's members."""
    while int(first):
        yield first.dereference()
        first = first["next"]


def pointer(value, kind):
    return gdb.Value(int(value)).cast(gdb.lookup_type(kind).pointer())


def registers():
    name = gdb.selected_inferior().architecture().name()
    if name not in REGISTERS:
        raise gdb.GdbError(f"no cooperative tasks on {name}")
    return REGISTERS[name]


class Task:
    """One slot of a pool of stacks."""

    def __init__(self, number, low, block):
        self.number, self.low = number, low
        self.block = pointer(block, "struct task").dereference()
        self.exec = self.block["ex"]
        self.state = "waiting"
        self.thread = None  # that runs it

    def name(self):
        child = "child of " if self.block["child"] else ""
        return f"{child}task {int(self.exec['index'])}"

    def context(self):
        """Where it goes on: pc, sp, fp."""
        context = self.exec["context"]
        try:
            return [int(context[key]) for key in ("pc", "sp", "fp")]
        except gdb.error:
            raise gdb.GdbError("this build switches stacks by ucontext: "
                               "no backtraces of tasks") from None


class Viewer(gdb.unwinder.Unwinder):
    """Makes a task's frames the callers of the thread's innermost frame."""

    def __init__(self):
        super().__init__("gilbench tasks")
        self.at = self.saved = None

    def show(self, context):
        self.at = self.saved = None
        gdb.invalidate_cached_frames()
        if context:
            self.at = self.position(gdb.newest_frame().read_register)
            self.saved = context
            gdb.invalidate_cached_frames()

    @staticmethod
    def position(read_register):
        pc, sp, _ = registers()
        return int(read_register(pc)), int(read_register(sp))

    def __call__(self, pending):
        if not self.saved or self.position(pending.read_register) != self.at:
            return None
        pc, sp = self.at
        frame = type("FrameId", (), {"sp": gdb.Value(sp), "pc": gdb.Value(pc)})
        info = pending.create_unwind_info(frame)
        for name, value in zip(registers(), self.saved):
            kind = pending.read_register(name).type
            info.add_saved_register(name, gdb.Value(value).cast(kind))
        return info


viewer = Viewer()
gdb.unwinder.register_unwinder(None, viewer, True)


def free_blocks(pool):
    found = set()
    block = int(pool["free"])
    while block and block not in found:
        found.add(block)
        block = int(pointer(block, "void").cast(
            gdb.lookup_type("void").pointer().pointer()).dereference())
    return found


def spare_tasks(loop):
    """The addresses of all that have returned and been joined."""
    found = set()
    task = loop["ring"]["spare"]
    while int(task):
        found.add(int(task))
        task = task["next_spare"]
    return found


def ready_tasks(loop, switching):
    """The addresses of all in the ready ring, and where a thread may be on the
    way from one task to another (`switching`) that of the one it goes to."""
    ring = loop["ring"]
    slots, mask, head = ring["slots"], int(ring["mask"]), int(ring["head"])
    found = {int(slots[at & mask])
             for at in range(head, head + int(ring["ready"]))}
    return found | {int(ring["running"])} if switching else found


def running_stacks():
    """Each thread and its stack pointer."""
    before = gdb.selected_thread()
    found = []
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        sp = Viewer.position(gdb.newest_frame().read_register)[1]
        found.append((thread, sp))
    if before:
        before.switch()
    return found


def slots(pool):
    """Number, low end and block of each slot that was ever used."""
    size, block_size = int(pool["slot_size"]), int(pool["block_size"])
    for slab in pointers(pool["slabs"]):
        low, first = int(slab["low"]), int(slab["first"])
        for i in range(int(slab["used"])):
            shift = (first + i) % COLOURS * CACHELINE
            high = low + (i + 1) * size
            yield first + i, high - size, high - shift - block_size


def on_a_stack(pool, running):
    """Is a thread on one of the pool's stacks?"""
    size = int(pool["slot_size"])
    slabs = [(int(slab["low"]), int(slab["slots"]) * size)
             for slab in pointers(pool["slabs"])]
    return any(low <= sp < low + length
               for low, length in slabs for _, sp in running)


def state_of(task, ready, running, begin):
    size = int(task.block["loop"]["stacks"]["slot_size"])
    for thread, sp in running:
        if task.low <= sp < task.low + size:
            task.thread = thread
            return "running"
    if int(task.block["joiner"]) == 1:  # EXEC_ENDED
        return "finished"
    if int(task.block.address) in ready:
        return "new" if task.context()[0] == begin else "ready"
    return "waiting"


def tasks_of(pool, running, begin):
    free = free_blocks(pool)
    ready = spare = None
    for number, low, block in slots(pool):
        if block in free:
            continue
        task = Task(number, low, block)
        if ready is None:
            ready = ready_tasks(task.block["loop"], on_a_stack(pool, running))
            spare = spare_tasks(task.block["loop"])
        if block in spare:
            continue
        task.state = state_of(task, ready, running, begin)
        yield task


def all_tasks():
    viewer.show(None)
    first = gdb.lookup_static_symbol("stack_pools")
    if not first:
        raise gdb.GdbError("not a gilbench with debugging information")
    running = running_stacks()
    begin = int(gdb.parse_and_eval("(long)&stack_entry_begin"))
    for pool in pointers(pointer(first.value(), "struct stack_pool")):
        yield from tasks_of(pool, running, begin)


def frames_of(task):
    """Its frames as lines of text, the innermost first."""
    if task.state in ("finished", "new"):
        return
    before = gdb.selected_thread()
    if task.state == "running":
        viewer.show(None)
        task.thread.switch()
        frame = gdb.newest_frame()
    else:
        viewer.show(task.context())
        frame = gdb.newest_frame().older()
    while frame and frame.is_valid():
        line = frame.find_sal()
        place = f" at {line.symtab.filename}:{line.line}" if line.symtab else ""
        yield f"{frame.name() or hex(frame.pc())}{place}"
        frame = frame.older()
    viewer.show(None)
    if before:
        before.switch()


class Tasks(gdb.Command):
    """tasks [bt]: lists the live tasks, with their backtraces."""

    def __init__(self):
        super().__init__("tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument not in ("", "bt"):
            raise gdb.GdbError("usage: tasks [bt]")
        for shown, task in enumerate(all_tasks()):
            if shown == SHOWN:
                print(f"... the first {SHOWN} of them")
                break
            lines = list(frames_of(task))
            where = lines[0] if lines and not argument else ""
            print(f"{task.number:4}  {task.name()}, {task.state}  {where}")
            for depth, line in enumerate(lines if argument else []):
                print(f"        #{depth}  {line}")


class OneTask(gdb.Command):
    """task [NUMBER]: frames from #1 on are that task's; without a number the
    thread's own again."""

    def __init__(self):
        super().__init__("task", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if not argument:
            viewer.show(None)
            return
        for task in all_tasks():
            if str(task.number) == argument:
                if task.state in ("finished", "new", "running"):
                    raise gdb.GdbError(f"it is {task.state}")
                viewer.show(task.context())
                gdb.execute("frame 1")
                return
        raise gdb.GdbError(f"no live task has the number {argument}")


Tasks()
OneTask()
