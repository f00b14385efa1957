/* SPDX-License-Identifier: MIT */
#pragma once

#include "harness/base/diag.h"

#include <stdint.h>

/* After getopt_long() (with opterr 0, ":" for short options, and `val` above
 * 255 for long ones without a value) returned ':' or '?': says which option of
 * the command argv[0] it was, and what is wrong with it. Returns -EINVAL. */
int option_refused(int code, char *const *argv, struct diag *diag);

/* A whole number from 0 to `max`. */
int option_number(const char *option, const char *text, uint64_t max,
                  uint64_t *ret, struct diag *diag);
/* The same without 0. */
int option_count(const char *option, const char *text, unsigned max,
                 unsigned *ret, struct diag *diag);

/* Per cent above 0 and up to `most`, in steps of 0.1, as per mille. */
int option_permille(const char *option, const char *text, double most,
                    unsigned *ret, struct diag *diag);

/* One of a few words, which end with NULL; `ret` is that of the list. */
int option_word(const char *option, const char *text, const char *const *words,
                const char **ret, struct diag *diag);

/* Seconds, a number above 0. */
int option_seconds(const char *option, const char *text, double *ret,
                   struct diag *diag);

/* The folder of a file that is to be made takes one: to be asked before
 * anything is measured for it. */
int option_folder(const char *option, const char *path, struct diag *diag);
/* An existing --output is never overwritten by accident. Special files, such
 * as /dev/stdout, are no results of earlier runs. `advice`: what may be done
 * where there is a file; NULL: it is to be overwritten. `path` may be NULL. */
int option_output(const char *path, const char *advice, struct diag *diag);
