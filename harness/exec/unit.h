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
};
