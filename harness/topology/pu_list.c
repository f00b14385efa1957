/* SPDX-License-Identifier: MIT */
#include "harness/topology/pu_list.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <ctype.h>
#include <errno.h>

/* A decimal number below PU_LIST_MAX, without sign or space; -1 otherwise. */
static int number(const char **at)
{
    const char *c = *at;
    int value = 0;
    while (isdigit((unsigned char)*c) && value < PU_LIST_MAX) {
        value = value * 10 + (*c++ - '0');
    }
    if (c == *at || value >= PU_LIST_MAX) {
        return -1;
    }
    *at = c;
    return value;
}

/* One element, `a` or `a-b`. */
static int element(const char **at, int *ret_first, int *ret_last)
{
    *ret_first = *ret_last = number(at);
    if (*ret_first >= 0 && **at == '-') {
        const char *range = *at + 1;
        *ret_last = number(&range);
        if (*ret_last >= 0) {
            *at = range;
        }
    }
    return *ret_last < *ret_first || *ret_first < 0 ? -EINVAL : 0;
}

int pu_list_parse(const char *text, int **ret, size_t *ret_n,
                  const char **ret_at)
{
    _cleanup_(free_p) int *pus = NULL;
    size_t n = 0;
    for (const char *at = text;; at++) {
        int first;
        int last;
        const char *start = at;
        if (element(&at, &first, &last) < 0 || (*at != '+' && *at != '\0') ||
            n > PU_LIST_MAX) {
            *ret_at = start;
            return -EINVAL;
        }
        size_t more = (size_t)(last - first) + 1;
        pus = realloc(pus, (n + more) * sizeof(*pus));
        must(pus != NULL);
        for (int pu = first; pu <= last; pu++) {
            pus[n++] = pu;
        }
        if (*at == '\0') {
            break;
        }
    }
    *ret = steal(&pus);
    *ret_n = n;
    return 0;
}

char *pu_list_format(const int *pus, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && pus[end] == pus[end - 1] + 1) {
            end++;
        }
        fprintf(out, "%s%d", i ? "+" : "", pus[i]);
        if (end > i + 1) {
            fprintf(out, "-%d", pus[end - 1]);
        }
        i = end;
    }
    must(fclose(out) == 0);
    return text;
}
