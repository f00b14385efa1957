/* SPDX-License-Identifier: MIT */
#include "harness/exec/params.h"

#include "harness/base/intern.h"
#include "harness/base/must.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct param_value *find(const struct params *params, const char *name)
{
    for (size_t i = 0; i < params->n; i++) {
        if (strcmp(params->values[i].param->name, name) == 0) {
            return (struct param_value *)&params->values[i];
        }
    }
    return NULL;
}

void params_add(struct params *params, const struct param *table)
{
    for (; table && table->name; table++) {
        if (find(params, table->name)) {
            continue;
        }
        must(params->n < PARAMS_MAX);
        size_t at = params->n++;
        while (at > 0 &&
               strcmp(params->values[at - 1].param->name, table->name) > 0) {
            params->values[at] = params->values[at - 1];
            at--;
        }
        params->values[at] =
            (struct param_value){.param = table, .value = table->def};
    }
}

static int parse_choice(const struct param *param, const char *text,
                        int64_t *ret, struct diag *diag)
{
    char all[256] = "";
    for (int64_t i = 0; param->choices[i]; i++) {
        if (strcmp(param->choices[i], text) == 0) {
            *ret = i;
            return 0;
        }
        size_t used = strlen(all);
        snprintf(all + used, sizeof(all) - used, "%s%s", i ? ", " : "",
                 param->choices[i]);
    }
    return diag_set(diag, -EINVAL, "%s=%s: not one of: %s", param->name, text,
                    all);
}

static int parse_text(const struct param *param, const char *text, int64_t *ret,
                      struct diag *diag)
{
    size_t size = strlen(text);
    if (strspn(text, PARAM_TEXT_CHARACTERS) != size) {
        return diag_set(diag, -EINVAL,
                        "%s=%.255s: only letters, digits and _./+~@- can stand "
                        "in a cell's id; for a path, make a symbolic link",
                        param->name, text);
    }
    if (size > PARAM_TEXT_MAX) {
        return diag_set(diag, -EINVAL, "%s=%.64s...: longer than %d characters",
                        param->name, text, PARAM_TEXT_MAX);
    }
    *ret = intern(text);
    return 0;
}

int param_parse(const struct param *param, const char *text, int64_t *ret,
                struct diag *diag)
{
    if (param->text) {
        return parse_text(param, text, ret, diag);
    }
    if (param->choices) {
        return parse_choice(param, text, ret, diag);
    }
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0') {
        return diag_set(
            diag, -EINVAL, "%s=%s: give a whole number%s%s without a suffix",
            param->name, text, *param->unit ? " of " : "", param->unit);
    }
    if (errno == ERANGE || value < param->min || value > param->max) {
        return diag_set(diag, -EINVAL,
                        "%s=%s: out of range; %" PRId64 " to %" PRId64 "%s%s",
                        param->name, text, param->min, param->max,
                        *param->unit ? " " : "", param->unit);
    }
    *ret = value;
    return 0;
}

int params_set(struct params *params, const char *name, const char *text,
               struct diag *diag)
{
    struct param_value *slot = find(params, name);
    if (!slot) {
        return -ENOENT;
    }
    return param_parse(slot->param, text, &slot->value, diag);
}

const struct param *params_find(const struct params *params, const char *name)
{
    const struct param_value *slot = find(params, name);
    return slot ? slot->param : NULL;
}

int64_t params_get(const struct params *params, const char *name)
{
    const struct param_value *slot = find(params, name);
    must(slot != NULL);
    return slot->value;
}

const char *params_text(const struct params *params, const char *name)
{
    const struct param_value *slot = find(params, name);
    must(slot != NULL && slot->param->text);
    return interned(slot->value);
}

int64_t params_get_or(const struct params *params, const char *name,
                      int64_t fallback)
{
    const struct param_value *slot = find(params, name);
    return slot ? slot->value : fallback;
}

void param_format(const struct param *param, int64_t value, char *text,
                  size_t size)
{
    if (param->text) {
        snprintf(text, size, "%s", interned(value));
    } else if (param->choices) {
        snprintf(text, size, "%s", param->choices[value]);
    } else {
        snprintf(text, size, "%" PRId64, value);
    }
}
