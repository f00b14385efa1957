/* SPDX-License-Identifier: MIT */
#include "bench/compare_side.h"

#include "bench/registry.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/base/suggest.h"
#include "harness/topology/placement.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define KEYS_MAX 512

/* What every cell has besides parameters. */
static const char *const axes[] = {"lock", "model", "placement", "tasks"};

static size_t add_params(const struct param *table, const char **keys, size_t n)
{
    for (; table && table->name && n < KEYS_MAX; table++) {
        keys[n++] = table->name;
    }
    return n;
}

/* All that may stand before '='. */
static size_t known_keys(const char **keys)
{
    size_t n = 0;
    for (size_t i = 0; i < ARRAY_LEN(axes); i++) {
        keys[n++] = axes[i];
    }
    for (size_t f = 0; registry_families[f].name; f++) {
        for (size_t u = 0; u < registry_families[f].n; u++) {
            n = add_params(registry_families[f].units[u]->params, keys, n);
        }
    }
    return add_params(cell_params, keys, n);
}

static int check_key(const struct compare_side *side, const char *key,
                     struct diag *diag)
{
    const char *keys[KEYS_MAX];
    size_t n = known_keys(keys);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(keys[i], key) == 0) {
            return 0;
        }
    }
    const char *close = suggest(key, keys, n);
    return diag_set(diag, -EINVAL, "--%s: no such setting '%.64s'%s%s%s",
                    side->role, key, close ? "; did you mean '" : "",
                    close ? close : "", close ? "'?" : "");
}

/* The family whose member a value names; NULL: another kind of setting. */
static const struct registry_family *family_of(const char *key)
{
    for (size_t f = 0; registry_families[f].name; f++) {
        if (strcmp(registry_families[f].singular, key) == 0) {
            return &registry_families[f];
        }
    }
    return NULL;
}

static int check_unit(const struct compare_side *side, const char *key,
                      const char *value, struct diag *diag)
{
    const struct registry_family *family = family_of(key);
    const char *names[KEYS_MAX];
    if (!family || registry_find(family, value)) {
        return 0;
    }
    for (size_t i = 0; i < family->n; i++) {
        names[i] = family->units[i]->name;
    }
    const char *close = suggest(value, names, family->n);
    return diag_set(diag, -EINVAL, "--%s %s=%.64s: no such %s%s%s%s",
                    side->role, key, value, key,
                    close ? "; did you mean '" : "", close ? close : "",
                    close ? "'?" : "");
}

static char *copy(const char *text, size_t n)
{
    char *result = strndup(text, n);
    must(result != NULL);
    return result;
}

void compare_side_set(struct compare_side *side, const char *key,
                      const char *value)
{
    struct compare_setting *setting = NULL;
    for (size_t i = 0; i < side->n; i++) {
        if (strcmp(side->settings[i].key, key) == 0) {
            setting = &side->settings[i];
        }
    }
    if (!setting) {
        side->settings =
            reallocarray(side->settings, side->n + 1, sizeof(*side->settings));
        must(side->settings != NULL);
        setting = &side->settings[side->n++];
        *setting = (struct compare_setting){.key = copy(key, strlen(key))};
    }
    free(setting->value);
    setting->value = copy(value, strlen(value));
}

static int take_setting(struct compare_side *side, char *word,
                        struct diag *diag)
{
    char *value = strchr(word, '=');
    *value++ = '\0';
    int rc = check_key(side, word, diag);
    if (rc == 0 && !*value) {
        rc = diag_set(diag, -EINVAL, "--%s %s=: a value is missing", side->role,
                      word);
    }
    if (rc == 0 && strcmp(word, "tasks") == 0 &&
        (strspn(value, "0123456789") != strlen(value) || atol(value) < 1 ||
         strlen(value) > 7)) {
        rc = diag_set(diag, -EINVAL,
                      "--%s tasks=%.64s: give a whole number from 1 on",
                      side->role, value);
    }
    rc = rc < 0 ? rc : check_unit(side, word, value, diag);
    if (rc == 0) {
        compare_side_set(side, word, value);
    }
    return rc;
}

/* A word that is neither a file nor a setting: what might it have meant? */
static int unknown_word(const struct compare_side *side, const char *word,
                        struct diag *diag)
{
    for (size_t f = 0; registry_families[f].name; f++) {
        if (registry_find(&registry_families[f], word)) {
            return diag_set(diag, -EINVAL,
                            "--%s: '%.64s' is no program; did you mean "
                            "%s=%.64s?",
                            side->role, word, registry_families[f].singular,
                            word);
        }
    }
    const char *keys[KEYS_MAX];
    const char *close = suggest(word, keys, known_keys(keys));
    return diag_set(diag, -EINVAL,
                    "--%s: '%.200s' is no program here%s%s%s; give a path, "
                    "KEY=VALUE, or both",
                    side->role, word, close ? " (did you mean " : "",
                    close ? close : "", close ? "=VALUE?)" : "");
}

static int take_program(struct compare_side *side, const char *word, bool *seen,
                        struct diag *diag)
{
    if (*seen) {
        return diag_set(diag, -EINVAL, "--%s: two programs; one is measured",
                        side->role);
    }
    *seen = true;
    if (strcmp(word, "this") == 0) {
        return 0;
    }
    if (!strchr(word, '/') && access(word, F_OK) != 0) {
        return unknown_word(side, word, diag);
    }
    side->program = copy(word, strlen(word));
    return 0;
}

static bool is_setting(const char *word)
{
    size_t n = strcspn(word, "/=");
    return word[n] == '=';
}

/* A path may have blanks: the longest beginning that is a file. Its length, or
 * 0: it begins with a setting, or with a word that is none. */
static size_t leading_file(const char *text)
{
    _cleanup_(free_p) char *path = copy(text, strlen(text));
    for (size_t n = strlen(path); n > 0; n--) {
        struct stat found;
        bool ends = text[n] == '\0' || isspace((unsigned char)text[n]);
        path[n] = '\0';
        if (ends && strchr(path, '/') && stat(path, &found) == 0 &&
            S_ISREG(found.st_mode)) {
            return n;
        }
    }
    return 0;
}

int compare_side_parse(const char *text, const char *role,
                       struct compare_side *ret, struct diag *diag)
{
    if (text[strspn(text, " \t\n")] == '\0') {
        return diag_set(diag, -EINVAL,
                        "--%s '': name a program or settings, or `this` (a "
                        "variable that is not set?)",
                        role);
    }
    struct compare_side side = {.role = role,
                                .given = copy(text, strlen(text)),
                                .fd = -1,
                                .unknown = json_array()};
    _cleanup_(free_p) char *words = copy(text, strlen(text));
    char *rest = words;
    char *word;
    bool program = false;
    int rc = 0;
    size_t file = leading_file(words);
    if (file > 0) {
        rest = words + file + (words[file] != '\0');
        words[file] = '\0';
        rc = take_program(&side, words, &program, diag);
    }
    while (rc == 0 && (word = strsep(&rest, " \t\n")) != NULL) {
        if (!*word || strcmp(word, "--set") == 0) {
            continue;
        }
        rc = is_setting(word) ? take_setting(&side, word, diag)
                              : take_program(&side, word, &program, diag);
    }
    if (rc < 0) {
        compare_side_deinit(&side);
        return rc;
    }
    *ret = side;
    return 0;
}

void compare_side_deinit(struct compare_side *side)
{
    for (size_t i = 0; i < side->n; i++) {
        free(side->settings[i].key);
        free(side->settings[i].value);
    }
    free(side->settings);
    free(side->program);
    json_decref(side->version);
    json_decref(side->unknown);
    if (side->given) {
        close_p(&side->fd);
    }
    free(side->given);
    *side = (struct compare_side){.fd = -1};
}

/* The setting of that name, which then counts as used; or NULL. */
static const char *setting(struct compare_side *side, const char *key)
{
    for (size_t i = 0; i < side->n; i++) {
        if (strcmp(side->settings[i].key, key) == 0) {
            side->settings[i].used = true;
            return side->settings[i].value;
        }
    }
    return NULL;
}

/* Other units may have other parameters; what both have keeps its value. */
static void keep_params(const struct params *from, struct params *to)
{
    for (size_t i = 0; i < to->n; i++) {
        for (size_t k = 0; k < from->n; k++) {
            if (from->values[k].param == to->values[i].param) {
                to->values[i].value = from->values[k].value;
            }
        }
    }
}

static int set_params(struct compare_side *side, struct cell *cell,
                      struct diag *diag)
{
    for (size_t i = 0; i < side->n; i++) {
        struct compare_setting *own = &side->settings[i];
        int rc = params_set(&cell->params, own->key, own->value, diag);
        if (rc == -EINVAL) {
            return diag_prefix(diag, rc, "--%s", side->role);
        }
        own->used = own->used || rc == 0;
    }
    return 0;
}

static void choose_units(struct compare_side *side, struct cell *cell)
{
    const char *model = setting(side, "model");
    if (model) {
        cell->model = registry_model(model);
    }
    if (!cell->model->takes_lock) {
        cell->lock = NULL;
        return;
    }
    const char *lock = setting(side, "lock");
    if (lock || !cell->lock) {
        cell->lock = &registry_lock(lock ? lock : "cpython3")->unit;
    }
}

int compare_side_cell(struct compare_side *side, const struct cell *cell,
                      struct cell *ret, struct diag *diag)
{
    struct cell own = {.workload = cell->workload,
                       .model = cell->model,
                       .lock = cell->lock,
                       .tasks = cell->tasks,
                       .reps = cell->reps,
                       .slices = cell->slices,
                       .slice_ms = cell->slice_ms,
                       .generator_pu = PU_UNBOUND};
    choose_units(side, &own);
    const char *tasks = setting(side, "tasks");
    const char *placement = setting(side, "placement");
    own.tasks = tasks ? (size_t)strtoul(tasks, NULL, 10) : own.tasks;
    placement = placement ? placement : cell->placement;
    own.placement = copy(placement, strlen(placement));
    cell_params_init(&own.params, own.workload, own.model, own.lock);
    keep_params(&cell->params, &own.params);
    int rc = set_params(side, &own, diag);
    if (rc < 0) {
        cell_deinit(&own);
        return rc;
    }
    own.id = cell_id(&own);
    *ret = own;
    return 0;
}

int compare_side_check_used(const struct compare_side *side, struct diag *diag)
{
    for (size_t i = 0; i < side->n; i++) {
        if (!side->settings[i].used) {
            return diag_set(
                diag, -EINVAL, "--%s %s=%.64s: it fits no cell of this plan",
                side->role, side->settings[i].key, side->settings[i].value);
        }
    }
    return 0;
}
