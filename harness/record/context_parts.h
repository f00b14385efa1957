/* SPDX-License-Identifier: MIT */
/* The parts of context_capture(); each sets its keys, known or null. */
#pragma once

#include "harness/topology/topology.h"

#include <jansson.h>

/* cpu_model microcode hypervisor governor frequency_driver turbo isolated_pus
 * nohz_full */
void context_add_cpu(json_t *context, const struct topology *topology);

/* clock_source clock_resolution_ns clock_read_ns timer_slack_ns */
void context_add_clock(json_t *context);

/* load_average pressure_cpu_avg10 uptime_s memory_bytes */
void context_add_load(json_t *context);

/* Takes over `value`; NULL becomes null. */
void context_set(json_t *context, const char *key, json_t *value);

/* The first line of a file, or NULL where it cannot be read. */
json_t *context_file(const char *path);
