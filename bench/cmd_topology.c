/* SPDX-License-Identifier: MIT */
/* gilbench topology: the machine, and where things would run on it. */
#include "bench/command.h"
#include "bench/experiment.h"
#include "bench/option.h"
#include "bench/placement_table.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/topology/placement.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const struct option long_options[] = {
    {"tasks", required_argument, NULL, 't'},
    {"placement", required_argument, NULL, 'p'},
    {0},
};

static int parse_arguments(int argc, char **argv, struct plan_request *ret,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    *ret = (struct plan_request){.tasks = "1,2,4,8"};
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        switch (option) {
        case 't':
            ret->tasks = optarg;
            break;
        case 'p':
            ret->placement = optarg;
            break;
        default:
            return option_refused(option, argv, diag);
        }
    }
    if (optind < argc) {
        return diag_set(diag, -EINVAL, "topology takes no argument: %s",
                        argv[optind]);
    }
    return 0;
}

/* The selected placements: those of a name, then the lists of PUs. */
static int select_placements(const struct topology *topology,
                             struct selection *selection, const char **ret,
                             size_t *ret_n, struct diag *diag)
{
    size_t n = 0;
    for (size_t i = 0; placement_names[i]; i++) {
        if (!placement_is_list(placement_names[i]) &&
            selection_has(selection, placement_names[i])) {
            ret[n++] = placement_names[i];
        }
    }
    for (size_t i = 0; i < selection->n; i++) {
        const char *text = selection->terms[i].text;
        if (placement_is_list(text)) {
            int rc = placement_check(topology, text, diag);
            if (rc < 0) {
                return rc;
            }
            ret[n++] = text;
        }
    }
    *ret_n = n;
    return n ? 0
             : diag_set(diag, -EINVAL,
                        "--placement: write the PUs out, as in pus=0+2-3");
}

static void print(const struct topology *topology,
                  const struct placement_rows *rows)
{
    struct topology_facts facts;
    topology_facts(topology, &facts);
    topology_print(topology, stdout);
    printf("\nWhere tasks would run\n\n");
    placement_table_tasks(topology, rows, stdout);
    if (facts.quota_cpus > 0) {
        printf("\n  * more PUs than the CPU quota of %.2f: the kernel will "
               "stop the tasks\n    for a part of every period\n",
               facts.quota_cpus);
    }
    printf("\nWhere load generators would run beside %zu task%s\n\n",
           rows->tasks[rows->n_tasks - 1],
           rows->tasks[rows->n_tasks - 1] == 1 ? "" : "s");
    placement_table_generators(topology, rows, stdout);
}

static int show(struct experiment_options *options, struct diag *diag)
{
    struct topology *topology;
    int rc = topology_load(&topology, diag);
    if (rc < 0) {
        return rc;
    }
    size_t most = options->placement.n + 16;
    _cleanup_(free_p) const char **names = must_calloc(most, sizeof(*names));
    struct placement_rows rows = {
        .names = names,
        .tasks = options->tasks,
        .n_tasks = options->n_tasks,
    };
    rc = select_placements(topology, &options->placement, names, &rows.n, diag);
    if (rc == 0) {
        print(topology, &rows);
    }
    topology_free(topology);
    return rc < 0 ? rc : EXIT_FINE;
}

static int cmd_topology(int argc, char **argv, struct diag *diag)
{
    struct plan_request request;
    int rc = parse_arguments(argc, argv, &request, diag);
    if (rc < 0) {
        return rc;
    }
    struct experiment_options options = {0};
    rc = experiment_options_parse(&request, &options, diag);
    rc = rc < 0 ? rc : show(&options, diag);
    experiment_options_deinit(&options);
    return rc;
}

const struct command command_topology = {
    .name = "topology",
    .usage = "topology [--tasks LIST] [--placement G]",
    .summary = "show the machine and where tasks and generators would run",
    .help =
        "  --tasks LIST       comma list of numbers; default: 1,2,4,8\n"
        "  --placement G      comma list of names or globs; default: all; see\n"
        "                     `gilbench list placements`\n\n"
        "PUs (hardware threads) have the numbers of the kernel. The tree has a "
        "line for\nthe cores that share a cache: `0+64 1+65` are two cores "
        "with two PUs each,\n`(2)` may not be used by this process (taskset, "
        "cpusets). The generators' table\nis for the last number of tasks; a "
        "shared generator is in the way of a task.\n",
    .run = cmd_topology,
};
