/* SPDX-License-Identifier: MIT */
#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <math.h>

/* What the finding is about as ids; [] not measured. */
static json_t *ids_of(const struct claim_finding *finding)
{
    json_t *ids = json_array();
    const json_t *const cells[] = {finding->cell, finding->partner};
    for (size_t i = 0; i < 2; i++) {
        if (cells[i]) {
            const json_t *id = json_object_get(cells[i], "id");
            json_array_append(ids, (json_t *)id);
        }
    }
    return ids;
}

static json_t *finding_to_json(const struct claim_finding *finding)
{
    const struct claim_part *part = finding->part;
    char sentence[CLAIM_SENTENCE];
    _cleanup_(free_p) char *command = claim_command(finding);
    claim_sentence(finding, sentence, sizeof(sentence));
    json_t *json = json_pack(
        "{ss ss ss sb so ss ss so so so si s{ss so} so ss}", "id", part->name,
        "statement", part->statement, "verdict",
        claim_verdict_words[finding->verdict], "decides", finding->decides,
        "where", json_text(*finding->where ? finding->where : NULL), "found",
        sentence, "metric", part->metric, "ratio", json_number(finding->ratio),
        "low", json_number(finding->low), "high", json_number(finding->high),
        "n", (int)finding->n, "holds_if", "side",
        part->side == CLAIM_AT_LEAST ? "at least" : "at most", "bound",
        json_number(finding->bound), "cells", ids_of(finding), "command",
        command);
    must(json != NULL);
    return json;
}

static json_t *judgement_to_json(const struct claim_judgement *judgement)
{
    const struct claim *claim = judgement->claim;
    char answer[CLAIM_SENTENCE];
    claim_answer(judgement, answer, sizeof(answer));
    json_t *parts = json_array();
    for (size_t i = 0; i < judgement->n; i++) {
        json_array_append_new(parts, finding_to_json(&judgement->findings[i]));
    }
    json_t *json = json_pack(
        "{ss si ss ss ss ss sb ss so}", "id", claim->name, "number",
        (int)claim->number, "statement", claim->statement, "refuted_by",
        claim->refuted_by, "reading", claim->reading, "verdict",
        claim_verdict_words[judgement->verdict], "disturbed",
        judgement->disturbed, "answer", answer, "parts", parts);
    must(json != NULL);
    return json;
}

json_t *claims_to_json(const json_t *document)
{
    json_t *all = json_array();
    for (size_t i = 0; claims[i]; i++) {
        struct claim_judgement judgement;
        claim_judge(claims[i], document, &judgement);
        json_array_append_new(all, judgement_to_json(&judgement));
        claim_judgement_free(&judgement);
    }
    json_t *json = json_pack("{si so}", "schema_version", 1, "claims", all);
    must(json != NULL);
    return json;
}
