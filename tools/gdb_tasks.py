# SPDX-License-Identifier: MIT
"""Cooperative tasks for gdb, in a process or in its core file.

    gdb -x tools/gdb_tasks.py ...

    tasks            each live task: where it is, and its state
    tasks bt         the same with backtraces
    task NUMBER      lets `bt`, `up`, `info locals` speak of that task: its
                     frames are those from the one on that is shown
    task             back to the thread itself

The number of a task is that of its stack, counted over all loops, the oldest
first: it holds until the program goes on. A task is `running` (a thread is on
its stack), `ready`, `new` (ready and not begun; a child that takes the place of
an earlier one shows as `ready`, in `child_entry`), `waiting` (where it is says
for what) or `finished` (and not joined). Where a task is that does not run
leaves out what is inlined on the way to the switch.

A build that switches stacks by ucontext keeps where a task goes on where this
script does not look: there tasks that do not run have no frames, and new ones
show as `ready`.
"""
import gdb
import gdb.unwinder

SHOWN = 1000
COLOURS = 32
CACHELINE = 64
REGISTERS = {"i386:x86-64": ("rip", "rsp", "rbp"),
             "aarch64": ("pc", "sp", "x29")}
# What is inlined between the switch and who wanted it: every task is in there.
SWITCHERS = ("harness/exec/stack_switch.h", "harness/exec/exec_ring.h",
             "harness/exec/exec.h", "runtime/sched/loop.h")
NO_FRAMES = ("this build switches stacks by ucontext: "
             "no frames of tasks that do not run")


def pointers(first):
    """A linked list's members."""
    while int(first):
        yield first.dereference()
        first = first["next"]


def pointer(value, kind):
    return gdb.Value(int(value)).cast(gdb.lookup_type(kind).pointer())


def switches_inline():
    return gdb.lookup_type("struct stack_context").has_key("pc")


def registers():
    name = gdb.selected_inferior().architecture().name()
    if name not in REGISTERS:
        raise gdb.GdbError(f"no cooperative tasks on {name}")
    return REGISTERS[name]


class Task:
    """One slot of a loop's pool of stacks."""

    def __init__(self, number, low, block):
        self.number, self.low = number, low
        self.block = block
        self.exec = self.block["ex"]
        self.state = "waiting"
        self.thread = None  # that runs it

    def name(self):
        child = "child of " if self.block["child"] else ""
        return f"{child}task {int(self.exec['index'])}"

    def context(self):
        """Where it goes on: pc, sp, fp."""
        if not switches_inline():
            raise gdb.GdbError(NO_FRAMES)
        context = self.exec["context"]
        return [int(context[key]) for key in ("pc", "sp", "fp")]

    def has_frames(self):
        return self.state == "running" or (
            self.state not in ("finished", "new") and switches_inline())


class Viewer(gdb.unwinder.Unwinder):
    """Makes a task's frames the callers of the thread's innermost frame, and
    of those that are inlined into it."""

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
    def innermost():
        """Of the task that is shown."""
        frame = gdb.newest_frame()
        while frame.type() == gdb.INLINE_FRAME:
            frame = frame.older()
        return frame.older()

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


def loop_of(pool):
    """The loop whose pool it would be."""
    offset = gdb.lookup_type("struct loop")["stacks"].bitpos // 8
    return pointer(int(pool.address) - offset, "struct loop")


def slots(pool):
    """Number in the pool, low end and block of each slot that was ever used."""
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
        is_new = begin and task.context()[0] == begin
        return "new" if is_new else "ready"
    return "waiting"


def live_blocks(pool):
    """Those of slots() that are a task of the pool's loop. There may be no such
    loop: a peer's blocks are something else, and a new slot's is still zero."""
    free, loop = free_blocks(pool), int(loop_of(pool))
    for number, low, at in slots(pool):
        block = pointer(at, "struct task").dereference()
        if at not in free and int(block["loop"]) == loop:
            yield number, low, block


def tasks_of(pool, first, running, begin):
    ready = spare = None
    for number, low, block in live_blocks(pool):
        if ready is None:
            ready = ready_tasks(block["loop"], on_a_stack(pool, running))
            spare = spare_tasks(block["loop"])
        if int(block.address) in spare:
            continue
        task = Task(first + number, low, block)
        task.state = state_of(task, ready, running, begin)
        yield task


def all_tasks():
    viewer.show(None)
    head = gdb.lookup_static_symbol("stack_pools")
    if not head:
        raise gdb.GdbError("not a gilbench with debugging information")
    running = running_stacks()
    begin = (int(gdb.parse_and_eval("(long)&stack_entry_begin"))
             if switches_inline() else None)
    first = 0
    pools = list(pointers(pointer(head.value(), "struct stack_pool")))
    for pool in reversed(pools):
        yield from tasks_of(pool, first, running, begin)
        first += sum(int(slab["used"]) for slab in pointers(pool["slabs"]))


def frames_of(task):
    """Its frames, the innermost first: the source file and a line of text."""
    if not task.has_frames():
        return
    before = gdb.selected_thread()
    if task.state == "running":
        viewer.show(None)
        task.thread.switch()
        frame = gdb.newest_frame()
    else:
        viewer.show(task.context())
        frame = viewer.innermost()
    while frame and frame.is_valid():
        line = frame.find_sal()
        file = line.symtab.filename if line.symtab else ""
        place = f" at {file}:{line.line}" if file else ""
        yield file, f"{frame.name() or hex(frame.pc())}{place}"
        frame = frame.older()
    viewer.show(None)
    if before:
        before.switch()


def where(task, frames):
    """The first frame that tells it from the others: one that does not run is
    in the switch."""
    told = [text for file, text in frames
            if task.state == "running" or not file.endswith(SWITCHERS)]
    return told[0] if told else ""


def say(task, with_frames):
    frames = list(frames_of(task))
    place = "" if with_frames else where(task, frames)
    print(f"{task.number:4}  {task.name()}, {task.state}  {place}".rstrip())
    for depth, (_, text) in enumerate(frames if with_frames else []):
        print(f"        #{depth}  {text}")


class Tasks(gdb.Command):
    """tasks [bt]: lists the live tasks, with their backtraces."""

    def __init__(self):
        super().__init__("tasks", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        if argument not in ("", "bt"):
            raise gdb.GdbError("usage: tasks [bt]")
        shown = 0
        for task in all_tasks():
            if shown == SHOWN:
                print(f"... the first {SHOWN} of them")
                break
            say(task, argument == "bt")
            shown += 1
        if not shown:
            print("no event loop has a task")
        elif not switches_inline():
            print(NO_FRAMES)


class OneTask(gdb.Command):
    """task [NUMBER]: frames from the one on that is shown are that task's;
    without a number the thread's own again."""

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
                viewer.innermost().select()
                gdb.execute("frame")
                return
        raise gdb.GdbError(f"no live task has the number {argument}")


Tasks()
OneTask()
