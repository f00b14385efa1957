/* SPDX-License-Identifier: MIT */
/*
 * What there is to know of a machine or a build before one believes a figure
 * from it: each question with what was found, whether it matters, and what can
 * be done. `gilbench doctor` shows them all; those that matter are the
 * warnings of a result. Nothing is changed, and what is unknown is said.
 */
#pragma once

#include "harness/measure/noise.h"

#include <jansson.h>
#include <stddef.h>

enum finding_state {
    FINDING_FINE,
    FINDING_NOTICE, /* good to know; the figures are right as they are */
    FINDING_MATTERS,
    FINDING_UNKNOWN,
};

struct finding {
    const char *code;  /* a warning's, and for --json */
    const char *title; /* two or three words */
    enum finding_state state;
    char message[400];
    char advice[300]; /* empty: there is nothing to do */
};

/* Sets state, message (printf) and advice; NULL: none. */
__attribute__((format(printf, 4, 5))) void finding_set(struct finding *finding,
                                                       enum finding_state state,
                                                       const char *advice,
                                                       const char *message,
                                                       ...);

#define FINDINGS_OF_CONTEXT 9
#define FINDINGS_OF_BUILD   3

#define FINDINGS_OF_NOISE 2

/* Of what the kernel counted in a span of time: steal, throttling. */
void findings_of_noise(const struct noise *noise, double seconds,
                       struct finding ret[FINDINGS_OF_NOISE]);
/* Those that matter, as warnings, each {code, message, advice}. */
void findings_warn(const struct finding *findings, size_t n, json_t *warnings);

/* Of a document's "context", and of its "gilbench". */
void findings_of_context(const json_t *context,
                         struct finding ret[FINDINGS_OF_CONTEXT]);
void findings_of_build(const json_t *build,
                       struct finding ret[FINDINGS_OF_BUILD]);

/* "fine", "notice", "matters" or "unknown". */
const char *finding_state_name(enum finding_state state);
