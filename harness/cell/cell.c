/* SPDX-License-Identifier: MIT */
#include "harness/cell/cell.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <stdio.h>
#include <string.h>

const struct param cell_params[] = {
    {.name = "timer_slack_ns",
     .help = "how late the kernel may wake a sleeper, set in every thread",
     .unit = "ns",
     .def = 50000,
     .min = 1,
     .max = 1000000000},
    {.name = "warmup_ms",
     .help = "how long the tasks run before the first slice",
     .unit = "ms",
     .def = 50,
     .min = 0,
     .max = 60000},
    {.name = "inject_permille",
     .help = "slowdown to try a comparison with: a step counts only for each "
             "1 + N/1000 done",
     .unit = "per mille",
     .def = 0,
     .min = 0,
     .max = 1000000},
    {0},
};

void cell_params_init(struct params *params, const struct workload *workload,
                      const struct exec_model *model, const struct unit *lock)
{
    *params = (struct params){0};
    params_add(params, workload->unit.params);
    params_add(params, model->unit.params);
    params_add(params, lock ? lock->params : NULL);
    params_add(params, cell_params);
}

char *cell_id(const struct cell *cell)
{
    char *id = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&id, &size);
    must(out != NULL);
    fprintf(out, "%s/%s", cell->workload->unit.name, cell->model->unit.name);
    if (cell->lock) {
        fprintf(out, ":%s", cell->lock->name);
    }
    fprintf(out, "/tasks=%zu/placement=%s", cell->tasks, cell->placement);
    for (size_t i = 0; i < cell->params.n; i++) {
        const struct param_value *value = &cell->params.values[i];
        if (value->value != value->param->def) {
            char text[PARAM_FORMAT_SIZE];
            param_format(value->param, value->value, text, sizeof(text));
            fprintf(out, "/%s=%s", value->param->name, text);
        }
    }
    must(fclose(out) == 0);
    return id;
}

static struct exec_question question_of(const struct cell *cell)
{
    const struct workload *workload = cell->workload;
    size_t background = workload->background
                            ? workload->background(&cell->params, cell->tasks)
                            : 0;
    return (struct exec_question){.params = &cell->params,
                                  .lock = cell->lock,
                                  .tasks = cell->tasks + background,
                                  .stepwise = workload->step != NULL};
}

/* Does one task at most go on at a time? */
static bool excludes(const struct cell *cell)
{
    const struct exec_model *model = cell->model;
    const struct exec_question question = question_of(cell);
    return question.tasks <= 1 ||
           (model->excludes && model->excludes(&question));
}

char *cell_unsafe(const struct cell *cell)
{
    const struct workload *workload = cell->workload;
    const char *why = workload->unsafe ? workload->unsafe(&cell->params) : NULL;
    if (!why || excludes(cell)) {
        return NULL;
    }
    char *text = NULL;
    must(asprintf(&text,
                  "%s, and under %s%s%s tasks run at the same time: results "
                  "would be wrong",
                  why, cell->model->unit.name, cell->lock ? ":" : "",
                  cell->lock ? cell->lock->name : "") > 0);
    return text;
}

/* Why the model does not give what the workload's tasks need, or NULL. */
static const char *shares_too_little(const struct cell *cell)
{
    const struct workload *workload = cell->workload;
    const struct exec_model *model = cell->model;
    const struct exec_question question = question_of(cell);
    enum exec_sharing needs = workload->needs_with
                                  ? workload->needs_with(&cell->params)
                                  : workload->needs;
    enum exec_sharing gives =
        model->sharing_with ? model->sharing_with(&question) : model->sharing;
    if (needs <= gives) {
        return NULL;
    }
    return needs == EXEC_SHARES_OBJECTS
               ? "its tasks share objects, which the model keeps apart"
               : "its tasks share memory, of which the model gives each "
                 "process its own";
}

/* What the model says, or NULL. */
static const char *cannot_run(const struct cell *cell)
{
    const struct exec_question question = question_of(cell);
    return cell->model->unsupported ? cell->model->unsupported(&question)
                                    : NULL;
}

char *cell_impossible(const struct cell *cell)
{
    const struct workload *workload = cell->workload;
    const struct exec_model *model = cell->model;
    const char *why = shares_too_little(cell);
    why = why ? why : cannot_run(cell);
    if (!why && model->cannot_do) {
        why = model->cannot_do(&cell->params, workload->native);
    }
    if (!why && workload->unsupported) {
        why = workload->unsupported(&cell->params, cell->tasks,
                                    cell->model->unit.name);
    }
    char *text = why ? strdup(why) : cell_unsafe(cell);
    must(!why || text);
    return text;
}

void cell_deinit(struct cell *cell)
{
    free(cell->id);
    free(cell->placement);
    free(cell->block);
    free(cell->pus);
    free(cell->skip);
    *cell = (struct cell){0};
}

double cell_seconds(const struct cell *cell)
{
    double ms = (double)params_get(&cell->params, "warmup_ms") +
                (double)cell->slices * (double)cell->slice_ms;
    return ms / 1000.0;
}

const char *cell_too_many_tasks(size_t tasks)
{
#if defined(__SANITIZE_THREAD__)
    enum { SANITIZER_TASKS = 1000 };
    if (tasks > SANITIZER_TASKS) {
        return "a ThreadSanitizer build runs at most 1,000 tasks";
    }
#endif
    (void)tasks;
    return NULL;
}
