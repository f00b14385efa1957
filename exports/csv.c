/* SPDX-License-Identifier: MIT */
/* A row a cell and metric, as RFC 4180 has it, for spreadsheets and R. */
#include "exports/export.h"
#include "harness/record/json_value.h"

/* Quoted where it must be; a text that a spreadsheet would take for a formula
 * is made one by a leading apostrophe. */
static void print_text(const char *text, FILE *out)
{
    text = text ? text : "";
    const char *guard = *text && strchr("=+-@\t\r", *text) ? "'" : "";
    if (!*guard && !strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fprintf(out, "\"%s", guard);
    for (const char *c = text; *c; c++) {
        fputs(*c == '"' ? "\"\"" : (char[]){*c, '\0'}, out);
    }
    fputc('"', out);
}

static void print_number(double value, FILE *out)
{
    fputc(',', out);
    if (isfinite(value)) {
        fprintf(out, "%.9g", value);
    }
}

static void print_row(const json_t *cell, const char *name, FILE *out)
{
    static const char *const texts[] = {"id", "workload", "model", "lock",
                                        "placement"};
    static const char *const counts[] = {"workload_version", "tasks",
                                         "background_tasks"};
    struct export_metric metric;
    if (!export_metric(cell, name, &metric)) {
        return;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        print_text(json_string_value(json_object_get(cell, texts[i])), out);
        fputc(',', out);
    }
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        fprintf(out, "%.0f,",
                json_number_value(json_object_get(cell, counts[i])));
    }
    print_text(name, out);
    fputc(',', out);
    print_text(metric.unit, out);
    fprintf(out, ",%s", metric.higher_is_better ? "higher" : "lower");
    print_number(metric.median, out);
    print_number(metric.low, out);
    print_number(metric.high, out);
    fprintf(out, ",%zu\r\n", metric.n);
}

static int csv_write(const struct export_set *set, unsigned part, FILE *out,
                     struct diag *diag)
{
    (void)part;
    (void)diag;
    fputs("cell,workload,model,lock,placement,workload_version,tasks,"
          "background_tasks,metric,unit,better,median,low,high,n\r\n",
          out);
    for (size_t i = 0; i < set->n; i++) {
        const char *name;
        json_t *metric;
        json_t *summary = json_object_get(set->cells[i], "summary");
        json_object_foreach(summary, name, metric)
        {
            print_row(set->cells[i], name, out);
        }
    }
    return 0;
}

const struct export_format export_format_csv = {
    .name = "csv",
    .summary = "a row a cell and metric, for spreadsheets and R",
    .write = csv_write,
};
