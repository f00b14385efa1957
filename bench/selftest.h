/* SPDX-License-Identifier: MIT */
/*
 * What comparisons can tell on this machine: two comparisons of the program
 * with itself, as it is and slowed down, of a cell a class.
 */
#pragma once

#include "bench/compare.h"

#include <stdint.h>

#define SELFTEST_TRIALS 1000
#define SELFTEST_POWER  0.8

/* Of one cell: what its A/A pairs say, and what became of a slowdown. */
struct selftest_row {
    const json_t *cell;     /* of the A/A document */
    const json_t *equal;    /* its judged metric; NULL: it has none */
    const json_t *injected; /* the same with the slowdown; NULL: none */
    double margin;
    double alarms;       /* part of comparisons that would cry wolf */
    double alarms_plain; /* the same without a margin */
    double smallest; /* ratio found in 80 % of comparisons; INFINITY: none */
    double seconds;  /* that one of these takes on average */
};

struct selftest {
    const struct compare_request *request; /* of the comparisons to be tested */
    const json_t *equal;                   /* judged documents */
    const json_t *injected;
    double took_s;

    struct selftest_row *rows; /* made by selftest_make() */
    size_t n;
};

/* `request->seed` is that of the drawing, too. */
void selftest_make(struct selftest *selftest);
void selftest_deinit(struct selftest *selftest);

/* Fine; slower where equal sides were called different; unclear where no
 * slowdown was found; failed. */
int selftest_exit_code(const struct selftest *selftest);

void selftest_write_text(const struct selftest *selftest, FILE *out);
/* results/schema/selftest.json; the caller owns it. */
json_t *selftest_to_json(const struct selftest *selftest);
