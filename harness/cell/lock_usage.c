/* SPDX-License-Identifier: MIT */
#include "harness/cell/lock_usage.h"

/* A snapshot of threads that run may be a little older in one word than in
 * another. */
static uint64_t grown(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0;
}

static struct exec_lock_stats between(const struct exec_lock_stats *a,
                                      const struct exec_lock_stats *b)
{
    return (struct exec_lock_stats){
        .acquisitions = grown(a->acquisitions, b->acquisitions),
        .contended = grown(a->contended, b->contended),
        .switches = grown(a->switches, b->switches),
        .forced = grown(a->forced, b->forced),
        .wait_ns = grown(a->wait_ns, b->wait_ns),
        .vain = grown(a->vain, b->vain),
        .barged = grown(a->barged, b->barged),
        .retaken = grown(a->retaken, b->retaken),
        .under_way_ns = b->under_way_ns,
        .hold_samples = grown(a->hold_samples, b->hold_samples),
        .hold_count = grown(a->hold_count, b->hold_count),
        .hold_ns = grown(a->hold_ns, b->hold_ns)};
}

/* The longest wait counts also if it had not ended with the window. */
static void spread(const struct hist *wait, const struct hist *hold,
                   const struct exec_lock_stats *stats,
                   struct repetition_spread *ret_wait,
                   struct repetition_spread *ret_hold)
{
    *ret_wait = repetition_spread_of(wait, wait->count);
    *ret_hold = repetition_spread_of(hold, stats->hold_samples);
    if (stats->under_way_ns > ret_wait->max) {
        ret_wait->max = stats->under_way_ns;
    }
}

void lock_usage_between(const struct exec_stats *before,
                        const struct exec_stats *after,
                        struct repetition_lock *ret)
{
    *ret =
        (struct repetition_lock){.stats = between(&before->lock, &after->lock),
                                 .hides_wakeups = after->hides_wakeups,
                                 .library = after->library};
}

void lock_usage_spread(const struct exec_stats *stats,
                       struct repetition_lock *ret)
{
    ret->has_spread = stats->lock_wait && stats->lock_hold;
    if (ret->has_spread) {
        spread(stats->lock_wait, stats->lock_hold, &ret->stats, &ret->wait,
               &ret->hold);
    }
}

void lock_usage_threads_begin(const struct exec_model *model,
                              struct exec_run *run, size_t n,
                              struct repetition_thread *ret)
{
    for (size_t i = 0; model->thread_lock && i < n && n <= REPETITION_THREADS;
         i++) {
        struct exec_thread_lock now = {0};
        ret[i].has_lock = model->thread_lock(run, i, &now);
        ret[i].lock.stats = now.stats;
    }
}

void lock_usage_threads_end(const struct exec_model *model,
                            struct exec_run *run, size_t n,
                            struct repetition_thread *ret)
{
    for (size_t i = 0; i < n && n <= REPETITION_THREADS; i++) {
        struct exec_thread_lock now = {0};
        if (ret[i].has_lock && model->thread_lock(run, i, &now)) {
            ret[i].lock.stats = between(&ret[i].lock.stats, &now.stats);
        }
    }
}

void lock_usage_threads_spread(const struct exec_model *model,
                               struct exec_run *run, size_t n,
                               struct repetition_thread *ret)
{
    for (size_t i = 0; i < n && n <= REPETITION_THREADS; i++) {
        struct exec_thread_lock now = {0};
        struct repetition_lock *lock = &ret[i].lock;
        if (ret[i].has_lock && model->thread_lock(run, i, &now)) {
            lock->has_spread = now.wait && now.hold;
        }
        if (lock->has_spread) {
            spread(now.wait, now.hold, &lock->stats, &lock->wait, &lock->hold);
        }
    }
}
