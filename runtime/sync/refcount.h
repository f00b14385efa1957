/* SPDX-License-Identifier: MIT */
/*
 * Counting references to an object, four ways. A count is of references that
 * somebody holds; who drops the last one frees the object.
 *
 *   plain      one word, loaded and stored: right only where one task runs at
 *              a time
 *   atomic     one word, locked instructions
 *   biased     two words. The owner, the task that made the object, counts in
 *              `local` without locked instructions; others count in `shared`
 *              (Choi, Shull, Torrellas 2018; CPython 3.13)
 *   immortal   `local` is REFCOUNT_IMMORTAL: read, and never written
 *
 *   word     written by                             read by
 *   owner    its maker; 0 by the owner at a merge   everybody
 *   local    the owner                              everybody, for immortality
 *   shared   everybody but the owner; the owner     everybody
 *            at a merge. count << 2 | flags
 *
 * A biased object ends in one of two ways. The owner's count gets to 0: it
 * merges, that is, it sets REFCOUNT_MERGED, and frees the object if the shared
 * count is 0 too; from then on who brings the shared count to 0 frees it. Or
 * somebody else drops a reference that the shared count does not have, because
 * the owner counted it: then the object goes to its owner's queue, once
 * (REFCOUNT_QUEUED), and the owner merges it at its next safepoint, to which
 * EXEC_NOTE in its breaker word calls it. The queue's entry holds the reference
 * that was dropped.
 *
 * The last drop acquires what the drops before it released.
 */
#pragma once

#include "harness/base/cacheline.h"
#include "harness/exec/exec.h"

#define REFCOUNT_IMMORTAL UINT32_MAX
#define REFCOUNT_ONE      INT64_C(4)
_Static_assert((uint32_t)(REFCOUNT_IMMORTAL + 1) == 0, "see biased_take()");

enum {
    REFCOUNT_QUEUED = 2,
    REFCOUNT_MERGED = 3,
    REFCOUNT_FLAGS = 3,
};

struct refcount {
    _Atomic uint32_t owner; /* a task's number + 1; 0: nobody any more */
    _Atomic uint32_t local;
    _Atomic int64_t shared;
    struct refcount *next; /* in the owner's queue */
};

/* What a task is known by to those who queue objects for it. */
struct refcount_owner {
    _Atomic(struct refcount *) queue; /* anybody pushes, the owner takes all */
    struct refcount *taken;           /* off the queue; the owner's */
    struct exec *const *ex;           /* the task's, once there is one */
} __attribute__((aligned(CACHELINE_PAIR)));

/* A new object with one reference, which the task `owner` - 1 holds. */
static inline void refcount_init(struct refcount *count, uint32_t owner)
{
    atomic_store_explicit(&count->owner, owner, memory_order_relaxed);
    atomic_store_explicit(&count->local, 1, memory_order_relaxed);
    atomic_store_explicit(&count->shared, 0, memory_order_relaxed);
    count->next = NULL;
}

static inline void plain_take(struct refcount *count)
{
    uint32_t local = atomic_load_explicit(&count->local, memory_order_relaxed);
    atomic_store_explicit(&count->local, local + 1, memory_order_relaxed);
}

/* True: that was the last one. */
static inline bool plain_drop(struct refcount *count)
{
    uint32_t local = atomic_load_explicit(&count->local, memory_order_relaxed);
    atomic_store_explicit(&count->local, local - 1, memory_order_relaxed);
    return local == 1;
}

static inline void atomic_take(struct refcount *count)
{
    atomic_fetch_add_explicit(&count->local, 1, memory_order_relaxed);
}

static inline bool atomic_drop(struct refcount *count)
{
    return atomic_fetch_sub_explicit(&count->local, 1, memory_order_acq_rel) ==
           1;
}

static inline void biased_take(struct refcount *count, uint32_t me)
{
    uint32_t local = atomic_load_explicit(&count->local, memory_order_relaxed);
    uint32_t next = local + 1;
    if (next == 0) { /* REFCOUNT_IMMORTAL, without a compare of its own */
        return;
    }
    if (likely(atomic_load_explicit(&count->owner, memory_order_relaxed) ==
               me)) {
        atomic_store_explicit(&count->local, next, memory_order_relaxed);
    } else {
        atomic_fetch_add_explicit(&count->shared, REFCOUNT_ONE,
                                  memory_order_relaxed);
    }
}

/* The owner's count got to 0. True: free it. */
bool biased_merge_own(struct refcount *count);
/* By a task that is not the owner. True: free it. */
bool biased_drop_shared(struct refcount *count, struct refcount_owner *owners);

/* True: done, and `*dead` says whether to free it. False: `me` is not the owner
 * and has to call biased_drop_shared. Two calls, so that the owner need not
 * look up what only others need. */
static inline bool biased_drop_own(struct refcount *count, uint32_t me,
                                   bool *dead)
{
    uint32_t local = atomic_load_explicit(&count->local, memory_order_relaxed);
    *dead = false;
    if (local == REFCOUNT_IMMORTAL) {
        return true;
    }
    if (unlikely(atomic_load_explicit(&count->owner, memory_order_relaxed) !=
                 me)) {
        return false;
    }
    atomic_store_explicit(&count->local, local - 1, memory_order_relaxed);
    *dead = local == 1 && biased_merge_own(count);
    return true;
}

/* The owner takes the first object off its queue, merges it and drops the
 * queue's reference; NULL: the queue is empty. `*dead`: free the object. */
struct refcount *biased_merge_next(struct refcount_owner *me, bool *dead);

/* References held, when nobody counts any more. */
int64_t refcount_total(const struct refcount *count);
