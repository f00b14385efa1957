/* SPDX-License-Identifier: MIT */
#include "bench/compare_report.h"

#include "bench/command.h"
#include "bench/compare_plot.h"
#include "bench/compare_row.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <math.h>
#include <string.h>

static const char *headline(const json_t *document)
{
    const json_t *verdict = json_object_get(document, "verdict");
    switch (compare_exit_code(document)) {
    case EXIT_SLOWER:
        return "The new side is slower";
    case EXIT_CELL_FAILED:
        return compare_is_whole(document) ? "Nothing was judged"
                                          : "Not measured to the end";
    default:
        break;
    }
    if (compare_number_of(verdict, "unclear") > 0) {
        return "Nothing is slower, some is unclear";
    }
    return compare_number_of(verdict, "faster") > 0
               ? "Nothing is slower, some is faster"
               : "Nothing has changed";
}

static void fill_row(const struct compare_row *row, struct report_change *ret)
{
    if (row->metric) {
        compare_forest_row(row, NULL, &ret->drawn);
    } else {
        char name[4200];
        compare_row_name(row, name, sizeof(name));
        ret->drawn = (struct forest_row){.label = strdup(name),
                                         .change = "-",
                                         .pct = NAN,
                                         .low = NAN,
                                         .high = NAN,
                                         .margin_pct = NAN,
                                         .kind = FOREST_UNCLEAR};
        must(ret->drawn.label != NULL);
    }
    compare_row_interval(row, ret->interval, sizeof(ret->interval));
    compare_row_verdict(row, ret->verdict, sizeof(ret->verdict));
    compare_row_remark(row, ret->remark, sizeof(ret->remark));
}

static char *copy_of(const char *text)
{
    char *copy = strdup(text);
    must(copy != NULL);
    return copy;
}

/* What a reader has to know of numbers that are not as usual; NULL: nothing. */
static char *caution(const json_t *document)
{
    const json_t *options = json_object_get(document, "comparison");
    double injected = compare_number_of(options, "inject_permille");
    char *text = NULL;
    if (injected > 0) {
        must(asprintf(&text,
                      "the new side was slowed down by %.1f %% on purpose.",
                      injected / 10) > 0);
    }
    return text;
}

void compare_changes(const json_t *document, struct report_changes *ret)
{
    char text[2048], method[512];
    size_t n = 0;
    _cleanup_(free_p) struct compare_row *rows = compare_rows(document, &n);
    *ret = (struct report_changes){
        .headline = copy_of(headline(document)),
        .caution = caution(document),
        .picture = copy_of("What changed, worst first"),
        .kinds = {"slower", "unclear", "same", "faster"}};
    compare_count_words(document, text, sizeof(text));
    ret->counts = copy_of(text);
    compare_side_words(document, "base", text, sizeof(text));
    ret->base = copy_of(text);
    compare_side_words(document, "new", text, sizeof(text));
    ret->next = copy_of(text);
    compare_method_words(document, method, sizeof(method));
    must(asprintf(&ret->method,
                  "Median over pairs of fresh processes, exact "
                  "interval at 0.95; %s.",
                  method) > 0);
    ret->rows = must_calloc(n, sizeof(*ret->rows));
    ret->n = n;
    for (size_t i = 0; i < n; i++) {
        fill_row(&rows[i], &ret->rows[i]);
    }
}
