/* SPDX-License-Identifier: MIT */
#include "peers/ring.h"

#include "harness/base/limits.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

enum {
    COLOURS = 48,
    LINKED_MAX =
        1000, /* about as many as the second-level cache has room for */
};

/* Tops that are equal would compete for the same lines of the cache. */
static size_t top_size(size_t index)
{
    size_t task = (sizeof(struct ring_task) + CACHELINE - 1) / CACHELINE;
    return (task + index % COLOURS) * CACHELINE;
}

static struct ring_task *task_at(char *low, size_t slot_size, size_t index)
{
    size_t size = slot_size - top_size(index);
    struct ring_task *task = (struct ring_task *)(low + size);
    task->low = low;
    task->size = size;
    return task;
}

struct ring_task *ring_fresh_child(struct ring *ring)
{
    if (ring->n_unused == 0) {
        return NULL;
    }
    char *low = ring->unused;
    ring->unused += ring->slot_size;
    return task_at(low, ring->slot_size, --ring->n_unused);
}

/* A child runs to its end at once, so of those that are joined one will do. */
size_t ring_children(const struct native_work *work)
{
    size_t unjoined = work->tasks * work->unjoined;
    return work->kind == NATIVE_SPAWN ? unjoined + 1 : 0;
}

void ring_link(struct ring *ring, struct peer_run *run,
               struct ring_task **tasks)
{
    size_t n = run->work->tasks;
    for (size_t i = 0; i < n; i++) {
        peer_task_init(run, &tasks[i]->ex, i);
        tasks[i]->next = n == 1 ? &ring->home : tasks[(i + 1) % n];
    }
    ring->tasks = tasks;
    ring->linked = n <= LINKED_MAX;
    ring->next = tasks + 1; /* after the first */
    ring->end = tasks + n;
    ring->children = run->work->children;
    ring->depth = run->work->depth;
    ring->keep = n * run->work->unjoined;
    ring->run = run->work->run;
}

int ring_init(struct ring *ring, struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    size_t children = ring_children(run->work);
    size_t slot_size = (size_t)params_get(run->params, "stack_kib") * 1024;
    struct ring_task **tasks = peer_memory(run, n * sizeof(*tasks));
    char *low = peer_memory(run, (n + children) * slot_size);
    if (!tasks || !low) {
        return limits_no_memory(-EAGAIN, "the stacks", diag);
    }
    /* As coop_tasks: a task pays for the pages that it touches. */
    (void)madvise(low, (n + children) * slot_size, MADV_NOHUGEPAGE);
    *ring = (struct ring){.unused = low + n * slot_size,
                          .n_unused = children,
                          .slot_size = slot_size};
    for (size_t i = 0; i < n; i++) {
        tasks[i] = task_at(low + i * slot_size, slot_size, i);
    }
    ring_link(ring, run, tasks);
    return 0;
}
