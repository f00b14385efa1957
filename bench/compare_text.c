/* SPDX-License-Identifier: MIT */
/*
 *   base  this program 0.1.0 (1234567), lock=cpython3
 *   new   this program 0.1.0 (1234567), lock=mutex
 *
 *   all: placement=per_core, warmup_ms=10
 *     change     95 % interval  verdict  cell
 *     +5.1 %   +4.0 .. +6.2 %   slower   micro_handoff/gil_threads:.../tasks=2
 */
#include "bench/command.h"
#include "bench/compare_names.h"
#include "harness/base/cleanup.h"
#include "harness/base/diag.h"
#include "harness/record/json_value.h"
#include "plots/format.h"

#include <string.h>

#define INTERVAL_WIDTH 21 /* "x < 0.001 .. x > 1000" */
#define FOLD_WIDTH     100

#define RED   "\033[31m"
#define BOLD  "\033[1m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

static const char *colour_of(const struct compare_row *row)
{
    switch (compare_row_rank(row)) {
    case COMPARE_RANK_LOST:
    case COMPARE_RANK_SLOWER:
        return BOLD RED;
    case COMPARE_RANK_FASTER:
        return GREEN;
    case COMPARE_RANK_UNCLEAR:
        return BOLD;
    default:
        return "";
    }
}

static void put_row(const struct compare_row *row, const json_t *shared,
                    bool colour, FILE *out)
{
    char change[32];
    char interval[64];
    char verdict[32];
    char name[4200];
    char remark[1500];
    compare_row_change(row, change, sizeof(change));
    compare_row_interval(row, interval, sizeof(interval));
    compare_row_verdict(row, verdict, sizeof(verdict));
    compare_names_row(shared, row, name, sizeof(name));
    compare_row_remark(row, remark, sizeof(remark));
    const char *paint = colour ? colour_of(row) : "";
    fprintf(out, "%s%9s  %*s  %-9s%s  %s\n", paint, change, INTERVAL_WIDTH,
            interval, verdict, *paint ? PLAIN : "", name);
    if (*remark) {
        fprintf(out, "%9s  %*s  %9s    %s\n", "", INTERVAL_WIDTH, "", "",
                remark);
    }
}

static void put_note(const char *note, void *arg)
{
    format_print_folded(note, FOLD_WIDTH, arg);
}

void compare_write_text(const json_t *document, bool colour, FILE *out)
{
    char text[2048];
    size_t n = 0;
    for (int i = 0; i < COMPARE_SIDES; i++) {
        compare_side_words(document, compare_roles[i], text, sizeof(text));
        fprintf(out, "%-4s  %s\n", compare_roles[i], text);
    }
    compare_method_words(document, text, sizeof(text));
    fprintf(out, "%s\n", text);
    _cleanup_(json_decref_p) json_t *shared = compare_names_shared(document);
    compare_names_words(shared, text, sizeof(text));
    fprintf(out, "%s%s%s\n%9s  %*s  %-9s  %s\n", *text ? "all: " : "", text,
            *text ? "\n" : "", "change", INTERVAL_WIDTH, "95 % interval",
            "verdict", "cell");
    _cleanup_(free_p) struct compare_row *rows = compare_rows(document, &n);
    for (size_t i = 0; i < n; i++) {
        put_row(&rows[i], shared, colour, out);
    }
    fputc('\n', out);
    compare_notes(document, put_note, out);
    compare_count_words(document, text, sizeof(text));
    fprintf(out, "%s\n", text);
    if (compare_exit_code(document) == EXIT_CELL_FAILED) {
        fprintf(out, "%s\n", compare_failure_words(document));
    }
}
