/* SPDX-License-Identifier: MIT */
/*
 * The store of timers that was not chosen (docs/decisions, "timers"): a 4-ary
 * heap with the keys in the array. A timer knows its place, so it can be
 * cancelled; that is a write to it whenever it moves.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_timer {
    uint64_t deadline_ns;
    size_t at;
    void *ex;
};

struct heap_entry {
    uint64_t deadline_ns;
    struct heap_timer *timer;
};

struct heap {
    struct heap_entry *entries;
    size_t n;
    size_t capacity;
};

void heap_deinit(struct heap *heap);
void heap_add(struct heap *heap, struct heap_timer *timer);
void heap_cancel(struct heap *heap, struct heap_timer *timer);
struct heap_timer *heap_expire(struct heap *heap, uint64_t now_ns);
