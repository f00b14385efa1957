/* SPDX-License-Identifier: MIT */
#include "plots/figure_pick.h"

#include "harness/base/must.h"
#include "plots/figure_cell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double axis(const json_t *cell, const char *key)
{
    double value;
    return *key && figure_cell_number(cell, key, &value) ? value : NAN;
}

static bool has_axes(const struct figure_table *table,
                     const struct figure_pick *pick)
{
    return (!*table->x || !isnan(pick->x)) &&
           (!*table->row || !isnan(pick->row));
}

static void select_cells(const struct figure_table *table, const json_t *cells,
                         struct figure_picks *picks)
{
    size_t i;
    json_t *cell;
    json_array_foreach(cells, i, cell)
    {
        struct figure_pick *pick = &picks->all[picks->n];
        *pick = (struct figure_pick){.cell = cell};
        pick->x = axis(cell, table->x);
        pick->row = axis(cell, table->row);
        if (figure_cell_fits(cell, &table->select) && has_axes(table, pick)) {
            figure_cell_label(cell, &table->facet, pick->facet, FIGURE_LABEL);
            figure_cell_label(cell, &table->series, pick->series, FIGURE_LABEL);
            picks->n++;
        }
    }
}

/* The groups are named by the position of their first member. */
static void number_groups(struct figure_picks *picks)
{
    for (size_t i = 0; i < picks->n; i++) {
        struct figure_pick *pick = &picks->all[i];
        pick->facet_group = i;
        pick->group = i;
        for (size_t j = i; j-- > 0;) {
            const struct figure_pick *other = &picks->all[j];
            if (strcmp(other->facet, pick->facet) != 0) {
                continue;
            }
            pick->facet_group = other->facet_group;
            if (strcmp(other->series, pick->series) == 0) {
                pick->group = other->group;
                break;
            }
        }
    }
}

static bool group_has(const struct figure_picks *picks, size_t group,
                      const struct figure_condition *condition)
{
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (pick->group == group && !pick->dropped &&
            figure_cell_meets(pick->cell, condition)) {
            return true;
        }
    }
    return false;
}

/* In each line, what is preferred drives out what is not. */
static void prefer(const struct figure_table *table, struct figure_picks *picks)
{
    for (size_t c = 0; c < table->prefer.n; c++) {
        const struct figure_condition *condition = &table->prefer.all[c];
        for (size_t i = 0; i < picks->n; i++) {
            struct figure_pick *pick = &picks->all[i];
            if (!pick->dropped && !figure_cell_meets(pick->cell, condition) &&
                group_has(picks, pick->group, condition)) {
                pick->dropped = true;
            }
        }
    }
}

static bool is_in(const struct figure_keys *keys, const char *key)
{
    for (size_t i = 0; i < keys->n; i++) {
        if (strcmp(keys->all[i], key) == 0) {
            return true;
        }
    }
    return false;
}

/* `tasks` is made of tasks; share(a,b) is made of a and of b. */
static bool is_made_of(const char *axis, const char *key)
{
    size_t n = strlen(key);
    for (const char *at = axis; n > 0 && (at = strstr(at, key)); at++) {
        if ((at == axis || strchr("(,", at[-1])) &&
            (at[n] == '\0' || strchr(",)", at[n]))) {
            return true;
        }
    }
    return false;
}

/* True if the figure itself says what this key does, or if the key is about
 * the apparatus and not about what was measured. */
static bool is_placed(const struct figure_table *table, const char *key)
{
    return strcmp(key, "warmup_ms") == 0 || is_in(&table->facet, key) ||
           is_in(&table->series, key) || is_in(&table->label, key) ||
           strcmp(table->row_name, key) == 0 || is_made_of(table->x, key) ||
           is_made_of(table->row, key);
}

static void add_key(const struct figure_table *table, const char *key,
                    const struct figure_pick *a, const struct figure_pick *b,
                    struct figure_keys *keys)
{
    char left[FIGURE_WORD], right[FIGURE_WORD];
    bool has_left = figure_cell_text(a->cell, key, left, sizeof(left));
    bool has_right = figure_cell_text(b->cell, key, right, sizeof(right));
    bool same = has_left == has_right && (!has_left || !strcmp(left, right));
    if (!same && keys->n < FIGURE_KEYS && strlen(key) < FIGURE_WORD &&
        !is_in(keys, key) && !is_placed(table, key)) {
        strcpy(keys->all[keys->n++], key);
    }
}

/* Adds the keys in which two cells of a line differ. */
static void add_differences(const struct figure_table *table,
                            const struct figure_pick *a,
                            const struct figure_pick *b,
                            struct figure_keys *keys)
{
    const char *key;
    json_t *value;
    add_key(table, "lock", a, b, keys);
    add_key(table, "placement", a, b, keys);
    json_object_foreach(json_object_get(a->cell, "params"), key, value)
    {
        add_key(table, key, a, b, keys);
    }
}

/* The first cell of a line that is not dropped; there is one. */
static const struct figure_pick *first_of(const struct figure_picks *picks,
                                          size_t group)
{
    size_t i = group;
    while (picks->all[i].dropped || picks->all[i].group != group) {
        i++;
        must(i < picks->n);
    }
    return &picks->all[i];
}

/* True if the pick is in the panel, or (`facet` false) line, named `group`. */
static bool is_member(const struct figure_pick *pick, size_t group, bool facet)
{
    return (facet ? pick->facet_group : pick->group) == group;
}

static void append_label(const struct figure_pick *pick,
                         const struct figure_keys *keys, char *label)
{
    char more[FIGURE_LABEL];
    figure_cell_label(pick->cell, keys, more, sizeof(more));
    size_t used = strlen(label);
    snprintf(label + used, FIGURE_LABEL - used, "%s%s",
             *label && *more ? ", " : "", more);
}

/* What differs within any line of the group goes into all labels of it. */
static void split_group(const struct figure_table *table,
                        struct figure_picks *picks, size_t group, bool facet)
{
    struct figure_keys keys = {0};
    for (size_t i = 0; i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (!pick->dropped && is_member(pick, group, facet)) {
            add_differences(table, first_of(picks, pick->group), pick, &keys);
        }
    }
    for (size_t i = 0; keys.n > 0 && i < picks->n; i++) {
        struct figure_pick *pick = &picks->all[i];
        if (is_member(pick, group, facet)) {
            append_label(pick, &keys, facet ? pick->facet : pick->series);
        }
    }
}

static void split(const struct figure_table *table, struct figure_picks *picks)
{
    bool facet = table->split == FIGURE_SPLIT_FACET;
    for (size_t i = 0; table->split != FIGURE_SPLIT_NONE && i < picks->n; i++) {
        const struct figure_pick *pick = &picks->all[i];
        if (is_member(pick, i, facet)) {
            split_group(table, picks, i, facet);
        }
    }
}

void figure_picks_make(const struct figure_table *table, const json_t *cells,
                       struct figure_picks *ret)
{
    ret->n = 0;
    ret->all = must_calloc(json_array_size(cells) + 1, sizeof(*ret->all));
    select_cells(table, cells, ret);
    number_groups(ret);
    prefer(table, ret);
    split(table, ret);
}

void figure_picks_free(struct figure_picks *picks)
{
    free(picks->all);
    picks->all = NULL;
    picks->n = 0;
}
