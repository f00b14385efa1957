/* SPDX-License-Identifier: MIT */
#include "peers/ring.h"

#include <errno.h>
#include <stdint.h>

enum { COLOURS = 48 };

static size_t slot_size(const struct peer_run *run)
{
    return (size_t)params_get(run->params, "stack_kib") * 1024;
}

/* Tops that are equal would compete for the same lines of the cache. */
static size_t top_size(size_t index)
{
    size_t task = (sizeof(struct ring_task) + CACHELINE - 1) / CACHELINE;
    return (task + index % COLOURS) * CACHELINE;
}

int ring_init(struct ring *ring, struct peer_run *run, struct diag *diag)
{
    size_t n = run->work->tasks;
    struct ring_task **tasks = peer_memory(run, (n + 1) * sizeof(*tasks));
    char *low = tasks ? peer_memory(run, n * slot_size(run)) : NULL;
    if (!low) {
        return diag_set(diag, -EAGAIN, "no memory for the stacks");
    }
    for (size_t i = 0; i < n; i++) {
        low += slot_size(run);
        tasks[i] = (struct ring_task *)(low - top_size(i));
        peer_task_init(run, &tasks[i]->ex, i);
    }
    tasks[n] = &ring->home;
    ring->tasks = tasks;
    ring->order = n == 1 ? tasks + 1 : tasks;
    ring->end = ring->order + n;
    ring->next = n == 1 ? ring->order : ring->order + 1; /* after the first */
    return 0;
}

char *ring_stack(const struct ring *ring, const struct peer_run *run,
                 size_t index, size_t *ret_size)
{
    *ret_size = slot_size(run) - top_size(index);
    return (char *)ring->tasks[index] - *ret_size;
}
