/* SPDX-License-Identifier: MIT */
/* What comparisons can tell on this machine. */
#pragma once

#include "bench/compare.h"

#include <stdint.h>

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

/* The caller frees. `pairs`: of the first look of the comparisons. */
struct selftest_row *selftest_rows(const json_t *equal, const json_t *injected,
                                   size_t pairs, uint64_t seed, size_t *ret_n);

void selftest_write(const struct selftest_row *rows, size_t n,
                    const struct compare_request *request, FILE *out);

/* Both documents are judged. Fine; slower where equal sides were called
 * different; unclear where no slowdown was found; failed. */
int selftest_exit_code(const json_t *equal, const json_t *injected);
