/* SPDX-License-Identifier: MIT */
/* What was found of a claim, in words. */
#pragma once

#include "claims/claim.h"

#include <jansson.h>
#include <stddef.h>

#define CLAIM_SENTENCE 320

/* The part's sentence with its numbers, or its statement where nothing was
 * measured. No capital letter, no full stop. */
void claim_sentence(const struct claim_finding *finding, char *out,
                    size_t size);

/* "0.998 [0.972 - 1.01], n 6, holds if at most 1.10"; "" not measured. */
void claim_numbers(const struct claim_finding *finding, char *out, size_t size);

/* "7 of 9 parts hold, 1 is refuted, 1 is unclear". */
void claim_answer(const struct claim_judgement *judgement, char *out,
                  size_t size);

/* The verdict in a word or two: "refuted in part" where some parts hold. */
const char *claim_verdict_text(const struct claim_judgement *judgement);

/* The command that measures the cells of a finding again; the caller frees. */
char *claim_command(const struct claim_finding *finding);

/* What `gilbench verdict --json` writes (results/schema/verdict.json); a new
 * reference. */
json_t *claims_to_json(const json_t *document);
