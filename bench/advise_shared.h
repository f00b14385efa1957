/* SPDX-License-Identifier: MIT */
/*
 * What it costs a service that its requests share an object: cells of shared_*
 * under the GIL and on a loop, where plain operations are safe, and under free
 * threads with each strategy that makes them safe; one task alone, and as many
 * at once as there are PUs.
 */
#pragma once

#include "harness/base/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ADVISE_STRATEGIES_MAX 32

struct advise_sharing {
    const char *object; /* "counter", "refcount", "map", "vector"; NULL: none */
    const char *level;  /* "read" or "write" */
    double operations;  /* of a request on it */
};

/* A model, and how it makes the object safe; medians, NAN where there is none
 * (intervals: below 6 processes). */
struct advise_strategy {
    char name[96];
    bool safe_alone;  /* one task goes on at a time, whatever the strategy */
    const char *cell; /* ids: one task; all tasks, NULL: not measured */
    const char *all_cell;
    double alone_s; /* an operation of one task */
    double price;   /* that by plain operations under the GIL, in pairs */
    double price_low;
    double price_high;
    double tasks; /* of all_cell */
    double rate;  /* operations a second of all tasks together */
    double low;
    double high;
    double gain; /* that by one task's, in pairs */
    double gain_high;
};

struct advise_shared {
    struct advise_sharing asked;
    struct advise_strategy all[ADVISE_STRATEGIES_MAX];
    size_t n;
};

/* The word for --shared, or NULL: there is no workload shared_WORD. */
const char *advise_shared_object(const char *word);
/* "counter, map" of them all. */
void advise_shared_objects(char *text, size_t size);

/* Adds its experiments to those of a plan. */
void advise_shared_plan(const struct advise_sharing *sharing, double pus,
                        json_t *experiments);

/* -EINVAL: the document has no such cell. It must outlive `ret`. */
int advise_shared_read(const json_t *document,
                       const struct advise_sharing *sharing,
                       struct advise_shared *ret, struct diag *diag);

/* `rate`: requests a second that the best model serves, `best` its name;
 * `cpu_us`: of a request. */
void advise_shared_write(const struct advise_shared *shared, double rate,
                         const char *best, double cpu_us, FILE *out);
json_t *advise_shared_to_json(const struct advise_shared *shared);
