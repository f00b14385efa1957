/* SPDX-License-Identifier: MIT */
#include "bench/cell_name.h"

#include "harness/base/must.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* The next "/KEY=" of `text`, or its end: the text of a parameter may have
 * slashes of its own. */
static char *next_pair(char *text)
{
    for (char *at = text; *at; at++) {
        if (*at != '/' || !islower((unsigned char)at[1])) {
            continue;
        }
        size_t n = strspn(at + 1, "abcdefghijklmnopqrstuvwxyz0123456789_") + 1;
        if (at[n] == '=') {
            return at;
        }
    }
    return text + strlen(text);
}

bool cell_name_cut(char **rest, char **ret_word)
{
    char *at = next_pair(*rest);
    bool more = *at != '\0';
    *at = '\0';
    *ret_word = *rest;
    *rest = more ? at + 1 : at;
    return more;
}

/* The value if `pair` is "KEY=VALUE" with this key, or NULL. */
static const char *value_of(const char *pair, const char *key)
{
    size_t n = strlen(key);
    return strncmp(pair, key, n) == 0 && pair[n] == '=' ? pair + n + 1 : NULL;
}

static void take_pair(struct cell_name *name, char *pair)
{
    const char *tasks = value_of(pair, "tasks");
    const char *placement = value_of(pair, "placement");
    if (tasks) {
        name->request.tasks = tasks;
    } else if (placement) {
        name->request.placement = placement;
    } else {
        name->sets[name->request.n_sets++] = pair;
    }
}

static int refuse(const char *id, struct diag *diag)
{
    return diag_set(diag, -EINVAL,
                    "'%s' is no cell: give its id as it stands in a document, "
                    "as in cpu_loop/gil_threads:cpython3/tasks=2, or options",
                    id);
}

int cell_name_parse(const char *id, struct cell_name *ret, struct diag *diag)
{
    struct cell_name name = {.text = strdup(id)};
    must(name.text != NULL);
    name.sets = must_calloc(strlen(id) + 1, sizeof(*name.sets));
    name.request.sets = name.sets;
    char *rest = name.text;
    char *pair;
    bool more = cell_name_cut(&rest, &pair);
    char *model = strchr(pair, '/');
    if (!model || model == pair || !model[1] || strchr(model + 1, '/')) {
        cell_name_deinit(&name);
        return refuse(id, diag);
    }
    *model++ = '\0';
    name.request.workload = pair;
    name.request.model = strsep(&model, ":");
    name.request.lock = model;
    while (more) {
        more = cell_name_cut(&rest, &pair);
        take_pair(&name, pair);
    }
    *ret = name;
    return 0;
}

void cell_name_deinit(struct cell_name *name)
{
    free(name->sets);
    free(name->text);
    *name = (struct cell_name){0};
}
