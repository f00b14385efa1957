/* SPDX-License-Identifier: MIT */
#include "bench/trace.h"

void traced_deinit(struct traced *traced)
{
    timeline_deinit(&traced->timeline);
    json_decref(traced->lock);
    *traced = (struct traced){0};
}

const char *trace_state_name(const struct traced *traced, size_t lane,
                             enum timeline_state state)
{
    static const char *const of_threads[TIMELINE_STATES] = {
        "absent", "running", "waiting", "blocked", "giving way"};
    static const char *const of_tasks[TIMELINE_STATES] = {
        "absent", "running", "ready", "parked", "giving way"};
    static const char *const of_loop[TIMELINE_STATES] = {
        "absent", "busy", "waiting", "polling", "giving way"};
    if (!traced->cell->model->on_loops) {
        return of_threads[state];
    }
    return lane + 1 == traced->timeline.n ? of_loop[state] : of_tasks[state];
}
