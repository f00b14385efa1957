/* SPDX-License-Identifier: MIT */
/* gilbench advise: which model for a service like this one? */
#include "bench/advise.h"
#include "bench/command.h"
#include "bench/option.h"
#include "bench/run.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"
#include "harness/topology/topology.h"
#include "plots/scratch.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <string.h>

#define US_MAX          1000000
#define CONCURRENCY_MAX 10000
#define OPERATIONS_MAX  1000000000

enum {
    OPTION_BLOCKING = 256,
    OPTION_JSON,
    OPTION_FORCE,
    OPTION_SHARED,
    OPTION_SHARING,
    OPTION_SHARED_OPS,
};

static const struct option long_options[] = {
    {"cpu-us", required_argument, NULL, 'c'},
    {"wait-us", required_argument, NULL, 'w'},
    {"concurrency", required_argument, NULL, 'n'},
    {"blocking", no_argument, NULL, OPTION_BLOCKING},
    {"shared", required_argument, NULL, OPTION_SHARED},
    {"sharing", required_argument, NULL, OPTION_SHARING},
    {"shared-ops", required_argument, NULL, OPTION_SHARED_OPS},
    {"from", required_argument, NULL, 'r'},
    {"output", required_argument, NULL, 'o'},
    {"force", no_argument, NULL, OPTION_FORCE},
    {"json", no_argument, NULL, OPTION_JSON},
    {0},
};

struct arguments {
    struct advise_service service;
    const char *from;
    const char *output;
    bool force;
    bool json;
};

static int parse_count(const char *option, unsigned max, double *ret,
                       struct diag *diag)
{
    unsigned number;
    int rc = option_count(option, optarg, max, &number, diag);
    *ret = (double)number;
    return rc;
}

static int parse_wait(double *ret, struct diag *diag)
{
    uint64_t number = 0;
    int rc = option_number("wait-us", optarg, US_MAX, &number, diag);
    *ret = (double)number;
    return rc;
}

static int check(const struct arguments *arguments, int argc, char **argv,
                 struct diag *diag)
{
    const struct advise_service *service = &arguments->service;
    if (optind < argc) {
        return diag_set(diag, -EINVAL, "advise takes no argument: %s",
                        argv[optind]);
    }
    if (service->cpu_us < 1.0 || service->concurrency < 1.0) {
        return diag_set(diag, -EINVAL,
                        "advise: describe the service: --cpu-us and "
                        "--concurrency from 1 on, and --wait-us");
    }
    const struct advise_sharing *shared = &service->shared;
    if (!shared->object && (shared->level || shared->operations > 0)) {
        return diag_set(diag, -EINVAL,
                        "advise: --sharing and --shared-ops are about an "
                        "object: --shared map");
    }
    if (arguments->from && arguments->output) {
        return diag_set(diag, -EINVAL,
                        "--output is for what is measured, and --from "
                        "measures nothing");
    }
    return 0;
}

static int parse_sharing(int option, struct advise_sharing *ret,
                         struct diag *diag)
{
    char objects[128];
    if (option == OPTION_SHARED_OPS) {
        return parse_count("shared-ops", OPERATIONS_MAX, &ret->operations,
                           diag);
    }
    if (option == OPTION_SHARING) {
        bool read = strcmp(optarg, "read") == 0;
        ret->level = read ? "read" : "write";
        return read || strcmp(optarg, "write") == 0
                   ? 0
                   : diag_set(diag, -EINVAL,
                              "--sharing %.64s: not one of: read, write",
                              optarg);
    }
    ret->object = advise_shared_object(optarg);
    advise_shared_objects(objects, sizeof(objects));
    return ret->object
               ? 0
               : diag_set(diag, -EINVAL, "--shared %.64s: not one of: %s",
                          optarg, objects);
}

static int parse_option(int option, char **argv, struct arguments *ret,
                        struct diag *diag)
{
    struct advise_service *service = &ret->service;
    switch (option) {
    case 'c':
        return parse_count("cpu-us", US_MAX, &service->cpu_us, diag);
    case 'w':
        return parse_wait(&service->wait_us, diag);
    case 'n':
        return parse_count("concurrency", CONCURRENCY_MAX,
                           &service->concurrency, diag);
    case OPTION_BLOCKING:
        service->blocking = true;
        return 0;
    case OPTION_SHARED:
    case OPTION_SHARING:
    case OPTION_SHARED_OPS:
        return parse_sharing(option, &service->shared, diag);
    case OPTION_JSON:
        ret->json = true;
        return 0;
    case OPTION_FORCE:
        ret->force = true;
        return 0;
    case 'r':
        ret->from = optarg;
        return 0;
    case 'o':
        ret->output = optarg;
        return 0;
    default:
        return option_refused(option, argv, diag);
    }
}

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    int rc = 0;
    opterr = 0;
    optind = 1;
    *ret = (struct arguments){0};
    while (rc == 0 &&
           (option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        rc = parse_option(option, argv, ret, diag);
    }
    rc = rc < 0 ? rc : check(ret, argc, argv, diag);
    struct advise_sharing *shared = &ret->service.shared;
    shared->level = shared->level ? shared->level : "write";
    shared->operations = fmax(1, shared->operations);
    return rc;
}

/* PUs that tasks may run on. */
static int count_pus(double *ret, struct diag *diag)
{
    struct topology *topology = NULL;
    const int *pus;
    int rc = topology_load(&topology, diag);
    if (rc == 0) {
        *ret = (double)topology_pus(topology, &pus);
        topology_free(topology);
    }
    return rc;
}

/* Runs the plan of the service, written to `folder`; the result goes to
 * `output`. An exit code or a negative errno, as run_plan(). */
static int measure(const struct arguments *arguments, const char *folder,
                   const char *output, struct diag *diag)
{
    char path[512];
    const char *plans[] = {path};
    double pus = 1;
    int rc = count_pus(&pus, diag);
    if (rc < 0) {
        return rc;
    }
    snprintf(path, sizeof(path), "%s/advise.json", folder);
    json_t *plan = advise_plan(&arguments->service, pus);
    rc = json_dump_file(plan, path, 0);
    json_decref(plan);
    if (rc < 0) {
        return diag_set(diag, -EIO, "cannot write %s", path);
    }
    struct run_request request = {.plan = {.plans = plans, .n_plans = 1},
                                  .output = output,
                                  .force = arguments->force,
                                  .quiet = true};
    fprintf(stderr, "gilbench: measuring this service under each model, less "
                    "than a minute\n");
    return run_plan(&request, diag);
}

static int report(const struct arguments *arguments, const char *path,
                  struct diag *diag)
{
    _cleanup_(json_decref_p) json_t *document = NULL;
    struct advice advice;
    int rc = document_load(path, &document, diag);
    rc =
        rc < 0 ? rc : advise_read(document, &arguments->service, &advice, diag);
    if (rc < 0) {
        return rc == -EINVAL ? diag_prefix(diag, rc, "%s", path) : rc;
    }
    if (arguments->json) {
        json_t *json = advise_to_json(&advice);
        json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(12));
        json_decref(json);
        putchar('\n');
    } else {
        advise_write_text(&advice, stdout);
    }
    return EXIT_FINE;
}

static int cmd_advise(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments;
    struct scratch scratch = {0};
    char path[512];
    int rc = parse_arguments(argc, argv, &arguments, diag);
    if (rc < 0 || arguments.from) {
        return rc < 0 ? rc : report(&arguments, arguments.from, diag);
    }
    rc = scratch_make(&scratch, diag);
    if (rc == 0) {
        snprintf(path, sizeof(path), "%s/result.json", scratch.folder);
        const char *output = arguments.output ? arguments.output : path;
        rc = measure(&arguments, scratch.folder, output, diag);
        if (rc == EXIT_FINE || rc == EXIT_CELL_FAILED) {
            int told = report(&arguments, output, diag);
            rc = told < 0 ? told : rc;
        }
    }
    scratch_remove(&scratch);
    return rc;
}

const struct command command_advise = {
    .name = "advise",
    .usage = "advise --cpu-us N --wait-us N --concurrency N [--blocking] "
             "[--shared OBJECT]",
    .summary = "which model for a service like this one?",
    .help =
        "Measures requests that compute and wait so long, so many at a time, "
        "under threads\nwith a GIL, an event loop, GIL-free threads and "
        "processes; and with 1/4 to 4 times\nthe computing time, to find where "
        "each ceases to keep up.\n\n"
        "--cpu-us N       computing time of a request\n"
        "--wait-us N      how long it waits for somebody else; default: 0\n"
        "--concurrency N  requests at a time\n"
        "--blocking       it waits in code that only blocks: a loop makes the "
        "call itself,\n"
        "                 or on its executor\n"
        "--shared OBJECT  requests share a counter, refcount, map or vector: "
        "what it costs to\n"
        "                 make it safe, and how many requests it allows\n"
        "--sharing LEVEL  read: they only look; write (default): they change "
        "it too\n"
        "--shared-ops N   operations of a request on it; default: 1\n"
        "--from RESULT    measure nothing: take the nearest cells of "
        "mixed_request (and\n"
        "                 of shared_OBJECT) there\n"
        "--output FILE    keep the result document\n"
        "--force          replace FILE\n"
        "--json           the figures behind it, with the id of every cell\n\n"
        "What is short: nothing when at least 90 % of the rate is reached that "
        "requests\nwould have which need nobody else; else what is at least "
        "85 % busy.\n",
    .run = cmd_advise,
};
