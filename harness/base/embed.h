/* SPDX-License-Identifier: MIT */
/* Files built into the program (tools/embed.py). */
#pragma once

#include <stddef.h>
#include <string.h>

struct embedded_file {
    const char *name;          /* without folder; NULL ends a table */
    const unsigned char *data; /* followed by a zero byte */
    size_t size;
};

static inline const struct embedded_file *embedded_find(
    const struct embedded_file *table, const char *name)
{
    for (; table->name; table++) {
        if (strcmp(table->name, name) == 0) {
            return table;
        }
    }
    return NULL;
}
