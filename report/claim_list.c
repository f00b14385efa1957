/* SPDX-License-Identifier: MIT */
/* Every claim with its verdict and all its parts. */
#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

#include <math.h>
#include <string.h>

static const char *const classes[] = {"holds", "refuted", "unclear", "none"};

static void put_number(FILE *out, double value)
{
    char text[64] = "";
    if (isfinite(value)) {
        format_digits(text, sizeof(text), value);
    } else if (isinf(value)) {
        snprintf(text, sizeof(text), "endless");
    }
    fprintf(out, "<td class=\"n\" data-sort=\"");
    html_csv_number(out, value);
    fprintf(out, "\">%s</td>", text);
}

static void put_sentence(FILE *out, const struct claim_finding *finding)
{
    char sentence[CLAIM_SENTENCE];
    report_sentence(finding, sentence, sizeof(sentence));
    fputs("<td class=\"words\">", out);
    html_text(out, sentence);
    fprintf(out, ". <small>%s<code>%s</code>",
            finding->part->aside ? "Aside " : "", finding->part->name);
    if (*finding->where) {
        fputs(", ", out);
        html_text(out, finding->where);
    }
    fputs("</small></td>", out);
}

static void put_finding(FILE *out, const struct claim_finding *finding)
{
    char low[32], high[32], bound[32];
    fprintf(out, "<tr><td><b class=\"badge %s\">%s</b></td>",
            classes[finding->verdict], claim_verdict_words[finding->verdict]);
    put_sentence(out, finding);
    put_number(out, finding->ratio);
    if (isfinite(finding->low) && isfinite(finding->high)) {
        format_digits(low, sizeof(low), finding->low);
        format_digits(high, sizeof(high), finding->high);
        fprintf(out, "<td class=\"n\">%s &ndash; %s</td>", low, high);
    } else {
        fputs("<td class=\"n\">none</td>", out);
    }
    format_digits(bound, sizeof(bound), finding->bound);
    fprintf(out, "<td class=\"n\">%s %s</td><td class=\"n\">%u</td></tr>\n",
            finding->part->side == CLAIM_AT_LEAST ? "&ge;" : "&le;", bound,
            finding->n);
}

static void put_table(FILE *out, const struct claim_judgement *judgement)
{
    fprintf(out,
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
            "aria-label=\"Parts of the claim %s\"><table>\n"
            "<thead><tr><th scope=\"col\">verdict</th>"
            "<th scope=\"col\">what was found</th><th scope=\"col\" "
            "class=\"n\">ratio</th>"
            "<th scope=\"col\" class=\"n\">95 %% interval</th>"
            "<th scope=\"col\" class=\"n\">holds if</th><th scope=\"col\" "
            "class=\"n\">n</th></tr>"
            "</thead>\n<tbody>\n",
            judgement->claim->name);
    for (size_t i = 0; i < judgement->n; i++) {
        put_finding(out, &judgement->findings[i]);
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_commands(FILE *out, const struct claim_judgement *judgement)
{
    fputs("<details><summary>Measure it again</summary>\n<pre>", out);
    for (size_t i = 0; i < judgement->n; i++) {
        const struct claim_finding *finding = &judgement->findings[i];
        _cleanup_(free_p) char *command = claim_command(finding);
        fprintf(out, "# %s\n", finding->part->name);
        html_text(out, command);
        fputc('\n', out);
    }
    fputs("</pre></details>\n", out);
}

/* The verdict of the same claim in the other result. */
static void put_other(const struct report *report, size_t at)
{
    if (report->request->other) {
        const struct claim_judgement *other = &report->others[at];
        char answer[CLAIM_SENTENCE];
        claim_answer(other, answer, sizeof(answer));
        fputs("<p>In <strong>", report->out);
        html_text(report->out, report->request->other_name);
        fprintf(report->out,
                "</strong>: <b class=\"badge %s\">%s</b> %s.</p>\n",
                classes[other->verdict], claim_verdict_text(other), answer);
    }
}

static void put_claim(const struct report *report, size_t at)
{
    const struct claim_judgement *judgement = &report->claims[at];
    const struct claim *claim = judgement->claim;
    FILE *out = report->out;
    char answer[CLAIM_SENTENCE];
    claim_answer(judgement, answer, sizeof(answer));
    fprintf(out, "<article id=\"claim-%s\">\n<h3>%u. ", claim->name,
            claim->number);
    html_text(out, claim->statement);
    fprintf(out, "</h3>\n<p><b class=\"badge %s\">%s</b> %s.</p>\n",
            classes[judgement->verdict], claim_verdict_text(judgement), answer);
    put_other(report, at);
    fputs("<p><strong>What it means.</strong> ", out);
    html_text(out, claim->reading);
    fputs("</p>\n", out);
    put_table(out, judgement);
    fputs("<p><small>It would be refuted by ", out);
    html_text(out, claim->refuted_by);
    fputs("</small></p>\n", out);
    put_commands(out, judgement);
    fputs("</article>\n", out);
}

void report_claims(const struct report *report)
{
    fputs("<section id=\"claims\" aria-labelledby=\"claims-h\">\n"
          "<h2 id=\"claims-h\">The claims, part by part</h2>\n"
          "<p>A ratio is the median over pairs of processes, with its exact "
          "95&nbsp;% interval. A part holds if the whole interval is on the "
          "right side of the bound, is refuted if all of it is beyond, and is "
          "unclear if it reaches over.</p>\n",
          report->out);
    report_forest(report);
    for (size_t i = 0; i < report->n_claims; i++) {
        put_claim(report, i);
    }
    fputs("</section>\n", report->out);
}
