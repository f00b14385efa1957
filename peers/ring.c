/* SPDX-License-Identifier: MIT */
#include "peers/ring.h"

#include "harness/base/sanitizer.h"

#include <errno.h>
#include <stdint.h>

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

static void fill_pool(struct ring *ring, char *low, size_t slot_size, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ring_task *child = task_at(low + i * slot_size, slot_size, i);
        child->parent = ring->pool;
        ring->pool = child;
    }
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
}

int ring_init(struct ring *ring, struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    bool spawns = run->work->kind == NATIVE_SPAWN;
    size_t slot_size = (size_t)params_get(run->params, "stack_kib") * 1024;
    struct ring_task **tasks = peer_memory(run, n * sizeof(*tasks));
    char *low = peer_memory(run, n * slot_size * (spawns ? 2 : 1));
    if (!tasks || !low) {
        return diag_set(diag, -EAGAIN, "no memory for the stacks");
    }
    *ring = (struct ring){0};
    for (size_t i = 0; i < n; i++) {
        tasks[i] = task_at(low + i * slot_size, slot_size, i);
    }
    if (spawns) {
        fill_pool(ring, low + n * slot_size, slot_size, n);
    }
    ring_link(ring, run, tasks);
    return 0;
}

const char *ring_unavailable(void)
{
#if defined(UNDER_ASAN) || defined(UNDER_TSAN)
    return "a sanitizer is not told of its switches";
#else
    return NULL;
#endif
}
