/* SPDX-License-Identifier: MIT */
/* What all reports of a comparison say alike. */
#pragma once

#include "bench/compare.h"

/* Cells in words: "+5.1 %", "x 12"; "-" where there is no number. */
void compare_row_change(const struct compare_row *row, char *text, size_t size);
/* "+4.0 .. +6.2 %" */
void compare_row_interval(const struct compare_row *row, char *text,
                          size_t size);
/* "slower"; "(slower)" where it does not gate; "failed". */
void compare_row_verdict(const struct compare_row *row, char *text,
                         size_t size);
/* The cell's id, and the metric if it is not the usual one. */
void compare_row_name(const struct compare_row *row, char *text, size_t size);
/* The same with another text in the place of the id. */
void compare_row_name_as(const struct compare_row *row, const char *id,
                         char *text, size_t size);
/* What else is to be said: the reason, or how many pairs would settle it; may
 * be empty. */
void compare_row_remark(const struct compare_row *row, char *text, size_t size);

/* "this program, lock=mutex" */
void compare_side_words(const json_t *document, const char *role, char *text,
                        size_t size);
/* "1 slower, 0 faster, 10 same, 1 unclear" and what was lost. */
void compare_count_words(const json_t *document, char *text, size_t size);
/* What is to be known beside the rows: how they are read, and what was met.
 * Calls `tell` with a line each. */
typedef void compare_note(const char *note, void *arg);
void compare_notes(const json_t *document, compare_note *tell, void *arg);
/* Why the exit code says that it failed; a clause without a full stop. */
const char *compare_failure_words(const json_t *document);
/* "12 cells, 20 pairs each, twice that where unclear, took 52 s, seed 7", or
 * how many of the pairs there are: "3 to 7 of 20 pairs each". */
void compare_method_words(const json_t *document, char *text, size_t size);

const char *compare_text_of(const json_t *object, const char *key);
double compare_number_of(const json_t *object, const char *key);

/* A row's place in the order: 0 is worst. */
enum compare_rank {
    COMPARE_RANK_LOST,
    COMPARE_RANK_SLOWER,
    COMPARE_RANK_UNCLEAR,
    COMPARE_RANK_SAME,
    COMPARE_RANK_FASTER,
    COMPARE_RANK_NOTHING, /* skipped, or no such metric */
};
enum compare_rank compare_row_rank(const struct compare_row *row);
