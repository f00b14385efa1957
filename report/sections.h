/* SPDX-License-Identifier: MIT */
/* The parts of a report. */
#pragma once

#include "claims/claim.h"
#include "report/report.h"

#define REPORT_CLAIMS 16

struct report {
    FILE *out;
    const struct report_request *request;
    const json_t *document;
    struct claim_judgement claims[REPORT_CLAIMS];
    struct claim_judgement others[REPORT_CLAIMS]; /* of request->other */
    json_t *others_by_id; /* its cells; NULL: there is no other */
    size_t n_claims;
};

/* Judges the claims. Free in the end. */
void report_init(struct report *report, const struct report_request *request,
                 FILE *out);
void report_deinit(struct report *report);

/* The text under `key`, or `unknown`. */
const char *report_get(const json_t *object, const char *key,
                       const char *unknown);

/* Cells by their id; a new reference. */
json_t *report_index_by_id(const json_t *document);

/* A page from <!DOCTYPE on to <body>; its links to sections, which end the
 * header; its end, with the script. */
struct report_link {
    const char *id; /* NULL ends */
    const char *word;
};
void report_page_begin(const struct report *report, const char *title);
void report_nav(const struct report *report, const struct report_link *links);
void report_page_end(const struct report *report);

/* "AMD EPYC, 2 PUs, Linux 6.18" of a document, as HTML. */
void report_machine_line(FILE *out, const json_t *document);

/* "quick, 2026-11-22, 112 cells", as HTML. */
void report_run_line(FILE *out, const json_t *document);

/* The finding that decides (or stands aside) for a part; NULL: not measured. */
const struct claim_finding *report_finding(const struct report *report,
                                           const char *claim, const char *part);

/* A short answer: what a heading of it is told by. The headline is true if the
 * first `n_deciding` parts hold. */
struct report_topic {
    const char *heading;
    const char *headline;
    const char *figure; /* what the ratio of the first part is, in words */
    size_t n_deciding;
    struct {
        const char *claim;
        const char *part; /* NULL ends */
    } parts[6];
};
extern const struct report_topic report_topics[]; /* heading NULL ends */

/* The headline, or what is said instead where not all of it holds. */
const char *report_topic_headline(const struct report *report,
                                  const struct report_topic *topic);

/* The sentence of a finding with a capital letter; `size` CLAIM_SENTENCE. */
void report_sentence(const struct claim_finding *finding, char *out,
                     size_t size);

/* The numbers behind a chart, folded away: a table, and a link that saves them
 * as NAME.csv. `rows` are arrays of texts, numbers and nulls, one value for
 * each of `columns`; the first row tells which columns are numbers. */
struct report_numbers {
    const char *name;
    const char *title;
    const char *const *columns; /* NULL ends */
    const json_t *rows;
};
void report_numbers(FILE *out, const struct report_numbers *numbers);

void report_glance(const struct report *report);
void report_answer(const struct report *report);
/* What changed, if the request has it; `heading` is "#" and so on. */
int report_changes_section(const struct report *report, struct diag *diag);
int report_changes_markdown(const struct report *report, const char *heading,
                            struct diag *diag);
void report_claims(const struct report *report);
void report_forest(const struct report *report);
int report_figures(const struct report *report, struct diag *diag);
void report_meaning(const struct report *report);
void report_machine(const struct report *report);
void report_method(const struct report *report);
void report_warnings(const struct report *report); /* a part of the method */
void report_noise(const struct report *report);
/* Markdown: links NAME.svg of the request's folder. */
void report_picture_link(const struct report *report, const char *title,
                         const char *name);
void report_cells(const struct report *report);
void report_glossary(const struct report *report);
