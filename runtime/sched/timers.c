/* SPDX-License-Identifier: MIT */
#include "runtime/sched/timers.h"

#include "harness/base/must.h"

enum { ARITY = 4 };

void timers_deinit(struct timers *timers)
{
    free(timers->heap);
    *timers = (struct timers){0};
}

static void sift_up(struct timers *timers, size_t at, struct timer timer)
{
    while (at > 0) {
        size_t parent = (at - 1) / ARITY;
        if (timers->heap[parent].deadline_ns <= timer.deadline_ns) {
            break;
        }
        timers->heap[at] = timers->heap[parent];
        at = parent;
    }
    timers->heap[at] = timer;
}

void timers_add(struct timers *timers, uint64_t deadline_ns, struct exec *ex)
{
    if (timers->n == timers->capacity) {
        timers->capacity = timers->capacity ? 2 * timers->capacity : 64;
        timers->heap =
            realloc(timers->heap, timers->capacity * sizeof(*timers->heap));
        must(timers->heap != NULL);
    }
    sift_up(timers, timers->n++, (struct timer){deadline_ns, ex});
}

static size_t least_child(const struct timers *timers, size_t first)
{
    size_t least = first;
    for (size_t i = first + 1; i < first + ARITY && i < timers->n; i++) {
        if (timers->heap[i].deadline_ns < timers->heap[least].deadline_ns) {
            least = i;
        }
    }
    return least;
}

static void sift_down(struct timers *timers, struct timer timer)
{
    size_t at = 0;
    for (size_t child = 1; child < timers->n; child = ARITY * at + 1) {
        child = least_child(timers, child);
        if (timer.deadline_ns <= timers->heap[child].deadline_ns) {
            break;
        }
        timers->heap[at] = timers->heap[child];
        at = child;
    }
    timers->heap[at] = timer;
}

struct exec *timers_expire(struct timers *timers, uint64_t now_ns)
{
    if (timers->n == 0 || timers->heap[0].deadline_ns > now_ns) {
        return NULL;
    }
    struct exec *ex = timers->heap[0].ex;
    struct timer last = timers->heap[--timers->n];
    if (timers->n > 0) {
        sift_down(timers, last);
    }
    return ex;
}
