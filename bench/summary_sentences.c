/* SPDX-License-Identifier: MIT */
/*
 * What the numbers of a document say, in sentences. Each is made from cells
 * that are there and measured; a sentence that lacks a cell is not said.
 * Ratios are of medians: the verdict with intervals is another command's.
 */
#include "bench/summary_table.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/figure_pick.h"
#include "plots/format.h"

#include <math.h>
#include <string.h>

#define SERIES_MAX 8
#define WIDTH      100

/* What a sentence looks for: cells of a workload with these values. */
struct query {
    const char *workload;
    const char *model; /* NULL: any */
    double tasks;
    const char *key; /* a further one, or NULL */
    const char *value;
};

/* One cell's worth of a sentence. */
struct found {
    char label[FIGURE_LABEL]; /* model:lock */
    const json_t *cell;
};

static bool has(const json_t *cell, const char *key, const char *value)
{
    char text[FIGURE_WORD];
    return figure_cell_text(cell, key, text, sizeof(text)) &&
           strcmp(text, value) == 0;
}

static bool fits(const json_t *cell, const struct query *query)
{
    double tasks;
    return has(cell, "status", "ok") &&
           has(cell, "workload", query->workload) &&
           (!query->model || has(cell, "model", query->model)) &&
           figure_cell_number(cell, "tasks", &tasks) && tasks == query->tasks &&
           (!query->key || has(cell, query->key, query->value));
}

static void label(const json_t *cell, char *text, size_t size)
{
    const struct figure_keys keys = {.n = 2, .all = {"model", "lock"}};
    figure_cell_label(cell, &keys, text, size);
}

/* The first fitting cell of each model and lock. */
static size_t find_all(const json_t *document, const struct query *query,
                       struct found found[SERIES_MAX])
{
    size_t n = 0, i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (n == SERIES_MAX || !fits(cell, query)) {
            continue;
        }
        bool seen = false;
        label(cell, found[n].label, FIGURE_LABEL);
        for (size_t k = 0; k < n; k++) {
            seen |= strcmp(found[k].label, found[n].label) == 0;
        }
        found[n].cell = cell;
        n += !seen;
    }
    return n;
}

static double metric(const json_t *cell, const char *name)
{
    struct figure_value value;
    return figure_cell_metric(cell, name, &value) ? value.median : NAN;
}

/* The most tasks, but less than `limit`, that any cell of the workload was
 * measured with; 0: none. */
static double tasks_below(const json_t *document, const char *workload,
                          double limit)
{
    double most = 0, tasks;
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (has(cell, "workload", workload) && has(cell, "status", "ok") &&
            figure_cell_number(cell, "tasks", &tasks) && tasks < limit) {
            most = fmax(most, tasks);
        }
    }
    return most;
}

static double most_tasks(const json_t *document, const char *workload)
{
    return tasks_below(document, workload, INFINITY);
}

/* The number of PUs, if the workload was measured with as many tasks; else
 * the most tasks. */
static double parallel_tasks(const json_t *document, const char *workload)
{
    const json_t *topology =
        json_object_get(json_object_get(document, "context"), "topology");
    double pus = json_number_value(json_object_get(topology, "pus"));
    struct found found[SERIES_MAX];
    struct query query = {.workload = workload, .tasks = pus};
    return pus > 1 && find_all(document, &query, found) > 0
               ? pus
               : most_tasks(document, workload);
}

/* The throughput of `cell` over that of one task of the same kind; NAN. */
static double speed_up(const json_t *document, const json_t *cell,
                       struct query query)
{
    struct found found[SERIES_MAX];
    char own[FIGURE_LABEL];
    label(cell, own, sizeof(own));
    query.tasks = 1;
    size_t n = find_all(document, &query, found);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(found[i].label, own) == 0) {
            return metric(cell, "steps_per_s") /
                   metric(found[i].cell, "steps_per_s");
        }
    }
    return NAN;
}

/* "1.97 under free_threads, 0.99 under coop_tasks"; false: nothing to say. */
static bool print_speed_ups(const json_t *document, const struct query *query,
                            const char *head, FILE *out)
{
    struct found found[SERIES_MAX];
    bool any = false;
    size_t n = query->tasks > 1 ? find_all(document, query, found) : 0;
    for (size_t i = 0; i < n; i++) {
        double ratio = speed_up(document, found[i].cell, *query);
        char digits[32];
        if (isfinite(ratio)) {
            format_digits(digits, sizeof(digits), ratio);
            fprintf(out, "%s%s under %s", any ? ", " : head, digits,
                    found[i].label);
            any = true;
        }
    }
    return any;
}

static void say_scaling(const json_t *document, FILE *out)
{
    char head[96];
    struct query query = {.workload = "cpu_loop"};
    query.tasks = parallel_tasks(document, query.workload);
    snprintf(
        head, sizeof(head),
        "CPU-bound work (cpu_loop): %.0f tasks over one task: ", query.tasks);
    if (print_speed_ups(document, &query, head, out)) {
        fputs(".", out);
    }
}

static void say_release(const json_t *document, FILE *out)
{
    char head[128];
    struct query query = {.workload = "cpu_compress", .model = "gil_threads"};
    query.tasks = parallel_tasks(document, query.workload);
    query.key = "release";
    query.value = "yes";
    snprintf(head, sizeof(head),
             "Native code (cpu_compress), %.0f tasks over one: ", query.tasks);
    if (!print_speed_ups(document, &query, head, out)) {
        return;
    }
    query.value = "no";
    fputs(" when it lets the lock go", out);
    if (print_speed_ups(document, &query, ", ", out)) {
        fputs(" when it does not", out);
    }
    fputs(".", out);
}

static void say_overlap(const json_t *document, FILE *out)
{
    char head[96];
    struct query query = {.workload = "io_sleep"};
    query.tasks = most_tasks(document, query.workload);
    snprintf(head, sizeof(head),
             "Waiting (io_sleep): %.0f tasks over one task: ", query.tasks);
    if (print_speed_ups(document, &query, head, out)) {
        fputs(".", out);
    }
}

/* "5.21 ms under gil_threads:cpython3, ..." */
static bool print_times(const struct found *found, size_t n, const char *name,
                        const char *head, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        double value = metric(found[i].cell, name);
        bool rate = strcmp(name, "steps_per_s") == 0;
        char text[32] = "never";
        if (isnan(value) && metric(found[i].cell, "steps_per_s") != 0) {
            continue;
        }
        if (!isnan(value) && value > 0) {
            format_seconds(text, sizeof(text), rate ? 1 / value : value * 1e-9);
        }
        fprintf(out, "%s%s under %s", any ? ", " : head, text, found[i].label);
        any = true;
    }
    return any;
}

/* How many times as long as under free_threads the GIL makes it. */
static void print_convoy_ratio(const struct found *found, size_t n, FILE *out)
{
    double gil = NAN, free = NAN;
    for (size_t i = 0; i < n; i++) {
        double value = 1 / metric(found[i].cell, "steps_per_s");
        gil = has(found[i].cell, "model", "gil_threads") && isnan(gil) ? value
                                                                       : gil;
        free = has(found[i].cell, "model", "free_threads") ? value : free;
    }
    if (gil / free > 1) {
        char digits[32];
        format_digits(digits, sizeof(digits), gil / free);
        fprintf(out, "; gil_threads makes it %s times free_threads", digits);
    }
}

static void say_convoy(const json_t *document, FILE *out)
{
    struct found found[SERIES_MAX];
    struct query query = {.workload = "mixed_convoy",
                          .tasks = 1,
                          .key = "cpu_tasks",
                          .value = "1"};
    size_t n = find_all(document, &query, found);
    /* From the rate, not from the median latency: in a closed loop the fast
     * moments of a disturbed run send most of the requests. */
    if (print_times(found, n, "steps_per_s",
                    "Convoy (mixed_convoy): beside one CPU task an echo comes "
                    "every ",
                    out)) {
        print_convoy_ratio(found, n, out);
        fputs(".", out);
    }
}

static void say_handoff(const json_t *document, FILE *out)
{
    char head[96];
    struct found found[SERIES_MAX];
    struct query query = {.workload = "micro_handoff"};
    size_t n = 0;
    /* The most tasks with which more than one model was measured. */
    double tasks = most_tasks(document, query.workload);
    while (tasks > 1 && n < 2) {
        query.tasks = tasks;
        n = find_all(document, &query, found);
        tasks = tasks_below(document, query.workload, tasks);
    }
    snprintf(head, sizeof(head),
             "Hand-off (micro_handoff), %.0f tasks: ", query.tasks);
    if (print_times(found, n, "steps_per_s", head, out)) {
        fputs(".", out);
    }
}

static void say_blocking(const json_t *document, FILE *out)
{
    char head[128];
    struct query query = {.workload = "io_blocking_call",
                          .model = "coop_tasks",
                          .key = "via",
                          .value = "inline"};
    query.tasks = most_tasks(document, query.workload);
    snprintf(head, sizeof(head),
             "Blocking calls (io_blocking_call), %.0f tasks over one: ",
             query.tasks);
    if (!print_speed_ups(document, &query, head, out)) {
        return;
    }
    query.value = "executor";
    fputs(" inline", out);
    if (print_speed_ups(document, &query, ", ", out)) {
        fputs(" through the executor", out);
    }
    fputs(".", out);
}

/* From this on a task that kept an event loop is worth a word. */
#define LONG_HOLD_NS 1e7

/* "task 1", where the longest hold of any repetition is known to be its. */
static void print_holder(const json_t *cell, FILE *out)
{
    double longest = 0;
    const json_t *holder = NULL;
    size_t i;
    json_t *repetition;
    json_array_foreach(json_object_get(cell, "repetitions"), i, repetition)
    {
        const json_t *loop = json_object_get(repetition, "loop");
        double held =
            json_number_value(json_object_get(loop, "longest_hold_ns"));
        if (held > longest) {
            longest = held;
            holder = json_object_get(loop, "longest_holder");
        }
    }
    if (json_is_integer(holder)) {
        fprintf(out, "task %lld", (long long)json_integer_value(holder));
    } else {
        fputs("a task", out);
    }
}

static void say_hold(const json_t *document, FILE *out)
{
    const json_t *worst = NULL;
    size_t i, n = 0;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        double held = metric(cell, "longest_hold_ns");
        n += held >= LONG_HOLD_NS;
        worst = held >= LONG_HOLD_NS &&
                        (!worst || held > metric(worst, "longest_hold_ns"))
                    ? cell
                    : worst;
    }
    if (!worst) {
        return;
    }
    char text[32];
    format_seconds(text, sizeof(text), metric(worst, "longest_hold_ns") * 1e-9);
    fputs("Event loop: ", out);
    print_holder(worst, out);
    fprintf(out, " of %s held it for %s while all others waited",
            json_string_value(json_object_get(worst, "id")), text);
    if (n > 1) {
        fprintf(out, "; in %zu cells a task held it for 10 ms or more", n);
    }
    fputs(".", out);
}

void summary_sentences_print(const json_t *document, FILE *out)
{
    static void (*const all[])(const json_t *, FILE *) = {
        say_scaling, say_release,  say_overlap, say_convoy,
        say_handoff, say_blocking, say_hold,
    };
    fputc('\n', out);
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        _cleanup_(free_p) char *text = NULL;
        size_t size = 0;
        FILE *sentence = open_memstream(&text, &size);
        must(sentence != NULL);
        all[i](document, sentence);
        must(fclose(sentence) == 0);
        format_print_folded(text, WIDTH, out);
    }
}
