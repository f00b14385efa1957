/* SPDX-License-Identifier: MIT */
/*
 *   1 preemption: holds
 *     Under a GIL one thread runs at a time, and its holder is paused
 * regularly. 2 parts hold.
 *
 *     holds    one_runs: 2 CPU-bound threads do 0.998 times the work of one
 *              gil_threads:cpython3: 0.998 [0.972 - 1.01], n 6, holds if ...
 *              gilbench run --workload cpu_loop ...
 */
#include "bench/verdict_text.h"

#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/format.h"

#include <ctype.h>
#include <string.h>

#define WIDTH  100
#define INDENT 17 /* of what belongs to a part */

struct style {
    FILE *out;
    bool colour;
};

static const char *colour_of(const struct style *style,
                             enum claim_verdict verdict)
{
    static const char *const codes[] = {
        [CLAIM_HOLDS] = "\033[32m",
        [CLAIM_REFUTED] = "\033[31m",
        [CLAIM_UNCLEAR] = "\033[33m",
        [CLAIM_NOT_MEASURED] = "\033[2m",
    };
    return style->colour ? codes[verdict] : "";
}

static const char *plain(const struct style *style)
{
    return style->colour ? "\033[0m" : "";
}

static void print_indented(const struct style *style, size_t indent,
                           const char *text)
{
    while (*text) {
        size_t n = format_fold(text, WIDTH - indent);
        fprintf(style->out, "%*s%.*s\n", (int)indent, "", (int)n, text);
        text += n;
        text += strspn(text, " ");
    }
}

static void print_finding(const struct style *style,
                          const struct claim_finding *finding)
{
    char sentence[CLAIM_SENTENCE], numbers[160], line[640];
    claim_sentence(finding, sentence, sizeof(sentence));
    claim_numbers(finding, numbers, sizeof(numbers));
    snprintf(line, sizeof(line), "%s%s: %s", finding->part->name,
             finding->decides ? "" : " (aside)", sentence);
    size_t n = format_fold(line, WIDTH - INDENT);
    fprintf(style->out, "\n    %s%-12s%s %.*s\n",
            colour_of(style, finding->verdict),
            claim_verdict_words[finding->verdict], plain(style), (int)n, line);
    print_indented(style, INDENT, line + n + strspn(line + n, " "));
    if (finding->cell) {
        snprintf(line, sizeof(line), "%s: %s", finding->where, numbers);
        print_indented(style, INDENT, line);
    }
    /* Not folded: it is to be copied. */
    _cleanup_(free_p) char *command = claim_command(finding);
    fprintf(style->out, "%*s%s\n", INDENT, "", command);
}

static void print_claim(const struct style *style,
                        const struct claim_judgement *judgement)
{
    const struct claim *claim = judgement->claim;
    char answer[CLAIM_SENTENCE];
    claim_answer(judgement, answer, sizeof(answer));
    fprintf(style->out, "%u %s: %s%s%s\n", claim->number, claim->name,
            colour_of(style, judgement->verdict), claim_verdict_text(judgement),
            plain(style));
    print_indented(style, 4, claim->statement);
    fprintf(style->out, "    %s.\n", answer);
    for (size_t i = 0; i < judgement->n; i++) {
        print_finding(style, &judgement->findings[i]);
    }
    fputc('\n', style->out);
}

static void print_disturbance(const struct style *style, const json_t *document)
{
    double share = claim_disturbance(document);
    char line[240];
    if (!(share > CLAIM_DISTURBED)) {
        return;
    }
    snprintf(line, sizeof(line),
             "Something else ran beside what was measured: in %.0f %% of the "
             "time somebody waited for a PU although one task ran on one of "
             "several. So nothing is judged; measure again when it is quiet.",
             100 * share);
    print_indented(style, 0, line);
    fputc('\n', style->out);
}

void verdict_print(const json_t *document, FILE *out, bool colour,
                   size_t ret_counts[4])
{
    const struct style style = {out, colour};
    memset(ret_counts, 0, 4 * sizeof(*ret_counts));
    print_disturbance(&style, document);
    for (size_t i = 0; claims[i]; i++) {
        struct claim_judgement judgement;
        claim_judge(claims[i], document, &judgement);
        ret_counts[judgement.verdict]++;
        print_claim(&style, &judgement);
        claim_judgement_free(&judgement);
    }
}

/* "; SENTENCE", with the lock where it is not the usual one. */
static void put_short(const struct claim_finding *finding, bool first,
                      FILE *out)
{
    char sentence[CLAIM_SENTENCE];
    claim_sentence(finding, sentence, sizeof(sentence));
    if (first) {
        sentence[0] = (char)toupper((unsigned char)sentence[0]);
    }
    fprintf(out, "%s%s", first ? "" : "; ", sentence);
    if (!finding->decides && !finding->part->aside) {
        fprintf(out, " (%s)", finding->where);
    }
    if (finding->verdict == CLAIM_UNCLEAR) {
        fputs(" (unclear)", out);
    }
}

static void print_short(const struct style *style,
                        const struct claim_judgement *judgement)
{
    _cleanup_(free_p) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    bool any = false;
    for (size_t i = 0; i < judgement->n; i++) {
        const struct claim_finding *finding = &judgement->findings[i];
        if (finding->cell && (finding->decides || !any)) {
            put_short(finding, !any, out);
            any = true;
        }
    }
    must(fclose(out) == 0);
    if (!any) {
        return;
    }
    fprintf(style->out, "\n%u %s: %s%s%s\n", judgement->claim->number,
            judgement->claim->name, colour_of(style, judgement->verdict),
            claim_verdict_text(judgement), plain(style));
    print_indented(style, 2, text);
}

void verdict_print_short(const json_t *document, FILE *out, bool colour)
{
    const struct style style = {out, colour};
    if (claim_disturbance(document) > CLAIM_DISTURBED) {
        fputc('\n', out);
        print_disturbance(&style, document);
    }
    for (size_t i = 0; claims[i]; i++) {
        struct claim_judgement judgement;
        claim_judge(claims[i], document, &judgement);
        print_short(&style, &judgement);
        claim_judgement_free(&judgement);
    }
}
