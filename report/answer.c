/* SPDX-License-Identifier: MIT */
/* The short answer: a sentence or two for each thing people ask. */
#include "claims/claim_text.h"
#include "report/html.h"
#include "report/sections.h"

#include <ctype.h>
#include <string.h>

const struct report_topic report_topics[] = {
    {"Computing",
     {{"preemption", "one_runs"},
      {"one_loop", "no_speed_up"},
      {"one_loop", "threads_speed_up"}}},
    {"Waiting",
     {{"overlap", "sleeps"},
      {"overlap", "echoes"},
      {"blocking", "stalls"},
      {"blocking", "executor_helps"}}},
    {"Waiting beside computing",
     {{"handover", "echo_waits"},
      {"handover", "echo_without_gil"},
      {"one_loop", "keeps_the_loop"},
      {"one_loop", "yielding_helps"}}},
    {"Switching",
     {{"switching", "cheaper"},
      {"switching", "flat"},
      {"handover", "handoff_dearer"}}},
    {"Sharing",
     {{"sharing", "unshared"},
      {"sharing", "shared_writes"},
      {"sharing", "shared_references"},
      {"sharing", "price_for_one"},
      {"sharing", "waiting_costs"}}},
    {0},
};

const struct claim_finding *report_finding(const struct report *report,
                                           const char *claim, const char *part)
{
    for (size_t i = 0; i < report->n_claims; i++) {
        const struct claim_judgement *judgement = &report->claims[i];
        if (strcmp(judgement->claim->name, claim) != 0) {
            continue;
        }
        for (size_t k = 0; k < judgement->n; k++) {
            const struct claim_finding *finding = &judgement->findings[k];
            if (finding->cell && strcmp(finding->part->name, part) == 0 &&
                (finding->decides || finding->part->aside)) {
                return finding;
            }
        }
    }
    return NULL;
}

void report_sentence(const struct claim_finding *finding, char *out,
                     size_t size)
{
    claim_sentence(finding, out, size);
    out[0] = (char)toupper((unsigned char)out[0]);
}

static bool put_topic(const struct report *report,
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
        fprintf(report->out, "%s", any ? " " : "<dt>");
        if (!any) {
            html_text(report->out, topic->heading);
            fputs("</dt><dd>", report->out);
        }
        html_text(report->out, sentence);
        fputs(finding->verdict == CLAIM_UNCLEAR ? " (unclear)." : ".",
              report->out);
        any = true;
    }
    fputs(any ? "</dd>\n" : "", report->out);
    return any;
}

static void put_strip(const struct report *report)
{
    static const char *const classes[] = {"holds", "refuted", "unclear",
                                          "none"};
    fputs("<ol class=\"strip\">\n", report->out);
    for (size_t i = 0; i < report->n_claims; i++) {
        const struct claim_judgement *judgement = &report->claims[i];
        fprintf(report->out, "<li><a href=\"#claim-%s\">",
                judgement->claim->name);
        html_text(report->out, judgement->claim->statement);
        fprintf(report->out, "</a> <b class=\"badge %s\">%s</b></li>\n",
                classes[judgement->verdict], claim_verdict_text(judgement));
    }
    fputs("</ol>\n", report->out);
}

void report_answer(const struct report *report)
{
    bool any = false;
    fputs("<section id=\"answer\" aria-labelledby=\"answer-h\">\n"
          "<h2 id=\"answer-h\">The short answer</h2>\n",
          report->out);
    double share = claim_disturbance(report->document);
    if (share > CLAIM_DISTURBED) {
        fprintf(report->out,
                "<p><strong>Something else ran beside what was "
                "measured:</strong> in %.0f&nbsp;%% of the time somebody "
                "waited for a PU although one task ran on one of several. So "
                "nothing is judged, and no number below should be relied on; "
                "measure again when the machine is quiet.</p>\n",
                100 * share);
    }
    report_glance(report);
    fputs("<h3>Seven claims, judged on this machine</h3>\n", report->out);
    put_strip(report);
    fputs("<h3>In words</h3>\n<dl class=\"answer\">\n", report->out);
    for (const struct report_topic *topic = report_topics; topic->heading;
         topic++) {
        any |= put_topic(report, topic);
    }
    if (!any) {
        fputs("<dt>Nothing yet</dt><dd>This result has the cells of no claim; "
              "the plan <code>quick</code> has them all.</dd>\n",
              report->out);
    }
    fputs("</dl>\n</section>\n", report->out);
}
