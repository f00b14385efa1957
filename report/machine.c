/* SPDX-License-Identifier: MIT */
/* The machine, and which task ran on which PU. */
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

#define PLACES_MAX 64 /* PUs that are drawn */
#define WAYS_MAX   40
#define ROW        26.0
#define LEFT       430.0
#define LETTERS    52 /* of a name in that room */
#define TOP        84.0
#define WIDTH      960

/* Cells whose tasks were placed alike. */
struct way {
    const json_t *cell; /* the first */
    size_t n;
};

struct map {
    size_t n_pus;
    json_int_t pus[PLACES_MAX];
    size_t n_ways;
    struct way ways[WAYS_MAX];
};

static void add_pu(struct map *map, const json_t *pu)
{
    if (!json_is_integer(pu)) {
        return;
    }
    json_int_t number = json_integer_value(pu);
    size_t at = 0;
    while (at < map->n_pus && map->pus[at] < number) {
        at++;
    }
    if (map->n_pus == PLACES_MAX ||
        (at < map->n_pus && map->pus[at] == number)) {
        return;
    }
    memmove(map->pus + at + 1, map->pus + at,
            (map->n_pus - at) * sizeof(*map->pus));
    map->pus[at] = number;
    map->n_pus++;
}

static void add_cell(struct map *map, const json_t *cell)
{
    const json_t *bindings = json_object_get(cell, "bindings");
    const json_t *generator = json_object_get(cell, "generator_pu");
    size_t i;
    const json_t *binding;
    if (!json_is_array(bindings) || json_array_size(bindings) == 0) {
        return;
    }
    json_array_foreach((json_t *)bindings, i, binding)
    {
        add_pu(map, json_object_get(binding, "pu"));
    }
    add_pu(map, generator);
    for (i = 0; i < map->n_ways; i++) {
        const json_t *known = map->ways[i].cell;
        if (json_equal(json_object_get(known, "bindings"), bindings) &&
            json_equal(json_object_get(known, "generator_pu"), generator)) {
            map->ways[i].n++;
            return;
        }
    }
    if (map->n_ways < WAYS_MAX) {
        map->ways[map->n_ways++] = (struct way){cell, 1};
    }
}

static void put_box(FILE *out, double x, double y, double width,
                    const char *class, const char *text)
{
    fprintf(out,
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
            "height=\"%.1f\" rx=\"3\"/><text x=\"%.1f\" y=\"%.1f\" "
            "text-anchor=\"middle\">",
            class, x, y, width, ROW - 6, x + width / 2, y + 14.5);
    html_text(out, text);
    fputs("</text>", out);
}

/* What a binding says in the room of a PU. */
static void put_tasks(FILE *out, double x, double y, double width,
                      const char *tasks)
{
    char text[40];
    size_t room = (size_t)fmax(1, (width - 8) / 7);
    snprintf(text, sizeof(text), "%.*s%s", (int)fmin(room, 30), tasks,
             strlen(tasks) > room ? "…" : "");
    put_box(out, x, y, width, "task", text);
}

/* The cell's id without what is usual. */
static void label_way(const struct way *way, char *text, size_t size)
{
    char id[512];
    snprintf(id, sizeof(id), "%s", report_get(way->cell, "id", ""));
    char *rest = id;
    size_t used = 0;
    text[0] = '\0';
    for (char *word; (word = strsep(&rest, "/")) && used < size;) {
        if (strcmp(word, "placement=per_core") != 0 &&
            strncmp(word, "warmup_ms=", 10) != 0) {
            used += (size_t)snprintf(text + used, size - used, "%s%s",
                                     used ? " " : "", word);
        }
    }
}

static void put_way(FILE *out, const struct map *map, const struct way *way,
                    double y)
{
    char label[512], line[LETTERS + 8];
    double width = (WIDTH - LEFT - 16) / (double)map->n_pus;
    label_way(way, label, sizeof(label));
    size_t n = way->n - 1;
    snprintf(line, sizeof(line), "%.*s%s", LETTERS, label,
             strlen(label) > LETTERS ? "…" : "");
    fputs("<g><title>", out);
    html_text(out, label);
    if (n > 0) {
        fprintf(out, " and %zu more cells", n);
    }
    fprintf(out, "</title><text x=\"16\" y=\"%.1f\">", y + 14.5);
    html_text(out, line);
    if (n > 0) {
        fprintf(out, " +%zu", n);
    }
    fputs("</text>", out);
    const json_t *generator = json_object_get(way->cell, "generator_pu");
    const json_t *bindings = json_object_get(way->cell, "bindings");
    for (size_t i = 0; i < map->n_pus; i++) {
        double x = LEFT + width * (double)i;
        size_t k;
        const json_t *binding;
        bool client = json_is_integer(generator) &&
                      json_integer_value(generator) == map->pus[i];
        json_array_foreach((json_t *)bindings, k, binding)
        {
            const json_t *pu = json_object_get(binding, "pu");
            if (json_is_integer(pu) && json_integer_value(pu) == map->pus[i]) {
                put_tasks(out, x + 3, y, client ? width * 0.6 - 6 : width - 6,
                          report_get(binding, "tasks", ""));
            }
        }
        if (client) {
            put_box(out, x + width * 0.6 + 1, y, width * 0.4 - 4, "client",
                    width > 120 ? "clients" : "c");
        }
    }
    fputs("</g>\n", out);
}

static void add_place(json_t *rows, const struct way *way, const json_t *pu,
                      const char *tasks)
{
    if (json_is_integer(pu)) {
        json_t *row = json_pack("[s I O s]", report_get(way->cell, "id", ""),
                                (json_int_t)way->n, pu, tasks);
        must(row != NULL);
        json_array_append_new(rows, row);
    }
}

static void put_numbers(FILE *out, const struct map *map)
{
    static const char *const columns[] = {"first cell", "cells", "PU", "tasks",
                                          NULL};
    _cleanup_(json_decref_p) json_t *rows = json_array();
    for (size_t i = 0; i < map->n_ways; i++) {
        const struct way *way = &map->ways[i];
        size_t k;
        const json_t *binding;
        json_array_foreach(json_object_get(way->cell, "bindings"), k, binding)
        {
            add_place(rows, way, json_object_get(binding, "pu"),
                      report_get(binding, "tasks", ""));
        }
        add_place(rows, way, json_object_get(way->cell, "generator_pu"),
                  "clients");
    }
    const struct report_numbers numbers = {.name = "map",
                                           .title = "who ran where",
                                           .columns = columns,
                                           .rows = rows};
    report_numbers(out, &numbers);
}

static void put_map(FILE *out, const struct map *map)
{
    double width = (WIDTH - LEFT - 16) / (double)map->n_pus;
    fprintf(
        out,
        "<figure id=\"figure-map\">\n<div class=\"scroll\" "
        "role=\"region\" tabindex=\"0\" aria-label=\"Map of the machine\">\n"
        "<svg class=\"own\" role=\"img\" aria-labelledby=\"map_title "
        "map_desc\" viewBox=\"0 0 %d %.0f\">\n<title id=\"map_title\">Who "
        "ran where</title>\n<desc id=\"map_desc\">%zu PUs; a row for each "
        "way in which tasks were placed, %zu in all, with the numbers of "
        "the tasks on each PU.</desc>\n<text class=\"head\" x=\"16\" "
        "y=\"24\">Who ran where</text>\n",
        WIDTH, TOP + ROW * (double)map->n_ways + 12, map->n_pus, map->n_ways);
    for (size_t i = 0; i < map->n_pus; i++) {
        char name[40];
        snprintf(name, sizeof(name), width > 46 ? "PU %lld" : "%lld",
                 (long long)map->pus[i]);
        put_box(out, LEFT + width * (double)i + 3, 46, width - 6, "pu", name);
    }
    fputc('\n', out);
    for (size_t i = 0; i < map->n_ways; i++) {
        put_way(out, map, &map->ways[i], TOP + ROW * (double)i);
    }
    fputs("</svg></div>\n<figcaption>A row for each way in which tasks were "
          "placed: the first cell that ran so, how many more did, and the "
          "numbers of the tasks on each PU (0-2:2 is 0 and 2). Where tasks "
          "share a PU they take turns.</figcaption>\n",
          out);
    put_numbers(out, map);
    fputs("</figure>\n", out);
}

static void put_fact(FILE *out, const char *name, const json_t *value)
{
    fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
    if (json_is_string(value)) {
        html_text(out, json_string_value(value));
    } else if (json_is_boolean(value)) {
        fputs(json_is_true(value) ? "yes" : "no", out);
    } else if (json_is_number(value)) {
        fprintf(out, "%.9g", json_number_value(value));
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            fprintf(out, "%s%.2f", i ? ", " : "",
                    json_number_value(json_array_get(value, i)));
        }
    } else {
        fputs("<i>not known</i>", out);
    }
    fputs("</td></tr>\n", out);
}

static void put_facts(const struct report *report)
{
    FILE *out = report->out;
    const json_t *context = json_object_get(report->document, "context");
    const char *key;
    json_t *value;
    fputs("<details><summary>All that is known of the machine and its state "
          "when the run began</summary>\n<div class=\"scroll\" role=\"region\" "
          "tabindex=\"0\" aria-label=\"Facts of the machine\"><table>\n"
          "<tbody>\n",
          out);
    json_object_foreach((json_t *)context, key, value)
    {
        if (json_is_object(value)) {
            const char *inner;
            json_t *fact;
            json_object_foreach(value, inner, fact)
            {
                put_fact(out, inner, fact);
            }
        } else {
            put_fact(out, key, value);
        }
    }
    fputs("</tbody></table></div></details>\n", out);
}

void report_machine(const struct report *report)
{
    FILE *out = report->out;
    _cleanup_(free_p) struct map *map = must_calloc(1, sizeof(*map));
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(report->document, "cells"), i, cell)
    {
        add_cell(map, cell);
    }
    fputs("<section id=\"machine\" aria-labelledby=\"machine-h\">\n"
          "<h2 id=\"machine-h\">The machine</h2>\n<p>",
          out);
    report_machine_line(out, report->document);
    fputs("</p>\n", out);
    if (map->n_pus > 0 && map->n_ways > 0) {
        put_map(out, map);
    }
    put_facts(report);
    fputs("</section>\n", out);
}
