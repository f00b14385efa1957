/* SPDX-License-Identifier: MIT */
#include "bench/placement_table.h"

#include "bench/place.h"
#include "bench/registry.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/topology/placement.h"
#include "harness/topology/pu_list.h"

#include <string.h>

#define COLUMNS       80
#define NAME_COLUMNS  9  /* "placement" */
#define NAME_LONGEST  24 /* a longer one gets a line of its own */
#define AGAIN_COLUMNS 26 /* ", then again (1000-1001 a PU)" and the like */

/* Width of the column of placement names. */
static int name_width(const struct placement_rows *rows)
{
    size_t width = NAME_COLUMNS;
    for (size_t i = 0; i < rows->n; i++) {
        size_t length = strlen(rows->names[i]);
        if (length > width && length <= NAME_LONGEST) {
            width = length;
        }
    }
    return (int)width;
}

/* The name in its column, or on a line above when it is too long for it. */
static void print_name(const char *name, int width, int indent, FILE *out)
{
    if ((int)strlen(name) > width) {
        fprintf(out, "%s\n%*s", name, width + indent, "");
    } else {
        fprintf(out, "%-*s", width, name);
    }
}

/* As many PUs as fit into `width`; in between "..." if that is not all. */
static void print_pus(const int *pus, size_t n, int width, FILE *out)
{
    char last[16];
    int end = snprintf(last, sizeof(last), "%d", pus[n - 1]);
    int all = 0;
    for (size_t i = 0; i < n; i++) {
        all += snprintf(NULL, 0, "%s%d", i ? " " : "", pus[i]);
    }
    int used = 0;
    for (size_t i = 0; i < n; i++) {
        char word[16];
        int length = snprintf(word, sizeof(word), "%s%d", i ? " " : "", pus[i]);
        if (all > width && used + length + 5 + end > width) {
            fprintf(out, " ... %s", last);
            return;
        }
        fputs(word, out);
        used += length;
    }
}

/* "0 1 2, then again (2-3 a PU)" */
static void print_round(const struct placement *placement, int width, FILE *out)
{
    size_t used = placement->tasks < placement->places ? placement->tasks
                                                       : placement->places;
    bool again = placement->tasks > placement->places;
    print_pus(placement->pus, used, width - (again ? AGAIN_COLUMNS : 0), out);
    if (!again) {
        return;
    }
    size_t least = placement->tasks / placement->places;
    size_t most = (placement->tasks - 1) / placement->places + 1;
    fprintf(out, used > 1 ? ", then again (" : " (");
    if (least < most) {
        fprintf(out, "%zu-", least);
    }
    fprintf(out, "%zu a PU)", most);
}

static void print_where(const struct topology *topology,
                        const struct placement *placement, int width, FILE *out)
{
    if (placement->pus[0] >= 0) {
        print_round(placement, width, out);
        return;
    }
    const int *pus;
    size_t n = topology_pus(topology, &pus);
    _cleanup_(free_p) char *list = pu_list_format(pus, n);
    fprintf(out, "any of %.*s", width - 7, list);
}

void placement_table_tasks(const struct topology *topology,
                           const struct placement_rows *rows, FILE *out)
{
    int width = name_width(rows);
    fprintf(out, "  %-*s  %7s  PUs, that of task 0 first\n", width, "placement",
            "tasks");
    for (size_t i = 0; i < rows->n; i++) {
        for (size_t k = 0; k < rows->n_tasks; k++) {
            struct placement placement;
            must(placement_resolve(topology, rows->names[i], rows->tasks[k],
                                   PLACEMENT_NO_GENERATOR, &placement,
                                   NULL) == 0);
            fprintf(out, "  ");
            print_name(k ? "" : rows->names[i], width, 2, out);
            fprintf(out, "  %7zu  ", rows->tasks[k]);
            print_where(topology, &placement, COLUMNS - width - 15, out);
            fprintf(out, "%s\n", placement.over_quota ? " *" : "");
            placement_deinit(&placement);
        }
    }
}

/* The workload's tasks beside those asked for, with its default parameters. */
static size_t background_of(const struct workload *workload, size_t tasks)
{
    struct params params = {0};
    if (workload->unit.params) {
        params_add(&params, workload->unit.params);
    }
    return workload->background ? workload->background(&params, tasks) : 0;
}

static void print_generator(const struct topology *topology,
                            const struct workload *workload,
                            const char *placement_name, size_t tasks, int width,
                            FILE *out)
{
    struct placement placement;
    must(placement_resolve(
             topology, placement_name, tasks + background_of(workload, tasks),
             place_generator_rule(workload->generator), &placement, NULL) == 0);
    if (placement.generator_pu < 0) {
        fprintf(out, "%-12s", "unbound");
    } else {
        fprintf(out, "%3d%-9s", placement.generator_pu,
                placement.generator_shared ? " shared" : "");
    }
    fprintf(out, "  ");
    print_where(topology, &placement, width, out);
    fputc('\n', out);
    placement_deinit(&placement);
}

void placement_table_generators(const struct topology *topology,
                                const struct placement_rows *rows, FILE *out)
{
    int width = name_width(rows);
    fprintf(out, "  %-14s  %-*s  %-12s  PUs of the tasks\n", "workload", width,
            "placement", "generator PU");
    for (size_t w = 0; registry_workloads[w]; w++) {
        const struct workload *workload = registry_workloads[w];
        if (workload->generator == GENERATOR_NONE) {
            continue;
        }
        for (size_t i = 0; i < rows->n; i++) {
            size_t tasks = rows->tasks[rows->n_tasks - 1];
            fprintf(out, "  %-14s  ", i ? "" : workload->unit.name);
            print_name(rows->names[i], width, 18, out);
            fprintf(out, "  ");
            print_generator(topology, workload, rows->names[i], tasks,
                            COLUMNS - width - 34, out);
        }
    }
}
