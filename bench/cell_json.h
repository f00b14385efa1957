/* SPDX-License-Identifier: MIT */
/* A cell as it stands in documents. */
#pragma once

#include "harness/cell/cell.h"

#include <jansson.h>

/* {"switch_interval_us": 5000, "via": "executor", ...}: every parameter. */
json_t *params_to_json(const struct params *params);

/* What a result document says of a cell before it has run: the keys from "id"
 * to "generator_pu". */
json_t *cell_to_json(const struct cell *cell);
