/* SPDX-License-Identifier: MIT */
#include "bench/command.h"
#include "bench/compare.h"
#include "bench/compare_options.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/measure/judge.h"
#include "harness/measure/stats.h"
#include "harness/record/json_value.h"

#include <string.h>

/* A ratio beyond e^50 is as good as none. Steps can be 0. */
#define LOG_MAX 50.0

/* A metric of a cell, and what becomes of it. */
struct question {
    json_t *cell;
    const struct metric *metric;
    double margin;
    double *d;
    double *values[COMPARE_SIDES]; /* as they are, in the metric's unit */
    size_t n;
    size_t first;   /* how many of them are of the first look */
    size_t missing; /* pairs without a value */
};

struct questions {
    struct question *all;
    struct judged *judged;
    size_t n;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* One value of one process: over its slices, or the only one. False: none. */
static bool process_value(const json_t *process, const struct metric *metric,
                          bool best, double *ret)
{
    const json_t *array =
        json_object_get(json_object_get(process, "values"), metric->name);
    size_t n = json_array_size(array);
    double *values = must_calloc(n, sizeof(*values));
    for (size_t i = 0; i < n; i++) {
        values[i] = json_number_value(json_array_get(array, i));
    }
    if (n > 0) {
        double median = stats_median(values, n);
        double extreme = metric->higher_is_better ? values[n - 1] : values[0];
        *ret = best ? extreme : median;
    }
    free(values);
    return n > 0;
}

/* ln(cost new / cost base): above 0 is worse. */
static double log_ratio(const struct metric *metric, double base, double new)
{
    double from = metric->higher_is_better ? new : base;
    double to = metric->higher_is_better ? base : new;
    if (from == to) {
        return 0.0;
    }
    double d = from <= 0.0 ? LOG_MAX : to <= 0.0 ? -LOG_MAX : log(to / from);
    return d > LOG_MAX ? LOG_MAX : d < -LOG_MAX ? -LOG_MAX : d;
}

/* A pair's values go behind those that are there; false: it has none. */
static bool take_pair(struct question *question, const json_t *pair, bool best)
{
    size_t n = question->n;
    double *base = &question->values[COMPARE_BASE][n];
    double *new = &question->values[COMPARE_NEW][n];
    if (!process_value(json_object_get(pair, "base"), question->metric, best,
                       base) ||
        !process_value(json_object_get(pair, "new"), question->metric, best,
                       new)) {
        return false;
    }
    /* Two sides that did nothing are not the same: nothing was measured. To
     * pass over them favours neither. */
    if (*base > 0.0 || *new > 0.0) {
        question->d[n] = log_ratio(question->metric, *base, *new);
        question->n++;
    }
    return true;
}

/* `first`: pairs of the first look. */
static void collect(struct question *question, size_t first, bool best)
{
    const json_t *pairs = json_object_get(question->cell, "pairs");
    size_t n = json_array_size(pairs);
    question->d = must_calloc(n, sizeof(double));
    for (int i = 0; i < COMPARE_SIDES; i++) {
        question->values[i] = must_calloc(n, sizeof(double));
    }
    for (size_t k = 0; k < n; k++) {
        const json_t *pair = json_array_get(pairs, k);
        question->missing += !take_pair(question, pair, best);
        question->first = k < first ? question->n : question->first;
    }
}

static void question_deinit(struct question *question)
{
    free(question->d);
    free(question->values[COMPARE_BASE]);
    free(question->values[COMPARE_NEW]);
}

size_t compare_log_ratios(const json_t *document, const json_t *cell,
                          const char *metric, double **ret)
{
    const json_t *options = json_object_get(document, "comparison");
    struct question question = {.cell = (json_t *)cell,
                                .metric = summary_metric(metric)};
    must(question.metric != NULL);
    collect(&question, 0, strcmp(text_of(options, "estimator"), "min") == 0);
    *ret = steal(&question.d);
    question_deinit(&question);
    return question.n;
}

static void ask(struct questions *questions, struct question *question)
{
    questions->all =
        reallocarray(questions->all, questions->n + 1, sizeof(*questions->all));
    must(questions->all != NULL);
    questions->all[questions->n++] = *question;
}

/* Neither side finished a step, in no pair: nothing was measured, and a row has
 * to say so. Other metrics may well be 0 on both sides. */
static bool is_idle(const struct question *question)
{
    size_t pairs = json_array_size(json_object_get(question->cell, "pairs"));
    return question->n == 0 && question->missing < pairs &&
           strcmp(question->metric->name, "steps_per_s") == 0;
}

static void ask_cell(struct questions *questions, const json_t *options,
                     json_t *cell)
{
    bool best = strcmp(text_of(options, "estimator"), "min") == 0;
    size_t first = (size_t)json_number_value(json_object_get(options, "pairs"));
    for (size_t m = 0; summary_metrics[m].name; m++) {
        const struct metric *metric = &summary_metrics[m];
        if (!compare_has_metric(options, metric->name)) {
            continue;
        }
        struct question question = {.cell = cell, .metric = metric};
        collect(&question, first, best);
        if (question.n > 0 || is_idle(&question)) {
            question.margin = compare_margin(options, cell, metric->name);
            ask(questions, &question);
        } else {
            question_deinit(&question);
        }
    }
}

/* With a value missing anywhere nothing is said: those that lack it are not
 * like the others (a p99 needs samples enough, and the slow have fewest). */
static void judge_all(struct questions *questions)
{
    questions->judged = must_calloc(questions->n, sizeof(struct judged));
    for (size_t i = 0; i < questions->n; i++) {
        const struct question *question = &questions->all[i];
        questions->judged[i] = (struct judged){
            .d = question->d,
            .n = question->missing == 0 ? question->n : 0,
            .first = question->first,
            .margin = log1p(question->margin),
            .gates = json_is_true(json_object_get(question->cell, "gates")),
        };
    }
    judge_family(questions->judged, questions->n);
}

static json_t *ratio(double d)
{
    return json_number(exp(d));
}

static json_t *median_of(double *values, size_t n)
{
    return n > 0 ? json_number(stats_median(values, n)) : json_null();
}

static json_t *answer(const struct question *question,
                      const struct judged *judged)
{
    char text[96];
    json_t *reason = json_null();
    if (question->missing > 0) {
        snprintf(text, sizeof(text), "%zu of %zu pairs have no value",
                 question->missing,
                 json_array_size(json_object_get(question->cell, "pairs")));
        reason = json_string(text);
    } else if (question->n == 0) {
        reason = json_string("neither side did anything");
    }
    json_t *json = json_pack(
        "{ss ss ss so sb ss so so so so sI sI si so so so so so so}", "name",
        question->metric->name, "unit", question->metric->unit, "better",
        question->metric->higher_is_better ? "higher" : "lower", "margin_pct",
        json_number(question->margin * 100.0), "gates", judged->gates,
        "verdict", verdict_names[judged->verdict], "reason", reason, "ratio",
        ratio(judged->median), "low", ratio(judged->low), "high",
        ratio(judged->high), "n", (json_int_t)judged->seen, "pairs_least",
        (json_int_t)judged->least, "look", judged->look, "p",
        json_number(judged->p), "p_adjusted", json_number(judged->p_adjusted),
        "spread_pct", json_number(judged->spread * 100.0), "base",
        median_of(question->values[COMPARE_BASE], judged->seen), "new",
        median_of(question->values[COMPARE_NEW], judged->seen), "pairs_wanted",
        judged->wanted > 0 ? json_integer((json_int_t)judged->wanted)
                           : json_null());
    must(json != NULL);
    return json;
}

static size_t counted(const json_t *counts, const char *key)
{
    return (size_t)json_number_value(json_object_get(counts, key));
}

static void count(json_t *counts, const char *key)
{
    json_object_set_new(counts, key,
                        json_integer((json_int_t)counted(counts, key) + 1));
}

static json_t *count_all(const json_t *document)
{
    static const char *const statuses[] = {"failed", "timeout", "skipped"};
    json_t *counts = json_object();
    for (int i = 0; i < VERDICTS; i++) {
        json_object_set_new(counts, verdict_names[i], json_integer(0));
    }
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
        json_object_set_new(counts, statuses[i], json_integer(0));
    }
    size_t i;
    size_t k;
    const json_t *cell;
    const json_t *metric;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (strcmp(text_of(cell, "status"), "ok") != 0) {
            count(counts, text_of(cell, "status"));
        }
        json_array_foreach(json_object_get(cell, "metrics"), k, metric)
        {
            if (json_is_true(json_object_get(metric, "gates"))) {
                count(counts, text_of(metric, "verdict"));
            }
        }
    }
    return counts;
}

bool compare_is_lost(const json_t *cell)
{
    const char *status = text_of(cell, "status");
    bool empty = json_array_size(json_object_get(cell, "pairs")) == 0;
    return strcmp(status, "ok") == 0 ? empty : strcmp(status, "skipped") != 0;
}

bool compare_is_whole(const json_t *document)
{
    const json_t *options = json_object_get(document, "comparison");
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (compare_is_lost(cell)) {
            return false;
        }
    }
    return !json_is_true(json_object_get(options, "interrupted"));
}

bool compare_is_decided(const json_t *metric)
{
    return strcmp(text_of(metric, "verdict"), "unclear") != 0 ||
           (counted(metric, "n") > 0 &&
            counted(metric, "n") >= counted(metric, "pairs_least"));
}

/* Is there a metric that gates and could have turned out slower? */
static bool has_judged(const json_t *document)
{
    size_t i;
    size_t k;
    const json_t *cell;
    const json_t *metric;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        json_array_foreach(json_object_get(cell, "metrics"), k, metric)
        {
            if (json_is_true(json_object_get(metric, "gates")) &&
                compare_is_decided(metric)) {
                return true;
            }
        }
    }
    return false;
}

/* Slower is said first: it is known, whatever else went wrong. What did not
 * run to its end, or judged nothing, is never fine. */
static enum exit_code exit_code_of(const json_t *document, const json_t *counts)
{
    const json_t *options = json_object_get(document, "comparison");
    if (counted(counts, "slower") > 0) {
        return EXIT_SLOWER;
    }
    if (!compare_is_whole(document) || !has_judged(document)) {
        return EXIT_CELL_FAILED;
    }
    bool strict = json_is_true(json_object_get(options, "strict"));
    return counted(counts, "unclear") > 0 && strict ? EXIT_UNCLEAR : EXIT_FINE;
}

void compare_judge(json_t *document)
{
    const json_t *options = json_object_get(document, "comparison");
    struct questions questions = {0};
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        json_object_set_new(cell, "metrics", json_array());
        if (strcmp(text_of(cell, "status"), "ok") == 0) {
            ask_cell(&questions, options, cell);
        }
    }
    judge_all(&questions);
    for (i = 0; i < questions.n; i++) {
        struct question *question = &questions.all[i];
        json_array_append_new(json_object_get(question->cell, "metrics"),
                              answer(question, &questions.judged[i]));
        question_deinit(question);
    }
    free(questions.all);
    free(questions.judged);
    json_t *counts = count_all(document);
    json_object_set_new(counts, "exit_code",
                        json_integer(exit_code_of(document, counts)));
    json_object_set_new(document, "verdict", counts);
}

bool compare_is_unclear(const json_t *cell)
{
    size_t i;
    const json_t *metric;
    json_array_foreach(json_object_get(cell, "metrics"), i, metric)
    {
        if (json_is_true(json_object_get(metric, "gates")) &&
            json_is_null(json_object_get(metric, "reason")) &&
            strcmp(text_of(metric, "verdict"), "unclear") == 0) {
            return true;
        }
    }
    return false;
}

int compare_exit_code(const json_t *document)
{
    return (int)json_number_value(
        json_object_get(json_object_get(document, "verdict"), "exit_code"));
}
