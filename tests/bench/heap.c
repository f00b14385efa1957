/* SPDX-License-Identifier: MIT */
#include "tests/bench/heap.h"

#include "harness/base/must.h"

enum { ARITY = 4 };

void heap_deinit(struct heap *heap)
{
    free(heap->entries);
    *heap = (struct heap){0};
}

static void put(struct heap *heap, size_t at, struct heap_entry entry)
{
    heap->entries[at] = entry;
    entry.timer->at = at;
}

static void sift_up(struct heap *heap, size_t at, struct heap_entry entry)
{
    while (at > 0) {
        size_t parent = (at - 1) / ARITY;
        if (heap->entries[parent].deadline_ns <= entry.deadline_ns) {
            break;
        }
        put(heap, at, heap->entries[parent]);
        at = parent;
    }
    put(heap, at, entry);
}

void heap_add(struct heap *heap, struct heap_timer *timer)
{
    if (heap->n == heap->capacity) {
        heap->capacity = heap->capacity ? 2 * heap->capacity : 64;
        heap->entries =
            realloc(heap->entries, heap->capacity * sizeof(*heap->entries));
        must(heap->entries != NULL);
    }
    sift_up(heap, heap->n++, (struct heap_entry){timer->deadline_ns, timer});
}

static size_t least_child(const struct heap *heap, size_t first)
{
    size_t least = first;
    for (size_t i = first + 1; i < first + ARITY && i < heap->n; i++) {
        if (heap->entries[i].deadline_ns < heap->entries[least].deadline_ns) {
            least = i;
        }
    }
    return least;
}

static void sift_down(struct heap *heap, size_t at, struct heap_entry entry)
{
    for (size_t child = ARITY * at + 1; child < heap->n;
         child = ARITY * at + 1) {
        child = least_child(heap, child);
        if (entry.deadline_ns <= heap->entries[child].deadline_ns) {
            break;
        }
        put(heap, at, heap->entries[child]);
        at = child;
    }
    put(heap, at, entry);
}

void heap_cancel(struct heap *heap, struct heap_timer *timer)
{
    size_t at = timer->at;
    struct heap_entry last = heap->entries[--heap->n];
    if (at == heap->n) {
        return;
    }
    if (at > 0 &&
        last.deadline_ns < heap->entries[(at - 1) / ARITY].deadline_ns) {
        sift_up(heap, at, last);
    } else {
        sift_down(heap, at, last);
    }
}

struct heap_timer *heap_expire(struct heap *heap, uint64_t now_ns)
{
    if (heap->n == 0 || heap->entries[0].deadline_ns > now_ns) {
        return NULL;
    }
    struct heap_timer *timer = heap->entries[0].timer;
    heap_cancel(heap, timer);
    return timer;
}
