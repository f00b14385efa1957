/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "tests/chaos/chaos.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

static void yield_some(struct exec *ex, struct chaos_task *task)
{
    for (uint64_t i = chaos_below(task, 50); i > 0; i--) {
        exec_yield(ex);
    }
}

static void sleep_some(struct exec *ex, struct chaos_task *task)
{
    uint64_t deadline_ns = clock_now_ns() + chaos_below(task, 2 * NS_PER_MS);
    exec_sleep_until(ex, deadline_ns);
    assert(clock_now_ns() >= deadline_ns);
}

/* Keeps the loop. */
static void hold(struct exec *ex, struct chaos_task *task)
{
    (void)ex;
    uint64_t end_ns = clock_now_ns() + chaos_below(task, NS_PER_MS / 2);
    while (clock_now_ns() < end_ns) {
    }
}

static void have_children(struct exec *ex, struct chaos_task *task)
{
    enum { CHILDREN = 4 };
    struct exec_child *children[CHILDREN];
    struct chaos_task lives[CHILDREN];
    size_t n = task->depth < CHAOS_DEPTH ? chaos_below(task, CHILDREN + 1) : 0;
    size_t made = 0;
    for (; made < n; made++) {
        lives[made] =
            (struct chaos_task){.chaos = task->chaos,
                                .depth = task->depth + 1,
                                .works = 1 + (unsigned)chaos_below(task, 4)};
        int rc = exec_spawn(ex, chaos_live, &lives[made], &children[made]);
        if (rc < 0) {
            assert(rc == -EAGAIN);
            break;
        }
    }
    while (made > 0) { /* the last one first */
        exec_join(ex, children[--made]);
    }
}

struct game {
    struct exec_event ball[2];
    uint64_t rounds;
    uint64_t played;
};

static void play(struct exec *ex, void *arg)
{
    struct game *game = arg;
    for (uint64_t i = 0; i < game->rounds; i++) {
        exec_wait(ex, &game->ball[1]);
        game->played++;
        exec_wake(ex, &game->ball[0]);
    }
}

static void ping_pong(struct exec *ex, struct chaos_task *task)
{
    struct game game = {.rounds = chaos_below(task, 20)};
    struct exec_child *other;
    if (exec_spawn(ex, play, &game, &other) < 0) {
        return;
    }
    for (uint64_t i = 0; i < game.rounds; i++) {
        exec_wake(ex, &game.ball[1]);
        exec_wait(ex, &game.ball[0]);
        assert(game.played == i + 1);
    }
    exec_join(ex, other);
}

static void nap(void *arg)
{
    usleep(*(unsigned *)arg % 300);
    ++*(unsigned *)arg;
}

static void block(struct exec *ex, struct chaos_task *task)
{
    unsigned us = (unsigned)chaos_below(task, 300);
    unsigned before = us;
    enum exec_via via = chaos_below(task, 2) ? EXEC_EXECUTOR : EXEC_INLINE;
    exec_blocking(ex, nap, &us, via);
    assert(us == before + 1);
    exec_detached(ex, nap, &us);
    assert(us == before + 2);
}

struct sum {
    uint64_t n;
    uint64_t result;
    uint64_t runs;
};

static void add_up(struct exec *here, void *arg)
{
    struct sum *sum = arg;
    for (uint64_t i = 0; i < sum->n; i++) {
        sum->result += i;
        (void)exec_safepoint(here);
    }
    if (sum->n % 5 == 0) {
        exec_yield(here);
    }
    sum->runs++;
}

static void offload(struct exec *ex, struct chaos_task *task)
{
    struct sum sum = {.n = chaos_below(task, 2000)};
    exec_offload(ex, add_up, &sum);
    assert(sum.runs == 1 && sum.result == sum.n * (sum.n - 1) / 2);
}

/* A job that others may take back: it has run, or it was cancelled. */
static void offload_to_be_cancelled(struct exec *ex, struct chaos_task *task)
{
    struct chaos *chaos = task->chaos;
    struct sum sum = {.n = chaos_below(task, 2000)};
    struct executor_job job = {.fn = add_up, .arg = &sum, .ex = ex};
    struct executor_job **slot = &chaos->jobs[chaos_below(task, CHAOS_JOBS)];
    if (*slot) {
        return;
    }
    *slot = &job;
    assert(executor_submit(&chaos->loop.executor, &job) == 0);
    loop_leave(ex);
    *slot = NULL;
    assert(sum.runs == (job.cancelled ? 0 : 1));
}

static void cancel_jobs(struct exec *ex, struct chaos_task *task)
{
    (void)ex;
    struct chaos *chaos = task->chaos;
    for (size_t i = 0; i < CHAOS_JOBS; i++) {
        struct executor_job *job = chaos->jobs[i];
        if (job && !job->cancelled && chaos_below(task, 2)) {
            executor_cancel(&chaos->loop.executor, job);
        }
    }
}

/* A sleep that others may end. */
static void sleep_to_be_cancelled(struct exec *ex, struct chaos_task *task)
{
    struct chaos *chaos = task->chaos;
    struct timer timer = {.ex = ex};
    struct timer **slot = &chaos->sleeps[chaos_below(task, CHAOS_SLEEPS)];
    if (*slot) {
        return;
    }
    timer.deadline_ns = clock_now_ns() + chaos_below(task, 20 * NS_PER_MS);
    timers_add(&chaos->loop.timers, &timer);
    *slot = &timer;
    loop_leave(ex);
    if (*slot == &timer) { /* nobody has */
        *slot = NULL;
        assert(clock_now_ns() >= timer.deadline_ns);
    }
}

static void cancel_sleeps(struct exec *ex, struct chaos_task *task)
{
    (void)ex;
    struct chaos *chaos = task->chaos;
    for (size_t i = 0; i < CHAOS_SLEEPS; i++) {
        struct timer *timer = chaos->sleeps[i];
        if (timer && chaos_below(task, 2) &&
            timers_cancel(&chaos->loop.timers, timer)) {
            chaos->sleeps[i] = NULL;
            exec_ring_push(exec_ready, timer->ex);
        }
    }
}

/* All descriptors for a while: others find none. */
static void exhaust(struct exec *ex, struct chaos_task *task)
{
    enum { MOST = 128 };
    int fds[MOST];
    size_t n = 0;
    size_t wanted = chaos_below(task, MOST + 1);
    while (n < wanted && (fds[n] = dup(0)) >= 0) {
        n++;
    }
    exec_yield(ex);
    sleep_some(ex, task);
    while (n > 0) {
        close(fds[--n]);
    }
}

chaos_work *const chaos_works[] = {
    yield_some,    sleep_some,
    hold,          have_children,
    ping_pong,     block,
    offload,       offload_to_be_cancelled,
    cancel_jobs,   sleep_to_be_cancelled,
    cancel_sleeps, chaos_stream,
    chaos_accept,  exhaust,
};
const size_t chaos_works_n = ARRAY_LEN(chaos_works);

void chaos_live(struct exec *ex, void *arg)
{
    struct chaos_task *task = arg;
    struct chaos *chaos = task->chaos;
    chaos->begun++;
    for (unsigned i = 0; i < task->works; i++) {
        if (clock_now_ns() >= chaos->until_ns) {
            break;
        }
        size_t which = chaos_below(task, chaos_works_n);
        chaos_works[which](ex, task);
        chaos->done[which]++;
    }
    chaos->ended++;
}
