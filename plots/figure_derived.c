/* SPDX-License-Identifier: MIT */
#include "plots/figure_derived.h"

#include <math.h>
#include <string.h>

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Threads that may wait: those of a pool, else one a task. */
static double threads_of(const json_t *cell)
{
    double pool = number(json_object_get(cell, "params"), "threads");
    double background = number(cell, "background_tasks");
    return pool > 0 ? pool : number(cell, "tasks") + fmax(background, 0);
}

static double lock_wait_share(const json_t *cell, const json_t *repetition)
{
    double wait_s = number(json_object_get(repetition, "lock"), "wait_s");
    return wait_s / (number(repetition, "wall_s") * threads_of(cell));
}

/* Of a list the fewest or the most, of quartiles an end. */
static double extreme(const json_t *steps, bool most)
{
    double found = number(steps, most ? "max" : "min");
    size_t i;
    const json_t *value;
    json_array_foreach(steps, i, value)
    {
        double own = json_number_value(value);
        found = most ? fmax(found, own) : fmin(found, own);
    }
    return found;
}

static double served(const json_t *cell, const json_t *repetition, bool most)
{
    double sum = 0;
    size_t i;
    const json_t *slice;
    json_array_foreach(json_object_get(repetition, "slices"), i, slice)
    {
        sum += number(slice, "steps");
    }
    double mean = sum / number(cell, "tasks");
    const json_t *steps = json_object_get(repetition, "task_steps");
    return mean > 0 ? extreme(steps, most) / mean : NAN;
}

static double least_served(const json_t *cell, const json_t *repetition)
{
    return served(cell, repetition, false);
}

static double most_served(const json_t *cell, const json_t *repetition)
{
    return served(cell, repetition, true);
}

pairs_value *figure_derived(const char *name)
{
    static const struct {
        const char *name;
        pairs_value *value;
    } all[] = {
        {"lock_wait_share", lock_wait_share},
        {"least_served", least_served},
        {"most_served", most_served},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (strcmp(all[i].name, name) == 0) {
            return all[i].value;
        }
    }
    return NULL;
}
