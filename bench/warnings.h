/* SPDX-License-Identifier: MIT */
/* A document's warnings: one of them found, and all of them told a person. */
#pragma once

#include "harness/record/document.h"

#include <jansson.h>
#include <stdio.h>

/* Warns (`generator_saturated`) if the load generator of a repetition used its
 * PU for 90 % of the window or more: a closed loop is as fast as its slower
 * side. */
void warnings_of_generator(struct document *document, const char *cell_id,
                           const json_t *repetition);

/* Warns (`stacks_unguarded`) if the tasks of a repetition had stacks without a
 * guard page, so that an overflow of one would not be seen. */
void warnings_of_stacks(struct document *document, const char *cell_id,
                        const json_t *repetition);

/* One paragraph a warning: what is so, and what to do about it. Warnings of
 * one kind are told once, with the number of cells that share it. */
void warnings_print(const json_t *warnings, FILE *out);
