/* SPDX-License-Identifier: MIT */
/* How long a repetition will take, for --dry-run and the progress line. */
#pragma once

#include "harness/cell/cell.h"

/* Seconds: warm-up, slices, and what the process itself costs. */
double estimate_seconds(const struct cell *cell);
