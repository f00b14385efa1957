/* SPDX-License-Identifier: MIT */
/* The map PU -> tasks as text. */
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/topology/placement.h"

/* The task after `i` on `pu`, or `tasks`. */
static size_t next_on(const int *pus, size_t tasks, int pu, size_t i)
{
    while (i < tasks && pus[i] != pu) {
        i++;
    }
    return i;
}

/* A run of tasks at equal distances: first, first + stride, ..., last. */
struct run {
    size_t first;
    size_t last;
    size_t stride;
    size_t n;
};

/* The longest run that begins with the task `first`. */
static struct run find_run(const int *pus, size_t tasks, int pu, size_t first)
{
    struct run run = {.first = first, .last = first, .stride = 1, .n = 1};
    size_t next = next_on(pus, tasks, pu, first + 1);
    if (next == tasks) {
        return run;
    }
    run.stride = next - first;
    while (next < tasks && next - run.last == run.stride) {
        run.last = next;
        run.n++;
        next = next_on(pus, tasks, pu, next + 1);
    }
    /* Two tasks far apart with others behind them are no pattern: the second
     * one may begin a longer run. */
    if (run.n == 2 && run.stride > 1 && next < tasks) {
        return (struct run){first, first, 1, 1};
    }
    return run;
}

char *placement_tasks_of(const int *pus, size_t tasks, int pu)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    must(out != NULL);
    const char *separator = "";
    for (size_t i = next_on(pus, tasks, pu, 0); i < tasks;) {
        struct run run = find_run(pus, tasks, pu, i);
        fprintf(out, "%s%zu", separator, run.first);
        if (run.n > 1) {
            fprintf(out, "-%zu", run.last);
        }
        if (run.stride > 1) {
            fprintf(out, ":%zu", run.stride);
        }
        separator = ",";
        i = next_on(pus, tasks, pu, run.last + 1);
    }
    must(fclose(out) == 0);
    return text;
}
