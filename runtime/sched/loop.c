/* SPDX-License-Identifier: MIT */
#include "runtime/sched/loop.h"

#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "runtime/sched/loop_trace.h"
#include "runtime/sched/stack_overflow.h"

#include <string.h>

/* Tasks that the poll has brought, and that take no longer than this. */
#define POLLED_BURST     UINT64_C(8)
#define POLLED_SWITCH_NS (20 * NS_PER_US)

/* Room for so many tasks. */
static void make_room(struct exec_ring *ring, size_t tasks)
{
    if (ring->slots && tasks <= ring->mask + 1) {
        return;
    }
    struct exec_ring old = *ring;
    ring->mask = old.slots ? 2 * old.mask + 1 : 63;
    while (ring->mask + 1 < tasks) {
        ring->mask = 2 * ring->mask + 1;
    }
    ring->slots = must_calloc(ring->mask + 1, sizeof(struct exec *));
    for (uint64_t at = old.head; at != exec_ring_tail(&old); at++) {
        ring->slots[at & ring->mask] = old.slots[at & old.mask];
    }
    free(old.slots);
}

/* The executor first: loop_deinit() wants it initialised in any case. */
static int init_parts(struct loop *loop, const struct loop_config *config,
                      struct diag *diag)
{
    struct poller_config poller = {.tasks = config->tasks,
                                   .plain = config->plain_poller};
    int rc = executor_init(&loop->executor, &config->executor);
    if (rc < 0) {
        return diag_set(diag, rc, "cannot make the executor: %s%s",
                        strerror(-rc), limits_remedy(rc));
    }
    rc = poller_new(config->poller, &poller, &loop->poller, diag);
    if (rc < 0) {
        return rc;
    }
    rc = loop->poller->type->watch_wake(loop->poller, loop->executor.done_fd);
    return rc < 0 ? diag_set(diag, rc, "cannot watch the executor: %s",
                             strerror(-rc))
                  : 0;
}

static void name_task(const void *block, char *text, size_t size)
{
    const struct task *task = block;
    snprintf(text, size, "%stask %u", task->child ? "a child of " : "",
             task->ex.index);
}

int loop_init(struct loop *loop, const struct loop_config *config,
              struct diag *diag)
{
    *loop = (struct loop){.discipline = config->discipline,
                          .linger = {.ns = config->linger_ns},
                          .guard = config->guard,
                          .hist = config->hist,
                          .phase = config->phase,
                          .ops = config->ops};
    pace_init(&loop->pace);
    timers_init(&loop->timers, clock_now_ns());
    loop->ring.breaker = config->guard ? EXEC_POLL : 0;
    make_room(&loop->ring, config->tasks);
    stack_pool_init(&loop->stacks, config->slot_size, config->tasks,
                    sizeof(struct task));
    stack_overflow_watch(&loop->stacks, name_task);
    stack_context_init_thread(&loop->ring.loop);
    return init_parts(loop, config, diag);
}

void loop_deinit(struct loop *loop)
{
    executor_deinit(&loop->executor);
    poller_free(loop->poller);
    stack_context_deinit(&loop->ring.loop);
    for (struct task *at = loop->ring.spare; at; at = at->next_spare) {
        stack_context_deinit(&at->ex.context);
    }
    stack_pool_deinit(&loop->stacks);
    free(loop->ring.slots);
}

static struct task *task_of_context(struct stack_context *context)
{
    return task_of(container_of(context, struct exec, context));
}

/* A task's life on its own stack. It never comes back from its last switch. */
static void task_entry(struct stack_context *context)
{
    struct task *task = task_of_context(context);
    task->fn(&task->ex, task->arg);
    task->loop->ring.live--;
    stack_context_finish(&task->ex.context);
    exec_ring_end(exec_ready, task);
    must(!"a finished task was resumed");
}

/* The lives of a child, which is spawned again. */
static void child_entry(struct stack_context *context)
{
    struct task *task = task_of_context(context);
    for (;;) {
        task->fn(&task->ex, task->arg);
        task = exec_ring_end(exec_ready, task);
    }
}

static struct task *new_task(struct loop *loop, stack_entry_fn *entry)
{
    struct task *task = stack_new(&loop->stacks);
    if (task) {
        make_room(&loop->ring, loop->stacks.made);
        *task = (struct task){.ex = {.ops = loop->ops,
                                     .breaker = loop->ring.breaker,
                                     .hist = loop->hist,
                                     .phase = loop->phase},
                              .loop = loop};
        stack_context_init(&task->ex.context, &loop->stacks, task, entry);
    }
    return task;
}

static void begin(struct task *task, exec_fn *fn, void *arg)
{
    struct exec_ring *ring = &task->loop->ring;
    task->fn = fn;
    task->arg = arg;
    exec_ring_push(ring, &task->ex);
}

struct task *loop_spawn(struct loop *loop, exec_fn *fn, void *arg)
{
    struct task *task = new_task(loop, task_entry);
    if (task) {
        loop->ring.live++;
        begin(task, fn, arg);
    }
    return task;
}

struct task *loop_spawn_child(struct loop *loop, exec_fn *fn, void *arg,
                              uint32_t index)
{
    struct task *task = new_task(loop, child_entry);
    if (task) {
        task->child = true;
        task->ex.index = index;
        begin(task, fn, arg);
    }
    return task;
}

void loop_reap(struct loop *loop, struct task *task)
{
    must(task->joiner == EXEC_ENDED);
    stack_context_deinit(&task->ex.context);
    stack_free(&loop->stacks, task);
}

/* How long the poll may wait: not at all while somebody is ready. */
static uint64_t poll_timeout(struct loop *loop, uint64_t now)
{
    if (!exec_ring_is_empty(&loop->ring)) {
        return 0;
    }
    uint64_t due_ns = timers_next(&loop->timers);
    if (due_ns == UINT64_MAX) {
        return UINT64_MAX;
    }
    return due_ns > now ? due_ns - now : 0;
}

/* Returns as poller_type.wait does. */
static int poll(struct loop *loop, uint64_t timeout_ns)
{
    return loop->poller->type->wait(loop->poller, timeout_ns, &loop->ring);
}

/* Polls; returns 0 or a negative errno. */
static int poll_once(struct loop *loop, uint64_t timeout_ns)
{
    int rc = poll(loop, timeout_ns);
    if (rc > 0) {
        executor_woken(&loop->executor);
    }
    return rc < 0 ? rc : 0;
}

/* Spins for a while, until there is something to do: 1. It may last no longer
 * than `timeout_ns`, which becomes what is left. 0: nothing came, or a negative
 * errno. */
static int look_on(struct loop *loop, uint64_t *timeout_ns)
{
    uint64_t now = clock_now_ns();
    uint64_t end_ns = now + loop->linger.ns;
    uint64_t due_ns =
        *timeout_ns < UINT64_MAX - now ? now + *timeout_ns : UINT64_MAX;
    int rc = 0;
    bool found = false;
    while (rc == 0 && !found && now < end_ns) {
        for (int i = 0; i < 16 && !executor_has_done(&loop->executor); i++) {
            linger_pause();
        }
        found = executor_has_done(&loop->executor);
        if (!found) {
            rc = loop->poller->waiting > 0 ? poll_once(loop, 0) : 0;
            now = clock_now_ns();
            found = !exec_ring_is_empty(&loop->ring) || now >= due_ns;
        }
    }
    if (due_ns < UINT64_MAX) {
        *timeout_ns = due_ns > now ? due_ns - now : 0;
    }
    linger_ended(&loop->linger, found);
    return rc < 0 ? rc : found;
}

/* Waits, detached. */
static int wait_for_events(struct loop *loop, uint64_t timeout_ns)
{
    if (timeout_ns > 0 && linger_tries(&loop->linger)) {
        int rc = look_on(loop, &timeout_ns);
        if (rc != 0) {
            return rc < 0 ? rc : 0;
        }
    }
    if (timeout_ns > 0 && !executor_sleep_begin(&loop->executor)) {
        timeout_ns = 0;
    }
    int rc = poll_once(loop, timeout_ns);
    executor_sleep_end(&loop->executor);
    return rc;
}

static void complain_of_deadlock(const struct loop *loop)
{
    fprintf(stderr,
            "coop_tasks: %zu tasks wait for each other and nothing can wake "
            "them\n",
            loop->ring.live);
    abort();
}

bool loop_poll(struct loop *loop, uint64_t now)
{
    if (executor_has_done(&loop->executor)) {
        executor_collect(&loop->executor, &loop->ring);
    }
    bool ready = !exec_ring_is_empty(&loop->ring);
    bool polls = loop->poller->waiting > 0 || loop->guard ||
                 loop->discipline == LOOP_SNAPSHOT;
    if (ready && !polls) {
        loop->polled = 0;
        return false;
    }
    uint64_t timeout_ns = poll_timeout(loop, now);
    if (timeout_ns == UINT64_MAX && loop->poller->waiting == 0 &&
        loop->executor.pending == 0) {
        complain_of_deadlock(loop);
    }
    uint64_t before = exec_ring_tail(&loop->ring);
    guard_leave(loop->guard);
    int rc = wait_for_events(loop, timeout_ns);
    guard_enter(loop->guard);
    if (executor_has_done(&loop->executor)) {
        executor_collect(&loop->executor, &loop->ring);
    }
    loop->polled = exec_ring_tail(&loop->ring) - before;
    loop->error = rc < 0 ? rc : 0;
    return true;
}

void loop_expire_timers(struct loop *loop, uint64_t now)
{
    struct timer *timer;
    if (!timers_may_expire(&loop->timers)) {
        return;
    }
    while ((timer = timers_expire(&loop->timers, now))) {
        exec_ring_push(&loop->ring, timer->ex);
    }
}

void loop_end_burst(struct loop *loop, uint64_t switches, uint64_t took_ns)
{
    uint64_t held_ns = pace_burst_ends(&loop->pace, switches, took_ns);
    if (held_ns <= counter_get(&loop->longest_hold_ns) ||
        atomic_load_explicit(loop->phase, memory_order_relaxed) !=
            EXEC_MEASURE) {
        return;
    }
    const struct exec *who =
        atomic_load_explicit(&loop->ring.running, memory_order_relaxed);
    counter_set(&loop->longest_hold_ns, held_ns);
    counter_set(&loop->longest_holder, switches == 1 ? who->index + 1u : 0);
}

/* Tasks switch to each other; they come back here when the burst is over. */
static uint64_t run_burst(struct loop *loop, uint64_t begin, uint64_t most)
{
    struct exec_ring *ring = &loop->ring;
    uint64_t first = ring->head;
    counter_set(&loop->burst_since_ns, begin);
    ring->limit = first + most;
    exec_ring_run(ring);
    uint64_t end = clock_now_ns();
    loop_end_burst(loop, ring->head - first, end - begin);
    return end;
}

/* How many switches this iteration has; fewer if nobody is ready any more. As
 * many as the poll has brought: a server's tasks all come from there, and to
 * ask again between them would cost each request a call. */
static uint64_t due(const struct loop *loop)
{
    uint64_t least = loop->pace.burst;
    least = loop->polled > least ? loop->polled : least;
    return loop->discipline == LOOP_SNAPSHOT ? loop->ring.ready : least;
}

/* How many of them before the next look at the clock. Where the poll has
 * brought many, each does a little and waits again; a look after every second
 * would cost them 2 %. */
static uint64_t burst_of(const struct loop *loop, uint64_t left)
{
    uint64_t most = loop->pace.burst;
    if (most < POLLED_BURST && loop->polled >= POLLED_BURST &&
        loop->pace.switch_ns < POLLED_SWITCH_NS) {
        most = POLLED_BURST;
    }
    return left < most ? left : most;
}

uint64_t loop_run_due(struct loop *loop, uint64_t now, loop_burst *burst)
{
    struct exec_ring *ring = &loop->ring;
    uint64_t end = ring->head + due(loop);
    while (ring->head != end && !exec_ring_is_empty(ring)) {
        now = burst(loop, now, burst_of(loop, end - ring->head));
    }
    counter_set(&loop->burst_since_ns, 0);
    return now;
}

void loop_count(struct loop *loop)
{
    counter_add(&loop->iterations, 1);
    counter_set(&loop->switches, loop->ring.head);
    counter_set(&loop->jobs, loop->executor.jobs);
}

static void run(struct loop *loop)
{
    uint64_t now = clock_now_ns();
    while (loop_goes_on(loop)) {
        if (loop_poll(loop, now)) {
            now = clock_now_ns();
        }
        loop_expire_timers(loop, now);
        now = loop_run_due(loop, now, run_burst);
        loop_count(loop);
    }
}

void loop_run(struct loop *loop)
{
    exec_ready = &loop->ring;
    guard_enter(loop->guard);
    if (loop->lane) {
        loop_trace_run(loop);
    } else {
        run(loop);
    }
    guard_end(loop->guard);
    exec_ready = NULL;
    must(loop->error < 0 || loop->executor.pending == 0);
}
