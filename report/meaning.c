/* SPDX-License-Identifier: MIT */
/*
 * What it means for a service: who serves the most requests, by how much of
 * their time they compute and how many there are at a time.
 */
#include "claims/claim_text.h"
#include "plots/figure_cell.h"
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

#define MODELS 16
#define ROWS   64

/* Requests of a kind under each model. */
struct kind {
    double cpu_us;
    double wait_us;
    double tasks;
    struct figure_value values[MODELS];
};

struct kinds {
    size_t n_models;
    char models[MODELS][FIGURE_LABEL];
    size_t n;
    struct kind all[ROWS];
    size_t left_out; /* cells without room */
};

/* Adds ", KEY=VALUE" for all that is not usual of the cell, as its id has it
 * behind the placement, but for the kind of the request. */
static void add_unusual(const json_t *cell, char *text, size_t size)
{
    static const char *const said[] = {
        "placement=", "cpu_us=", "wait_us=", "warmup_ms="};
    char id[1024];
    size_t used = strlen(text);
    snprintf(id, sizeof(id), "%s", report_get(cell, "id", ""));
    char *rest = strstr(id, "/placement=");
    for (char *word; rest && (word = strsep(&rest, "/"));) {
        bool is_said = *word == '\0';
        for (size_t i = 0; i < sizeof(said) / sizeof(*said); i++) {
            is_said |= strncmp(word, said[i], strlen(said[i])) == 0;
        }
        if (!is_said && used < size) {
            char clean[FIGURE_LABEL];
            format_clean(clean, sizeof(clean), word);
            used += (size_t)snprintf(text + used, size - used, ", %s", clean);
        }
    }
}

/* The place of `label` among the models; MODELS: no room. */
static size_t model_of(struct kinds *kinds, const char *label)
{
    size_t i = 0;
    while (i < kinds->n_models && strcmp(kinds->models[i], label) != 0) {
        i++;
    }
    if (i == kinds->n_models && i < MODELS) {
        snprintf(kinds->models[kinds->n_models++], FIGURE_LABEL, "%s", label);
    }
    return i;
}

static struct kind *kind_of(struct kinds *kinds, const struct kind *like)
{
    for (size_t i = 0; i < kinds->n; i++) {
        struct kind *kind = &kinds->all[i];
        if (kind->cpu_us == like->cpu_us && kind->wait_us == like->wait_us &&
            kind->tasks == like->tasks) {
            return kind;
        }
    }
    if (kinds->n == ROWS) {
        return NULL;
    }
    struct kind *kind = &kinds->all[kinds->n++];
    *kind = *like;
    for (size_t i = 0; i < MODELS; i++) {
        kind->values[i].median = NAN;
    }
    return kind;
}

static void add_cell(struct kinds *kinds, const json_t *cell)
{
    static const struct figure_conditions wanted = {
        .n = 3,
        .all = {{.key = "workload", .globs = "mixed_request"},
                {.key = "status", .globs = "ok"},
                {.key = "placement", .globs = "per_core"}}};
    static const struct figure_keys keys = {.n = 2, .all = {"model", "lock"}};
    struct figure_value value;
    struct kind like;
    if (!figure_cell_fits(cell, &wanted) ||
        !figure_cell_number(cell, "cpu_us", &like.cpu_us) ||
        !figure_cell_number(cell, "wait_us", &like.wait_us) ||
        !figure_cell_number(cell, "tasks", &like.tasks) ||
        !figure_cell_metric(cell, "steps_per_s", &value)) {
        return;
    }
    char label[FIGURE_LABEL];
    figure_cell_label(cell, &keys, label, sizeof(label));
    add_unusual(cell, label, sizeof(label));
    size_t model = model_of(kinds, label);
    struct kind *kind = kind_of(kinds, &like);
    if (model == MODELS || !kind) {
        kinds->left_out++;
    } else if (isnan(kind->values[model].median)) {
        kind->values[model] = value;
    }
}

/* Is it clearly ahead of all others, and are there any? */
static bool is_ahead(const struct kind *kind, size_t n, size_t model)
{
    bool rivals = false;
    for (size_t i = 0; i < n; i++) {
        if (i == model || isnan(kind->values[i].median)) {
            continue;
        }
        if (!(kind->values[model].low > kind->values[i].high)) {
            return false;
        }
        rivals = true;
    }
    return rivals;
}

static void put_kind(FILE *out, const struct kinds *kinds,
                     const struct kind *kind)
{
    fprintf(out, "<tr><td class=\"n\">%.0f %%</td><td class=\"n\">%.0f</td>",
            100 * kind->cpu_us / (kind->cpu_us + kind->wait_us), kind->tasks);
    for (size_t i = 0; i < kinds->n_models; i++) {
        const struct figure_value *value = &kind->values[i];
        char text[64] = "";
        if (!isnan(value->median)) {
            format_count(text, sizeof(text), value->median);
        }
        bool ahead =
            !isnan(value->median) && is_ahead(kind, kinds->n_models, i);
        fprintf(out, "<td class=\"n%s\" data-sort=\"", ahead ? " best" : "");
        html_csv_number(out, value->median);
        fprintf(out, "\">%s%s</td>", text, ahead ? " &#9733;" : "");
    }
    fputs("</tr>\n", out);
}

static void put_kinds(FILE *out, const struct kinds *kinds)
{
    fputs("<p>Requests served a second, by how much of a request is computing "
          "and how many there are at a time; a star where the interval of one "
          "model lies above all others.</p>\n<div class=\"scroll\" "
          "role=\"region\" tabindex=\"0\" aria-label=\"Requests served under "
          "each model\"><table class=\"sortable\">\n<thead><tr>"
          "<th scope=\"col\" class=\"n\">computing</th><th scope=\"col\" "
          "class=\"n\">at a time</th>",
          out);
    for (size_t i = 0; i < kinds->n_models; i++) {
        fputs("<th scope=\"col\" class=\"n\">", out);
        html_text(out, kinds->models[i]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t i = 0; i < kinds->n; i++) {
        put_kind(out, kinds, &kinds->all[i]);
    }
    fputs("</tbody></table></div>\n", out);
    if (kinds->left_out > 0) {
        fprintf(out,
                "<p>%zu cells more have no room here; the table of all cells "
                "has them.</p>\n",
                kinds->left_out);
    }
}

void report_meaning(const struct report *report)
{
    FILE *out = report->out;
    struct kinds kinds = {0};
    size_t i;
    const json_t *cell;
    json_array_foreach(json_object_get(report->document, "cells"), i, cell)
    {
        add_cell(&kinds, cell);
    }
    fputs("<section id=\"meaning\" aria-labelledby=\"meaning-h\">\n"
          "<h2 id=\"meaning-h\">What it means for your service</h2>\n",
          out);
    if (kinds.n > 0) {
        put_kinds(out, &kinds);
    }
    fputs("<ul>\n", out);
    for (size_t k = 0; k < report->n_claims; k++) {
        const struct claim_judgement *judgement = &report->claims[k];
        if (judgement->verdict == CLAIM_HOLDS ||
            judgement->counts[CLAIM_HOLDS] > 0) {
            fputs("<li>", out);
            html_text(out, judgement->claim->reading);
            bool holds = judgement->verdict == CLAIM_HOLDS;
            fprintf(out, " <a href=\"#claim-%s\">Claim %u</a>%s%s</li>\n",
                    judgement->claim->name, judgement->claim->number,
                    holds ? "" : ", ",
                    holds ? "" : claim_verdict_text(judgement));
        }
    }
    fputs("</ul>\n<p>For a service of your own: <code>gilbench advise --cpu-us "
          "300 --wait-us 5000 --concurrency 64</code> measures it under each "
          "model; <code>--blocking</code> and <code>--shared map</code> tell "
          "more of it.</p>\n</section>\n",
          out);
}
