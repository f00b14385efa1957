/* SPDX-License-Identifier: MIT */
#include "bench/block.h"

#include "bench/registry.h"
#include "harness/base/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const words[] = {"workload", "model", "lock", "tasks",
                                    "placement"};
enum word { WORKLOAD, MODEL, LOCK, TASKS, PLACEMENT, WORDS };

static enum word word_of(const char *key)
{
    size_t word = 0;
    while (word < WORDS && strcmp(words[word], key) != 0) {
        word++;
    }
    return (enum word)word;
}

/* Has any unit, or every cell, this parameter? */
static bool is_parameter(const char *key)
{
    struct params of_cells = {0};
    params_add(&of_cells, cell_params);
    if (params_find(&of_cells, key)) {
        return true;
    }
    for (size_t f = 0; registry_families[f].name; f++) {
        for (size_t u = 0; u < registry_families[f].n; u++) {
            struct params params = {0};
            params_add(&params, registry_families[f].units[u]->params);
            if (params_find(&params, key)) {
                return true;
            }
        }
    }
    return false;
}

int block_check(const json_t *keys, const char *source, struct diag *diag)
{
    size_t i;
    json_t *value;
    json_array_foreach(keys, i, value)
    {
        const char *key = json_string_value(value);
        if (word_of(key) == WORDS && !is_parameter(key)) {
            return diag_set(diag, -EINVAL,
                            "%s: /blocks/%zu: '%.64s' is neither workload, "
                            "model, lock, tasks, placement nor a parameter",
                            source, i, key);
        }
    }
    return 0;
}

static void add_value(struct text *text, const struct cell *cell,
                      const char *key)
{
    char value[PARAM_FORMAT_SIZE] = "";
    const struct param *param = params_find(&cell->params, key);
    switch (word_of(key)) {
    case WORKLOAD:
        text_add(text, cell->workload->unit.name);
        break;
    case MODEL:
        text_add(text, cell->model->unit.name);
        break;
    case LOCK:
        text_add(text, cell->lock ? cell->lock->name : "");
        break;
    case TASKS:
        snprintf(value, sizeof(value), "%zu", cell->tasks);
        text_add(text, value);
        break;
    case PLACEMENT:
        text_add(text, cell->placement);
        break;
    case WORDS:
        if (param) {
            param_format(param, params_get(&cell->params, key), value,
                         sizeof(value));
        }
        text_add(text, value);
        break;
    }
    text_add(text, "/");
}

char *block_of(const json_t *keys, const struct cell *cell)
{
    struct text text = {0};
    size_t i;
    json_t *key;
    json_array_foreach(keys, i, key)
    {
        add_value(&text, cell, json_string_value(key));
    }
    if (text.size > 0) {
        text_append(&text, "", 1);
    }
    return text.data;
}
