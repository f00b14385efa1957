/* SPDX-License-Identifier: MIT */
/* Ratios and distances from pairs of processes, and the figures made of them.
 */
#undef NDEBUG
#include "plots/figure_data.h"
#include "plots/pairs.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PROCESSES 8

static json_t *repetition(double steps_per_s, int low_ns, int high_ns)
{
    json_t *json =
        json_pack("{ss sf s{si si s[[ii] [ii]]}}", "status", "ok",
                  "steps_per_s", steps_per_s, "latency_ns", "count", 20, "max",
                  high_ns, "histogram", low_ns, 10, high_ns, 10);
    assert(json);
    return json;
}

/* PROCESSES processes; the k-th is (1 + k) times as quick as the first. */
static json_t *cell(const char *lock, int tasks, double steps_per_s, int low_ns,
                    int high_ns)
{
    json_t *json = json_pack(
        "{ss ss ss ss si s{si} s{s{sf sn sn si} s{sf sf sf si}} s[]}", "status",
        "ok", "workload", "w", "model", "m", "lock", lock, "tasks", tasks,
        "params", "hold_us", 1500, "summary", "steps_per_s", "median",
        steps_per_s, "low", "high", "n", PROCESSES, "latency_p90_ns", "median",
        (double)high_ns, "low", (double)high_ns, "high", (double)high_ns, "n",
        PROCESSES, "repetitions");
    assert(json);
    for (int k = 0; k < PROCESSES; k++) {
        json_array_append_new(
            json_object_get(json, "repetitions"),
            repetition(steps_per_s * (1 + k), low_ns, high_ns));
    }
    return json;
}

static void set(json_t *json, size_t process, const char *key, json_t *value)
{
    json_t *repetitions = json_object_get(json, "repetitions");
    json_object_set_new(json_array_get(repetitions, process), key, value);
}

static void ratios(void)
{
    const struct figure_metric rate = {.name = "steps_per_s", .factor = 1};
    const struct figure_metric time = {
        .name = "steps_per_s", .factor = 1, .inverse = true};
    struct figure_value value;
    json_t *a = cell("x", 1, 10, 100, 200), *b = cell("y", 1, 20, 100, 200);
    struct pairs_side left = {.cell = a}, right = {.cell = b};
    assert(pairs_ratio(&left, &right, &rate, &value));
    assert(value.median == 0.5 && value.low == 0.5 && value.high == 0.5);
    assert(value.n == PROCESSES);
    assert(pairs_ratio(&left, &right, &time, &value) && value.median == 2);
    left.base = a;
    right.base = b;
    assert(pairs_ratio(&left, &right, &rate, &value) && value.median == 1);
    left.base = right.base = NULL;
    /* A lost process takes its pair with it; 0 by 0 says nothing. */
    set(b, 2, "status", json_string("failed"));
    set(a, 3, "steps_per_s", json_real(0));
    set(b, 3, "steps_per_s", json_real(0));
    assert(pairs_ratio(&left, &right, &rate, &value) && value.n == 6);
    set(a, 4, "steps_per_s", json_real(0));
    set(b, 5, "steps_per_s", json_real(0));
    assert(pairs_ratio(&left, &right, &rate, &value));
    assert(value.low == 0 && isinf(value.high) && value.median == 0.5);
    for (size_t i = 0; i < PROCESSES; i++) {
        set(a, i, "steps_per_s", json_real(0));
        set(b, i, "steps_per_s", json_real(0));
    }
    assert(!pairs_ratio(&left, &right, &rate, &value) && value.n == 0);
    json_decref(a);
    json_decref(b);
}

static void distances(void)
{
    struct pairs_distance found;
    json_t *a = cell("x", 1, 10, 100, 400), *b = cell("y", 1, 10, 100, 200);
    assert(pairs_distance(a, a, &found));
    assert(found.distance == 0 && found.chance == 0);
    assert(pairs_distance(a, b, &found));
    assert(fabs(found.distance - 0.5) < 1e-12 && found.spread >= 1.9);
    assert(found.samples_a == 20 * PROCESSES && found.samples_b == 160);
    assert(found.chance > 0 && found.chance <= 0.5);
    double first = found.chance;
    assert(pairs_distance(a, b, &found) && found.chance == first);
    for (size_t i = 0; i < PROCESSES; i++) {
        set(b, i, "latency_ns", json_null());
    }
    assert(!pairs_distance(a, b, &found));
    json_decref(a);
    json_decref(b);
}

static struct figure_spec spec_of(const char *table)
{
    char source[1024];
    struct figure_spec spec;
    snprintf(source, sizeof(source), "# title: T\n# read: R\n# table: t\n%s",
             table);
    assert(figure_spec_parse("test", source, &spec, NULL) == 0);
    return spec;
}

static void versus(void)
{
    struct figure_spec spec = spec_of(
        "# kind: versus\n# heading: H\n# select: workload=w\n# series: lock\n"
        "# label: tasks hold_us\n# versus: lock=real\n# y: steps_per_s\n");
    json_t *document =
        json_pack("{s[ooooo]}", "cells", cell("real", 1, 10, 100, 896),
                  cell("model", 1, 10.5, 100, 896), cell("model", 2, 12, 1, 2),
                  cell("real", 2, 10, 1, 2), cell("model", 4, 1, 1, 2));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    assert(data.n_blocks == 1 && data.blocks[0].n_rows == 3);
    assert(data.missing == 0 && data.fitting == 4); /* tasks=4: not asked */
    const struct figure_row *rows = data.blocks[0].rows;
    assert(rows[0].mark == FIGURE_HEADING && !strcmp(rows[0].text[0], "H"));
    assert(rows[1].x == 1 && rows[1].mark == FIGURE_WITHIN);
    assert(strcmp(rows[1].text[0], "tasks=1, 1.5 ms") == 0);
    assert(strcmp(rows[1].text[3], "1.050 [1.050 - 1.050]") == 0);
    assert(strcmp(rows[1].text[4], "0.00 (0.00)") == 0);
    assert(rows[2].mark == FIGURE_OUTSIDE);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out);
    figure_versus_print(&data, out);
    assert(fclose(out) == 0);
    assert(strstr(text, "\n  H\n    tasks=1, 1.5 ms ") &&
           strstr(text, "within"));
    free(text);
    figure_data_free(&data);
    json_decref(document);
}

/* b beats a in both; c is a trade; d has no p99 and is out of the race. */
static void front(void)
{
    struct figure_spec spec = spec_of(
        "# kind: front\n# select: tasks=4\n# series: lock\n# label: lock\n"
        "# x: steps_per_s\n# relative_to: tasks=1\n# base: steps_per_s\n"
        "# y: latency_p90_ns/1e9 or latency_p50_ns\n");
    json_t *bound = cell("d", 4, 40, 1, 10);
    json_t *summary = json_object_get(bound, "summary");
    json_object_set_new(
        summary, "latency_p50_ns",
        json_incref(json_object_get(summary, "latency_p90_ns")));
    json_object_del(summary, "latency_p90_ns");
    json_t *document =
        json_pack("{s[oooooooo]}", "cells", cell("a", 1, 20, 1, 2),
                  cell("b", 1, 20, 1, 2), cell("c", 1, 10, 1, 2),
                  cell("d", 1, 20, 1, 2), cell("a", 4, 16, 1, 896),
                  cell("b", 4, 18, 1, 500), cell("c", 4, 5, 1, 100), bound);
    static const double marks[] = {0, 1, 1, 2}, xs[] = {0.8, 0.9, 0.5, 2};
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    assert(data.n_blocks == 4 && data.missing == 0);
    for (size_t i = 0; i < 4; i++) {
        const struct figure_block *block = &data.blocks[i];
        size_t k = (size_t)(data.legends[block->legend].label[0] - 'a');
        assert(block->n_rows == 1 && block->rows[0].mark == marks[k]);
        assert(fabs(block->rows[0].x - xs[k]) < 1e-12);
        assert(block->rows[0].text[0][0] == (char)('a' + k));
    }
    figure_data_free(&data);
    json_decref(document);
}

/* The one row of a figure with the goal; its mark and how much of it is needed,
 * in hundredths. `own` does 10 steps/s in its first process and eight times as
 * many in its last, and so do its references, so that only pairs tell them
 * apart. */
static double reach(const char *limits, double *ret_percent)
{
    char table[400];
    snprintf(table, sizeof(table),
             "# kind: goal\n# heading: H\n# select: workload=w\n"
             "# series: lock\n# label: lock\n# own: lock=own\n"
             "# floor: lock=floor\n# without: lock=none\n# goal: %s\n"
             "# y: 1/steps_per_s\n",
             limits);
    struct figure_spec spec = spec_of(table);
    json_t *document =
        json_pack("{s[ooo]}", "cells", cell("own", 1, 10, 1, 2),
                  cell("floor", 1, 12, 1, 2), cell("other", 1, 5, 1, 2));
    struct figure_data data;
    if (figure_data_make(&spec, document, &data, NULL) < 0) {
        figure_data_free(&data);
        json_decref(document);
        return NAN; /* there is no row */
    }
    const struct figure_row *row = NULL;
    for (size_t i = 0; i < data.n_blocks; i++) {
        const struct figure_row *first = &data.blocks[i].rows[0];
        row = *first->text[0] ? first : row;
    }
    assert(row && strcmp(row->text[0], "H") == 0);
    double mark = row->mark;
    *ret_percent = round(100 * row->y);
    figure_data_free(&data);
    json_decref(document);
    return mark;
}

static void goals(void)
{
    double percent;
    assert(reach("1.3*lock=floor", &percent) == FIGURE_WITHIN);
    assert(percent == 92); /* 12 / 10 / 1.3 */
    assert(reach("1.1*lock=floor", &percent) == FIGURE_OUTSIDE);
    assert(percent == 109);
    /* Of two the one that is kept worse. */
    assert(reach("1.3*lock=floor 0.4*lock=other", &percent) == FIGURE_OUTSIDE);
    assert(percent == 125);
    assert(reach("1.3*lock=floor 0.6*lock=other", &percent) == FIGURE_WITHIN);
    assert(percent == 92);
    /* The cell's own summary has no interval. */
    assert(reach("0.2", &percent) == FIGURE_OPEN && percent == 50);
    assert(reach("0.05", &percent) == FIGURE_OPEN && percent == 200);
    assert(isnan(reach("1*lock=nobody", &percent)));
}

int main(void)
{
    goals();
    ratios();
    distances();
    versus();
    front();
    return 0;
}
