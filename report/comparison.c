/* SPDX-License-Identifier: MIT */
/* A comparison as a page of its own: what changed, where, how it was judged. */
#include "report/changes.h"
#include "report/html.h"
#include "report/sections.h"

#include <string.h>

/* Some cells ran both sides at the same time. */
static bool is_duet(const json_t *document)
{
    const json_t *comparison = json_object_get(document, "comparison");
    return strcmp(report_get(comparison, "design", ""), "duet") == 0;
}

static void put_top(const struct report *report)
{
    static const struct report_link links[] = {
        {"changes", "What changed"},
        {"machine", "Machine"},
        {"method", "Method"},
        {"glossary", "Words"},
        {NULL, NULL},
    };
    FILE *out = report->out;
    fputs("<a class=\"skip\" href=\"#changes\">To what changed</a>\n<header>\n"
          "<h1>",
          out);
    html_text(out, report->request->changes->headline);
    fprintf(out,
            "</h1>\n<p class=\"lead\">Two sides measured %s on one machine, "
            "process by process, so that whatever else it did fell on "
            "both.</p>\n<p class=\"facts\">",
            is_duet(report->document) ? "side by side" : "in turn");
    report_machine_line(out, report->document);
    fputs("</p>\n", out);
    report_nav(report, links);
}

static void put_method(const struct report *report)
{
    FILE *out = report->out;
    fprintf(
        out,
        "<section id=\"method\" aria-labelledby=\"method-h\">\n"
        "<h2 id=\"method-h\">How it was judged</h2>\n"
        "<p>A pair is a fresh process of each side, %s; rounds go over all "
        "cells. ",
        is_duet(report->document)
            ? "both at the same time on two PUs, which they exchange from "
              "round to round (where a cell needs more than one PU: one after "
              "the other in random order)"
            : "one after the other in random order");
    fputs(
        "The change is the median over "
        "the pairs of new by base, as cost, with its exact 95&nbsp;% interval; "
        "there is none below six pairs.</p>\n<ul>\n"
        "<li><strong>slower</strong>: the sign test says that the median lies "
        "above the margin;</li>\n"
        "<li><strong>faster</strong>: the same on the other side;</li>\n"
        "<li><strong>same</strong>: the whole interval lies within the margin: "
        "a finding, and not the lack of one;</li>\n"
        "<li><strong>unclear</strong>: none of these; beside it stands how "
        "many pairs would settle it, if more would.</li>\n</ul>\n"
        "<p>The error level is 5&nbsp;% for all verdicts together (Holm). "
        "Verdicts in brackets do not count: their tasks were bound to no PU, "
        "and the kernel's choice is most of such a difference.</p>\n",
        out);
    report_warnings(report);
    fputs("</section>\n", out);
}

int report_comparison_html(const struct report_request *request, FILE *out,
                           struct diag *diag)
{
    const struct report report = {
        .out = out, .request = request, .document = request->document};
    report_page_begin(&report, "What changed");
    put_top(&report);
    int r = report_changes_section(&report, diag);
    if (r == 0) {
        report_machine(&report);
        put_method(&report);
        report_glossary(&report);
        report_page_end(&report);
    }
    return r;
}

int report_comparison_markdown(const struct report_request *request, FILE *out,
                               struct diag *diag)
{
    const struct report report = {
        .out = out, .request = request, .document = request->document};
    return report_changes_markdown(&report, "#", diag);
}
