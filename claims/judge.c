/* SPDX-License-Identifier: MIT */
#include "claims/claim.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>
#include <string.h>

const char *const claim_verdict_words[] = {
    [CLAIM_HOLDS] = "holds",
    [CLAIM_REFUTED] = "refuted",
    [CLAIM_UNCLEAR] = "unclear",
    [CLAIM_NOT_MEASURED] = "not measured",
};

#define X(name) extern const struct claim claim_##name;
#include "claim_list.h"
#undef X

const struct claim *const claims[] = {
#define X(name) &claim_##name,
#include "claim_list.h"
#undef X
    NULL};

/* Some cells of the document. */
struct cells {
    size_t n;
    const json_t *all[CLAIM_CELLS_MAX];
};

/* A part while it is judged. */
struct trial {
    const struct claim_part *part;
    double pus; /* of the machine; 0: not known */
    struct figure_conditions conditions;
    struct figure_conditions against;
    struct cells cells;
    const json_t *partners[CLAIM_CELLS_MAX]; /* of each cell; NULL: none */
};

static void parse(const char *text, struct figure_conditions *ret)
{
    _cleanup_(free_p) char *copy = strdup(text);
    must(copy != NULL);
    *ret = (struct figure_conditions){0};
    must(figure_conditions_parse(ret, copy) == 0);
}

static bool is_ok(const json_t *cell)
{
    const char *status = json_string_value(json_object_get(cell, "status"));
    return status && strcmp(status, "ok") == 0;
}

static void collect(const json_t *cells,
                    const struct figure_conditions *conditions,
                    struct cells *ret)
{
    size_t i;
    const json_t *cell;
    ret->n = 0;
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (ret->n < CLAIM_CELLS_MAX && is_ok(cell) &&
            figure_cell_fits(cell, conditions)) {
            ret->all[ret->n++] = cell;
        }
    }
}

static bool speaks_of(const struct figure_conditions *conditions,
                      const char *key)
{
    for (size_t i = 0; i < conditions->n; i++) {
        if (strcmp(conditions->all[i].key, key) == 0) {
            return true;
        }
    }
    return false;
}

/* Cells may differ in it without being unlike: it is varied, it follows from
 * what is varied, or it is about the apparatus. */
static bool is_free(const struct figure_conditions *varied, const char *over,
                    const char *key)
{
    return speaks_of(varied, key) || (over && strcmp(over, key) == 0) ||
           strcmp(key, "warmup_ms") == 0 ||
           (strcmp(key, "lock") == 0 &&
            (speaks_of(varied, "model") || speaks_of(varied, "loop_lock")));
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    char left[FIGURE_WORD], right[FIGURE_WORD];
    bool has_left = figure_cell_text(a, key, left, sizeof(left));
    bool has_right = figure_cell_text(b, key, right, sizeof(right));
    return has_left == has_right && (!has_left || strcmp(left, right) == 0);
}

/* Units, tasks, placement and all parameters that both have are the same, but
 * for what is free. */
static bool alike(const json_t *a, const json_t *b,
                  const struct figure_conditions *varied, const char *over)
{
    static const char *const keys[] = {"workload", "model", "lock", "tasks",
                                       "placement"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        if (!is_free(varied, over, keys[i]) && !same(a, b, keys[i])) {
            return false;
        }
    }
    const json_t *others = json_object_get(b, "params");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json_object_get(a, "params"), key, value)
    {
        if (json_object_get(others, key) && !is_free(varied, over, key) &&
            !same(a, b, key)) {
            return false;
        }
    }
    return true;
}

static void pair_up(struct trial *trial, const struct cells *others)
{
    for (size_t i = 0; i < trial->cells.n; i++) {
        const json_t *cell = trial->cells.all[i];
        for (size_t k = 0; k < others->n && !trial->partners[i]; k++) {
            const json_t *other = others->all[k];
            if (other != cell && alike(cell, other, &trial->against, NULL)) {
                trial->partners[i] = other;
            }
        }
    }
}

static double level(const struct trial *trial, const json_t *cell)
{
    double value;
    const char *over = trial->part->over;
    return cell && over && figure_cell_number(cell, over, &value) ? value : NAN;
}

/* True if `cell` says more of the part than `other`, which is like it. */
static bool is_better(const struct trial *trial, const json_t *cell,
                      const json_t *other)
{
    double own = level(trial, cell), theirs = level(trial, other);
    if (trial->part->to_pus && trial->pus > 1) {
        if (own == trial->pus || theirs == trial->pus) {
            return own == trial->pus;
        }
    }
    return own > theirs;
}

/* Is it the one to look at, among those that differ only in `over`? */
static bool is_chosen(const struct trial *trial, size_t at)
{
    static const struct figure_conditions none = {0};
    const json_t *cell = trial->cells.all[at];
    for (size_t i = 0; trial->part->over && i < trial->cells.n; i++) {
        const json_t *other = trial->cells.all[i];
        if (i != at && (!trial->part->against || trial->partners[i]) &&
            is_better(trial, other, cell) &&
            alike(cell, other, &none, trial->part->over)) {
            return false;
        }
    }
    return true;
}

/* Does the part say what the parameter is? A pattern leaves it open. */
static bool is_told(const struct trial *trial, const char *key)
{
    const struct figure_conditions *conditions = &trial->conditions;
    for (size_t i = 0; i < conditions->n; i++) {
        if (strcmp(conditions->all[i].key, key) == 0) {
            return !conditions->all[i].negated &&
                   !strpbrk(conditions->all[i].globs, "*?[|");
        }
    }
    static const struct figure_conditions none = {0};
    return is_free(&none, trial->part->over, key);
}

/* Adds ", KEY=VALUE" for what the part does not tell and is not usual: as ids
 * have it, behind the number of tasks. */
static void add_unusual(const struct trial *trial, const json_t *cell,
                        char *text, size_t size)
{
    char id[1024];
    const char *raw = json_string_value(json_object_get(cell, "id"));
    snprintf(id, sizeof(id), "%s", raw ? raw : "");
    char *rest = strstr(id, "/placement=");
    size_t used = strlen(text);
    for (char *word; rest && (word = strsep(&rest, "/"));) {
        char *value = strchr(word, '=');
        if (!value || strcmp(word, "placement=per_core") == 0) {
            continue;
        }
        *value = '\0';
        if (!is_told(trial, word) && used < size) {
            char clean[FIGURE_LABEL];
            *value = '=';
            format_clean(clean, sizeof(clean), word);
            used += (size_t)snprintf(text + used, size - used, ", %s", clean);
        }
    }
}

static enum claim_verdict judge(const struct claim_finding *finding)
{
    bool least = finding->part->side == CLAIM_AT_LEAST;
    double near = least ? finding->low : finding->high;
    double far = least ? finding->high : finding->low;
    if (isnan(near) || isnan(far)) {
        return CLAIM_UNCLEAR; /* too few processes */
    }
    if (least ? near >= finding->bound : near <= finding->bound) {
        return CLAIM_HOLDS;
    }
    return (least ? far < finding->bound : far > finding->bound)
               ? CLAIM_REFUTED
               : CLAIM_UNCLEAR;
}

static double scaled_bound(const struct trial *trial,
                           const struct claim_finding *finding)
{
    double more = level(trial, finding->cell);
    double times = more / level(trial, finding->partner);
    if (trial->part->scale == CLAIM_AS_IT_IS || isnan(times)) {
        return trial->part->bound;
    }
    if (trial->part->scale == CLAIM_BY_PUS && trial->pus >= 1) {
        times = fmin(times, trial->pus);
    }
    return trial->part->bound * times;
}

static double median_of(const json_t *cell, pairs_value *value)
{
    struct figure_value ret;
    return cell && pairs_ratio_of(cell, NULL, value, &ret) ? ret.median : NAN;
}

/* False: the cells do not have the value. */
static bool find(const struct trial *trial, const json_t *cell,
                 const json_t *partner, struct claim_finding *ret)
{
    const struct claim_part *part = trial->part;
    static const struct figure_keys keys = {.n = 2, .all = {"model", "lock"}};
    struct figure_value value;
    if (!pairs_ratio_of(cell, partner, part->value, &value)) {
        return false;
    }
    *ret = (struct claim_finding){.part = part,
                                  .cell = cell,
                                  .partner = partner,
                                  .ratio = value.median,
                                  .low = value.low,
                                  .high = value.high,
                                  .n = value.n,
                                  .a = median_of(cell, part->value),
                                  .b = median_of(partner, part->value)};
    ret->bound = scaled_bound(trial, ret);
    ret->verdict = judge(ret);
    figure_cell_label(cell, &keys, ret->where, sizeof(ret->where));
    char lock[FIGURE_WORD];
    bool other = figure_cell_text(cell, "lock", lock, sizeof(lock)) &&
                 strcmp(lock, "cpython3") != 0;
    size_t usual = strlen(ret->where);
    add_unusual(trial, cell, ret->where, sizeof(ret->where));
    ret->decides = !part->aside && !other && strlen(ret->where) == usual;
    return true;
}

static void append(struct claim_judgement *judgement,
                   const struct claim_finding *finding)
{
    judgement->findings =
        reallocarray(judgement->findings, judgement->n + 1, sizeof(*finding));
    must(judgement->findings != NULL);
    judgement->findings[judgement->n++] = *finding;
}

static size_t judge_cells(const struct trial *trial,
                          struct claim_judgement *judgement)
{
    size_t before = judgement->n;
    for (size_t i = 0; i < trial->cells.n; i++) {
        const json_t *partner = trial->partners[i];
        struct claim_finding finding;
        if ((partner || !trial->part->against) && is_chosen(trial, i) &&
            find(trial, trial->cells.all[i], partner, &finding)) {
            append(judgement, &finding);
        }
    }
    return judgement->n - before;
}

static void judge_part(const struct claim_part *part, const json_t *document,
                       struct claim_judgement *judgement)
{
    const json_t *cells = json_object_get(document, "cells");
    const json_t *topology =
        json_object_get(json_object_get(document, "context"), "topology");
    struct trial *trial = must_calloc(1, sizeof(*trial));
    trial->part = part;
    trial->pus = json_number_value(json_object_get(topology, "pus"));
    parse(part->cells, &trial->conditions);
    collect(cells, &trial->conditions, &trial->cells);
    if (part->against) {
        struct cells *others = must_calloc(1, sizeof(*others));
        parse(part->against, &trial->against);
        collect(cells, &trial->against, others);
        pair_up(trial, others);
        free(others);
    }
    bool fits = part->pus_min == 0 || trial->pus >= part->pus_min;
    if (fits && judge_cells(trial, judgement) == 0 && !part->optional) {
        struct claim_finding none = {.part = part,
                                     .verdict = CLAIM_NOT_MEASURED,
                                     .decides = !part->aside,
                                     .ratio = NAN,
                                     .low = NAN,
                                     .high = NAN,
                                     .bound = part->bound,
                                     .a = NAN,
                                     .b = NAN};
        append(judgement, &none);
    }
    free(trial);
}

/* Where nothing usual of the part was measured, all that was decides. */
static void let_others_decide(struct claim_finding *findings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (findings[i].decides) {
            return;
        }
    }
    for (size_t i = 0; i < n; i++) {
        findings[i].decides = !findings[i].part->aside;
    }
}

void claim_judge(const struct claim *claim, const json_t *document,
                 struct claim_judgement *ret)
{
    *ret = (struct claim_judgement){.claim = claim,
                                    .disturbed = claim_disturbance(document) >
                                                 CLAIM_DISTURBED};
    for (const struct claim_part *part = claim->parts; part->name; part++) {
        size_t before = ret->n;
        judge_part(part, document, ret);
        for (size_t i = before; ret->disturbed && i < ret->n; i++) {
            if (ret->findings[i].cell) {
                ret->findings[i].verdict = CLAIM_UNCLEAR;
            }
        }
        let_others_decide(ret->findings + before, ret->n - before);
    }
    for (size_t i = 0; i < ret->n; i++) {
        ret->counts[ret->findings[i].verdict] += ret->findings[i].decides;
    }
    static const enum claim_verdict order[] = {CLAIM_REFUTED, CLAIM_UNCLEAR,
                                               CLAIM_NOT_MEASURED, CLAIM_HOLDS};
    ret->verdict = CLAIM_NOT_MEASURED;
    bool any = ret->counts[CLAIM_HOLDS] + ret->counts[CLAIM_REFUTED] +
                   ret->counts[CLAIM_UNCLEAR] >
               0;
    for (size_t i = 0; any && i < 4; i++) {
        if (ret->counts[order[i]] > 0) {
            ret->verdict = order[i];
            break;
        }
    }
}

void claim_judgement_free(struct claim_judgement *judgement)
{
    free(judgement->findings);
    *judgement = (struct claim_judgement){0};
}
