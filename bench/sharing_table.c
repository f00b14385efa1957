/* SPDX-License-Identifier: MIT */
/*
 *   shared_counter             alone   by plain [95 %]      none [95 %] ...
 *     gil_threads:cpython3
 *       plain                 0.96 ns                   0.98 [0.92-1.04]
 *     free_threads
 *       object_lock           5.12 ns  5.30 [5.21-5.42] 1.97 [1.92-2.01]
 *
 * Rows are strategies under a model, in the document's order. Cells that differ
 * in anything else than tasks and level of sharing have rows of their own.
 */
#include "bench/sharing_table.h"

#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"
#include "plots/pairs.h"

#include <math.h>
#include <string.h>

#define WIDTH  100
#define SCALES 0.75 /* of the number of tasks, as a claim has it */

static const char *const workloads[] = {"shared_counter", "shared_refcount",
                                        "shared_map", "shared_vector"};
static const char *const levels[] = {"none", "read", "write"};
static const struct figure_metric rate = {.name = "steps_per_s", .factor = 1};
static const struct figure_metric per_step = {
    .name = "steps_per_s", .factor = 1, .inverse = true};

static bool is(const json_t *cell, const char *key, const char *value)
{
    char text[FIGURE_WORD];
    return figure_cell_text(cell, key, text, sizeof(text)) &&
           strcmp(text, value) == 0;
}

static bool has_tasks(const json_t *cell, double tasks)
{
    double own;
    return figure_cell_number(cell, "tasks", &own) && own == tasks;
}

static bool same_value(const json_t *a, const json_t *b, const char *key)
{
    return json_equal(json_object_get(a, key), json_object_get(b, key)) == 1;
}

/* True if the cells differ at most in tasks and the level of sharing, and,
 * with `any_strategy`, in strategy, model, lock and what is theirs. */
static bool alike(const json_t *a, const json_t *b, bool any_strategy)
{
    bool same = same_value(a, b, "workload") && same_value(a, b, "placement") &&
                (any_strategy ||
                 (same_value(a, b, "model") && same_value(a, b, "lock")));
    const json_t *params = json_object_get(a, "params");
    const json_t *other = json_object_get(b, "params");
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)params, key, value)
    {
        const json_t *its = json_object_get(other, key);
        bool free = strcmp(key, "sharing") == 0 ||
                    (any_strategy && (strcmp(key, "strategy") == 0 || !its));
        same = same && (free || json_equal(value, its) == 1);
    }
    return same;
}

static const json_t *cells_of(const json_t *document)
{
    return json_object_get(document, "cells");
}

/* The measured cell like `like` with so many tasks at a level, or NULL. */
static const json_t *find(const json_t *document, const json_t *like,
                          double tasks, const char *level)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(cells_of(document), i, cell)
    {
        if (is(cell, "status", "ok") && has_tasks(cell, tasks) &&
            is(cell, "sharing", level) && alike(like, cell, false)) {
            return cell;
        }
    }
    return NULL;
}

/* Plain operations under the GIL, one task, at the level of `like`. */
static const json_t *find_plain(const json_t *document, const json_t *like)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(cells_of(document), i, cell)
    {
        if (is(cell, "status", "ok") && has_tasks(cell, 1) &&
            is(cell, "model", "gil_threads") && is(cell, "strategy", "plain") &&
            same_value(json_object_get(cell, "params"),
                       json_object_get(like, "params"), "sharing") &&
            alike(like, cell, true)) {
            return cell;
        }
    }
    return NULL;
}

static bool ratio(const json_t *a, const json_t *b,
                  const struct figure_metric *metric, struct figure_value *ret)
{
    struct pairs_side own = {.cell = a};
    struct pairs_side other = {.cell = b};
    return a && b && a != b && pairs_ratio(&own, &other, metric, ret);
}

/* Two decimals as long as there is room for them. */
static void format_ratio(char *text, size_t size, double value)
{
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, size, "%.*f", decimals, value);
}

/* "1.97 [1.92-2.01]", or nothing. */
static void print_ratio(const json_t *a, const json_t *b,
                        const struct figure_metric *metric, FILE *out)
{
    struct figure_value value;
    char text[64] = "", median[16], low[16], high[16];
    if (ratio(a, b, metric, &value)) {
        format_ratio(median, sizeof(median), value.median);
        format_ratio(low, sizeof(low), value.low);
        format_ratio(high, sizeof(high), value.high);
        snprintf(text, sizeof(text), isnan(value.low) ? "%s" : "%s [%s-%s]",
                 median, low, high);
    }
    fprintf(out, " %16s", text);
}

static void print_row(const json_t *document, const json_t *first, double tasks,
                      FILE *out)
{
    char strategy[FIGURE_WORD] = "", time[32] = "";
    struct figure_value value;
    const json_t *one = find(document, first, 1, "write");
    figure_cell_text(first, "strategy", strategy, sizeof(strategy));
    if (one && figure_cell_value(one, &per_step, &value)) {
        format_seconds(time, sizeof(time), value.median);
    }
    fprintf(out, "      %-16.16s %8s", strategy, time);
    print_ratio(one, one ? find_plain(document, one) : NULL, &per_step, out);
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        print_ratio(find(document, first, tasks, levels[i]),
                    find(document, first, 1, levels[i]), &rate, out);
    }
    fputc('\n', out);
}

/* The model and its lock, on a line of their own: beside the strategy there is
 * no room for "gil_per_interpreter:cpython3". */
static void print_model(const json_t *cell, const json_t *above, FILE *out)
{
    static const struct figure_keys keys = {.n = 2, .all = {"model", "lock"}};
    char model[FIGURE_WORD];
    if (!above || !same_value(cell, above, "model") ||
        !same_value(cell, above, "lock")) {
        figure_cell_label(cell, &keys, model, sizeof(model));
        fprintf(out, "    %.*s\n", WIDTH - 4, model);
    }
}

/* The first cell of its row? */
static bool is_first(const json_t *document, size_t at)
{
    const json_t *cell = json_array_get(cells_of(document), at);
    for (size_t i = 0; i < at; i++) {
        if (alike(json_array_get(cells_of(document), i), cell, false)) {
            return false;
        }
    }
    return true;
}

/* The most tasks that a workload was measured with; 0: it was not. */
static double most_tasks(const json_t *document, const char *workload)
{
    double most = 0, tasks;
    size_t i;
    const json_t *cell;
    json_array_foreach(cells_of(document), i, cell)
    {
        if (is(cell, "workload", workload) && is(cell, "status", "ok") &&
            figure_cell_number(cell, "tasks", &tasks)) {
            most = fmax(most, tasks);
        }
    }
    return most;
}

static void print_workload(const json_t *document, const char *workload,
                           FILE *out)
{
    double tasks = most_tasks(document, workload);
    size_t i;
    const json_t *cell, *above = NULL;
    if (tasks == 0) {
        return;
    }
    fprintf(out, "  %-20s %8s %16s %16s %16s %16s\n", workload, "alone",
            "by plain [95 %]", "none [95 %]", "read [95 %]", "write [95 %]");
    json_array_foreach(cells_of(document), i, cell)
    {
        if (is(cell, "workload", workload) && is(cell, "status", "ok") &&
            is_first(document, i)) {
            print_model(cell, above, out);
            print_row(document, cell, tasks, out);
            above = cell;
        }
    }
}

/* The cell of a strategy under free threads, or NULL. */
static const json_t *cell_of(const json_t *document, const char *workload,
                             const char *strategy, double tasks,
                             const char *level)
{
    size_t i;
    const json_t *cell;
    json_array_foreach(cells_of(document), i, cell)
    {
        if (is(cell, "status", "ok") && is(cell, "workload", workload) &&
            is(cell, "strategy", strategy) && has_tasks(cell, tasks) &&
            is(cell, "sharing", level) && is(cell, "model", "free_threads")) {
            return cell;
        }
    }
    return NULL;
}

static double seconds_per_step(const json_t *cell)
{
    struct figure_value value;
    return cell && figure_cell_value(cell, &per_step, &value) ? value.median
                                                              : INFINITY;
}

/* The fastest of Concurrency Kit's locks around a counter, one task. */
static const json_t *fastest_ck(const json_t *document)
{
    static const char *const locks[] = {"ck_fas", "ck_cas", "ck_dec",
                                        "ck_ticket", "ck_mcs"};
    const json_t *best = NULL;
    for (size_t i = 0; i < ARRAY_LEN(locks); i++) {
        const json_t *cell =
            cell_of(document, "shared_counter", locks[i], 1, "write");
        if (seconds_per_step(cell) < seconds_per_step(best)) {
            best = cell;
        }
    }
    return best;
}

/* "biased counts take 1.2 times plain"; false: not measured. */
static bool say_ratio(const char *head, const json_t *a, const json_t *b,
                      const char *tail, FILE *out)
{
    struct figure_value value;
    char digits[32];
    if (!ratio(a, b, &per_step, &value)) {
        return false;
    }
    format_digits(digits, sizeof(digits), value.median);
    fprintf(out, "%s%s%s", head, digits, tail);
    return true;
}

static void say_alone(const json_t *document, FILE *out)
{
    const json_t *lock =
        cell_of(document, "shared_counter", "object_lock", 1, "write");
    const json_t *mutex =
        cell_of(document, "shared_counter", "pthread_mutex", 1, "write");
    const json_t *biased =
        cell_of(document, "shared_refcount", "biased", 1, "none");
    const json_t *atomic =
        cell_of(document, "shared_refcount", "atomic", 1, "none");
    const json_t *ck = fastest_ck(document);
    char name[FIGURE_WORD] = "", tail[FIGURE_WORD + 64];
    if (ck) {
        figure_cell_text(ck, "strategy", name, sizeof(name));
    }
    snprintf(tail, sizeof(tail), " of the fastest of Concurrency Kit (%s)",
             name);
    bool any = biased && say_ratio("Alone, a step with biased counts takes ",
                                   biased, find_plain(document, biased),
                                   " times that with plain ones", out);
    any = (any && atomic &&
           say_ratio(", with atomic ones ", atomic,
                     find_plain(document, atomic), "", out)) ||
          any;
    const char *head = any ? "; with an object lock "
                           : "Alone, a step with an object lock takes ";
    bool locks = say_ratio(head, lock, mutex,
                           " of that with a mutex of the C "
                           "library",
                           out);
    if (locks && ck) {
        say_ratio(", ", lock, ck, tail, out);
    }
    fputs(any || locks ? "." : "", out);
}

/* What the intervals of several strategies allow to say of the best of them;
 * `high` is their greatest end, `low` their greatest beginning. */
static const char *judge_written(double low, double high, double tasks)
{
    if (high < 1) {
        return "is slower for several tasks than for one";
    }
    if (high < SCALES * tasks) {
        return "does not scale: its tasks wait for each other";
    }
    return low >= SCALES * tasks ? "scales here"
                                 : "may scale or not: that is not told apart "
                                   "here";
}

/* Below 6 pairs there is no interval, and nothing is judged. */
static void say_written(const json_t *document, double tasks, FILE *out)
{
    static const char *const strategies[] = {"atomic", "object_lock",
                                             "pthread_mutex"};
    double low = 0, high = 0;
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(strategies); i++) {
        struct figure_value value;
        char digits[32];
        if (ratio(
                cell_of(document, "shared_counter", strategies[i], tasks,
                        "write"),
                cell_of(document, "shared_counter", strategies[i], 1, "write"),
                &rate, &value)) {
            format_digits(digits, sizeof(digits), value.median);
            fprintf(out, "%s%s with %s",
                    any ? ", " : "A counter that all tasks write (", digits,
                    strategies[i]);
            low = fmax(low, isnan(value.low) ? 0 : value.low);
            high = fmax(high, isnan(value.high) ? INFINITY : value.high);
            any = true;
        }
    }
    if (any) {
        fprintf(out, " of the throughput of one task) %s.",
                judge_written(low, high, tasks));
    }
}

/* "1.97 (shared_map, rcu)" */
static void say_which(const json_t *cell, double value, FILE *out)
{
    char digits[32], workload[FIGURE_WORD] = "", strategy[FIGURE_WORD] = "";
    format_digits(digits, sizeof(digits), value);
    figure_cell_text(cell, "workload", workload, sizeof(workload));
    figure_cell_text(cell, "strategy", strategy, sizeof(strategy));
    fprintf(out, "%s (%s, %s)", digits, workload, strategy);
}

/* Over all strategies: the least and the most that nothing shared brings. */
static void say_unshared(const json_t *document, double tasks, FILE *out)
{
    double least = INFINITY, most = 0;
    const json_t *slowest = NULL, *fastest = NULL;
    size_t i, n = 0;
    const json_t *cell;
    json_array_foreach(cells_of(document), i, cell)
    {
        struct figure_value value;
        if (is(cell, "model", "free_threads") && is(cell, "sharing", "none") &&
            is(cell, "status", "ok") && has_tasks(cell, tasks) &&
            ratio(cell, find(document, cell, 1, "none"), &rate, &value)) {
            slowest = value.median < least ? cell : slowest;
            fastest = value.median > most ? cell : fastest;
            least = fmin(least, value.median);
            most = fmax(most, value.median);
            n++;
        }
    }
    if (n > 1) {
        fprintf(out, "With nothing shared, %.0f tasks do ", tasks);
        say_which(slowest, least, out);
        fputs(" to ", out);
        say_which(fastest, most, out);
        fputs(" times the work of one.", out);
    }
}

static void say_all(const json_t *document, FILE *out)
{
    double tasks = most_tasks(document, "shared_counter");
    for (int i = 0; i < 3; i++) {
        _cleanup_(free_p) char *text = NULL;
        size_t size = 0;
        FILE *sentence = open_memstream(&text, &size);
        must(sentence != NULL);
        if (i == 0) {
            say_alone(document, sentence);
        } else if (tasks > 1 && i == 1) {
            say_unshared(document, tasks, sentence);
        } else if (tasks > 1) {
            say_written(document, tasks, sentence);
        }
        must(fclose(sentence) == 0);
        format_print_folded(text, WIDTH, out);
    }
}

void sharing_table_print(const json_t *document, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < ARRAY_LEN(workloads); i++) {
        double tasks = most_tasks(document, workloads[i]);
        if (tasks > 0 && !any) {
            fprintf(out,
                    "\nshared objects: time per step of one task alone, that "
                    "by plain under the GIL, and\nthe throughput of %.0f tasks "
                    "by that of one when they share nothing, read, or write "
                    "too\n",
                    tasks);
        }
        any = any || tasks > 0;
        print_workload(document, workloads[i], out);
    }
    if (any) {
        say_all(document, out);
    }
}
