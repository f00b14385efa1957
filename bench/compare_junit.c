/* SPDX-License-Identifier: MIT */
/* JUnit XML as GitLab and Jenkins read it: a test case a judged metric. */
#include "bench/command.h"
#include "bench/compare_row.h"
#include "harness/base/cleanup.h"
#include "harness/base/markup.h"
#include "harness/record/json_value.h"

#include <string.h>

static double seconds_of(const json_t *cell)
{
    double sum = 0.0;
    size_t i;
    const json_t *pair;
    json_array_foreach(json_object_get(cell, "pairs"), i, pair)
    {
        sum += json_number_value(json_object_get(pair, "pair_s"));
    }
    return sum;
}

/* What the runner shows in one line, and below it. */
static void put_outcome(const struct compare_row *row, const char *element,
                        const char *type, FILE *out)
{
    char change[32];
    char interval[64];
    char remark[1500];
    compare_row_change(row, change, sizeof(change));
    compare_row_interval(row, interval, sizeof(interval));
    compare_row_remark(row, remark, sizeof(remark));
    fprintf(out, "<%s", element);
    if (type) {
        fprintf(out, " type=\"%s\"", type);
    }
    fputs(" message=\"", out);
    if (row->metric) {
        fprintf(out, "%s [%s], margin %g %%", change, interval,
                compare_number_of(row->metric, "margin_pct"));
    }
    if (*remark) {
        fputs(row->metric ? "; " : "", out);
        markup_escape(remark, out);
    }
    fputs("\">", out);
    if (row->metric) {
        fprintf(out, "%.0f pairs, adjusted p %.3g",
                compare_number_of(row->metric, "n"),
                compare_number_of(row->metric, "p_adjusted"));
    }
    fprintf(out, "</%s>", element);
}

static bool gates(const struct compare_row *row)
{
    return json_is_true(json_object_get(row->cell, "gates"));
}

static void put_case(const struct compare_row *row, FILE *out)
{
    char name[4200];
    compare_row_name(row, name, sizeof(name));
    fputs("<testcase classname=\"", out);
    markup_escape(compare_text_of(row->cell, "workload"), out);
    fputs("\" name=\"", out);
    markup_escape(name, out);
    fprintf(out, "\" time=\"%.3f\">", seconds_of(row->cell));
    enum compare_rank rank = compare_row_rank(row);
    if (rank == COMPARE_RANK_LOST) {
        put_outcome(row, "error", "failed", out);
    } else if (rank == COMPARE_RANK_SLOWER && gates(row)) {
        put_outcome(row, "failure", "regression", out);
    } else if (rank == COMPARE_RANK_UNCLEAR || rank == COMPARE_RANK_NOTHING ||
               !gates(row)) {
        put_outcome(row, "skipped", NULL, out);
    }
    fputs("</testcase>\n", out);
}

void compare_write_junit(const json_t *document, FILE *out)
{
    size_t n = 0;
    size_t failures = 0;
    size_t errors = 0;
    size_t skipped = 0;
    _cleanup_(free_p) struct compare_row *rows = compare_rows(document, &n);
    for (size_t i = 0; i < n; i++) {
        enum compare_rank rank = compare_row_rank(&rows[i]);
        bool slower = rank == COMPARE_RANK_SLOWER && gates(&rows[i]);
        errors += rank == COMPARE_RANK_LOST;
        failures += slower;
        skipped += rank != COMPARE_RANK_LOST && !slower &&
                   (rank == COMPARE_RANK_UNCLEAR ||
                    rank == COMPARE_RANK_NOTHING || !gates(&rows[i]));
    }
    /* Nothing is lost, and yet it is not green: it was interrupted, or
     * nothing was judged. */
    bool nothing = errors == 0 && failures == 0 &&
                   compare_exit_code(document) == EXIT_CELL_FAILED;
    fprintf(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites><testsuite name=\"gilbench compare\" tests=\"%zu\" "
        "failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
        "time=\"%.3f\">\n",
        n + nothing, failures, errors + nothing, skipped,
        compare_number_of(json_object_get(document, "comparison"), "took_s"));
    for (size_t i = 0; i < n; i++) {
        put_case(&rows[i], out);
    }
    if (nothing) {
        fprintf(out,
                "<testcase classname=\"gilbench\" name=\"the comparison\">"
                "<error type=\"failed\" message=\"%s\"/></testcase>\n",
                compare_failure_words(document));
    }
    fputs("</testsuite></testsuites>\n", out);
}
