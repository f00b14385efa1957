/* SPDX-License-Identifier: MIT */
#include "harness/topology/order.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <assert.h>
#include <string.h>

struct seat {
    const struct topology_place *place;
    unsigned rank; /* 0: the first PU of its core, 1: the second */
};

static int compare_speed(const struct seat *a, const struct seat *b)
{
    int fast_first = b->place->efficiency - a->place->efficiency;
    /* Places lie in one array, in the machine's order: this makes it stable. */
    return fast_first ? fast_first : a->place < b->place ? -1 : 1;
}

static int compare_compact(const void *a, const void *b)
{
    return compare_speed(a, b);
}

static int compare_rank(const void *a, const void *b)
{
    const struct seat *x = a;
    const struct seat *y = b;
    return x->rank != y->rank ? (x->rank < y->rank ? -1 : 1)
                              : compare_speed(x, y);
}

/* The seats but `except`, ranked inside their cores, in the machine's order. */
static size_t fill(const struct topology *topology, int except,
                   struct seat *seats)
{
    const struct topology_place *places;
    size_t all = topology_places(topology, &places);
    size_t n = 0;
    for (size_t i = 0; i < all; i++) {
        if (places[i].pu != except) {
            bool same = n > 0 && seats[n - 1].place->core == places[i].core;
            seats[n] =
                (struct seat){&places[i], same ? seats[n - 1].rank + 1 : 0};
            n++;
        }
    }
    return n;
}

/* How many seats from the first one on lie in the same object of `level`. */
static size_t group_length(const struct seat *seats, size_t n, size_t level)
{
    size_t i = 1;
    while (i < n &&
           seats[i].place->path[level] == seats[0].place->path[level]) {
        i++;
    }
    return i;
}

/* Deals the groups out in turn: the first of each, then the second of each. */
static void deal(struct seat *seats, size_t n, const size_t *lengths,
                 struct seat *scratch)
{
    memcpy(scratch, seats, n * sizeof(*seats));
    for (size_t round = 0, out = 0; out < n; round++) {
        for (size_t g = 0, start = 0; start < n; start += lengths[g++]) {
            if (round < lengths[g]) {
                seats[out++] = scratch[start + round];
            }
        }
    }
}

/* Spreads the objects inside each object of `level`, then those of `level`
 * itself. The seats come in the machine's order. */
static void scatter(struct seat *seats, size_t n, size_t level, size_t levels,
                    struct seat *scratch)
{
    if (level == levels || n < 2) {
        return;
    }
    _cleanup_(free_p) size_t *lengths = must_calloc(n, sizeof(*lengths));
    size_t groups = 0;
    for (size_t i = 0; i < n; i += lengths[groups++]) {
        lengths[groups] = group_length(seats + i, n - i, level);
        scatter(seats + i, lengths[groups], level + 1, levels, scratch);
    }
    if (groups > 1) {
        deal(seats, n, lengths, scratch);
    }
}

/* Scatters seats of the same rank and speed among themselves. */
static void scatter_runs(struct seat *seats, size_t n, size_t levels)
{
    _cleanup_(free_p) struct seat *scratch = must_calloc(n, sizeof(*scratch));
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && seats[end].rank == seats[i].rank &&
               seats[end].place->efficiency == seats[i].place->efficiency) {
            end++;
        }
        scatter(seats + i, end - i, 0, levels, scratch);
        i = end;
    }
}

static size_t count_cores(const struct seat *seats, size_t n)
{
    size_t cores = 0;
    while (cores < n && seats[cores].rank == 0) {
        cores++;
    }
    return cores;
}

int *order_pus(const struct topology *topology, enum order order, int except,
               size_t *ret_n)
{
    const struct topology_place *places;
    size_t all = topology_places(topology, &places);
    _cleanup_(free_p) struct seat *seats = must_calloc(all, sizeof(*seats));
    size_t n = fill(topology, except, seats);
    assert(n > 0);
    qsort(seats, n, sizeof(*seats),
          order == ORDER_COMPACT ? compare_compact : compare_rank);
    if (order == ORDER_CORES) {
        n = count_cores(seats, n);
    } else if (order == ORDER_SCATTER) {
        scatter_runs(seats, n, topology_levels(topology));
    }
    int *pus = must_calloc(n, sizeof(*pus));
    for (size_t i = 0; i < n; i++) {
        pus[i] = seats[i].place->pu;
    }
    *ret_n = n;
    return pus;
}
