/* SPDX-License-Identifier: MIT */
/* From a figure's head and a document to the points that are drawn. */
#undef NDEBUG
#include "plots/figure_data.h"
#include "plots/figure_text.h"
#include "plots/figure_write.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "# title: T\n# read: R\n# table: t\n"

static struct figure_spec spec_of(const char *tables)
{
    char source[1024];
    struct diag diag = {0};
    struct figure_spec spec;
    snprintf(source, sizeof(source), HEAD "%s\nplot x\n# title: not read\n",
             tables);
    int r = figure_spec_parse("test", source, &spec, &diag);
    if (r < 0) {
        fprintf(stderr, "%s\n", diag.text);
    }
    assert(r == 0);
    return spec;
}

static void refused(const char *source)
{
    struct diag diag = {0};
    struct figure_spec spec;
    assert(figure_spec_parse("test", source, &spec, &diag) == -EINVAL);
    assert(strstr(diag.text, "figure test"));
}

static void heads(void)
{
    struct figure_spec spec =
        spec_of("# kind: points\n# select: a=b|c d=*\n# series: model lock\n"
                "# x: tasks\n# y: 1e9/p or q*2 or r/4\n"
                "# relative_to: tasks=1\n#\n# zero: no\n#     step");
    const struct figure_table *table = &spec.tables[0];
    assert(strcmp(spec.title, "T") == 0 && spec.n_tables == 1);
    assert(table->select.n == 2 && table->n_metrics == 3);
    assert(strcmp(table->select.all[0].globs, "b|c") == 0);
    assert(table->metrics[0].inverse && table->metrics[0].factor == 1e9);
    assert(strcmp(table->metrics[1].name, "q") == 0);
    assert(table->metrics[1].factor == 2 && !table->metrics[1].inverse);
    assert(table->metrics[2].factor == 0.25);
    assert(strcmp(table->zero, "no step") == 0);
    refused("# title: T\n");
    refused(HEAD "# select: workload=w\n# series: model\n# x: tasks\n");
    refused(HEAD "# colour: red\n");
    refused(HEAD "# kind: pie\n");
    refused(HEAD "# select: workload\n");
    refused("# title: T\n# read: R\n# x: tasks\n");
}

/* A measured cell; low and high are one off the median. */
static json_t *cell(const char *model, const char *placement, int tasks,
                    double steps_per_s)
{
    json_t *json = json_pack(
        "{ss ss ss si ss s{si} ss s{s{sf sf sf si ss}} s[]}", "id", "an id",
        "workload", "w", "model", model, "tasks", tasks, "placement", placement,
        "params", "k", 1, "status", "ok", "summary", "steps_per_s", "median",
        steps_per_s, "low", steps_per_s - 1, "high", steps_per_s + 1, "n", 6,
        "better", "higher", "repetitions");
    assert(json);
    return json;
}

static json_t *document_of(json_t *cells)
{
    json_t *json =
        json_pack("{s{s{si si}} s{ss} so}", "context", "topology", "pus", 2,
                  "pus_machine", 2, "gilbench", "version", "0", "cells", cells);
    assert(json);
    return json;
}

static const struct figure_block *block(const struct figure_data *data,
                                        const char *label)
{
    for (size_t i = 0; i < data->n_blocks; i++) {
        if (strcmp(data->legends[data->blocks[i].legend].label, label) == 0) {
            return &data->blocks[i];
        }
    }
    fprintf(stderr, "no line %s\n", label);
    abort();
}

#define POINTS                                                                 \
    "# select: workload=w\n# series: model\n# x: tasks\n# y: steps_per_s\n"

static void relative(void)
{
    struct figure_spec spec =
        spec_of(POINTS "# relative_to: tasks=1\n# prefer: placement=p\n");
    json_t *document = document_of(json_pack(
        "[ooooo]", cell("m", "p", 2, 20), cell("m", "p", 1, 10),
        cell("m", "q", 1, 99), cell("orphan", "p", 2, 5), json_object()));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    const struct figure_block *line = block(&data, "m");
    assert(data.n_blocks == 1 && line->n_rows == 2);
    assert(line->rows[0].x == 1 && line->rows[0].y == 1);
    assert(line->rows[0].low == 0.9 && line->rows[0].high == 1.1);
    assert(line->rows[1].y == 2);
    assert(fabs(line->rows[1].low - 19.0 / 11) < 1e-12);
    assert(fabs(line->rows[1].high - 21.0 / 9) < 1e-12);
    assert(data.fitting == 3 && data.missing == 1);
    assert(strstr(figure_data_first_missing(&data), "nothing to relate it to"));
    assert(data.n_min == 6 && data.n_max == 6 && data.intervals);
    figure_data_free(&data);
    json_decref(document);
}

/* Cells that are not alike make lines of their own, named by what differs. */
static void split(void)
{
    struct figure_spec spec = spec_of(POINTS);
    json_t *other = cell("m", "p", 1, 11);
    json_object_set_new(json_object_get(other, "params"), "k", json_integer(2));
    json_t *document =
        document_of(json_pack("[oo]", cell("m", "p", 1, 10), other));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    assert(block(&data, "m, k=1")->rows[0].y == 10);
    assert(block(&data, "m, k=2")->rows[0].y == 11);
    figure_data_free(&data);
    json_decref(document);
}

/* Failed, null and zero: drawn is what is there, the rest is told. */
static void incomplete(void)
{
    struct figure_spec spec = spec_of(POINTS "# zero: not served\n");
    json_t *failed = cell("a", "p", 4, 10);
    json_object_set_new(failed, "status", json_string("failed"));
    json_object_set_new(failed, "reason", json_string("a\nb\"c"));
    json_t *null = cell("a", "p", 8, 10);
    json_t *metric =
        json_object_get(json_object_get(null, "summary"), "steps_per_s");
    json_object_set_new(metric, "median", json_null());
    json_t *wrong = cell("a", "p", 16, 10);
    json_object_set_new(wrong, "summary", json_string("steps_per_s"));
    json_t *document = document_of(
        json_pack("[oooooo]", failed, null, wrong, cell("a", "p", 1, 10),
                  cell("b", "p", 1, 0), json_integer(3)));
    struct figure_data data;
    struct figure_caption caption;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    assert(data.n_blocks == 1 && block(&data, "a")->n_rows == 1);
    assert(data.missing == 3 && data.n_notes == 1);
    assert(strcmp(data.notes[0].text, "b, tasks=1: not served") == 0);
    figure_caption_make(document, &data, &caption);
    assert(strstr(caption.missing, "3 of 5 cells. an id: failed: a?b'c"));
    assert(strstr(caption.machine, "unknown CPU, 2 PUs;"));
    figure_data_free(&data);
    json_decref(document);
}

static void nothing(void)
{
    struct figure_spec spec = spec_of(POINTS);
    struct figure_data data;
    struct diag diag = {0};
    json_t *document = document_of(json_array());
    assert(figure_data_make(&spec, document, &data, &diag) == -ENODATA);
    assert(strstr(diag.text, "no cell with workload=w"));
    figure_data_free(&data);
    json_t *skipped = cell("a", "p", 1, 1);
    json_object_set_new(skipped, "status", json_string("skipped"));
    json_object_set_new(skipped, "reason", json_string("no such lock"));
    json_array_append_new(json_object_get(document, "cells"), skipped);
    assert(figure_data_make(&spec, document, &data, &diag) == -ENODATA);
    assert(strstr(diag.text, "skipped: no such lock"));
    figure_data_free(&data);
    json_decref(document);
    assert(figure_data_make(&spec, NULL, &data, &diag) == -ENODATA);
    figure_data_free(&data);
}

static const struct figure_row *field(const struct figure_data *data,
                                      const char *x)
{
    for (size_t i = 0; i < data->n_blocks; i++) {
        for (size_t k = 0; k < data->blocks[i].n_rows; k++) {
            if (strcmp(data->blocks[i].rows[k].text[3], x) == 0) {
                return &data->blocks[i].rows[k];
            }
        }
    }
    abort();
}

static void winner(void)
{
    struct figure_spec spec =
        spec_of("# kind: winner\n# select: workload=w\n# series: model\n"
                "# x: tasks\n# row: share(k,k)\n# y: steps_per_s\n");
    json_t *document = document_of(
        json_pack("[oooooo]", cell("a", "p", 1, 10), cell("b", "p", 1, 20),
                  cell("c", "p", 1, 5), cell("a", "p", 2, 10),
                  cell("b", "p", 2, 11), cell("c", "p", 2, 5)));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    const struct figure_row *clear = field(&data, "1");
    assert(strcmp(clear->text[0], "b") == 0 && clear->mark == 2);
    assert(strcmp(clear->text[1], "2.00 x a") == 0);
    assert(strcmp(clear->text[4], "50") == 0);
    const struct figure_row *unclear = field(&data, "2");
    assert(unclear->mark == 0 && strcmp(unclear->text[0], "b or") == 0);
    assert(strcmp(unclear->text[1], "a") == 0);
    assert(strcmp(unclear->text[2], "2.20 x c") == 0);
    figure_data_free(&data);
    json_decref(document);
}

/* 90 samples of 10 ns and 20 of 100 ns: the line ends at 100/110. */
static void percentiles(void)
{
    struct figure_spec spec =
        spec_of("# kind: percentiles\n# select: workload=w\n# series: model\n");
    json_t *json = cell("a", "p", 1, 10);
    json_object_set_new(
        json_object_get(json, "summary"), "latency_p50_ns",
        json_pack("{sf sn sn si}", "median", 10.0, "low", "high", "n", 2));
    json_t *repetitions = json_object_get(json, "repetitions");
    for (int i = 0; i < 2; i++) {
        json_array_append_new(
            repetitions, json_pack("{s{si s[[ii][ii]]}}", "latency_ns", "max",
                                   100, "histogram", 10, 45, 100, 10));
    }
    json_t *document = document_of(json_pack("[o]", json));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    const struct figure_block *line = block(&data, "a");
    assert(line->n_rows == 4 && line->rows[0].x == 0);
    assert(fabs(line->rows[1].x + log10(1 - 90.0 / 110)) < 1e-12);
    assert(fabs(line->rows[1].y - 10e-9) < 1e-15);
    assert(fabs(line->rows[2].x + log10(1 - 100.0 / 110)) < 1e-12);
    assert(fabs(line->rows[2].y - 100e-9) < 1e-15);
    assert(line->rows[3].mark == 1 && line->rows[3].n == 2);
    assert(isnan(line->rows[3].low) && !data.intervals);
    figure_data_free(&data);
    json_decref(document);
}

/* Three processes in which the tasks got these steps, at these speeds. */
static json_t *cell_of_runs(const char *model, int tasks,
                            const double speeds[3], int least, int most)
{
    json_t *json = cell(model, "p", tasks, speeds[1]);
    json_t *repetitions = json_object_get(json, "repetitions");
    for (int i = 0; i < 3; i++) {
        json_array_append_new(
            repetitions,
            json_pack("{ss si sf sf s[{si}] s[ii] s{sf}}", "status", "ok",
                      "order", 2 * i, "steps_per_s", speeds[i], "wall_s", 2.0,
                      "slices", "steps", least + most, "task_steps", least,
                      most, "lock", "wait_s", 1.0));
    }
    return json;
}

/* A heading, then a row a cell with all metrics, called by what differs. */
static void rows(void)
{
    struct figure_spec spec =
        spec_of("# kind: rows\n# select: workload=w model!=c tasks!=3|4\n"
                "# facet: workload\n# series: model\n# label: model k tasks\n"
                "# y: least_served or most_served or lock_wait_share*100\n");
    const double speeds[3] = {1, 2, 4};
    json_t *document = document_of(json_pack(
        "[oooo]", cell_of_runs("a", 2, speeds, 0, 10),
        cell_of_runs("b", 2, speeds, 4, 6), cell_of_runs("c", 2, speeds, 1, 1),
        cell_of_runs("b", 4, speeds, 1, 1)));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    const struct figure_block *first = block(&data, "a");
    assert(data.n_blocks == 2 && data.n_rows == 3 && first->n_rows == 4);
    assert(first->rows[0].mark == FIGURE_HEADING);
    assert(strcmp(first->rows[0].text[0], "w") == 0);
    assert(first->rows[1].x == 1 && first->rows[1].y == 0);
    assert(first->rows[2].mark == 1 && first->rows[2].y == 2);
    assert(strcmp(first->rows[2].text[0], "a, tasks=2") == 0);
    assert(strcmp(first->rows[2].text[1], "most_served") == 0);
    const struct figure_block *second = block(&data, "b");
    assert(second->n_rows == 3 && second->rows[0].x == 2);
    assert(second->rows[0].y == 0.8 && second->rows[1].y == 1.2);
    assert(second->rows[2].y == 25); /* 1 of 2 x 2 seconds */
    assert(strcmp(second->rows[2].text[2], "25.0") == 0);
    assert(data.n_max == 3 && data.missing == 0);
    figure_data_free(&data);
    json_decref(document);
}

/* The cell with the widest spread is the first row; x is then the order. */
static void runs(void)
{
    struct figure_spec spec =
        spec_of("# kind: runs\n# select: status=ok\n# split: none\n"
                "# series: model\n# y: steps_per_s\n#\n# table: u\n"
                "# kind: runs\n# select: status=ok\n# split: none\n"
                "# series: model\n# x: order\n# y: steps_per_s\n");
    const double narrow[3] = {9, 10, 11}, wide[3] = {1, 2, 4};
    const double none[3] = {0, 0, 0};
    json_t *document = document_of(json_pack(
        "[ooo]", cell_of_runs("a", 2, narrow, 1, 1),
        cell_of_runs("b", 2, wide, 1, 1), cell_of_runs("b", 4, none, 1, 1)));
    struct figure_data data;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    assert(data.n_panels == 2 && data.n_blocks == 4);
    assert(strcmp(data.panels[0].label, "All 2 cells") == 0);
    assert(strcmp(data.panels[1].label, "All 6 processes") == 0);
    assert(data.fitting == 3 && data.missing == 1);
    const struct figure_block *line = block(&data, "b");
    assert(line->panel == 0 && line->n_rows == 3 && line->rows[0].x == 0);
    assert(line->rows[0].y == 0.5 && line->rows[2].y == 2);
    assert(line->rows[2].place == 1);
    assert(strcmp(line->rows[0].text[1], "0.50 - 2.00") == 0);
    line = block(&data, "a");
    assert(line->rows[0].x == 1 && line->rows[0].y == 0.9);
    line = &data.blocks[3];
    assert(line->panel == 1 && line->rows[1].x == 0.5);
    figure_data_free(&data);
    json_decref(document);
}

/* No field of the file can be more than a field. */
static void written(void)
{
    struct figure_spec spec = spec_of(POINTS);
    json_t *document = document_of(json_pack(
        "[oo]", cell("a\tb\n`x`$(x)\"@\\{", "p", 1, 10), cell("c", "p", 1, 0)));
    struct figure_data data;
    struct figure_caption caption;
    char *text = NULL;
    size_t size = 0;
    assert(figure_data_make(&spec, document, &data, NULL) == 0);
    figure_caption_make(document, &data, &caption);
    struct figure_facts facts = {
        .name = "test", .spec = &spec, .caption = &caption, .pus = NAN};
    FILE *out = open_memstream(&text, &size);
    assert(out);
    figure_write(&facts, &data, out);
    assert(fclose(out) == 0);
    assert(strstr(text, "\na?b?'x'?(x)'@??\t6\t1\t"));
    assert(strstr(text, "\npus\t \t0\n"));
    assert(strstr(text, "\n1\tc, tasks=1: no step was made\n0\t \n"));
    assert(strstr(text, "\n1\t10\t9\t11\t6\t0\t"));
    assert(!strchr(text, '`') && !strchr(text, '"') && !strchr(text, '\\'));
    free(text);
    figure_data_free(&data);
    json_decref(document);
}

int main(void)
{
    heads();
    relative();
    split();
    incomplete();
    nothing();
    winner();
    percentiles();
    rows();
    runs();
    written();
    return 0;
}
