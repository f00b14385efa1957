/* SPDX-License-Identifier: MIT */
/* gilbench list: the units this program has, and what they take. */
#include "bench/catalogue.h"
#include "bench/command.h"
#include "bench/registry.h"
#include "harness/base/suggest.h"
#include "harness/cell/cell.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *const class_names[] = {"cpu", "io", "mixed", "micro"};

static json_t *param_to_json(const struct param *param)
{
    char def[PARAM_FORMAT_SIZE];
    param_format(param, param->def, def, sizeof(def));
    json_t *json =
        json_pack("{ss ss ss}", "name", param->name, "help", param->help,
                  "unit", param->unit ? param->unit : "");
    if (param->choices) {
        json_t *choices = json_array();
        for (size_t i = 0; param->choices[i]; i++) {
            json_array_append_new(choices, json_string(param->choices[i]));
        }
        json_object_set_new(json, "choices", choices);
        json_object_set_new(json, "default", json_string(def));
    } else if (param->text) {
        json_object_set_new(json, "text", json_true());
        json_object_set_new(json, "default", json_string(def));
    } else {
        json_object_set_new(json, "default", json_integer(param->def));
        json_object_set_new(json, "min", json_integer(param->min));
        json_object_set_new(json, "max", json_integer(param->max));
    }
    return json;
}

/* With its defaults. */
static const char *cannot_run(const struct unit *unit)
{
    struct params params = {0};
    params_add(&params, unit->params);
    return unit_cannot_run(unit, &params);
}

static json_t *unit_to_json(const struct registry_family *family,
                            const struct unit *unit)
{
    const char *why = cannot_run(unit);
    json_t *params = json_array();
    for (const struct param *p = unit->params; p && p->name; p++) {
        json_array_append_new(params, param_to_json(p));
    }
    json_t *json =
        json_pack("{ss ss ss? so}", "name", unit->name, "summary",
                  unit->summary, "unavailable", why, "params", params);
    if (strcmp(family->name, "workloads") == 0) {
        const struct workload *w = container_of(unit, struct workload, unit);
        json_object_set_new(json, "class", json_string(class_names[w->class]));
        json_object_set_new(json, "version", json_integer(w->version));
        json_object_set_new(json, "step", json_string(w->step_name));
    }
    return json;
}

static void print_param(const struct param *param)
{
    char def[PARAM_FORMAT_SIZE];
    param_format(param, param->def, def, sizeof(def));
    printf("      %s=%s", param->name, def);
    if (param->choices) {
        for (size_t i = 0; param->choices[i]; i++) {
            printf("%s%s", i ? "|" : "  (", param->choices[i]);
        }
        printf(")");
    } else if (!param->text) {
        printf("  (%" PRId64 "..%" PRId64 "%s%s)", param->min, param->max,
               *param->unit ? " " : "", param->unit);
    }
    printf("  %s\n", param->help);
}

static void print_unit(const struct unit *unit)
{
    const char *why = cannot_run(unit);
    printf("  %-18s %s\n", unit->name, unit->summary);
    if (why) {
        printf("      cannot run here: %s\n", why);
    }
    for (const struct param *p = unit->params; p && p->name; p++) {
        print_param(p);
    }
}

static void print_family(const struct registry_family *family)
{
    printf("%s:\n", family->name);
    for (size_t i = 0; i < family->n; i++) {
        print_unit(family->units[i]);
    }
}

static json_t *family_to_json(const struct registry_family *family)
{
    json_t *units = json_array();
    for (size_t i = 0; i < family->n; i++) {
        json_array_append_new(units, unit_to_json(family, family->units[i]));
    }
    return units;
}

static void print_catalogue(const struct catalogue *catalogue)
{
    json_t *entries = catalogue->entries();
    size_t i;
    json_t *entry;
    printf("%s:\n", catalogue->name);
    json_array_foreach(entries, i, entry)
    {
        printf("  %-18s %s\n",
               json_string_value(json_object_get(entry, "name")),
               json_string_value(json_object_get(entry, "summary")));
    }
    json_decref(entries);
}

/* What every cell takes whatever its units. */
static void print_cell_params(void)
{
    printf("every cell:\n");
    for (const struct param *p = cell_params; p->name; p++) {
        print_param(p);
    }
}

static bool known(const char *what, struct diag *diag)
{
    const char *names[16];
    size_t n = 0;
    for (size_t i = 0; registry_families[i].name; i++) {
        names[n++] = registry_families[i].name;
    }
    for (size_t i = 0; catalogues[i].name; i++) {
        names[n++] = catalogues[i].name;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(what, names[i]) == 0) {
            return true;
        }
    }
    const char *close = suggest(what, names, n);
    diag_set(diag, -EINVAL, "list: no such family: %s%s%s%s", what,
             close ? " (did you mean " : "", close ? close : "",
             close ? "?)" : "");
    return false;
}

static bool wanted(const char *what, const char *name)
{
    return !what || strcmp(what, name) == 0;
}

static void list_text(const char *what)
{
    for (size_t i = 0; registry_families[i].name; i++) {
        if (wanted(what, registry_families[i].name)) {
            print_family(&registry_families[i]);
        }
    }
    if (!what) {
        print_cell_params();
    }
    for (size_t i = 0; catalogues[i].name; i++) {
        if (wanted(what, catalogues[i].name)) {
            print_catalogue(&catalogues[i]);
        }
    }
}

static void list_json(const char *what)
{
    json_t *all = json_object();
    for (size_t i = 0; registry_families[i].name; i++) {
        if (wanted(what, registry_families[i].name)) {
            json_object_set_new(all, registry_families[i].name,
                                family_to_json(&registry_families[i]));
        }
    }
    for (size_t i = 0; catalogues[i].name; i++) {
        if (wanted(what, catalogues[i].name)) {
            json_object_set_new(all, catalogues[i].name,
                                catalogues[i].entries());
        }
    }
    json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
}

static int cmd_list(int argc, char **argv, struct diag *diag)
{
    const char *what = NULL;
    bool json = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            json = true;
        } else if (argv[i][0] == '-') {
            return diag_set(diag, -EINVAL, "list: no such option: %s", argv[i]);
        } else if (what) {
            return diag_set(diag, -EINVAL, "list: one family at a time: %s",
                            argv[i]);
        } else {
            what = argv[i];
        }
    }
    if (what && !known(what, diag)) {
        return -EINVAL;
    }
    if (json) {
        list_json(what);
    } else {
        list_text(what);
    }
    return EXIT_FINE;
}

const struct command command_list = {
    .name = "list",
    .usage = "list [workloads|models|locks|placements|plans|figures|claims|"
             "strategies] [--json]",
    .summary = "show the workloads, models, locks, plans, figures and "
               "claims",
    .help = "Each unit is shown with its parameters, their defaults and "
            "ranges.\n--json writes the same as one JSON object.\n",
    .run = cmd_list,
};
