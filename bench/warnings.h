/* SPDX-License-Identifier: MIT */
/* A document's warnings, for a person at a terminal. */
#pragma once

#include <jansson.h>
#include <stdio.h>

/* One paragraph a warning: what is so, and what to do about it. Warnings of
 * one kind are told once, with the number of cells that share it. */
void warnings_print(const json_t *warnings, FILE *out);
