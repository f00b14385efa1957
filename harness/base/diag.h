/* SPDX-License-Identifier: MIT */
/*
 * One way to report an error to a person.
 *
 * Functions return 0 when fine and a negative errno when not. Those that can
 * fail for a reason a person has to read also take a `struct diag`: the place
 * that knows the reason fills it with ONE line (what, where, what to do), the
 * callers pass it up unchanged, and `main` prints it once. -EINVAL means bad
 * input (exit code 2).
 */
#pragma once

#include <stddef.h>

struct diag {
    char text[1024]; /* without "gilbench: " and without a newline */
};

/* Fills `diag` (may be NULL) and returns `code`, a negative errno. */
__attribute__((format(printf, 3, 4))) int diag_set(struct diag *diag, int code,
                                                   const char *format, ...);

/* Puts "PREFIX: " in front of what `diag` says. Returns `code`. */
__attribute__((format(printf, 3, 4))) int diag_prefix(struct diag *diag,
                                                      int code,
                                                      const char *format, ...);

/* Replaces by '?' what is not UTF-8 or could do more than stand there: control
 * characters, line separators, changes of direction. So data cannot forge a
 * line, nor talk to the terminal. */
void diag_clean(char *text);
