/* SPDX-License-Identifier: MIT */
/* What can be listed besides units: placements, plans, figures. */
#pragma once

#include <stddef.h>

struct catalogue {
    const char *name; /* plural, as in `list plans` */
    size_t (*n)(void);
    const char *(*name_at)(size_t i);
    /* One sentence; valid until the next call. */
    const char *(*summary_at)(size_t i);
};

extern const struct catalogue catalogues[]; /* name NULL ends */
