/* SPDX-License-Identifier: MIT */
/*
 * The command that measures a finding again: the values of both cells as
 * options. What the ids name is not at its default and is set. Names and values
 * are those that the schema lets through, so none means anything to a shell.
 */
#include "claims/claim_text.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"

#include <stdio.h>
#include <string.h>

#define REPS_CLEARER 20 /* where six left it unclear */

/* "--OPTION VALUE", or "VALUE,VALUE" where the cells differ. */
static void put_option(const struct claim_finding *finding, const char *option,
                       const char *key, FILE *out)
{
    const json_t *const cells[] = {finding->partner, finding->cell};
    char values[2][FIGURE_WORD];
    size_t n = 0;
    for (size_t i = 0; i < 2; i++) {
        if (cells[i] &&
            figure_cell_text(cells[i], key, values[n], FIGURE_WORD) &&
            (n == 0 || strcmp(values[0], values[1]) != 0)) {
            n++;
        }
    }
    if (n > 0) {
        fprintf(out, " %s%s%s%s", option, values[0], n > 1 ? "," : "",
                n > 1 ? values[1] : "");
    }
}

/* --set for each parameter in the id of `cell` but not in that of `before`. */
static void put_params(const struct claim_finding *finding, const json_t *cell,
                       const json_t *before, FILE *out)
{
    const char *id = json_string_value(json_object_get(cell, "id"));
    const char *other = json_string_value(json_object_get(before, "id"));
    _cleanup_(free_p) char *copy = strdup(id ? id : "");
    must(copy != NULL);
    char *rest = strstr(copy, "/placement=");
    for (char *word; rest && (word = strsep(&rest, "/"));) {
        char *value = strchr(word, '=');
        if (!value || strncmp(word, "placement=", 10) == 0) {
            continue;
        }
        *value = '\0';
        char known[FIGURE_WORD + 2], option[FIGURE_WORD + 8];
        snprintf(known, sizeof(known), "/%s=", word);
        if (other && strstr(other, known)) {
            continue;
        }
        snprintf(option, sizeof(option), "--set %s=", word);
        put_option(finding, option, word, out);
    }
}

/* Besides the model, the number of tasks or a parameter differs. A product of
 * all values would have cells that make no sense, so the plan has to say which
 * belong together. */
static bool needs_plan(const struct claim_finding *finding)
{
    const json_t *params = json_object_get(finding->cell, "params");
    const json_t *others = json_object_get(finding->partner, "params");
    const json_t *model = json_object_get(finding->cell, "model");
    const char *key;
    json_t *value;
    if (!finding->partner ||
        json_equal(model, json_object_get(finding->partner, "model"))) {
        return false;
    }
    if (!json_equal(json_object_get(finding->cell, "tasks"),
                    json_object_get(finding->partner, "tasks"))) {
        return true;
    }
    json_object_foreach((json_t *)params, key, value)
    {
        const json_t *other = json_object_get(others, key);
        if (other && strcmp(key, "warmup_ms") != 0 &&
            !json_equal(value, other)) {
            return true;
        }
    }
    return false;
}

static void put_cells(const struct claim_finding *finding, FILE *out)
{
    put_option(finding, "--workload ", "workload", out);
    if (needs_plan(finding)) {
        return;
    }
    put_option(finding, "--model ", "model", out);
    put_option(finding, "--lock ", "lock", out);
    put_option(finding, "--tasks ", "tasks", out);
    put_option(finding, "--placement ", "placement", out);
    put_params(finding, finding->cell, NULL, out);
    put_params(finding, finding->partner, finding->cell, out);
}

static int number_of(const json_t *cell, const char *key)
{
    return (int)json_number_value(json_object_get(cell, key));
}

char *claim_command(const struct claim_finding *finding)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    fprintf(out, "gilbench run");
    if (!finding->cell || needs_plan(finding)) {
        fprintf(out, " quick");
    }
    if (finding->cell) {
        put_cells(finding, out);
        int reps = number_of(finding->cell, "reps");
        bool more = finding->verdict == CLAIM_UNCLEAR && reps < REPS_CLEARER;
        fprintf(out, " --reps %d --slices %d --slice-ms %d",
                more ? REPS_CLEARER : reps, number_of(finding->cell, "slices"),
                number_of(finding->cell, "slice_ms"));
    }
    fprintf(out, " --output again.json");
    must(fclose(out) == 0);
    return text;
}
