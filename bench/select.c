/* SPDX-License-Identifier: MIT */
#include "bench/select.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/record/json_value.h"
#include "harness/topology/placement.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>

static void add_term(struct selection *selection, const char *text)
{
    selection->terms = reallocarray(selection->terms, selection->n + 1,
                                    sizeof(*selection->terms));
    must(selection->terms != NULL);
    struct selection_term *term = &selection->terms[selection->n++];
    *term = (struct selection_term){
        .text = strdup(text),
        .glob = strpbrk(text, "*?[") != NULL,
    };
    must(term->text != NULL);
}

int selection_parse(struct selection *ret, const char *option, const char *list,
                    struct diag *diag)
{
    *ret = (struct selection){.option = option};
    if (!list) {
        return 0;
    }
    _cleanup_(free_p) char *copy = strdup(list);
    must(copy != NULL);
    char *rest = copy;
    char *word;
    while ((word = strsep(&rest, ",")) != NULL) {
        if (*word == '\0') {
            return diag_set(diag, -EINVAL,
                            "--%s '%s': a name is missing in the list", option,
                            list);
        }
        add_term(ret, word);
    }
    return 0;
}

void selection_read(struct selection *ret, const char *option,
                    const json_t *json)
{
    *ret = (struct selection){.option = option};
    if (json_is_string(json)) {
        add_term(ret, json_string_value(json));
    }
    size_t i;
    const json_t *word;
    json_array_foreach((json_t *)json, i, word)
    {
        add_term(ret, json_string_value(word));
    }
}

void selection_deinit(struct selection *selection)
{
    for (size_t i = 0; i < selection->n; i++) {
        free(selection->terms[i].text);
    }
    free(selection->terms);
    *selection = (struct selection){.option = selection->option};
}

bool selection_term_has(const struct selection_term *term, const char *name)
{
    return term->glob ? fnmatch(term->text, name, 0) == 0
                      : strcmp(term->text, name) == 0;
}

bool selection_has(struct selection *selection, const char *name)
{
    bool found = selection->n == 0;
    for (size_t i = 0; i < selection->n; i++) {
        if (selection_term_has(&selection->terms[i], name)) {
            selection->terms[i].used = true;
            found = true;
        }
    }
    return found;
}

static int unknown(const char *what, const char *name, const char *const *names,
                   size_t n, struct diag *diag)
{
    const char *close = suggest(name, names, n);
    return diag_set(diag, -EINVAL, "unknown %s '%.64s'%s%s%s", what, name,
                    close ? "; did you mean '" : "", close ? close : "",
                    close ? "'?" : "");
}

static int check_unit(const struct selection_term *term,
                      const struct registry_family *family, bool available,
                      struct diag *diag)
{
    const struct unit *unit = registry_find(family, term->text);
    if (!unit) {
        const char **names = must_calloc(family->n, sizeof(*names));
        for (size_t i = 0; i < family->n; i++) {
            names[i] = family->units[i]->name;
        }
        int r = unknown(family->singular, term->text, names, family->n, diag);
        free(names);
        return r;
    }
    const char *why =
        available && unit->unavailable ? unit->unavailable() : NULL;
    return why ? diag_set(diag, -EINVAL, "%s %s cannot run here: %s",
                          family->singular, unit->name, why)
               : 0;
}

static int check_glob(const struct selection_term *term, const char *what,
                      bool found, struct diag *diag)
{
    return found ? 0
                 : diag_set(diag, -EINVAL, "no %s matches '%.64s'", what,
                            term->text);
}

int selection_check(const struct selection *selection,
                    const struct registry_family *family, bool available,
                    struct diag *diag)
{
    for (size_t i = 0; i < selection->n; i++) {
        const struct selection_term *term = &selection->terms[i];
        bool found = false;
        for (size_t u = 0; u < family->n; u++) {
            found = found || selection_term_has(term, family->units[u]->name);
        }
        int r = term->glob ? check_glob(term, family->singular, found, diag)
                           : check_unit(term, family, available, diag);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

bool placement_is_list(const char *name)
{
    return strchr(name, '=') != NULL;
}

int selection_check_placements(const struct selection *selection,
                               struct diag *diag)
{
    size_t n = 0;
    while (placement_names[n]) {
        n++;
    }
    for (size_t i = 0; i < selection->n; i++) {
        const struct selection_term *term = &selection->terms[i];
        bool found = strncmp(term->text, "pus=", 4) == 0;
        for (size_t p = 0; p < n; p++) {
            found = found || selection_term_has(term, placement_names[p]);
        }
        int r = term->glob ? check_glob(term, "placement", found, diag)
                : found    ? 0
                        : unknown("placement", term->text, placement_names, n,
                                  diag);
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int selection_check_used(const struct selection *selection, const char *plan,
                         struct diag *diag)
{
    for (size_t i = 0; i < selection->n; i++) {
        if (!selection->terms[i].used) {
            return diag_set(diag, -EINVAL,
                            "--%s %.64s: no cell of plan %s has it",
                            selection->option, selection->terms[i].text, plan);
        }
    }
    return 0;
}

json_t *selection_to_json(const struct selection *selection)
{
    if (selection->n == 0) {
        return json_null();
    }
    json_t *json = json_array();
    for (size_t i = 0; i < selection->n; i++) {
        json_array_append_new(json, json_text(selection->terms[i].text));
    }
    return json;
}
