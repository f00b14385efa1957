/* SPDX-License-Identifier: MIT */
/* Numbers as they stand in our documents. */
#pragma once

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How documents are written: one line, 12 digits, so that a real of 9 digits
 * reads "0.1" and comes back as the same double. */
#define JSON_DOCUMENT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(12))

/* A real rounded to 9 significant digits; null where it is no number. */
static inline json_t *json_number(double value)
{
    if (!isfinite(value)) {
        return json_null();
    }
    char text[40];
    snprintf(text, sizeof(text), "%.9g", value);
    return json_real(strtod(text, NULL));
}

/* The number, or NAN where there is none. */
static inline double json_number_or_nan(const json_t *json)
{
    return json_is_number(json) ? json_number_value(json) : NAN;
}
