/* SPDX-License-Identifier: MIT */
/*
 * Parses a real JSON document and writes it again, compactly. As with the
 * C accelerator of a scripting language, a step is one native call that holds
 * the lock: there is a safepoint between two steps and none inside.
 */
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "workloads/input.h"
#include "workloads/verify.h"

#include <jansson.h>

#define INPUT_CRC32 0x14e03cfb
/* What jansson 2.14 writes; other versions may write reals otherwise. */
#define OUTPUT_CRC32 0x05f6aba3
#define OUTPUT_SIZE  44698

struct cpu_json {
    const struct embedded_file *input;
    size_t size; /* of the output, as prepare found it */
    uint32_t crc32;
};

struct cpu_json_task {
    char *output; /* cpu_json.size bytes; made by the task itself */
};

static json_t *parse(const void *data, size_t size)
{
    return json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
}

/* How long and what the output has to be, if it means the same as the input. */
static int expect(struct cpu_json *state, json_t *document)
{
    _cleanup_(free_p) char *text = json_dumps(document, JSON_COMPACT);
    must(text != NULL);
    state->size = strlen(text);
    state->crc32 = input_crc32(text, state->size);
    json_t *again = parse(text, state->size);
    bool same = again && json_equal(again, document);
    json_decref(again);
    return same ? 0 : -EBADMSG;
}

static int expect_of_input(struct cpu_json *state, struct diag *diag)
{
    json_t *document = parse(state->input->data, state->input->size);
    int rc = document ? expect(state, document) : -EBADMSG;
    json_decref(document);
    return rc < 0 ? diag_set(diag, rc,
                             "packages.json cannot be parsed and written "
                             "without a change of its meaning")
                  : 0;
}

static int cpu_json_prepare(struct workload_run *run, struct diag *diag)
{
    struct cpu_json *state = run->state;
    json_object_seed(1); /* the same work in every process */
    int rc = input_get("packages.json", INPUT_CRC32, &state->input, diag);
    if (rc == 0 && jansson_version_cmp(2, 14, 0) != 0) {
        rc = expect_of_input(state, diag);
    } else {
        state->size = OUTPUT_SIZE; /* each step is held against it */
        state->crc32 = OUTPUT_CRC32;
    }
    return rc;
}

static int cpu_json_step(struct exec *ex, struct workload_run *run)
{
    const struct cpu_json *state = run->state;
    struct cpu_json_task *task = workload_task(run, ex);
    if (!task->output) {
        task->output = must_calloc(1, state->size);
    }
    json_t *document = parse(state->input->data, state->input->size);
    if (!document) {
        return -EBADMSG;
    }
    size_t size = json_dumpb(document, task->output, state->size, JSON_COMPACT);
    json_decref(document);
    if (size != state->size ||
        input_crc32(task->output, size) != state->crc32) {
        return -EBADMSG;
    }
    return 0;
}

static void cpu_json_finish(struct exec *ex, struct workload_run *run)
{
    struct cpu_json_task *task = workload_task(run, ex);
    free(task->output);
}

static const struct param cpu_json_params[] = {
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_cpu_json = {
    .unit = {.name = "cpu_json",
             .summary = "parses and writes a JSON document of 52 KiB",
             .params = cpu_json_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one document parsed and written",
    .state_size = sizeof(struct cpu_json),
    .task_size = sizeof(struct cpu_json_task),
    .prepare = cpu_json_prepare,
    .step = cpu_json_step,
    .finish = cpu_json_finish,
    .verify = verify_nothing_left,
};
