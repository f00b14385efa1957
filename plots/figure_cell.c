/* SPDX-License-Identifier: MIT */
#include "plots/figure_cell.h"

#include "plots/figure_derived.h"
#include "plots/format.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FIGURE_LABEL_PART (2 * FIGURE_WORD)

static const char *const top_keys[] = {
    "workload",         "class",     "model",  "lock", "tasks",
    "background_tasks", "placement", "status", NULL,
};

static const json_t *lookup(const json_t *cell, const char *key)
{
    for (size_t i = 0; top_keys[i]; i++) {
        if (strcmp(top_keys[i], key) == 0) {
            return json_object_get(cell, key);
        }
    }
    return json_object_get(json_object_get(cell, "params"), key);
}

static bool share_number(const json_t *cell, const char *key, double *ret)
{
    char a[FIGURE_WORD], b[FIGURE_WORD];
    double of, rest;
    if (sscanf(key, "share(%90[^,],%90[^)])", a, b) != 2 ||
        !figure_cell_number(cell, a, &of) ||
        !figure_cell_number(cell, b, &rest) || !(of + rest > 0)) {
        return false;
    }
    *ret = 100 * of / (of + rest);
    return true;
}

bool figure_cell_number(const json_t *cell, const char *key, double *ret)
{
    if (strncmp(key, "share(", 6) == 0) {
        return share_number(cell, key, ret);
    }
    const json_t *value = lookup(cell, key);
    if (!json_is_number(value)) {
        return false;
    }
    *ret = json_number_value(value);
    return true;
}

bool figure_cell_text(const json_t *cell, const char *key, char *text,
                      size_t size)
{
    const json_t *value = lookup(cell, key);
    double number;
    if (json_is_string(value)) {
        format_clean(text, size, json_string_value(value));
        return true;
    }
    if (json_is_integer(value)) {
        snprintf(text, size, "%lld", (long long)json_integer_value(value));
        return true;
    }
    if (figure_cell_number(cell, key, &number)) {
        snprintf(text, size, "%.10g", number);
        return true;
    }
    return false;
}

bool figure_cell_meets(const json_t *cell,
                       const struct figure_condition *condition)
{
    char value[FIGURE_WORD], globs[FIGURE_WORD];
    if (!figure_cell_text(cell, condition->key, value, sizeof(value))) {
        return condition->negated;
    }
    memcpy(globs, condition->globs, sizeof(globs));
    char *rest = globs;
    for (char *glob; (glob = strsep(&rest, "|"));) {
        if (fnmatch(glob, value, 0) == 0) {
            return !condition->negated;
        }
    }
    return condition->negated;
}

bool figure_cell_fits(const json_t *cell,
                      const struct figure_conditions *conditions)
{
    for (size_t i = 0; i < conditions->n; i++) {
        if (!figure_cell_meets(cell, &conditions->all[i])) {
            return false;
        }
    }
    return true;
}

/* Names of units speak for themselves. */
static bool is_unit(const char *key)
{
    return strcmp(key, "workload") == 0 || strcmp(key, "model") == 0 ||
           strcmp(key, "lock") == 0;
}

void figure_cell_label(const json_t *cell, const struct figure_keys *keys,
                       char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < keys->n && used < size; i++) {
        char key[FIGURE_WORD], value[FIGURE_WORD];
        format_clean(key, sizeof(key), keys->all[i]);
        if (!figure_cell_text(cell, keys->all[i], value, sizeof(value))) {
            continue;
        }
        const char *joint = strcmp(key, "lock") == 0 ? ":" : ", ";
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s",
                                 used ? joint : "", is_unit(key) ? "" : key,
                                 is_unit(key) ? "" : "=", value);
    }
}

/* "500 us" of switch_interval_us=500; false: the key is no time. Other than
 * what is measured, it has all its digits and no zeros for show. */
static bool describe_time(const json_t *cell, const char *key, char *text,
                          size_t size)
{
    static const struct {
        const char *suffix;
        const char *unit;
    } units[] = {{"_ns", "ns"}, {"_us", "us"}, {"_ms", "ms"}, {"_s", "s"}};
    size_t n = strlen(key), i = 0;
    double value;
    while (i < 4 && (n < 4 || strcmp(key + n - strlen(units[i].suffix),
                                     units[i].suffix) != 0)) {
        i++;
    }
    if (i == 4 || !figure_cell_number(cell, key, &value)) {
        return false;
    }
    for (; i < 3 && value >= 1000; i++) {
        value /= 1000;
    }
    snprintf(text, size, "%.6g %s", value, units[i].unit);
    return true;
}

void figure_cell_short_label(const json_t *cell, const struct figure_keys *keys,
                             char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < keys->n && used < size; i++) {
        struct figure_keys one = {.n = 1};
        char part[FIGURE_LABEL_PART];
        memcpy(one.all[0], keys->all[i], sizeof(one.all[0]));
        if (!describe_time(cell, keys->all[i], part, sizeof(part))) {
            figure_cell_label(cell, &one, part, sizeof(part));
        }
        if (*part) {
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     used ? ", " : "", part);
        }
    }
}

static double real_or_nan(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : NAN;
}

bool figure_cell_metric(const json_t *cell, const char *name,
                        struct figure_value *ret)
{
    pairs_value *derived = figure_derived(name);
    if (derived) {
        return pairs_ratio_of(cell, NULL, derived, ret) &&
               isfinite(ret->median);
    }
    const json_t *metric =
        json_object_get(json_object_get(cell, "summary"), name);
    const json_t *n = json_object_get(metric, "n");
    ret->median = real_or_nan(json_object_get(metric, "median"));
    ret->low = real_or_nan(json_object_get(metric, "low"));
    ret->high = real_or_nan(json_object_get(metric, "high"));
    ret->n = (unsigned)fmax(0, fmin(json_number_value(n), 1e6));
    return !isnan(ret->median);
}

bool figure_cell_value(const json_t *cell, const struct figure_metric *metric,
                       struct figure_value *ret)
{
    if (!figure_cell_metric(cell, metric->name, ret)) {
        return false;
    }
    double factor = metric->factor;
    if (metric->inverse) {
        struct figure_value raw = *ret;
        ret->median = factor / raw.median;
        ret->low = factor / raw.high;
        ret->high = factor / raw.low;
    } else {
        ret->median *= factor;
        ret->low *= factor;
        ret->high *= factor;
    }
    return isfinite(ret->median);
}

bool figure_cell_lower_is_better(const json_t *cell, const char *name)
{
    const json_t *better = json_object_get(
        json_object_get(json_object_get(cell, "summary"), name), "better");
    const char *word = json_string_value(better);
    return word && strcmp(word, "lower") == 0;
}
