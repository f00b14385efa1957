/* SPDX-License-Identifier: MIT */
/*
 * The machine and its state when a run begins: the document's "context".
 * Nothing is guessed, what is unknown is null, and nothing is changed.
 */
#pragma once

#include "harness/topology/topology.h"

#include <jansson.h>

/* Reads everything; about 2 ms. A new reference. */
json_t *context_capture(const struct topology *topology);

/* What tells machines apart, of the context of a document: {"cpu_model",
 * "hypervisor", "topology"}, the last one a digest. Another kernel or host name
 * is the same machine; another CPU is not. A new reference. */
json_t *context_machine(const json_t *context);

/* Appends {"code", "message", "advice"} to the array `warnings` for what makes
 * figures from this machine, or from this build of the program, less worth: the
 * findings (harness/record/finding.h) that matter.
 *
 *   governor         the cores' clock follows the load
 *   other_load       the machine was busy before the run began
 *   cpu_quota        the cgroup's quota is less than the allowed PUs
 *   virtual_machine  a hypervisor shares the CPUs out
 *   aslr             every process has the same layout of addresses
 *   clock            reading the clock is slow
 *   sanitizer        the program checks itself while it measures
 *   debug_build      the compiler did not optimise
 *   dirty_build      the commit does not say what was built
 */
void context_warnings(const json_t *context, json_t *warnings);

/* The last three alone, for an object as of build_info(). */
void context_build_warnings(const json_t *build, json_t *warnings);
