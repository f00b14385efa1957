/* SPDX-License-Identifier: MIT */
/*
 * What workloads, lock policies and execution models have in common, so that
 * listing, selecting, parameters and help are written once. A descriptor
 * embeds a `struct unit` as its first member; file name, symbol suffix,
 * command-line word and document value are all `name`.
 */
#pragma once

#include "harness/exec/params.h"

struct unit {
    const char *name;
    const char *summary;              /* one sentence for `list` and help */
    const struct param *params;       /* ends with {0}; NULL: none */
    const char *(*unavailable)(void); /* why it cannot run here, or NULL */
    /* Why it cannot run here with these parameters, or NULL: a text that lives
     * as long as the process. Asked for every cell, so it remembers what is
     * dear to find out. Optional. */
    const char *(*rejects)(const struct params *params);
};

/* Why it cannot run here, whatever the parameters or with these, or NULL. */
static inline const char *unit_cannot_run(const struct unit *unit,
                                          const struct params *params)
{
    const char *why = unit->unavailable ? unit->unavailable() : NULL;
    return why || !unit->rejects ? why : unit->rejects(params);
}
