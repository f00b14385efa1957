/* SPDX-License-Identifier: MIT */
/* For a pull request: what matters first, the rest folded away. */
#include "bench/command.h"
#include "bench/compare_names.h"
#include "harness/base/cleanup.h"
#include "harness/record/json_value.h"
#include "report/html.h"

#include <string.h>

static void put_row(const struct compare_row *row, const json_t *shared,
                    FILE *out)
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
    bool loud = compare_row_rank(row) <= COMPARE_RANK_SLOWER;
    fprintf(out, "| %s | %s | %s%s%s | ", change, interval, loud ? "**" : "",
            verdict, loud ? "**" : "");
    markdown_text(out, name);
    if (*remark) {
        fputs("<br>", out);
        markdown_text(out, remark);
    }
    fputs(" |\n", out);
}

static void put_table(const struct compare_row *rows, size_t n,
                      const json_t *shared, FILE *out)
{
    fputs("| change | 95 % interval | verdict | cell |\n"
          "| ---: | :---: | --- | --- |\n",
          out);
    for (size_t i = 0; i < n; i++) {
        put_row(&rows[i], shared, out);
    }
}

static const char *headline(const json_t *document)
{
    switch (compare_exit_code(document)) {
    case EXIT_SLOWER:
        return "slower";
    case EXIT_CELL_FAILED:
        return compare_failure_words(document);
    default:
        return compare_number_of(json_object_get(document, "verdict"),
                                 "unclear") > 0
                   ? "nothing slower, some unclear"
                   : "nothing slower";
    }
}

static void put_note(const char *note, void *arg)
{
    fputs("- ", arg);
    markdown_text(arg, note);
    fputc('\n', arg);
}

void compare_write_markdown(const json_t *document, FILE *out)
{
    char text[2048];
    size_t n = 0;
    size_t loud = 0;
    _cleanup_(free_p) struct compare_row *rows = compare_rows(document, &n);
    _cleanup_(json_decref_p) json_t *shared = compare_names_shared(document);
    while (loud < n && compare_row_rank(&rows[loud]) < COMPARE_RANK_SAME) {
        loud++;
    }
    compare_count_words(document, text, sizeof(text));
    fprintf(out, "### gilbench: %s\n\n%s\n\n", headline(document), text);
    if (loud > 0) {
        put_table(rows, loud, shared, out);
        fputc('\n', out);
    }
    if (loud < n) {
        fprintf(out, "<details><summary>%zu more</summary>\n\n", n - loud);
        put_table(rows + loud, n - loud, shared, out);
        fputs("\n</details>\n\n", out);
    }
    for (int i = 0; i < COMPARE_SIDES; i++) {
        compare_side_words(document, compare_roles[i], text, sizeof(text));
        fprintf(out, "- %s: ", compare_roles[i]);
        markdown_text(out, text);
        fputc('\n', out);
    }
    compare_names_words(shared, text, sizeof(text));
    if (*text) {
        fputs("- all cells: ", out);
        markdown_text(out, text);
        fputc('\n', out);
    }
    compare_method_words(document, text, sizeof(text));
    fprintf(out, "- %s\n", text);
    compare_notes(document, put_note, out);
}
