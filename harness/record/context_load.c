/* SPDX-License-Identifier: MIT */
#include "harness/base/text_file.h"
#include "harness/record/context_parts.h"
#include "harness/record/json_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static json_t *load_average(void)
{
    double load[3];
    if (getloadavg(load, 3) != 3) {
        return NULL;
    }
    return json_pack("[ooo]", json_number(load[0]), json_number(load[1]),
                     json_number(load[2]));
}

/* Per cent of the last 10 s in which some task waited for a CPU. */
static json_t *pressure(void)
{
    char text[256];
    double avg10;
    if (text_file_read("/proc/pressure/cpu", text, sizeof(text)) <= 0 ||
        sscanf(text, "some avg10=%lf", &avg10) != 1) {
        return NULL;
    }
    return json_number(avg10);
}

static json_t *uptime(void)
{
    char text[64];
    double seconds;
    if (text_file_read("/proc/uptime", text, sizeof(text)) <= 0 ||
        sscanf(text, "%lf", &seconds) != 1) {
        return NULL;
    }
    return json_number(seconds);
}

static json_t *memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0
               ? json_integer((json_int_t)pages * (json_int_t)size)
               : NULL;
}

void context_add_load(json_t *context)
{
    context_set(context, "load_average", load_average());
    context_set(context, "pressure_cpu_avg10", pressure());
    context_set(context, "uptime_s", uptime());
    context_set(context, "memory_bytes", memory());
}
