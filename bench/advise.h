/* SPDX-License-Identifier: MIT */
/*
 * What the measured cells say about one service: requests that compute for a
 * while and wait for a while, so many at a time. Cells of mixed_request under
 * each model, at the service's computing time and at some around it.
 */
#pragma once

#include "bench/advise_shared.h"
#include "harness/base/diag.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ADVISE_POINTS_MAX   16
#define ADVISE_VARIANTS_MAX 16

struct advise_service {
    double cpu_us;
    double wait_us;
    double concurrency;
    bool blocking; /* it waits in code that only blocks */
    struct advise_sharing shared;
};

/* One cell; all medians, NAN where there is none. */
struct advise_point {
    const char *cell; /* its id */
    double cpu_us;
    double rate; /* requests a second */
    double low;
    double high;
    double p50_ns;
    double p99_ns;
    double busy_pus;  /* CPU time a second */
    double lock_busy; /* share of the time in which the lock was held */
};

/* A model, its lock and how a loop makes the blocking call. */
struct advise_variant {
    char name[96];
    bool one_thread;
    bool executor;
    double executor_threads;
    struct advise_point points[ADVISE_POINTS_MAX]; /* by cpu_us */
    size_t n;
    size_t here; /* the point of the service */
    const char *bottleneck;
    bool saturates;      /* somewhere in the measured range */
    double shares[3];    /* CPU share of a request: last that went, first that
                          * did not, and in between by interpolation */
    bool from_the_start; /* no point went */
};

struct advice {
    struct advise_service asked;
    struct advise_service found; /* that of the cells */
    double pus;
    double disturbance; /* claim_disturbance() */
    struct advise_variant variants[ADVISE_VARIANTS_MAX];
    size_t n;
    double left_out_error; /* largest, of the interpolation; NAN: unknown */
    struct advise_shared shared; /* if asked for */
};

/* A plan for `gilbench run`, as JSON; the caller owns it. `pus`: how many tasks
 * share the object at once. */
json_t *advise_plan(const struct advise_service *service, double pus);

/* From the cells of a result document, which must outlive `ret`. -EINVAL: it
 * has no cell of mixed_request that has been measured. */
int advise_read(const json_t *document, const struct advise_service *service,
                struct advice *ret, struct diag *diag);

/* Is its rate near what requests would have that need nobody else? */
bool advise_keeps_up(const struct advice *advice,
                     const struct advise_point *point);

void advise_write_text(const struct advice *advice, FILE *out);
json_t *advise_to_json(const struct advice *advice);
