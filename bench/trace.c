/* SPDX-License-Identifier: MIT */
#include "bench/trace.h"

void traced_deinit(struct traced *traced)
{
    timeline_deinit(&traced->timeline);
    json_decref(traced->lock);
    *traced = (struct traced){0};
}

const char *trace_state_word(bool loop, bool loop_lane,
                             enum timeline_state state)
{
    static const char *const of_threads[TIMELINE_STATES] = {
        "absent", "running", "waiting", "blocked", "giving way"};
    static const char *const of_tasks[TIMELINE_STATES] = {
        "absent", "running", "ready", "parked", "giving way"};
    static const char *const of_loop[TIMELINE_STATES] = {
        "absent", "busy", "waiting", "polling", "giving way"};
    return (loop_lane ? of_loop : loop ? of_tasks : of_threads)[state];
}

const char *trace_state_name(const struct traced *traced, size_t lane,
                             enum timeline_state state)
{
    bool loop = traced->cell->model->on_loops;
    return trace_state_word(loop, loop && lane + 1 == traced->timeline.n,
                            state);
}

const char *trace_point_word(enum timeline_kind kind)
{
    static const char *const words[] = {"asks to drop", "asked to drop",
                                        "woken in vain"};
    return words[kind];
}

const char *trace_title(bool loop)
{
    return loop ? "Who ran on the loop when" : "Who held the lock when";
}
