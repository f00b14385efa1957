/* SPDX-License-Identifier: MIT */
#include "harness/measure/noise.h"

#include "harness/base/cgroup.h"
#include "harness/base/text_file.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * A process does not change its cgroup in the course of a run, and to find the
 * file costs more than to read it: looked for once.
 */
static struct cgroup_cpu cgroup;
static pthread_once_t cgroup_once = PTHREAD_ONCE_INIT;

static void find_cgroup(void)
{
    cgroup_cpu_read("", &cgroup);
}

/* The first line of /proc/stat: "cpu user nice system idle iowait irq softirq
 * steal guest guest_nice", in ticks. */
static int64_t read_steal_us(void)
{
    char text[256];
    unsigned long long ticks;
    if (text_file_read("/proc/stat", text, sizeof(text)) <= 0 ||
        sscanf(text, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &ticks) != 1) {
        return -1;
    }
    return (int64_t)ticks * (1000000 / sysconf(_SC_CLK_TCK));
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=4755866", microseconds. */
static int64_t read_pressure_us(void)
{
    char text[256];
    if (text_file_read("/proc/pressure/cpu", text, sizeof(text)) <= 0 ||
        strncmp(text, "some ", 5) != 0) {
        return -1;
    }
    text[strcspn(text, "\n")] = '\0';
    return text_field(text, "total");
}

/* Version 2 counts microseconds, version 1 nanoseconds. */
static int64_t read_throttled_us(void)
{
    char text[1024];
    pthread_once(&cgroup_once, find_cgroup);
    if (cgroup.stat[0] == '\0' ||
        text_file_read(cgroup.stat, text, sizeof(text)) <= 0) {
        return -1;
    }
    int64_t us = text_field(text, "throttled_usec");
    if (us >= 0) {
        return us;
    }
    int64_t ns = text_field(text, "throttled_time");
    return ns < 0 ? -1 : ns / 1000;
}

void noise_read(struct noise *ret)
{
    ret->steal_us = read_steal_us();
    ret->pressure_us = read_pressure_us();
    ret->throttled_us = read_throttled_us();
}

static int64_t between(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || b < a ? -1 : b - a;
}

struct noise noise_between(const struct noise *a, const struct noise *b)
{
    return (struct noise){
        .steal_us = between(a->steal_us, b->steal_us),
        .pressure_us = between(a->pressure_us, b->pressure_us),
        .throttled_us = between(a->throttled_us, b->throttled_us),
    };
}
