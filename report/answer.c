/* SPDX-License-Identifier: MIT */
/* The short answer: a sentence or two for each thing people ask. */
#include "claims/claim_text.h"
#include "plots/format.h"
#include "report/html.h"
#include "report/sections.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

const struct report_topic report_topics[] = {
    {"Computing",
     "More threads do not compute faster under a GIL, nor more tasks on an "
     "event loop; threads without a GIL do.",
     "the work of one, by several threads under a GIL",
     3,
     {{"preemption", "one_runs"},
      {"one_loop", "no_speed_up"},
      {"one_loop", "threads_speed_up"}}},
    {"Waiting",
     "Threads that wait overlap under a GIL. On an event loop one call that "
     "blocks stops every task; through an executor it does not.",
     "the sleeps of one, by many threads under a GIL",
     4,
     {{"overlap", "sleeps"},
      {"overlap", "echoes"},
      {"blocking", "stalls"},
      {"blocking", "executor_helps"}}},
    {"Waiting beside computing",
     "Under a GIL, who waits pays for who computes. On an event loop a task "
     "that computes and never yields shuts out all others.",
     "the time of an echo under a GIL, beside a thread that computes",
     2,
     {{"handover", "echo_waits"},
      {"one_loop", "keeps_the_loop"},
      {"one_loop", "yielding_helps"},
      {"handover", "echo_without_gil"}}},
    {"Switching",
     "To switch between tasks of a loop costs next to nothing beside handing "
     "the GIL from thread to thread.",
     "the time of a hand-off, under a GIL instead of on a loop",
     1,
     {{"switching", "cheaper"},
      {"switching", "flat"},
      {"handover", "handoff_dearer"}}},
    {"Sharing",
     "Without a GIL, threads that write the same objects gain nothing from "
     "more PUs; threads that share nothing do.",
     "the additions of one, by several threads to one counter",
     3,
     {{"sharing", "shared_writes"},
      {"sharing", "shared_references"},
      {"sharing", "unshared"},
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

const char *report_topic_headline(const struct report *report,
                                  const struct report_topic *topic)
{
    bool all = true;
    for (size_t i = 0; i < topic->n_deciding; i++) {
        const struct claim_finding *finding =
            report_finding(report, topic->parts[i].claim, topic->parts[i].part);
        if (finding && finding->verdict == CLAIM_REFUTED) {
            return "Not what is usually said:";
        }
        all = all && finding && finding->verdict == CLAIM_HOLDS;
    }
    return all ? topic->headline : "Not clear from this run:";
}

/* The ratio of the first part, large: the words beside it are about that. */
static void put_figure(const struct report_topic *topic,
                       const struct claim_finding *finding, FILE *out)
{
    char text[32];
    if (finding->ratio > 0 && isfinite(finding->ratio)) {
        format_digits(text, sizeof(text), finding->ratio);
        fprintf(out, "<b class=\"times\">%s<i>&times;</i></b><small>%s</small>",
                text, topic->figure);
    }
}

static bool put_topic(const struct report *report,
                      const struct report_topic *topic)
{
    FILE *out = report->out;
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
            fputs("<div><dt>", out);
            html_text(out, topic->heading);
            if (i == 0) {
                put_figure(topic, finding, out);
            }
            fprintf(out, "</dt><dd><strong>%s</strong>",
                    report_topic_headline(report, topic));
        }
        fputc(' ', out);
        html_text(out, sentence);
        fputs(finding->verdict == CLAIM_UNCLEAR ? " (unclear)." : ".", out);
        any = true;
    }
    fputs(any ? "</dd></div>\n" : "", out);
    return any;
}

static void put_topics(const struct report *report)
{
    bool any = false;
    fputs("<dl class=\"topics\">\n", report->out);
    for (const struct report_topic *topic = report_topics; topic->heading;
         topic++) {
        any |= put_topic(report, topic);
    }
    if (!any) {
        fputs("<div><dt>Nothing yet</dt><dd>This result has the cells of no "
              "claim; the plan <code>quick</code> has them all.</dd></div>\n",
              report->out);
    }
    fputs("</dl>\n", report->out);
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
    put_topics(report);
    fputs("<h3>The models side by side</h3>\n", report->out);
    report_glance(report);
    fputs("<h3>Seven claims, judged on this machine</h3>\n", report->out);
    put_strip(report);
    fputs("</section>\n", report->out);
}
