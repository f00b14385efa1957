/* SPDX-License-Identifier: MIT */
/*
 * Yields from nested calls, for the workload micro_switch and for the peers
 * that do its work: the same ways down, whoever yields at their end.
 */
#pragma once

#include <stdint.h>

/* What is left to do after a call, so that it is no jump. */
#define NESTED_AFTERWARDS() __asm__ volatile("" ::: "memory")

#define NESTED_CHAIN(name, next, type, yield)                                  \
    static void next(type task, int64_t depth);                                \
    static __attribute__((noinline)) void name(type task, int64_t depth)       \
    {                                                                          \
        if (depth > 1) {                                                       \
            next(task, depth - 1);                                             \
        } else {                                                               \
            yield(task);                                                       \
        }                                                                      \
        NESTED_AFTERWARDS();                                                   \
    }

/*
 * Makes `nested_chains`: four functions that call one another `depth` deep and
 * at the end yield(task), a function or a macro. Neighbouring tasks take
 * different ones, so that what the CPU foresees of returns is right for none
 * by accident.
 */
#define NESTED_CHAINS(type, yield)                                             \
    NESTED_CHAIN(nested_a, nested_b, type, yield)                              \
    NESTED_CHAIN(nested_b, nested_c, type, yield)                              \
    NESTED_CHAIN(nested_c, nested_d, type, yield)                              \
    NESTED_CHAIN(nested_d, nested_a, type, yield)                              \
    static void (*const nested_chains[])(type, int64_t) = {                    \
        nested_a, nested_b, nested_c, nested_d};
