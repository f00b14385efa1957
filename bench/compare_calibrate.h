/* SPDX-License-Identifier: MIT */
/*
 * Before the first pair: can both sides run the cell, and does a slice hold
 * steps enough to tell a difference of the size of the margin?
 *
 * Other tools calibrate a number of iterations and must share it between the
 * sides. Here a slice is a span of time, the same for both; what has to be
 * shared is its length. A count of steps is a whole number, so a slice of n
 * steps cannot tell less than 1/n.
 */
#pragma once

#include "bench/compare_pair.h"

/*
 * Two readings of each side, of which the better one counts: what disturbs
 * only takes steps away. The slices of both become longer together, up to
 * `cell->stretch` times, until one of the slower side holds enough. Writes
 * "calibration" into the cell's JSON, and marks it lost where a side fails.
 * -EPROTO: a side speaks another protocol or has other work under that name.
 * -EINTR: interrupted.
 */
int compare_calibrate(struct compare_programs *programs,
                      struct compare_side sides[COMPARE_SIDES],
                      struct compare_cell *cell, double margin,
                      struct diag *diag);
