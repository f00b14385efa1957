/* SPDX-License-Identifier: MIT */
#include "runtime/sync/refcount.h"

/* Adds `local` references to the shared ones and sets REFCOUNT_MERGED; from
 * here on everybody counts in `shared`, the owner too. The result is 0 if the
 * caller is to free the object. */
static int64_t merge(struct refcount *count, int64_t local)
{
    atomic_store_explicit(&count->owner, 0, memory_order_relaxed);
    atomic_store_explicit(&count->local, 0, memory_order_relaxed);
    int64_t shared = atomic_load_explicit(&count->shared, memory_order_relaxed);
    int64_t total;
    do {
        total = (shared >> 2) + local;
    } while (!atomic_compare_exchange_weak_explicit(
        &count->shared, &shared, total * REFCOUNT_ONE + REFCOUNT_MERGED,
        memory_order_acq_rel, memory_order_relaxed));
    return total;
}

bool biased_merge_own(struct refcount *count)
{
    /* Without any shared count nobody else has ever had a reference, or those
     * who had have given it back; the acquire pairs with their releases. */
    return atomic_load_explicit(&count->shared, memory_order_acquire) == 0 ||
           merge(count, 0) == 0;
}

static void push(struct refcount_owner *owner, struct refcount *count)
{
    struct refcount *head =
        atomic_load_explicit(&owner->queue, memory_order_relaxed);
    do {
        count->next = head;
    } while (!atomic_compare_exchange_weak_explicit(&owner->queue, &head, count,
                                                    memory_order_release,
                                                    memory_order_relaxed));
    exec_note(*owner->ex);
}

/* True: an owner that merges at this moment has left it to the caller. */
static bool is_left(struct refcount *count, struct refcount_owner *owners)
{
    uint32_t owner = atomic_load_explicit(&count->owner, memory_order_relaxed);
    if (owner != 0) {
        push(&owners[owner - 1], count);
    }
    return owner == 0;
}

bool biased_drop_shared(struct refcount *count, struct refcount_owner *owners)
{
    int64_t shared = atomic_load_explicit(&count->shared, memory_order_relaxed);
    int64_t next;
    do {
        next = shared == 0 ? REFCOUNT_QUEUED : shared - REFCOUNT_ONE;
    } while (!atomic_compare_exchange_weak_explicit(&count->shared, &shared,
                                                    next, memory_order_acq_rel,
                                                    memory_order_relaxed));
    if (shared == 0) {
        return is_left(count, owners) && biased_drop_shared(count, owners);
    }
    return next == REFCOUNT_MERGED;
}

struct refcount *biased_merge_next(struct refcount_owner *me, bool *dead)
{
    if (!me->taken) {
        me->taken =
            atomic_exchange_explicit(&me->queue, NULL, memory_order_acquire);
    }
    struct refcount *count = me->taken;
    if (count) {
        me->taken = count->next;
        int64_t local =
            atomic_load_explicit(&count->local, memory_order_relaxed);
        *dead = merge(count, local - 1) == 0;
    }
    return count;
}

int64_t refcount_total(const struct refcount *count)
{
    return atomic_load_explicit(&count->local, memory_order_relaxed) +
           (atomic_load_explicit(&count->shared, memory_order_relaxed) >> 2);
}
