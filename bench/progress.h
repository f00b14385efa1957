/* SPDX-License-Identifier: MIT */
/* What a person sees while a run goes on: one line with the time left on a
 * terminal, a plain line now and then elsewhere. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool quiet;
    bool terminal;
    const char *what; /* plural, "repetitions" */
    size_t total;
    size_t done;
    double planned_s;       /* of what is left */
    double spent_s;         /* measured and... */
    double spent_planned_s; /* ...planned time of what is done */
    uint64_t last_ns;       /* of the last plain line */
};

void progress_init(struct progress *progress, bool quiet, size_t total,
                   double planned_s);
/* Before a repetition: what is measured now. */
void progress_show(struct progress *progress, const char *what);
/* After it: how long it was planned to take and how long it took. */
void progress_step(struct progress *progress, double planned_s, double took_s);
void progress_end(struct progress *progress);

/* "12 s", "1:05 min" or "2:30 h". */
void progress_format(double seconds, char *text, size_t size);
