/* SPDX-License-Identifier: MIT */
#include "harness/cell/stage.h"

#include "harness/base/cleanup.h"
#include "harness/base/mapping.h"
#include "harness/base/must.h"
#include "harness/load/load.h"

#include <string.h>

static void task_entry(struct exec *ex, void *arg)
{
    struct stage *stage = arg;
    workload_task_main(ex, &stage->run, stage->cell->workload);
}

static bool task_step(struct exec *ex, void *arg)
{
    struct stage *stage = arg;
    return workload_task_step(ex, &stage->run, stage->cell->workload);
}

static void task_finish(struct exec *ex, void *arg)
{
    struct stage *stage = arg;
    workload_task_finish(ex, &stage->run, stage->cell->workload);
}

/* On the task's own thread, after it is bound: its memory is local. */
static void task_first_touch(size_t index, void *arg)
{
    struct stage *stage = arg;
    size_t size = stage->task_stride;
    void **state = &stage->run.task_state[index];
    if (size && !stage->task_memory) {
        *state = must_aligned_alloc(CACHELINE_PAIR, size);
    }
    if (size) {
        memset(*state, 0, size);
    }
}

static void task_leave(size_t index, void *arg)
{
    struct stage *stage = arg;
    stage->cell->workload->leave(&stage->run, index);
}

void stage_set_up(struct stage *stage, struct exec_setup *setup)
{
    const struct workload *workload = stage->cell->workload;
    setup->entry = task_entry;
    setup->step = workload->step ? task_step : NULL;
    setup->finish = task_finish;
    setup->first_touch = task_first_touch;
    setup->leave = workload->leave ? task_leave : NULL;
    setup->arg = stage;
}

/* Does the model run tasks in processes of their own? */
static bool has_workers(const struct cell *cell)
{
    return cell->model->workers != NULL;
}

/* Task state at its place before any process is forked. */
static void share_task_state(struct stage *stage)
{
    size_t size = stage->total * stage->task_stride;
    stage->task_memory = size ? mapping_new(size, true) : NULL;
    for (size_t i = 0; size && i < stage->total; i++) {
        stage->run.task_state[i] = stage->task_memory + i * stage->task_stride;
    }
}

struct stage *stage_new(const struct cell *cell)
{
    struct stage *stage = mapping_new(sizeof(*stage), has_workers(cell));
    size_t total = cell->tasks + cell->background;
    *stage = (struct stage){
        .cell = cell,
        .total = total,
        .task_stride = (cell->workload->task_size + CACHELINE_PAIR - 1) /
                       CACHELINE_PAIR * CACHELINE_PAIR,
        .run = {.params = &cell->params,
                .tasks = cell->tasks,
                .background = cell->background,
                .state = must_calloc(1, cell->workload->state_size),
                .task_state = must_calloc(total, sizeof(void *)),
                .execs = must_calloc(total, sizeof(struct exec *)),
                .generator_pu = cell->generator_pu}};
    if (has_workers(cell)) {
        share_task_state(stage);
    }
    return stage;
}

void stage_free(struct stage *stage)
{
    if (stage->exec_run) {
        stage->cell->model->destroy(stage->exec_run);
    }
    load_free(stage->run.load);
    for (size_t i = 0; !stage->task_memory && i < stage->total; i++) {
        free(stage->run.task_state[i]);
    }
    mapping_free(stage->task_memory, stage->total * stage->task_stride);
    free(stage->run.task_state);
    free(stage->run.execs);
    free(stage->run.state);
    mapping_free(stage, sizeof(*stage));
}

static size_t workers_of(const struct stage *stage, const pid_t **ret)
{
    *ret = NULL;
    return has_workers(stage->cell)
               ? stage->cell->model->workers(stage->exec_run, ret)
               : 0;
}

uint64_t stage_read_cpu_ns(const struct stage *stage)
{
    const pid_t *pids;
    size_t n = workers_of(stage, &pids);
    return usage_process_cpu_ns() + usage_workers_cpu_ns(pids, n);
}

void stage_read_switches(const struct stage *stage, struct switches *ret)
{
    switches_read(ret);
    if (stage->cell->model->switches) {
        stage->cell->model->switches(stage->exec_run, &ret->voluntary,
                                     &ret->involuntary);
    }
}

void stage_read_memory(const struct stage *stage, struct usage_memory *ret)
{
    const pid_t *pids = NULL;
    size_t n = stage->exec_run ? workers_of(stage, &pids) : 0;
    usage_memory(has_workers(stage->cell), pids, n, ret);
}
