/* SPDX-License-Identifier: MIT */
/* The three models side by side, a row for each thing people ask. */
#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

enum show {
    SHOW_TIMES, /* relative to one task */
    SHOW_TIME,  /* seconds a step */
    SHOW_RATE,
};

static const struct row {
    const char *what; /* %s is the number of tasks */
    const char *cells;
    enum show show;
    bool to_pus; /* as many tasks as there are PUs, else the most */
} rows[] = {
    {"Computing: %s tasks do so many times the work of one",
     "workload=cpu_loop", SHOW_TIMES, true},
    {"Sleeping: %s tasks sleep so many times as often as one",
     "workload=io_sleep", SHOW_TIMES, false},
    {"Echoes over %s connections, a second",
     "workload=io_tcp_echo rate_per_s=0", SHOW_RATE, false},
    {"An echo alone comes every", "workload=mixed_convoy tasks=1 cpu_tasks=0",
     SHOW_TIME, false},
    {"An echo beside one task that computes comes every",
     "workload=mixed_convoy tasks=1 cpu_tasks=1 yield_steps=0", SHOW_TIME,
     false},
    {"The same if that task yields",
     "workload=mixed_convoy tasks=1 cpu_tasks=1 yield_steps=[1-9]*", SHOW_TIME,
     false},
    {"Blocking calls of %s tasks, a second",
     "workload=io_blocking_call via=inline", SHOW_RATE, false},
    {"A hand-off among %s tasks that wait takes", "workload=micro_handoff",
     SHOW_TIME, false},
    {"Making and joining a task takes", "workload=micro_spawn tasks=1",
     SHOW_TIME, false},
    {"Requests that compute half of their time, %s at a time, a second",
     "workload=mixed_request cpu_us=500 wait_us=500", SHOW_RATE, false},
};

static const struct column {
    const char *heading;
    const char *model;
} columns[] = {
    {"threads under a GIL", "gil_threads"},
    {"tasks on an event loop", "coop_tasks"},
    {"threads without a GIL", "free_threads"},
};

#define COLUMNS (sizeof(columns) / sizeof(*columns))

/* cpython3, one task a core, no parameter but those of the row unusual. */
static bool is_usual(const json_t *cell,
                     const struct figure_conditions *conditions)
{
    char lock[FIGURE_WORD], placement[FIGURE_WORD], id[1024];
    if (figure_cell_text(cell, "lock", lock, sizeof(lock)) &&
        strcmp(lock, "cpython3") != 0) {
        return false;
    }
    if (!figure_cell_text(cell, "placement", placement, sizeof(placement)) ||
        strcmp(placement, "per_core") != 0) {
        return false;
    }
    snprintf(id, sizeof(id), "%s", report_get(cell, "id", ""));
    char *rest = strstr(id, "/placement=");
    for (char *word; rest && (word = strsep(&rest, "/"));) {
        word[strcspn(word, "=")] = '\0';
        bool known = !*word || strcmp(word, "placement") == 0 ||
                     strcmp(word, "warmup_ms") == 0;
        for (size_t i = 0; i < conditions->n && !known; i++) {
            known = strcmp(conditions->all[i].key, word) == 0;
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

/* The cell of a model with so many tasks; 0: with the most but under `below`.
 * NULL: none. */
static const json_t *cell_of(const json_t *document,
                             const struct figure_conditions *conditions,
                             const char *model, double tasks, double below)
{
    const json_t *best = NULL, *cell;
    double most = 0;
    size_t i;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        double own = 0;
        if (strcmp(report_get(cell, "model", ""), model) != 0 ||
            strcmp(report_get(cell, "status", ""), "ok") != 0 ||
            !figure_cell_number(cell, "tasks", &own) ||
            (tasks > 0 ? own != tasks : own <= most || own >= below) ||
            !figure_cell_fits(cell, conditions) ||
            !is_usual(cell, conditions)) {
            continue;
        }
        most = own;
        best = cell;
    }
    return best;
}

/* The most tasks that every model was measured with that has such cells. */
static double common_tasks(const json_t *document,
                           const struct figure_conditions *conditions)
{
    double below = INFINITY, most = 0;
    for (int tries = 0; tries < 16; tries++) {
        const json_t *cells[COLUMNS];
        double least = INFINITY;
        most = 0;
        for (size_t i = 0; i < COLUMNS; i++) {
            double tasks;
            cells[i] =
                cell_of(document, conditions, columns[i].model, 0, below);
            if (cells[i] && figure_cell_number(cells[i], "tasks", &tasks)) {
                least = fmin(least, tasks);
                most = fmax(most, tasks);
            }
        }
        if (most == 0 || least == most) {
            break;
        }
        below = least + 0.5;
    }
    return most;
}

static double steps_of(const json_t *cell)
{
    struct figure_value value;
    return cell && figure_cell_metric(cell, "steps_per_s", &value)
               ? value.median
               : NAN;
}

/* What is shown, as a number. */
static double number_of(const struct row *row, double steps, double one)
{
    return row->show == SHOW_TIMES  ? steps / one
           : row->show == SHOW_TIME ? 1 / steps
                                    : steps;
}

static void format_cell(const struct row *row, double steps, double one,
                        char *text, size_t size)
{
    text[0] = '\0';
    if (isnan(steps)) {
        snprintf(text, size, "&ndash;");
    } else if (row->show == SHOW_TIMES && one > 0) {
        format_digits(text, size, steps / one);
    } else if (row->show == SHOW_TIME && steps > 0) {
        format_seconds(text, size, 1 / steps);
    } else if (row->show == SHOW_TIME) {
        snprintf(text, size, "never");
    } else if (row->show == SHOW_RATE) {
        format_count(text, size, steps);
    }
}

static double tasks_of(const struct report *report, const struct row *row,
                       const struct figure_conditions *conditions)
{
    const json_t *topology = json_object_get(
        json_object_get(report->document, "context"), "topology");
    double pus = json_number_value(json_object_get(topology, "pus"));
    if (row->to_pus && pus > 1 &&
        cell_of(report->document, conditions, "free_threads", pus, 0)) {
        return pus;
    }
    return common_tasks(report->document, conditions);
}

/* How many models have such a cell. */
static size_t count_models(const json_t *document,
                           const struct figure_conditions *conditions,
                           double tasks)
{
    size_t n = 0;
    for (size_t i = 0; i < COLUMNS; i++) {
        n += cell_of(document, conditions, columns[i].model, tasks, 0) != NULL;
    }
    return n;
}

/* False: nothing to put side by side. */
static bool put_row(const struct report *report, const struct row *row)
{
    char copy[160], what[160], number[32];
    struct figure_conditions conditions = {0};
    snprintf(copy, sizeof(copy), "%s", row->cells);
    must(figure_conditions_parse(&conditions, copy) == 0);
    double tasks = tasks_of(report, row, &conditions);
    bool told = strstr(row->cells, "yield_steps=[1-9]*") != NULL;
    if (tasks == 0 ||
        count_models(report->document, &conditions, tasks) < (told ? 1 : 2)) {
        return false;
    }
    const char *at = strstr(row->what, "%s");
    snprintf(number, sizeof(number), "%.0f", tasks);
    snprintf(what, sizeof(what), "%.*s%s%s",
             at ? (int)(at - row->what) : (int)strlen(row->what), row->what,
             at ? number : "", at ? at + 2 : "");
    fputs("<tr><th scope=\"row\">", report->out);
    html_text(report->out, what);
    fputs("</th>", report->out);
    for (size_t i = 0; i < COLUMNS; i++) {
        const char *model = columns[i].model;
        char text[64];
        double steps =
            steps_of(cell_of(report->document, &conditions, model, tasks, 0));
        double one =
            steps_of(cell_of(report->document, &conditions, model, 1, 0));
        format_cell(row, steps, one, text, sizeof(text));
        fputs("<td class=\"n\" data-sort=\"", report->out);
        html_csv_number(report->out, number_of(row, steps, one));
        fprintf(report->out, "\">%s</td>", text);
    }
    fputs("</tr>\n", report->out);
    return true;
}

static void put_rows(const struct report *report)
{
    bool any = false;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        any |= put_row(report, &rows[i]);
    }
    if (!any) {
        fputs("<tr><th scope=\"row\">No workload was measured under two of "
              "them.</th><td></td><td></td><td></td></tr>\n",
              report->out);
    }
}

void report_glance(const struct report *report)
{
    FILE *out = report->out;
    fputs("<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
          "aria-label=\"The models side by side\"><table class=\"glance\">\n"
          "<thead><tr><th scope=\"col\">medians</th>",
          out);
    for (size_t i = 0; i < COLUMNS; i++) {
        fprintf(out, "<th scope=\"col\" class=\"n\">%s</th>",
                columns[i].heading);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    put_rows(report);
    fputs("</tbody></table></div>\n", out);
}
