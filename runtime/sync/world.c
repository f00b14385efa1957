/* SPDX-License-Identifier: MIT */
#include "runtime/sync/world.h"

#include "harness/base/clock.h"
#include "harness/base/must.h"

static void lock(struct world *world)
{
    must(pthread_mutex_lock(&world->mutex) == 0);
}

static void unlock(struct world *world)
{
    must(pthread_mutex_unlock(&world->mutex) == 0);
}

static void init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    must(pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    must(pthread_cond_init(cond, &attr) == 0);
    must(pthread_condattr_destroy(&attr) == 0);
}

struct world *world_new(const struct params *params,
                        const _Atomic uint32_t *phase)
{
    uint64_t period_ms = (uint64_t)params_get_or(params, "stop_world_ms", 0);
    if (period_ms == 0) {
        return NULL;
    }
    struct world *world = must_calloc(1, sizeof(*world));
    world->period_ns = period_ms * NS_PER_MS;
    world->hold_ns =
        (uint64_t)params_get(params, "stop_world_hold_us") * NS_PER_US;
    world->phase = phase;
    world->to_stop = must_calloc(1, sizeof(*world->to_stop));
    world->pause = must_calloc(1, sizeof(*world->pause));
    must(pthread_mutex_init(&world->mutex, NULL) == 0);
    init_cond(&world->stopped);
    init_cond(&world->resumed);
    init_cond(&world->ended);
    return world;
}

void world_free(struct world *world)
{
    if (!world) {
        return;
    }
    must(pthread_mutex_destroy(&world->mutex) == 0);
    must(pthread_cond_destroy(&world->stopped) == 0);
    must(pthread_cond_destroy(&world->resumed) == 0);
    must(pthread_cond_destroy(&world->ended) == 0);
    free(world->to_stop);
    free(world->pause);
    free(world);
}

/* Asks who is attached; the mutex is held. */
static void ask_all(struct world *world)
{
    world->awaited = 0;
    atomic_store_explicit(&world->stopping, true, memory_order_seq_cst);
    for (struct world_member *member = world->members; member;
         member = member->next) {
        uint32_t detached = WORLD_DETACHED;
        if (atomic_compare_exchange_strong_explicit(
                &member->state, &detached, WORLD_STOPPED, memory_order_seq_cst,
                memory_order_seq_cst)) {
            continue;
        }
        world->awaited++;
        if (member->task) {
            atomic_fetch_or_explicit(&member->task->breaker, EXEC_PAUSE,
                                     memory_order_relaxed);
        }
    }
}

static void let_go(struct world *world)
{
    atomic_store_explicit(&world->stopping, false, memory_order_seq_cst);
    for (struct world_member *member = world->members; member;
         member = member->next) {
        atomic_store_explicit(&member->state, WORLD_DETACHED,
                              memory_order_seq_cst);
    }
    must(pthread_cond_broadcast(&world->resumed) == 0);
}

/* The collector's work: the memory of the tasks is its own meanwhile. */
static void work(uint64_t hold_ns)
{
    uint64_t until = clock_now_ns() + hold_ns;
    while (hold_ns && clock_now_ns() < until) {
    }
}

static void stop_once(struct world *world)
{
    uint64_t asked = clock_now_ns();
    ask_all(world);
    while (world->awaited > 0) {
        must(pthread_cond_wait(&world->stopped, &world->mutex) == 0);
    }
    uint64_t stopped = clock_now_ns();
    if (world->visit) {
        world->visit(world->visit_arg);
    }
    work(world->hold_ns);
    let_go(world);
    if (atomic_load_explicit(world->phase, memory_order_relaxed) ==
        EXEC_MEASURE) {
        hist_record(world->to_stop, stopped - asked);
        hist_record(world->pause, clock_now_ns() - asked);
    }
}

static void *run_collector(void *arg)
{
    struct world *world = arg;
    uint64_t due = clock_now_ns() + world->period_ns;
    lock(world);
    while (!world->over) {
        struct timespec at = timespec_of_ns(due);
        pthread_cond_timedwait(&world->ended, &world->mutex, &at);
        if (!world->over && clock_now_ns() >= due) {
            stop_once(world);
            due += world->period_ns;
            uint64_t now = clock_now_ns();
            due = due < now ? now + world->period_ns : due;
        }
    }
    unlock(world);
    return NULL;
}

void world_start(struct world *world)
{
    must(pthread_create(&world->collector, NULL, run_collector, world) == 0);
    world->started = true;
}

void world_end(struct world *world)
{
    if (world->started) {
        lock(world);
        world->over = true;
        must(pthread_cond_signal(&world->ended) == 0);
        unlock(world);
        must(pthread_join(world->collector, NULL) == 0);
        world->started = false;
    }
}

void world_join(struct world *world, struct world_member *me, struct exec *task)
{
    lock(world);
    me->task = task;
    me->previous = NULL;
    me->next = world->members;
    if (me->next) {
        me->next->previous = me;
    }
    world->members = me;
    bool stopping =
        atomic_load_explicit(&world->stopping, memory_order_relaxed);
    atomic_store_explicit(&me->state, stopping ? WORLD_STOPPED : WORLD_DETACHED,
                          memory_order_relaxed);
    unlock(world);
}

void world_leave(struct world *world, struct world_member *me)
{
    lock(world);
    if (me->previous) {
        me->previous->next = me->next;
    } else {
        world->members = me->next;
    }
    if (me->next) {
        me->next->previous = me->previous;
    }
    unlock(world);
}

static uint32_t state_of(const struct world_member *me)
{
    return atomic_load_explicit(&me->state, memory_order_relaxed);
}

/* One that was asked stands still; the mutex is held. */
static void count_stopped(struct world *world, struct world_member *me)
{
    atomic_store_explicit(&me->state, WORLD_STOPPED, memory_order_relaxed);
    world->awaited--;
    if (world->awaited == 0) {
        must(pthread_cond_signal(&world->stopped) == 0);
    }
}

static void await_resumed(struct world *world, struct world_member *me)
{
    while (state_of(me) == WORLD_STOPPED) {
        must(pthread_cond_wait(&world->resumed, &world->mutex) == 0);
    }
    atomic_store_explicit(&me->state, WORLD_ATTACHED, memory_order_seq_cst);
}

void world_attach_slow(struct world *world, struct world_member *me)
{
    lock(world);
    await_resumed(world, me);
    unlock(world);
}

/* The collector found it attached and waits for it, or has found it detached
 * since: then it is stopped already. */
void world_detach_slow(struct world *world, struct world_member *me)
{
    lock(world);
    if (atomic_load_explicit(&world->stopping, memory_order_relaxed) &&
        state_of(me) == WORLD_DETACHED) {
        count_stopped(world, me);
    }
    unlock(world);
}

/* Stands still if it is to; the mutex is held. */
static void stand_still(struct world *world, struct world_member *me)
{
    if (atomic_load_explicit(&world->stopping, memory_order_relaxed)) {
        count_stopped(world, me);
        await_resumed(world, me);
    }
}

void world_safepoint(struct world *world, struct world_member *me,
                     struct exec *ex)
{
    if (atomic_load_explicit(&ex->breaker, memory_order_relaxed) & EXEC_PAUSE) {
        lock(world);
        atomic_fetch_and_explicit(&ex->breaker, ~(uint32_t)EXEC_PAUSE,
                                  memory_order_relaxed);
        stand_still(world, me);
        unlock(world);
    }
}

void world_poll(struct world *world, struct world_member *me)
{
    if (atomic_load_explicit(&world->stopping, memory_order_relaxed)) {
        lock(world);
        stand_still(world, me);
        unlock(world);
    }
}
