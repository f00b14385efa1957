/* SPDX-License-Identifier: MIT */
/* The report as Markdown for a wiki or a pull request; pictures are linked. */
#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/figure.h"
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char *const signs[] = {"✓", "✗", "?", "–"};

static void put_topic(const struct report *report,
                      const struct report_topic *topic)
{
    bool any = false;
    for (size_t i = 0; i < 6 && topic->parts[i].part; i++) {
        const struct claim_finding *finding =
            report_finding(report, topic->parts[i].claim, topic->parts[i].part);
        if (!finding) {
            continue;
        }
        char sentence[CLAIM_SENTENCE];
        report_sentence(finding, sentence, sizeof(sentence));
        if (!any) {
            fprintf(report->out, "- *%s.* **%s**", topic->heading,
                    report_topic_headline(report, topic));
        }
        fputc(' ', report->out);
        markdown_text(report->out, sentence);
        fputs(finding->verdict == CLAIM_UNCLEAR ? " (unclear)." : ".",
              report->out);
        any = true;
    }
    fputs(any ? "\n" : "", report->out);
}

static void put_verdicts(const struct report *report)
{
    const struct report_request *request = report->request;
    FILE *out = report->out;
    fputs("\n## Claims\n\n| | claim | verdict |", out);
    if (request->other) {
        fputs(" in ", out);
        markdown_text(out, request->other_name);
        fputs(" |", out);
    }
    fprintf(out, "\n| --- | --- | --- |%s\n", request->other ? " --- |" : "");
    for (size_t i = 0; i < report->n_claims; i++) {
        const struct claim_judgement *judgement = &report->claims[i];
        fprintf(out, "| %u | %s | %s %s |", judgement->claim->number,
                judgement->claim->statement, signs[judgement->verdict],
                claim_verdict_text(judgement));
        if (request->other) {
            const struct claim_judgement *other = &report->others[i];
            fprintf(out, " %s %s |", signs[other->verdict],
                    claim_verdict_text(other));
        }
        fputc('\n', out);
    }
}

static void put_finding(FILE *out, const struct claim_finding *finding)
{
    char sentence[CLAIM_SENTENCE], numbers[160];
    report_sentence(finding, sentence, sizeof(sentence));
    claim_numbers(finding, numbers, sizeof(numbers));
    fprintf(out, "- %s %s: ", signs[finding->verdict],
            claim_verdict_words[finding->verdict]);
    markdown_text(out, sentence);
    fputs(". ", out);
    markdown_text(out, numbers);
    if (*finding->where) {
        fputs("; ", out);
        markdown_text(out, finding->where);
    }
    fputc('\n', out);
}

static void put_claim(FILE *out, const struct claim_judgement *judgement)
{
    fprintf(out, "\n### %u. %s\n\n%s\n\n", judgement->claim->number,
            judgement->claim->statement, judgement->claim->reading);
    for (size_t i = 0; i < judgement->n; i++) {
        put_finding(out, &judgement->findings[i]);
    }
}

void report_picture_link(const struct report *report, const char *title,
                         const char *name)
{
    fprintf(report->out, "\n![%s](", title);
    /* The way may have blanks and brackets. */
    for (const unsigned char *c = (const unsigned char *)report->request->link;
         *c; c++) {
        bool plain = *c > ' ' && *c < 0x7f && !strchr("()<>\\%[]\"'`", *c);
        fprintf(report->out, plain ? "%c" : "%%%02X", *c);
    }
    fprintf(report->out, "/%s.svg)\n", name);
}

static int put_picture(const struct report *report, const char *name,
                       struct diag *diag)
{
    const struct report_request *request = report->request;
    _cleanup_(free_p) char *title = figure_title(name);
    _cleanup_(free_p) char *ignored = NULL;
    size_t size = 0;
    FILE *list = open_memstream(&ignored, &size);
    must(list != NULL);
    struct figure_request drawing = {.name = name,
                                     .document = request->document,
                                     .formats = 1u << FIGURE_SVG,
                                     .output_dir = request->pictures,
                                     .list = list,
                                     .gnuplot = request->gnuplot};
    int r = figure_draw(&drawing, diag);
    must(fclose(list) == 0);
    if (r == 0) {
        report_picture_link(report, title, name);
    }
    return r == -ENODATA ? 0 : r;
}

static void put_head(const struct report *report)
{
    FILE *out = report->out;
    const json_t *context = json_object_get(report->document, "context");
    const json_t *plan = json_object_get(report->document, "plan");
    const json_t *topology = json_object_get(context, "topology");
    fputs("# What the GIL costs on this machine\n\n", out);
    markdown_text(out, report_get(context, "cpu_model", "unknown CPU"));
    fprintf(out, ", %.0f PUs, ",
            json_number_value(json_object_get(topology, "pus")));
    markdown_text(out, report_get(context, "kernel", "unknown kernel"));
    fputs("; plan ", out);
    markdown_text(out, report_get(plan, "name", "from options"));
    fputs(", ", out);
    markdown_text(out, report_get(context, "date", "?"));
    fprintf(out, ", %zu cells.\n\n",
            json_array_size(json_object_get(report->document, "cells")));
}

int report_markdown(const struct report_request *request, FILE *out,
                    struct diag *diag)
{
    struct report *report = must_calloc(1, sizeof(*report));
    int r = 0;
    report_init(report, request, out);
    put_head(report);
    for (const struct report_topic *topic = report_topics; topic->heading;
         topic++) {
        put_topic(report, topic);
    }
    if (request->changes) {
        fputc('\n', out);
        r = report_changes_markdown(report, "##", diag);
    }
    put_verdicts(report);
    fputs("\nA ratio is the median over pairs of processes with its exact 95 % "
          "interval.\n",
          out);
    for (size_t i = 0; i < report->n_claims; i++) {
        put_claim(out, &report->claims[i]);
    }
    if (request->pictures) {
        fputs("\n## Charts\n", out);
    }
    for (size_t i = 0; request->pictures && figure_names[i] && r == 0; i++) {
        r = put_picture(report, figure_names[i], diag);
    }
    report_deinit(report);
    free(report);
    return r;
}
