/* SPDX-License-Identifier: MIT */
/* The page as a whole: its head, its sections in order, its end. */
#include "harness/base/embed.h"
#include "harness/base/must.h"
#include "report/html.h"
#include "report/sections.h"

#include <string.h>

extern const struct embedded_file report_files[];

const char *report_get(const json_t *object, const char *key,
                       const char *unknown)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : unknown;
}

static void put_file(FILE *out, const char *name)
{
    const struct embedded_file *file = embedded_find(report_files, name);
    must(file != NULL);
    fwrite(file->data, 1, file->size, out);
}

void report_machine_line(FILE *out, const json_t *document)
{
    const json_t *context = json_object_get(document, "context");
    const json_t *topology = json_object_get(context, "topology");
    double pus = json_number_value(json_object_get(topology, "pus"));
    double cores = json_number_value(json_object_get(topology, "cores"));
    const char *hypervisor = report_get(context, "hypervisor", "");
    html_text(out, report_get(context, "cpu_model", "unknown CPU"));
    fprintf(out, ", %.0f PU%s on %.0f core%s", pus, pus == 1 ? "" : "s", cores,
            cores == 1 ? "" : "s");
    if (*hypervisor && strcmp(hypervisor, "none") != 0) {
        fputs(", virtual (", out);
        html_text(out, hypervisor);
        fputs(")", out);
    }
    fputs(", ", out);
    html_text(out, report_get(context, "kernel", "unknown kernel"));
}

void report_run_line(FILE *out, const json_t *document)
{
    const json_t *plan = json_object_get(document, "plan");
    const json_t *context = json_object_get(document, "context");
    char date[11];
    snprintf(date, sizeof(date), "%s", report_get(context, "date", "?"));
    fputs("Plan ", out);
    html_text(out, report_get(plan, "name", "from options"));
    fputs(", ", out);
    html_text(out, date);
    fprintf(out, ", %zu cells, gilbench ",
            json_array_size(json_object_get(document, "cells")));
    html_text(
        out, report_get(json_object_get(document, "gilbench"), "version", "?"));
}

/* Nothing may be loaded, whatever a mistake of ours would let in. */
void report_page_begin(const struct report *report, const char *title)
{
    FILE *out = report->out;
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
          "<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
          "'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
          "img-src data:; base-uri 'none'; form-action 'none'\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, "
          "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light "
          "dark\">\n<link rel=\"icon\" href=\"data:,\">\n"
          "<title>",
          out);
    html_text(out, title);
    fputs(": ", out);
    html_text(out, report->request->name);
    fputs("</title>\n<style>\n", out);
    put_file(out, "style.css");
    fputs("</style>\n</head>\n<body>\n", out);
}

static void put_line(FILE *out, const char *name, const json_t *document)
{
    fputs("<p class=\"facts\">", out);
    if (name) {
        fputs("<strong>", out);
        html_text(out, name);
        fputs("</strong>: ", out);
    }
    report_run_line(out, document);
    fputs("<br>", out);
    report_machine_line(out, document);
    fputs("</p>\n", out);
}

void report_nav(const struct report *report, const struct report_link *links)
{
    FILE *out = report->out;
    fputs("<nav aria-label=\"Sections\"><ul>\n", out);
    for (; links->id; links++) {
        if (!report->request->changes && strcmp(links->id, "changes") == 0) {
            continue;
        }
        fprintf(out, "<li><a href=\"#%s\">%s</a></li>\n", links->id,
                links->word);
    }
    fputs("</ul></nav>\n</header>\n<main>\n", out);
}

static void put_top(const struct report *report)
{
    static const struct report_link links[] = {
        {"answer", "Answer"},   {"changes", "What changed"},
        {"claims", "Claims"},   {"charts", "Charts"},
        {"meaning", "Service"}, {"machine", "Machine"},
        {"method", "Method"},   {"cells", "Cells"},
        {"glossary", "Words"},  {NULL, NULL},
    };
    const struct report_request *request = report->request;
    FILE *out = report->out;
    fputs("<a class=\"skip\" href=\"#answer\">To the answer</a>\n<header>\n"
          "<h1>What the GIL costs on this machine</h1>\n"
          "<p class=\"lead\">One workload source as threads under a global "
          "interpreter lock, as cooperative tasks on an event loop, and as "
          "threads without a lock: measured, with intervals.</p>\n",
          out);
    put_line(out, request->other ? request->name : NULL, report->document);
    if (request->other) {
        put_line(out, request->other_name, request->other);
    }
    report_nav(report, links);
}

void report_page_end(const struct report *report)
{
    fputs("</main>\n<footer><p>Made by gilbench from ", report->out);
    html_text(report->out, report->request->name);
    fputs(". This page is one file: it loads nothing.</p></footer>\n"
          "<script>\n",
          report->out);
    put_file(report->out, "script.js");
    fputs("</script>\n</body>\n</html>\n", report->out);
}

json_t *report_index_by_id(const json_t *document)
{
    json_t *index = json_object();
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        json_object_set(index, report_get(cell, "id", ""), cell);
    }
    return index;
}

void report_init(struct report *report, const struct report_request *request,
                 FILE *out)
{
    *report = (struct report){
        .out = out, .request = request, .document = request->document};
    for (size_t i = 0; claims[i] && i < REPORT_CLAIMS; i++) {
        claim_judge(claims[i], request->document, &report->claims[i]);
        if (request->other) {
            claim_judge(claims[i], request->other, &report->others[i]);
        }
        report->n_claims++;
    }
    if (request->other) {
        report->others_by_id = report_index_by_id(request->other);
    }
}

void report_deinit(struct report *report)
{
    for (size_t i = 0; i < report->n_claims; i++) {
        claim_judgement_free(&report->claims[i]);
        claim_judgement_free(&report->others[i]);
    }
    json_decref(report->others_by_id);
}

int report_html(const struct report_request *request, FILE *out,
                struct diag *diag)
{
    struct report *report = must_calloc(1, sizeof(*report));
    report_init(report, request, out);
    report_page_begin(report, "What the GIL costs");
    put_top(report);
    report_answer(report);
    int r = report_changes_section(report, diag);
    report_claims(report);
    r = r < 0 ? r : report_figures(report, diag);
    if (r == 0) {
        report_meaning(report);
        report_machine(report);
        report_method(report);
        report_cells(report);
        report_glossary(report);
        report_page_end(report);
    }
    report_deinit(report);
    free(report);
    return r;
}
