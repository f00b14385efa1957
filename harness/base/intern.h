/* SPDX-License-Identifier: MIT */
/*
 * Texts that are kept until the process ends, each once, so that a number
 * stands for a text in plain data and equal texts have equal numbers.
 * For one thread, the controller's.
 */
#pragma once

#include <stdint.h>

/* The number of a text; 0 is that of "". */
int64_t intern(const char *text);

/* The text of such a number. */
const char *interned(int64_t number);
