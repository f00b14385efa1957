/* SPDX-License-Identifier: MIT */
/* The numbers behind a chart of the report's own. */
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

static void put_csv(FILE *out, const struct report_numbers *numbers)
{
    size_t row, i;
    const json_t *cells, *cell;
    fprintf(out,
            "<p><a download=\"%s.csv\" href=\"data:text/csv;charset=utf-8,",
            numbers->name);
    for (i = 0; numbers->columns[i]; i++) {
        fputs(i > 0 ? "," : "", out);
        html_csv(out, numbers->columns[i]);
    }
    fputs("%0A", out);
    json_array_foreach(numbers->rows, row, cells)
    {
        json_array_foreach((json_t *)cells, i, cell)
        {
            fputs(i > 0 ? "," : "", out);
            if (json_is_string(cell)) {
                html_csv(out, json_string_value(cell));
            } else if (json_is_number(cell)) {
                html_csv_number(out, json_number_value(cell));
            }
        }
        fputs("%0A", out);
    }
    fputs("\">Save as CSV</a></p>\n", out);
}

static void put_cell(FILE *out, const json_t *cell)
{
    if (json_is_string(cell)) {
        fputs("<td>", out);
        html_text(out, json_string_value(cell));
    } else {
        char text[64] = "";
        fputs("<td class=\"n\" data-sort=\"", out);
        if (json_is_integer(cell)) {
            snprintf(text, sizeof(text), "%lld",
                     (long long)json_integer_value(cell));
            fputs(text, out);
        } else if (json_is_number(cell)) {
            format_digits(text, sizeof(text), json_number_value(cell));
            html_csv_number(out, json_number_value(cell));
        }
        fprintf(out, "\">%s", text);
    }
    fputs("</td>", out);
}

void report_numbers(FILE *out, const struct report_numbers *numbers)
{
    size_t row, i;
    const json_t *cells, *cell;
    fputs("<details><summary>The numbers: ", out);
    html_text(out, numbers->title);
    fputs("</summary>\n", out);
    put_csv(out, numbers);
    fprintf(out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
            "aria-label=\"Numbers of the chart %s\">"
            "<table class=\"sortable\">\n<thead><tr>",
            numbers->name);
    cells = json_array_get(numbers->rows, 0);
    for (i = 0; numbers->columns[i]; i++) {
        bool words = json_is_string(json_array_get(cells, i));
        fprintf(out, "<th scope=\"col\"%s>", words ? "" : " class=\"n\"");
        html_text(out, numbers->columns[i]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    json_array_foreach(numbers->rows, row, cells)
    {
        fputs("<tr>", out);
        json_array_foreach((json_t *)cells, i, cell)
        {
            put_cell(out, cell);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n</details>\n", out);
}
