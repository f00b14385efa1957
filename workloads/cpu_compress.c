/* SPDX-License-Identifier: MIT */
/*
 * Compresses a real text with zlib, a chunk a step. `release` says whether
 * the native call lets the lock go meanwhile, as zlib, bz2 and hashlib do in
 * CPython, or keeps it, as most extensions do.
 */
#include "harness/base/must.h"
#include "harness/exec/workload.h"
#include "workloads/input.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#define INPUT_CRC32 0x2e22c90c
#define CHUNK_MIN   1024
#define CHUNKS_MAX  128 /* of CHUNK_MIN bytes in the text */

enum {
    RELEASE_NO,
    RELEASE_YES,
};

struct cpu_compress {
    const struct embedded_file *input;
    uint32_t chunk_bytes;
    uint32_t chunks;
    bool release;
};

/* The stream (256 KiB) is made once by the task: a fresh one each step would
 * measure the kernel's page faults. */
struct cpu_compress_task {
    z_stream stream;
    unsigned char *output;
    size_t output_size;
    uint64_t chunk;
    uint32_t sizes[CHUNKS_MAX]; /* by chunk, compressed; 0: not yet known */
};

static int cpu_compress_prepare(struct workload_run *run, struct diag *diag)
{
    struct cpu_compress *state = run->state;
    state->chunk_bytes = (uint32_t)params_get(run->params, "chunk_bytes");
    state->release = params_get(run->params, "release") == RELEASE_YES;
    int rc = input_get("licences.txt", INPUT_CRC32, &state->input, diag);
    if (rc < 0) {
        return rc;
    }
    state->chunks = (uint32_t)(state->input->size / state->chunk_bytes);
    must(state->chunks > 0 && state->chunks <= CHUNKS_MAX);
    return 0;
}

static void task_init(struct cpu_compress_task *task,
                      const struct cpu_compress *state)
{
    must(deflateInit(&task->stream, Z_DEFAULT_COMPRESSION) == Z_OK);
    task->output_size = deflateBound(&task->stream, state->chunk_bytes);
    task->output = must_calloc(1, task->output_size);
}

/* The native call. */
static void compress_chunk(void *arg)
{
    struct cpu_compress_task *task = arg;
    must(deflateReset(&task->stream) == Z_OK);
    must(deflate(&task->stream, Z_FINISH) == Z_STREAM_END);
}

/* The first time a chunk is compressed it is unpacked again and compared. */
static int check_content(const struct cpu_compress *state,
                         const struct cpu_compress_task *task,
                         const unsigned char *chunk, uLong size)
{
    uLongf unpacked_size = state->chunk_bytes;
    unsigned char *unpacked = must_calloc(1, unpacked_size);
    int rc = uncompress(unpacked, &unpacked_size, task->output, size);
    bool same = rc == Z_OK && unpacked_size == state->chunk_bytes &&
                memcmp(unpacked, chunk, unpacked_size) == 0;
    free(unpacked);
    return same ? 0 : -EBADMSG;
}

static int cpu_compress_step(struct exec *ex, struct workload_run *run)
{
    const struct cpu_compress *state = run->state;
    struct cpu_compress_task *task = workload_task(run, ex);
    if (!task->output) {
        task_init(task, state);
    }
    uint64_t number = task->chunk++ % state->chunks;
    const unsigned char *chunk =
        state->input->data + number * state->chunk_bytes;
    task->stream.next_in = (unsigned char *)chunk;
    task->stream.avail_in = state->chunk_bytes;
    task->stream.next_out = task->output;
    task->stream.avail_out = (uInt)task->output_size;
    if (state->release) {
        exec_detached(ex, compress_chunk, task);
    } else {
        compress_chunk(task);
    }
    uint32_t size = (uint32_t)task->stream.total_out;
    if (task->sizes[number] == 0) {
        task->sizes[number] = size;
        return check_content(state, task, chunk, size);
    }
    return size == task->sizes[number] ? 0 : -EBADMSG;
}

/* Each step has checked itself; all tasks must have found the same. */
static int cpu_compress_verify(struct workload_run *run, struct diag *diag)
{
    uint32_t sizes[CHUNKS_MAX] = {0};
    for (size_t i = 0; i < run->tasks; i++) {
        const struct cpu_compress_task *task = run->task_state[i];
        for (size_t k = 0; k < CHUNKS_MAX; k++) {
            sizes[k] = sizes[k] ? sizes[k] : task->sizes[k];
            if (task->sizes[k] && task->sizes[k] != sizes[k]) {
                return diag_set(diag, -EBADMSG,
                                "task %zu: chunk %zu has another size", i, k);
            }
        }
    }
    return 0;
}

static void cpu_compress_finish(struct exec *ex, struct workload_run *run)
{
    struct cpu_compress_task *task = workload_task(run, ex);
    if (task->output) {
        deflateEnd(&task->stream);
        free(task->output);
    }
}

static const char *const release_choices[] = {
    [RELEASE_NO] = "no", [RELEASE_YES] = "yes", NULL};

static const struct param cpu_compress_params[] = {
    {.name = "chunk_bytes",
     .help = "text compressed in one step",
     .unit = "bytes",
     .def = 16384,
     .min = CHUNK_MIN,
     .max = 65536},
    {.name = "release",
     .help = "does the native call let the lock go",
     .unit = "",
     .choices = release_choices,
     .def = RELEASE_YES},
    WORKLOAD_YIELD_STEPS,
    {0},
};

const struct workload workload_cpu_compress = {
    .unit = {.name = "cpu_compress",
             .summary = "compresses text with zlib, with or without the lock",
             .params = cpu_compress_params},
    .class = WORKLOAD_CPU,
    .version = 1,
    .step_name = "one chunk compressed",
    .state_size = sizeof(struct cpu_compress),
    .task_size = sizeof(struct cpu_compress_task),
    .prepare = cpu_compress_prepare,
    .step = cpu_compress_step,
    .finish = cpu_compress_finish,
    .verify = cpu_compress_verify,
};
