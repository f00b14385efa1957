/* SPDX-License-Identifier: MIT */
/* A text that grows; {0} is an empty one. */
#pragma once

#include "harness/base/must.h"

#include <stddef.h>
#include <string.h>

struct text {
    char *data; /* not ended by NUL */
    size_t size;
    size_t capacity;
};

static inline void text_append(struct text *text, const void *data, size_t size)
{
    if (text->capacity - text->size < size) {
        size_t wanted = text->capacity ? 2 * text->capacity : 256;
        while (wanted - text->size < size) {
            wanted *= 2;
        }
        text->data = realloc(text->data, wanted);
        must(text->data != NULL);
        text->capacity = wanted;
    }
    if (size > 0) {
        memcpy(text->data + text->size, data, size);
        text->size += size;
    }
}

static inline void text_add(struct text *text, const char *words)
{
    text_append(text, words, strlen(words));
}

static inline void text_deinit(struct text *text)
{
    free(text->data);
    *text = (struct text){0};
}
