/* SPDX-License-Identifier: MIT */
#include "bench/compare_options.h"

#include "bench/compare.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <string.h>

/* One thread that computes is the steadiest thing there is; threads and I/O
 * have the kernel's scheduler in them. docs/method.md has the measurements. */
#define MARGIN_CPU 0.02
#define MARGIN     0.05

static const char usual_metrics[] = "steps_per_s,background_steps_per_s";

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static double usual_margin(const json_t *cell)
{
    bool alone =
        json_number_value(json_object_get(cell, "tasks")) +
            json_number_value(json_object_get(cell, "background_tasks")) ==
        1.0;
    bool cpu = strcmp(text_of(cell, "class"), "cpu") == 0;
    return cpu && alone ? MARGIN_CPU : MARGIN;
}

/* '*' and '?' only: a document's globs must not take the time that those of
 * fnmatch() can. */
static bool is_glob_of(const char *glob, const char *text)
{
    const char *star = NULL; /* the last one, and what it stands for so far */
    const char *behind = NULL;
    while (*text) {
        if (*glob == '*') {
            star = glob++;
            behind = text;
        } else if (*glob == '?' || *glob == *text) {
            glob++;
            text++;
        } else if (star) {
            glob = star + 1;
            text = ++behind;
        } else {
            return false;
        }
    }
    return glob[strspn(glob, "*")] == '\0';
}

/* A cell, a workload, a metric, or WORKLOAD:METRIC. */
static bool is_margin_for(const char *glob, const json_t *cell,
                          const char *metric)
{
    char both[256];
    const char *workload = text_of(cell, "workload");
    snprintf(both, sizeof(both), "%s:%s", workload, metric);
    return is_glob_of(glob, text_of(cell, "id")) ||
           is_glob_of(glob, workload) || is_glob_of(glob, metric) ||
           is_glob_of(glob, both);
}

double compare_margin(const json_t *options, const json_t *cell,
                      const char *metric)
{
    double margin = usual_margin(cell);
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(options, "margins"), i, entry)
    {
        if (is_margin_for(text_of(entry, "for"), cell, metric)) {
            margin = json_number_value(json_object_get(entry, "pct")) / 100.0;
        }
    }
    return margin;
}

bool compare_has_metric(const json_t *options, const char *metric)
{
    size_t i;
    const json_t *name;
    json_array_foreach(json_object_get(options, "metrics"), i, name)
    {
        if (strcmp(json_string_value(name), metric) == 0) {
            return true;
        }
    }
    return false;
}

/* It fits one of the judged metrics of the cell. */
static bool fits_cell(const char *glob, const json_t *cell,
                      const json_t *options)
{
    for (size_t i = 0; summary_metrics[i].name; i++) {
        if (compare_has_metric(options, summary_metrics[i].name) &&
            is_margin_for(glob, cell, summary_metrics[i].name)) {
            return true;
        }
    }
    return false;
}

/* A margin that fits nothing was meant for something: the gate is another one
 * than was asked for. */
static int check_margins(const json_t *document, struct diag *diag)
{
    const json_t *options = json_object_get(document, "comparison");
    const json_t *cells = json_object_get(document, "cells");
    size_t i;
    size_t k;
    const json_t *entry;
    const json_t *cell;
    json_array_foreach(json_object_get(options, "margins"), i, entry)
    {
        const char *glob = text_of(entry, "for");
        bool fits = false;
        json_array_foreach(cells, k, cell)
        {
            fits = fits || fits_cell(glob, cell, options);
        }
        if (!fits) {
            return diag_set(diag, -EINVAL,
                            "--margin %.200s: fits no cell, workload or judged "
                            "metric here",
                            glob);
        }
    }
    return 0;
}

/* "[FOR:]PCT" */
static json_t *read_margin(const char *text, struct diag *diag)
{
    const char *colon = strrchr(text, ':');
    const char *number = colon ? colon + 1 : text;
    char *end = NULL;
    double pct = strtod(number, &end);
    if (end == number || *end || !(pct >= 0.0 && pct <= 1000.0) ||
        (colon && colon == text)) {
        diag_set(diag, -EINVAL,
                 "--margin %.200s: give percent, a number from 0 on, or "
                 "CELLS:PCT, as in 'micro_*:8' or 'latency_*:10'",
                 text);
        return NULL;
    }
    _cleanup_(free_p) char *cells =
        colon ? strndup(text, (size_t)(colon - text)) : strdup("*");
    must(cells != NULL);
    return json_pack("{so so}", "for", json_text(cells), "pct",
                     json_number(pct));
}

static int put_margins(const struct compare_request *request, json_t *options,
                       struct diag *diag)
{
    json_t *margins = json_array();
    for (size_t i = 0; i < request->n_margins; i++) {
        json_t *margin = read_margin(request->margins[i], diag);
        if (!margin) {
            json_decref(margins);
            return -EINVAL;
        }
        json_array_append_new(margins, margin);
    }
    if (request->n_margins > 0 || !json_object_get(options, "margins")) {
        json_object_set(options, "margins", margins);
    }
    json_decref(margins);
    return 0;
}

static int unknown_metric(const char *word, struct diag *diag)
{
    const char *names[64];
    size_t n = 0;
    for (; summary_metrics[n].name && n < ARRAY_LEN(names); n++) {
        names[n] = summary_metrics[n].name;
    }
    const char *close = suggest(word, names, n);
    return diag_set(diag, -EINVAL, "--metric %.64s: no such metric%s%s%s", word,
                    close ? "; did you mean '" : "", close ? close : "",
                    close ? "'?" : "");
}

static int add_metrics(const char *word, json_t *metrics, struct diag *diag)
{
    bool any = false;
    for (size_t i = 0; summary_metrics[i].name; i++) {
        if (is_glob_of(word, summary_metrics[i].name)) {
            json_array_append_new(metrics,
                                  json_string(summary_metrics[i].name));
            any = true;
        }
    }
    return any ? 0 : unknown_metric(word, diag);
}

static int put_metrics(const struct compare_request *request, json_t *options,
                       struct diag *diag)
{
    if (!request->metrics && json_object_get(options, "metrics")) {
        return 0;
    }
    const char *list = request->metrics ? request->metrics : usual_metrics;
    _cleanup_(free_p) char *words = strdup(list);
    must(words != NULL);
    json_t *metrics = json_array();
    char *rest = words;
    char *word;
    int rc = 0;
    while (rc == 0 && (word = strsep(&rest, ",")) != NULL) {
        rc = add_metrics(word, metrics, diag);
    }
    if (rc == 0) {
        json_object_set(options, "metrics", metrics);
    }
    json_decref(metrics);
    return rc;
}

static int put_estimator(const struct compare_request *request, json_t *options,
                         struct diag *diag)
{
    const char *word = request->estimator;
    if (word && strcmp(word, "median") != 0 && strcmp(word, "min") != 0) {
        return diag_set(diag, -EINVAL,
                        "--estimator %.64s: not one of: median, min", word);
    }
    if (word || !json_object_get(options, "estimator")) {
        json_object_set_new(options, "estimator",
                            json_string(word ? word : "median"));
    }
    return 0;
}

int compare_options(const struct compare_request *request, json_t *document,
                    struct diag *diag)
{
    json_t *options = json_object_get(document, "comparison");
    int rc = put_estimator(request, options, diag);
    rc = rc < 0 ? rc : put_metrics(request, options, diag);
    rc = rc < 0 ? rc : put_margins(request, options, diag);
    if (request->strict || !json_object_get(options, "strict")) {
        json_object_set_new(options, "strict", json_boolean(request->strict));
    }
    return rc == 0 && request->n_margins > 0 ? check_margins(document, diag)
                                             : rc;
}
