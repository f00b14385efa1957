/* SPDX-License-Identifier: MIT */
/*
 * What programs with timers have in common. A program says how its library sets
 * and cancels a timer and runs what has expired; these are constants that the
 * compiler inlines.
 *
 * NATIVE_SLEEP: the program waits in its library, and each timer is set again
 * as soon as it has expired. Where the library was early, it is set for what is
 * left.
 *
 * NATIVE_TIMER: the program sleeps by itself for look_ns, looks what has
 * expired meanwhile, and sets that again; or it sets and cancels a timer beside
 * all others, which stand far ahead. The timers alone are touched: what a turn
 * has run counts as steps of one task, of another one each turn.
 */
#pragma once

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "peers/peer.h"

enum {
    TIMING_CANCELS = 1024, /* by a task before it is the next one's turn */
};

#define TIMING_FAR_NS (3600 * NS_PER_S)

/* A timer is the library's own, of `size` bytes; one a task. */
struct timing {
    struct peer_run *run;
    struct exec *execs;
    char *timers; /* one more than the run has: the one that is cancelled */
    size_t size;
    size_t sleepers;        /* NATIVE_SLEEP: that have not ended */
    uint64_t *deadlines_ns; /* NATIVE_SLEEP: by task */
    uint64_t expired;       /* NATIVE_TIMER: in this turn */
    struct rng rng;
};

struct timing_library {
    /* So long from what the library takes for now. */
    void (*set)(void *timer, uint64_t ns);
    void (*cancel)(void *timer);
    /* Makes the library look at the clock. */
    void (*update)(void);
    /* Calls timing_expired() for what has expired; with `wait` waits for it. */
    void (*turn)(bool wait);
};

/* Its tasks, and its timers, zeroed; -ENOMEM. */
int timing_init(struct timing *timing, struct peer_run *run, size_t size,
                struct diag *diag);

/* Sleeps between two turns. */
void timing_pause(const struct timing *timing);

static inline void *timing_timer(const struct timing *timing, size_t i)
{
    return timing->timers + i * timing->size;
}

/* 1 .. span_ns. */
static inline uint64_t timing_random_ns(struct timing *timing)
{
    return 1 + rng_below(&timing->rng, timing->run->work->span_ns);
}

PEER_INLINE void timing_woken(struct timing *timing,
                              const struct timing_library *library, void *timer)
{
    size_t i = (size_t)((char *)timer - timing->timers) / timing->size;
    struct exec *task = &timing->execs[i];
    uint64_t now_ns = clock_now_ns();
    uint64_t *deadline_ns = &timing->deadlines_ns[i];
    library->update();
    if (now_ns < *deadline_ns) {
        library->set(timer, *deadline_ns - now_ns);
        return;
    }
    exec_record(task, now_ns - *deadline_ns);
    exec_progress(task, exec_steps(task) + 1);
    if (exec_safepoint(task)) {
        *deadline_ns = now_ns + timing->run->work->sleep_ns;
        library->set(timer, timing->run->work->sleep_ns);
    } else {
        timing->sleepers--;
    }
}

/* A timer has expired. */
PEER_INLINE void timing_expired(struct timing *timing,
                                const struct timing_library *library,
                                void *timer)
{
    if (timing->deadlines_ns) {
        timing_woken(timing, library, timer);
    } else {
        timing->expired++;
        library->set(timer, timing_random_ns(timing));
    }
}

PEER_INLINE void timing_sleep(struct timing *timing,
                              const struct timing_library *library)
{
    library->update();
    uint64_t now_ns = clock_now_ns();
    timing->sleepers = timing->run->work->tasks;
    for (size_t i = 0; i < timing->run->work->tasks; i++) {
        timing->deadlines_ns[i] = now_ns + timing->run->work->sleep_ns;
        library->set(timing_timer(timing, i), timing->run->work->sleep_ns);
    }
    while (timing->sleepers > 0) {
        library->turn(true);
    }
}

PEER_INLINE void timing_expire(struct timing *timing,
                               const struct timing_library *library)
{
    size_t n = timing->run->work->tasks;
    struct exec *task = timing->execs;
    for (size_t i = 0; exec_safepoint(task); i = (i + 1) % n) {
        timing_pause(timing);
        timing->expired = 0;
        library->turn(false);
        task = &timing->execs[i];
        exec_progress(task, exec_steps(task) + timing->expired);
    }
}

/* The random times are drawn before: it is the timers that are measured. */
PEER_INLINE void timing_cancel(struct timing *timing,
                               const struct timing_library *library)
{
    static uint64_t ns[TIMING_CANCELS];
    size_t n = timing->run->work->tasks;
    void *extra = timing_timer(timing, n);
    for (int k = 0; k < TIMING_CANCELS; k++) {
        ns[k] = timing_random_ns(timing);
    }
    for (size_t i = 0;; i = (i + 1) % n) {
        struct exec *task = &timing->execs[i];
        uint64_t steps = exec_steps(task);
        for (int k = 0; k < TIMING_CANCELS; k++) {
            if (!exec_safepoint(task)) {
                return;
            }
            library->set(extra, ns[k]);
            library->cancel(extra);
            exec_progress(task, ++steps);
        }
    }
}

/* The work, from its start to its end, once the library's timers are made. */
PEER_INLINE void timing_run(struct timing *timing,
                            const struct timing_library *library)
{
    const struct native_work *work = timing->run->work;
    uint64_t far_ns = work->cancels ? TIMING_FAR_NS : 0;
    for (size_t i = 0; work->kind == NATIVE_TIMER && i < work->tasks; i++) {
        library->set(timing_timer(timing, i),
                     far_ns + timing_random_ns(timing));
    }
    if (!peer_ready(timing->run)) {
        return;
    }
    if (work->kind == NATIVE_SLEEP) {
        timing_sleep(timing, library);
    } else if (work->cancels) {
        timing_cancel(timing, library);
    } else {
        timing_expire(timing, library);
    }
}
