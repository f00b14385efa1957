/* SPDX-License-Identifier: MIT */
/* What a person reads of a selftest: a line a class. */
#include "bench/compare_row.h"
#include "bench/selftest.h"

#include <math.h>

static void format_smallest(const struct selftest_row *row, char *text,
                            size_t size)
{
    if (isfinite(row->smallest)) {
        snprintf(text, size, "+%.1f %%", row->smallest * 100.0);
    } else {
        snprintf(text, size, "> 100 %%");
    }
}

static void put_row(const struct selftest_row *row, FILE *out)
{
    char smallest[32];
    char change[32] = "-";
    const char *verdict = compare_text_of(row->injected, "verdict");
    struct compare_row injected = {.cell = row->cell, .metric = row->injected};
    fprintf(out, "%-6s ", compare_text_of(row->cell, "class"));
    if (!row->equal) {
        fprintf(out, "%s: %s\n", compare_text_of(row->cell, "status"),
                compare_text_of(row->cell, "reason"));
        return;
    }
    format_smallest(row, smallest, sizeof(smallest));
    if (row->injected) {
        compare_row_change(&injected, change, sizeof(change));
    }
    fprintf(out, "%6.1f %% %8.1f %% %9.1f %% %10s %7.1f s  %-8s %9s  %s\n",
            row->margin * 100.0, row->alarms_plain * 100.0, row->alarms * 100.0,
            smallest, row->seconds, verdict, change,
            compare_text_of(row->equal, "verdict"));
}

static void put_legend(const struct selftest *selftest, FILE *out)
{
    const struct compare_request *request = selftest->request;
    for (size_t i = 0; i < selftest->n; i++) {
        const json_t *cell = selftest->rows[i].cell;
        fprintf(out, "%-6s %s\n", compare_text_of(cell, "class"),
                compare_text_of(cell, "id"));
    }
    fprintf(out,
            "\nfalse alarms, found: of %d comparisons made of the A/A pairs "
            "measured here, labels\nexchanged at random; each with %u pairs, "
            "%u where that is unclear. This is what\nthe machine did in this "
            "minute. Took %.0f s, seed %.0f.\n",
            SELFTEST_TRIALS, request->pairs, 2 * request->pairs,
            selftest->took_s, (double)request->seed);
}

void selftest_write_text(const struct selftest *selftest, FILE *out)
{
    char injected[32];
    snprintf(injected, sizeof(injected), "+%g %% injected",
             selftest->request->inject_permille / 10.0);
    fprintf(out,
            "                 false alarms      found in %.0f %% of cases"
            "  %s\n",
            SELFTEST_POWER * 100.0, injected);
    fputs("class    margin   no margin     margin       from        in  "
          "called     change  A/A here\n",
          out);
    for (size_t i = 0; i < selftest->n; i++) {
        put_row(&selftest->rows[i], out);
    }
    fputc('\n', out);
    put_legend(selftest, out);
}
