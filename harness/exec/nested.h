/* SPDX-License-Identifier: MIT */
/*
 * Yields from nested calls, for the workload micro_switch and for the peers
 * that do its work: the same ways down, whoever yields at their end.
 */
#pragma once

#include <stdint.h>

/* What is left to do after a call, so that it is no jump. The name is there for
 * the compiler, which otherwise may make one function of two. */
#define NESTED_AFTERWARDS(name) __asm__ volatile("# " #name ::: "memory")

#define NESTED_CALL(name, next, end, type)                                     \
    static void next(type task, int64_t depth);                                \
    static __attribute__((noinline)) void name(type task, int64_t depth)       \
    {                                                                          \
        if (depth > 2) {                                                       \
            next(task, depth - 1);                                             \
        } else {                                                               \
            end(task, 1);                                                      \
        }                                                                      \
        NESTED_AFTERWARDS(name);                                               \
    }

/* The function that yields is one of its own: where a switch is inlined, that
 * function saves all registers, and those that lead to it do not. */
#define NESTED_END(name, type, yield)                                          \
    static __attribute__((noinline)) void name(type task, int64_t depth)       \
    {                                                                          \
        (void)depth;                                                           \
        yield(task);                                                           \
        NESTED_AFTERWARDS(name);                                               \
    }

#define NESTED_WAY(way, type, yield)                                           \
    NESTED_END(nested_##way##_end, type, yield)                                \
    NESTED_CALL(nested_##way##1, nested_##way##2, nested_##way##_end, type)    \
    NESTED_CALL(nested_##way##2, nested_##way##3, nested_##way##_end, type)    \
    NESTED_CALL(nested_##way##3, nested_##way##4, nested_##way##_end, type)    \
    NESTED_CALL(nested_##way##4, nested_##way##1, nested_##way##_end, type)

/*
 * Makes `nested_chains`: four ways down, each of functions of its own that call
 * one another `depth` deep and at the end yield(task), a function or a macro;
 * the first four are for a depth of 1, where the end is all there is.
 *
 * Neighbouring tasks take different ones, so that what the CPU foresees of
 * returns is right for none by accident. That is also why no two ways share a
 * function: where one way has at some depth what its neighbour has one call
 * deeper, a switch that leaves a call too many for the CPU's predictor, as a
 * library's does, would be right in half of the cases.
 */
#define NESTED_CHAINS(type, yield)                                             \
    NESTED_WAY(a, type, yield)                                                 \
    NESTED_WAY(b, type, yield)                                                 \
    NESTED_WAY(c, type, yield)                                                 \
    NESTED_WAY(d, type, yield)                                                 \
    static void (*const nested_chains[2][4])(type, int64_t) = {                \
        {nested_a_end, nested_b_end, nested_c_end, nested_d_end},              \
        {nested_a1, nested_b1, nested_c1, nested_d1}};
