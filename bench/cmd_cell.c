/* SPDX-License-Identifier: MIT */
/* gilbench cell: one repetition in this process. */
#include "bench/cell_protocol.h"
#include "bench/command.h"
#include "harness/base/cleanup.h"
#include "harness/cell/life.h"
#include "harness/cell/spawn.h"
#include "harness/record/repetition_json.h"
#include "harness/record/trace_json.h"
#include "harness/topology/binding.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/prctl.h>

static int print_answer(json_t *answer)
{
    int rc = json_dumpf(answer, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(answer);
    return rc == 0 && fflush(stdout) == 0 ? EXIT_FINE : EXIT_CELL_FAILED;
}

static int run_cell(const struct cell *cell, struct diag *diag)
{
    _cleanup_(free_p) char *why = cell_impossible(cell);
    if (why) {
        return print_answer(cell_answer_new("skipped", why, NULL));
    }
    int rc = binding_init(diag);
    if (rc < 0) {
        return rc;
    }
    struct life life;
    rc = life_run(cell, &life, diag);
    json_t *answer =
        rc < 0
            ? cell_answer_new("failed", diag->text, NULL)
            : cell_answer_new("ok", NULL, repetition_to_json(&life.repetition));
    if (rc == 0 && life.trace) {
        json_object_set_new(answer, "trace", trace_to_json(life.trace));
    }
    life_deinit(&life);
    binding_deinit();
    return print_answer(answer);
}

static int cmd_cell(int argc, char **argv, struct diag *diag)
{
    if (argc > 1) {
        return diag_set(diag, -EINVAL, "cell takes no argument: %s", argv[1]);
    }
    spawn_die_with_runner();
    prctl(PR_SET_NAME, "gilbench"); /* it was started by a descriptor */
    /* Before the first object: in every process the same order of hashing, so
     * that cpu_json does the same work. */
    json_object_seed(1);
    json_error_t error;
    json_t *request = json_loadf(stdin, JSON_REJECT_DUPLICATES, &error);
    if (!request) {
        return diag_set(diag, -EINVAL, "request on stdin, line %d: %s",
                        error.line, error.text);
    }
    struct cell cell;
    int rc = cell_request_read(request, &cell, diag);
    json_decref(request);
    if (rc == -EPROTO) {
        fprintf(stderr, "gilbench: %s\n", diag->text);
        return EXIT_NOT_COMPARABLE;
    }
    if (rc < 0) {
        return rc;
    }
    rc = run_cell(&cell, diag);
    cell_deinit(&cell);
    return rc;
}

const struct command command_cell = {
    .name = "cell",
    .usage = "cell",
    .summary = "run one resolved cell once: JSON on stdin, JSON on stdout",
    .help = "For programs: `run` starts one such process per repetition.\n"
            "The protocol is described in bench/cell_protocol.h.\n",
    .run = cmd_cell,
};
