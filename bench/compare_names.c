/* SPDX-License-Identifier: MIT */
#include "bench/compare_names.h"

#include "bench/cell_name.h"
#include "harness/base/cleanup.h"
#include "harness/base/diag.h"
#include "harness/base/must.h"

#include <string.h>

/* The pairs of an id, without tasks, which belongs to a cell's name. */
static json_t *pairs_of(const json_t *cell)
{
    _cleanup_(free_p) char *copy = strdup(compare_text_of(cell, "id"));
    must(copy != NULL);
    json_t *pairs = json_object();
    char *rest = copy;
    char *word;
    bool more = cell_name_cut(&rest, &word); /* workload/model:lock */
    while (more) {
        more = cell_name_cut(&rest, &word);
        if (strncmp(word, "tasks=", 6) != 0) {
            json_object_set_new(pairs, word, json_true());
        }
    }
    return pairs;
}

static void keep_common(json_t *shared, const json_t *pairs)
{
    const char *pair;
    json_t *value;
    void *next;
    json_object_foreach_safe(shared, next, pair, value)
    {
        if (!json_object_get(pairs, pair)) {
            json_object_del(shared, pair);
        }
    }
}

json_t *compare_names_shared(const json_t *document)
{
    const json_t *cells = json_object_get(document, "cells");
    size_t i;
    const json_t *cell;
    if (json_array_size(cells) < 2) {
        return json_object();
    }
    json_t *shared = pairs_of(json_array_get(cells, 0));
    json_array_foreach((json_t *)cells, i, cell)
    {
        json_t *pairs = pairs_of(cell);
        keep_common(shared, pairs);
        json_decref(pairs);
    }
    return shared;
}

void compare_names_words(const json_t *shared, char *text, size_t size)
{
    const char *pair;
    json_t *value;
    size_t used = 0;
    text[0] = '\0';
    json_object_foreach((json_t *)shared, pair, value)
    {
        int n =
            snprintf(text + used, size - used, "%s%s", used ? ", " : "", pair);
        used += (size_t)n < size - used ? (size_t)n : size - used - 1;
    }
    diag_clean(text);
}

void compare_names_row(const json_t *shared, const struct compare_row *row,
                       char *text, size_t size)
{
    char name[4200];
    _cleanup_(free_p) char *copy = strdup(compare_text_of(row->cell, "id"));
    must(copy != NULL);
    char *rest = copy;
    char *word;
    bool more = cell_name_cut(&rest, &word);
    int used = snprintf(name, sizeof(name), "%s", word);
    while (more) {
        more = cell_name_cut(&rest, &word);
        if (!json_object_get(shared, word) && used < (int)sizeof(name)) {
            used +=
                snprintf(name + used, sizeof(name) - (size_t)used, "/%s", word);
        }
    }
    compare_row_name_as(row, name, text, size);
}
