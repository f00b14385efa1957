/* SPDX-License-Identifier: MIT */
#include "claims/claim_text.h"

#include "harness/base/must.h"
#include "plots/figure_cell.h"
#include "plots/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void format_value(const struct claim_part *part, double value, char *out,
                         size_t size)
{
    if (isnan(value)) {
        snprintf(out, size, "?");
    } else if (part->unit == CLAIM_TIME && isinf(value)) {
        snprintf(out, size, "never");
    } else if (part->unit == CLAIM_TIME) {
        format_seconds(out, size, value);
    } else {
        format_count(out, size, value);
    }
}

static void format_ratio(double value, char *out, size_t size)
{
    if (isnan(value)) {
        snprintf(out, size, "?");
    } else if (isinf(value)) {
        snprintf(out, size, "endlessly many");
    } else {
        format_digits(out, size, value);
    }
}

/* The value of the part's `over` in a cell. */
static void format_over(const struct claim_part *part, const json_t *cell,
                        char *out, size_t size)
{
    const char *key = part->over ? part->over : "tasks";
    if (!cell || !figure_cell_text(cell, key, out, size)) {
        snprintf(out, size, "?");
    }
}

static void put_word(const struct claim_finding *finding, const char *word,
                     char *out, size_t size)
{
    const struct claim_part *part = finding->part;
    if (strcmp(word, "a") == 0) {
        format_value(part, finding->a, out, size);
    } else if (strcmp(word, "b") == 0) {
        format_value(part, finding->b, out, size);
    } else if (strcmp(word, "more") == 0) {
        format_over(part, finding->cell, out, size);
    } else if (strcmp(word, "less") == 0) {
        format_over(part, finding->partner, out, size);
    } else {
        must(strcmp(word, "ratio") == 0);
        format_ratio(finding->ratio, out, size);
    }
}

void claim_sentence(const struct claim_finding *finding, char *out, size_t size)
{
    const char *at = finding->part->sentence;
    size_t used = 0;
    if (!finding->cell) {
        snprintf(out, size, "%s", finding->part->statement);
        return;
    }
    out[0] = '\0';
    while (*at && used < size) {
        size_t plain = strcspn(at, "{");
        used +=
            (size_t)snprintf(out + used, size - used, "%.*s", (int)plain, at);
        at += plain;
        size_t n = strcspn(at, "}");
        char word[16], value[FIGURE_WORD];
        if (*at && used < size) {
            snprintf(word, sizeof(word), "%.*s", (int)n - 1, at + 1);
            put_word(finding, word, value, sizeof(value));
            used += (size_t)snprintf(out + used, size - used, "%s", value);
            at += n + 1;
        }
    }
}

void claim_numbers(const struct claim_finding *finding, char *out, size_t size)
{
    char ratio[32], low[32], high[32], bound[32], interval[80];
    if (!finding->cell) {
        out[0] = '\0';
        return;
    }
    format_ratio(finding->ratio, ratio, sizeof(ratio));
    format_ratio(finding->low, low, sizeof(low));
    format_ratio(finding->high, high, sizeof(high));
    format_digits(bound, sizeof(bound), finding->bound);
    snprintf(interval, sizeof(interval), "[%s - %s]", low, high);
    snprintf(out, size, "%s %s, n %u, holds if at %s %s", ratio,
             isnan(finding->low) ? "(no interval below 6)" : interval,
             finding->n,
             finding->part->side == CLAIM_AT_LEAST ? "least" : "most", bound);
}

void claim_answer(const struct claim_judgement *judgement, char *out,
                  size_t size)
{
    static const char *const one[] = {"holds", "is refuted", "is unclear",
                                      "is not measured"};
    static const char *const many[] = {"hold", "are refuted", "are unclear",
                                       "are not measured"};
    const size_t *counts = judgement->counts;
    size_t total = counts[0] + counts[1] + counts[2] + counts[3], used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < 4 && used < size; i++) {
        if (counts[i] == 0) {
            continue;
        }
        char of[40] = "";
        if (used == 0 && counts[i] == total) {
            snprintf(of, sizeof(of), total == 1 ? " part" : " parts");
        } else if (used == 0) {
            snprintf(of, sizeof(of), " of %zu parts", total);
        }
        used += (size_t)snprintf(out + used, size - used, "%s%zu%s %s",
                                 used ? ", " : "", counts[i], of,
                                 counts[i] == 1 ? one[i] : many[i]);
    }
}

const char *claim_verdict_text(const struct claim_judgement *judgement)
{
    const size_t *counts = judgement->counts;
    if (judgement->verdict == CLAIM_REFUTED && counts[CLAIM_HOLDS] > 0) {
        return "refuted in part";
    }
    if (judgement->verdict == CLAIM_UNCLEAR && counts[CLAIM_HOLDS] > 0) {
        return "unclear in part";
    }
    if (judgement->verdict == CLAIM_NOT_MEASURED && counts[CLAIM_HOLDS] > 0) {
        return "measured in part";
    }
    return claim_verdict_words[judgement->verdict];
}
