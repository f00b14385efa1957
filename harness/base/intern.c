/* SPDX-License-Identifier: MIT */
#include "harness/base/intern.h"

#include "harness/base/must.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* They are few: a search through all of them is quick. */
static char **texts;
static size_t n_texts;

int64_t intern(const char *text)
{
    if (*text == '\0') {
        return 0;
    }
    for (size_t i = 0; i < n_texts; i++) {
        if (strcmp(texts[i], text) == 0) {
            return (int64_t)i + 1;
        }
    }
    texts = reallocarray(texts, n_texts + 1, sizeof(*texts));
    must(texts != NULL);
    texts[n_texts] = strdup(text);
    must(texts[n_texts] != NULL);
    return (int64_t)++n_texts;
}

const char *interned(int64_t number)
{
    must(number >= 0 && (uint64_t)number <= n_texts);
    return number == 0 ? "" : texts[number - 1];
}
