/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdio.h>

/* Text as it may stand in XML and HTML, also within quotes. Control characters
 * may stand in no XML at all: a space is in their place. */
void markup_escape(const char *text, FILE *out);
