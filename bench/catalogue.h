/* SPDX-License-Identifier: MIT */
/* What can be listed besides units: placements, plans, figures, claims. */
#pragma once

#include <jansson.h>

struct catalogue {
    const char *name; /* plural, as in `list plans` */
    /* [{"name", "summary"}, ...]; a new reference. */
    json_t *(*entries)(void);
};

extern const struct catalogue catalogues[]; /* name NULL ends */
