/* SPDX-License-Identifier: MIT */
/* Choosing units by lists of names and globs. */
#pragma once

#include "bench/registry.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct selection_term {
    char *text;
    bool glob;
    bool used; /* something was chosen by it */
};

/* An empty one chooses everything. */
struct selection {
    const char *option; /* "workload", for messages; not owned */
    struct selection_term *terms;
    size_t n;
};

/* From a comma list; NULL: everything. -EINVAL: an empty word. */
int selection_parse(struct selection *ret, const char *option, const char *list,
                    struct diag *diag);
/* From a word or a list of words, as plans have it; NULL: everything. */
void selection_read(struct selection *ret, const char *option,
                    const json_t *json);
void selection_deinit(struct selection *selection);

/* Chooses by name; marks the terms that did. */
bool selection_has(struct selection *selection, const char *name);

bool selection_term_has(const struct selection_term *term, const char *name);

/* Every name is one of the family's, every glob fits at least one. -EINVAL
 * says which does not, with a suggestion. `available`: an exactly named unit
 * must also be able to run here. */
int selection_check(const struct selection *selection,
                    const struct registry_family *family, bool available,
                    struct diag *diag);

/* The same for placements: words of placement_names, or pus=LIST. */
int selection_check_placements(const struct selection *selection,
                               struct diag *diag);

/* -EINVAL for the first term that chose nothing of `plan`. */
int selection_check_used(const struct selection *selection, const char *plan,
                         struct diag *diag);

/* ["cpu_*","null"], or null for everything. */
json_t *selection_to_json(const struct selection *selection);

bool placement_is_list(const char *name);
