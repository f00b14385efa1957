/* SPDX-License-Identifier: MIT */
/* Reading back what `gilbench trace` has written as Chrome trace events. */
#pragma once

#include "bench/trace.h"

/* Free with timeline_deinit(). */
struct trace_stored {
    struct timeline timeline; /* without totals */
    char cell[256];
    bool loop; /* lanes are tasks of a loop, not threads */
};

/* The document is data: every type, name and number is checked. -EINVAL: not
 * a trace of ours, or one of several cells. */
int trace_read_stored(const json_t *json, struct trace_stored *ret,
                      struct diag *diag);
