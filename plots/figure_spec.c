/* SPDX-License-Identifier: MIT */
#include "plots/figure_spec.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *strip(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1])) {
        text[--n] = '\0';
    }
    return text;
}

static int take(char *into, size_t size, const char *value)
{
    return (size_t)snprintf(into, size, "%s", value) < size ? 0 : -EINVAL;
}

static int parse_keys(struct figure_keys *keys, char *value)
{
    for (char *word; (word = strsep(&value, " "));) {
        if (!*word) {
            continue;
        }
        if (keys->n == FIGURE_KEYS ||
            take(keys->all[keys->n++], FIGURE_WORD, word) < 0) {
            return -EINVAL;
        }
    }
    return 0;
}

int figure_conditions_parse(struct figure_conditions *conditions, char *value)
{
    for (char *word; (word = strsep(&value, " "));) {
        if (!*word) {
            continue;
        }
        char *globs = strchr(word, '=');
        if (!globs || conditions->n == FIGURE_CONDITIONS) {
            return -EINVAL;
        }
        struct figure_condition *to = &conditions->all[conditions->n++];
        to->negated = globs > word && globs[-1] == '!';
        globs[to->negated ? -1 : 0] = '\0';
        globs++;
        if (take(to->key, sizeof(to->key), word) < 0 ||
            take(to->globs, sizeof(to->globs), globs) < 0) {
            return -EINVAL;
        }
    }
    return 0;
}

static bool parse_number(const char *text, double *ret)
{
    char *end = NULL;
    *ret = strtod(text, &end);
    return end != text && *end == '\0';
}

static int parse_metric(struct figure_metric *metric, char *word)
{
    char *sign = strpbrk(word, "/*");
    metric->factor = 1;
    if (!sign) {
        return take(metric->name, sizeof(metric->name), word);
    }
    bool divide = *sign == '/';
    *sign = '\0';
    double number;
    if (divide && parse_number(word, &number)) {
        metric->inverse = true;
        metric->factor = number;
        return take(metric->name, sizeof(metric->name), sign + 1);
    }
    if (!parse_number(sign + 1, &number) || number == 0) {
        return -EINVAL;
    }
    metric->factor = divide ? 1 / number : number;
    return take(metric->name, sizeof(metric->name), word);
}

static int parse_metrics(struct figure_table *table, char *value)
{
    for (char *word; (word = strsep(&value, " "));) {
        if (!*word || strcmp(word, "or") == 0) {
            continue;
        }
        if (table->n_metrics == FIGURE_METRICS ||
            parse_metric(&table->metrics[table->n_metrics++], word) < 0) {
            return -EINVAL;
        }
    }
    return 0;
}

static int parse_kind(struct figure_table *table, const char *value)
{
    static const char *const kinds[] = {
        [FIGURE_POINTS] = "points", [FIGURE_PERCENTILES] = "percentiles",
        [FIGURE_WINNER] = "winner", [FIGURE_VERSUS] = "versus",
        [FIGURE_FRONT] = "front",   [FIGURE_GOAL] = "goal",
        [FIGURE_ROWS] = "rows",     [FIGURE_RUNS] = "runs",
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (strcmp(kinds[i], value) == 0) {
            table->kind = (enum figure_kind)i;
            return 0;
        }
    }
    return -EINVAL;
}

static int parse_split(struct figure_table *table, const char *value)
{
    static const char *const words[] = {[FIGURE_SPLIT_SERIES] = "series",
                                        [FIGURE_SPLIT_FACET] = "facet",
                                        [FIGURE_SPLIT_NONE] = "none"};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        if (strcmp(words[i], value) == 0) {
            table->split = (enum figure_split)i;
            return 0;
        }
    }
    return -EINVAL;
}

/* "2", or "1.1*program=floor" */
static int parse_limit(struct figure_limit *limit, char *word)
{
    struct figure_conditions of = {0};
    char *condition = strchr(word, '*');
    if (condition) {
        *condition++ = '\0';
        if (figure_conditions_parse(&of, condition) < 0 || of.n != 1) {
            return -EINVAL;
        }
        limit->of = of.all[0];
    }
    return parse_number(word, &limit->number) ? 0 : -EINVAL;
}

static int parse_limits(struct figure_table *table, char *value)
{
    for (char *word; (word = strsep(&value, " "));) {
        if (*word &&
            (table->n_limits == FIGURE_LIMITS ||
             parse_limit(&table->limits[table->n_limits++], word) < 0)) {
            return -EINVAL;
        }
    }
    return 0;
}

/* What only `versus`, `front` and `goal` know. */
static int parse_comparing_key(struct figure_table *table, const char *key,
                               char *value)
{
    if (strcmp(key, "heading") == 0) {
        return take(table->heading, sizeof(table->heading), value);
    }
    if (strcmp(key, "label") == 0) {
        return parse_keys(&table->label, value);
    }
    if (strcmp(key, "row_name") == 0) {
        return take(table->row_name, sizeof(table->row_name), value);
    }
    if (strcmp(key, "versus") == 0) {
        return figure_conditions_parse(&table->versus, value);
    }
    if (strcmp(key, "base") == 0) {
        return take(table->base, sizeof(table->base), value);
    }
    if (strcmp(key, "own") == 0) {
        return figure_conditions_parse(&table->own, value);
    }
    if (strcmp(key, "floor") == 0) {
        return figure_conditions_parse(&table->floor, value);
    }
    if (strcmp(key, "without") == 0) {
        return figure_conditions_parse(&table->without, value);
    }
    if (strcmp(key, "goal") == 0) {
        return parse_limits(table, value);
    }
    return -ENOENT;
}

static int parse_table_key(struct figure_table *table, const char *key,
                           char *value)
{
    if (strcmp(key, "kind") == 0) {
        return parse_kind(table, value);
    }
    if (strcmp(key, "select") == 0) {
        return figure_conditions_parse(&table->select, value);
    }
    if (strcmp(key, "prefer") == 0) {
        return figure_conditions_parse(&table->prefer, value);
    }
    if (strcmp(key, "relative_to") == 0) {
        return figure_conditions_parse(&table->relative_to, value);
    }
    if (strcmp(key, "facet") == 0) {
        return parse_keys(&table->facet, value);
    }
    if (strcmp(key, "series") == 0) {
        return parse_keys(&table->series, value);
    }
    if (strcmp(key, "split") == 0) {
        return parse_split(table, value);
    }
    if (strcmp(key, "x") == 0) {
        return take(table->x, sizeof(table->x), value);
    }
    if (strcmp(key, "row") == 0) {
        return take(table->row, sizeof(table->row), value);
    }
    if (strcmp(key, "y") == 0) {
        return parse_metrics(table, value);
    }
    if (strcmp(key, "zero") == 0) {
        return take(table->zero, sizeof(table->zero), value);
    }
    return parse_comparing_key(table, key, value);
}

static int parse_key(struct figure_spec *spec, const char *key, char *value)
{
    if (strcmp(key, "title") == 0) {
        return take(spec->title, sizeof(spec->title), value);
    }
    if (strcmp(key, "read") == 0) {
        return take(spec->read, sizeof(spec->read), value);
    }
    if (strcmp(key, "size") == 0) {
        return sscanf(value, "%ux%u", &spec->width, &spec->height) == 2
                   ? 0
                   : -EINVAL;
    }
    if (strcmp(key, "table") == 0) {
        if (spec->n_tables == FIGURE_TABLES) {
            return -EINVAL;
        }
        struct figure_table *table = &spec->tables[spec->n_tables++];
        return take(table->name, sizeof(table->name), value);
    }
    if (spec->n_tables == 0) {
        return -ENOENT;
    }
    return parse_table_key(&spec->tables[spec->n_tables - 1], key, value);
}

/* `KEY: VALUE` after the `# ` is gone. */
static int parse_entry(struct figure_spec *spec, char *entry)
{
    char *value = strchr(entry, ':');
    if (!value || strncmp(entry, "SPDX", 4) == 0) {
        return value ? 0 : -EINVAL;
    }
    *value++ = '\0';
    return parse_key(spec, strip(entry), strip(value));
}

/* What x is depends on the kind, and that may stand below it. */
static int settle(struct figure_table *table)
{
    if (table->kind == FIGURE_RUNS && *table->x) {
        table->by_order = strcmp(table->x, "order") == 0;
        table->x[0] = '\0';
        return table->by_order ? 0 : -EINVAL;
    }
    if (table->kind != FIGURE_FRONT) {
        return 0;
    }
    int r = parse_metric(&table->x_metric, table->x);
    table->x[0] = '\0';
    return r;
}

/* True if nothing is missing that its kind needs. */
static bool is_complete(const struct figure_table *table)
{
    if (table->select.n == 0 || table->series.n == 0) {
        return false;
    }
    switch (table->kind) {
    case FIGURE_PERCENTILES:
        return true;
    case FIGURE_VERSUS:
        return table->versus.n > 0 && table->n_metrics > 0;
    case FIGURE_FRONT:
        return *table->x_metric.name && table->n_metrics > 0;
    case FIGURE_GOAL:
        return table->own.n > 0 && table->n_limits > 0 && table->n_metrics > 0;
    case FIGURE_WINNER:
        return *table->row && *table->x && table->n_metrics > 0;
    case FIGURE_ROWS:
        return table->label.n > 0 && table->n_metrics > 0;
    case FIGURE_RUNS:
        return table->n_metrics == 1;
    case FIGURE_POINTS:
        break;
    }
    return *table->x && table->n_metrics > 0;
}

static int check(struct figure_spec *spec)
{
    if (!*spec->title || !*spec->read || spec->n_tables == 0) {
        return -EINVAL;
    }
    for (size_t i = 0; i < spec->n_tables; i++) {
        if (settle(&spec->tables[i]) < 0 || !is_complete(&spec->tables[i])) {
            return -EINVAL;
        }
    }
    return 0;
}

/* Joins `#     continued` to the entry before it. NULL: the head has ended. */
static char *next_entry(char **rest)
{
    char *entry = NULL;
    size_t used = 0;
    while (*rest && **rest == '#') {
        bool continued = strncmp(*rest, "#    ", 5) == 0;
        if (entry && !continued) {
            break;
        }
        char *line = strip(strsep(rest, "\n") + 1);
        size_t n = strlen(line);
        if (entry) {
            entry[used++] = ' ';
            memmove(entry + used, line, n + 1);
        } else {
            entry = line;
        }
        used += n;
    }
    return entry;
}

int figure_spec_parse(const char *name, const char *source,
                      struct figure_spec *ret, struct diag *diag)
{
    _cleanup_(free_p) char *copy = strdup(source);
    must(copy != NULL);
    memset(ret, 0, sizeof(*ret));
    ret->width = 960;
    ret->height = 300;
    char *rest = copy;
    for (char *entry; (entry = next_entry(&rest));) {
        char shown[48];
        snprintf(shown, sizeof(shown), "%.40s", entry);
        if (*entry && parse_entry(ret, entry) < 0) {
            return diag_set(diag, -EINVAL, "figure %s: cannot read '%s'", name,
                            shown);
        }
    }
    if (check(ret) < 0) {
        return diag_set(diag, -EINVAL,
                        "figure %s: its head lacks a title, how to read it, or "
                        "a table with select, series, x and y",
                        name);
    }
    return 0;
}
