/* SPDX-License-Identifier: MIT */
/* Numbers and texts as they stand in our documents. */
#pragma once

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How documents are written: one line, 12 digits, so that a real of 9 digits
 * reads "0.1" and comes back as the same double. */
#define JSON_DOCUMENT_FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(12))

static inline void json_decref_p(json_t **json)
{
    json_decref(*json);
}

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

/* A text from anywhere (a crashed program, /proc), or null for NULL: what is
 * not UTF-8 is written with '?' for every byte beyond ASCII. */
static inline json_t *json_text(const char *text)
{
    if (!text) {
        return json_null();
    }
    json_t *json = json_string(text);
    if (!json) {
        _cleanup_(free_p) char *copy = strdup(text);
        must(copy != NULL);
        for (char *c = copy; *c; c++) {
            *c = (*c & 0x80) ? '?' : *c;
        }
        json = json_string(copy);
        must(json != NULL);
    }
    return json;
}
