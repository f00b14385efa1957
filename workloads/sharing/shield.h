/* SPDX-License-Identifier: MIT */
/*
 * How a strategy shields an object that holds more than a word: one table of
 * operations, `static const`, which the loops of counter.h, map.h and vector.h
 * get as a constant and have inlined.
 *
 *   do { read(); look at the object } while (!read_done())
 *   write(); change the object; write_done()
 *
 * `key` says which part of the object it is about, for strategies that shield
 * parts; SHIELD_WHOLE is all of it. No section has a safepoint in it.
 *
 *              readers beside a writer    a value is changed      memory goes
 *   (neither)  never                      in place                at once
 *   `races`    yes: they look again, or   in place, word by word  when nobody
 *              see whole values only                              reads it
 *   `copies`   yes, at the old value      by a new box            likewise
 *
 * `copies` implies `races`.
 */
#pragma once

#include "workloads/sharing/box.h"
#include "workloads/sharing/sharing.h"

#define SHIELD_WHOLE UINT64_MAX
#ifdef __aarch64__
#define SHIELD_BYTES 48 /* a pthread_mutex_t */
#else
#define SHIELD_BYTES 40
#endif

struct shield {
    _Alignas(8) unsigned char bytes[SHIELD_BYTES];
};

#define SHIELD_IS(type)                                                        \
    _Static_assert(sizeof(type) <= SHIELD_BYTES, "a shield has no more room")

struct shield_ops {
    bool races;
    bool copies;
    bool stripes; /* a counter has a part for each key below SHIELD_STRIPES */
    bool qsbr;    /* memory goes by qsbr.h */
    void (*read)(struct sharing_task *me, struct shield *shield, uint64_t key);
    /* False: what was read is not to be used, read again. */
    bool (*read_done)(struct sharing_task *me, struct shield *shield,
                      uint64_t key);
    void (*write)(struct sharing_task *me, struct shield *shield, uint64_t key);
    void (*write_done)(struct sharing_task *me, struct shield *shield,
                       uint64_t key);
    /* Around a look at one box, found at `link`: who got it may keep it. False:
     * it is gone, and read_done() will say so. Optional. */
    bool (*hold)(struct sharing_task *me, struct sharing_box *const *link,
                 struct sharing_box *box);
    void (*drop)(struct sharing_task *me, struct sharing_box *box);
    /* Frees what has been unlinked, now or later. NULL: at once. */
    void (*retire)(struct sharing_task *me, struct sharing_box *box);
    /* At a safepoint, if somebody has called the task by exec_note(). */
    void (*noted)(struct sharing_task *me);
    /* At the ends of a task's life. */
    void (*begin)(struct sharing_task *me);
    void (*end)(struct sharing_task *me);
};

enum { SHIELD_STRIPES = 16 };

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Words that readers and a writer meet at. The release of a store pairs with
 * the acquire of a load; with `races` false both are plain. */
ALWAYS_INLINE uint64_t shield_load(const struct shield_ops *ops,
                                   const uint64_t *word)
{
    return ops->races ? __atomic_load_n(word, __ATOMIC_ACQUIRE) : *word;
}

ALWAYS_INLINE void shield_store(const struct shield_ops *ops, uint64_t *word,
                                uint64_t value)
{
    if (ops->races) {
        __atomic_store_n(word, value, __ATOMIC_RELEASE);
    } else {
        *word = value;
    }
}

ALWAYS_INLINE struct sharing_box *shield_follow(const struct shield_ops *ops,
                                                struct sharing_box *const *link)
{
    return ops->races ? __atomic_load_n(link, __ATOMIC_ACQUIRE) : *link;
}

ALWAYS_INLINE void shield_link(const struct shield_ops *ops,
                               struct sharing_box **link,
                               struct sharing_box *box)
{
    if (ops->races) {
        __atomic_store_n(link, box, __ATOMIC_RELEASE);
    } else {
        *link = box;
    }
}

/* Half a value is no value; with copies there is none. */
ALWAYS_INLINE bool shield_box_is_right(const struct shield_ops *ops,
                                       const struct sharing_box *box)
{
    uint64_t value = shield_load(ops, &box->value);
    return shield_load(ops, &box->check) == sharing_box_check(box->key, value);
}

/* The same of a box that is kept meanwhile. */
ALWAYS_INLINE bool shield_look(const struct shield_ops *ops,
                               struct sharing_task *me,
                               struct sharing_box *const *link)
{
    struct sharing_box *box = shield_follow(ops, link);
    if (!ops->hold) {
        return box && shield_box_is_right(ops, box);
    }
    if (!box || !ops->hold(me, link, box)) {
        return false;
    }
    bool right = shield_box_is_right(ops, box);
    ops->drop(me, box);
    return right;
}

ALWAYS_INLINE void shield_retire(const struct shield_ops *ops,
                                 struct sharing_task *me,
                                 struct sharing_box *box)
{
    if (ops->retire) {
        ops->retire(me, box);
    } else {
        sharing_box_free(me, box);
    }
}

/* A box with a new value in the place of `old`. */
ALWAYS_INLINE struct sharing_box *shield_copy(const struct shield_ops *ops,
                                              struct sharing_task *me,
                                              struct sharing_box **link,
                                              struct sharing_box *old)
{
    struct sharing_box *box =
        sharing_box_new(me, old->key, old->value + 1, old->next);
    shield_link(ops, link, box);
    return box;
}

/* Adds 1 to the box that `link` points to; the section is written in. What is
 * to be retired after it, or NULL. */
ALWAYS_INLINE struct sharing_box *shield_change(const struct shield_ops *ops,
                                                struct sharing_task *me,
                                                struct sharing_box **link)
{
    struct sharing_box *box = *link;
    if (ops->copies) {
        shield_copy(ops, me, link, box);
        return box;
    }
    uint64_t value = box->value + 1;
    shield_store(ops, &box->value, value);
    shield_store(ops, &box->check, sharing_box_check(box->key, value));
    return NULL;
}

/* Polls, and lets those who want to free memory know that this task reads
 * nothing now. */
ALWAYS_INLINE bool shield_safepoint(const struct shield_ops *ops,
                                    struct sharing_task *me, struct exec *ex)
{
    if (likely(!exec_is_asked(ex))) {
        if (ops->qsbr) {
            qsbr_quiescent(&me->shared->qsbr, me->number - 1);
        }
        return true;
    }
    if (ops->qsbr) {
        qsbr_offline(&me->shared->qsbr, me->number - 1);
    }
    if (ops->noted && exec_noted(ex)) {
        ops->noted(me);
    }
    bool go = exec_safepoint(ex);
    if (ops->qsbr) {
        qsbr_online(&me->shared->qsbr, me->number - 1);
    }
    return go;
}

ALWAYS_INLINE void shield_yield(const struct shield_ops *ops,
                                struct sharing_task *me, struct exec *ex)
{
    if (ops->qsbr) {
        qsbr_offline(&me->shared->qsbr, me->number - 1);
    }
    exec_yield(ex);
    if (ops->qsbr) {
        qsbr_online(&me->shared->qsbr, me->number - 1);
    }
}

ALWAYS_INLINE void shield_begin(const struct shield_ops *ops,
                                struct sharing_task *me)
{
    if (ops->begin) {
        ops->begin(me);
    }
    if (ops->qsbr) {
        qsbr_online(&me->shared->qsbr, me->number - 1);
    }
}

ALWAYS_INLINE void shield_end(const struct shield_ops *ops,
                              struct sharing_task *me)
{
    if (ops->qsbr) {
        qsbr_offline(&me->shared->qsbr, me->number - 1);
    }
    if (ops->end) {
        ops->end(me);
    }
}

/* The loop of a task over `step`, with the safepoints and yields. */
ALWAYS_INLINE void shield_loop(const struct shield_ops *ops, struct exec *ex,
                               struct workload_run *run,
                               void (*step)(const struct shield_ops *ops,
                                            struct sharing_task *me))
{
    struct sharing_task *me = sharing_begin(ex, run);
    uint64_t yield_steps = (uint64_t)params_get(run->params, "yield_steps");
    uint64_t until_yield = yield_steps ? yield_steps : UINT64_MAX;
    uint64_t steps = 0;
    shield_begin(ops, me);
    while (shield_safepoint(ops, me, ex)) {
        uint64_t n = until_yield < SHARING_BATCH ? until_yield : SHARING_BATCH;
        for (uint64_t i = 0; i < n; i++) {
            step(ops, me);
        }
        steps += n;
        exec_progress(ex, steps);
        until_yield -= n;
        if (until_yield == 0) {
            until_yield = yield_steps;
            shield_yield(ops, me, ex);
        }
    }
    shield_end(ops, me);
}
