/* SPDX-License-Identifier: MIT */
/*
 * What this machine does to a program that measures, seen by measuring: the
 * part of `gilbench doctor` that no file of the kernel tells. Takes about two
 * seconds and keeps all allowed PUs busy for a part of them.
 */
#pragma once

#include "harness/record/finding.h"
#include "harness/topology/topology.h"

/* The last ones are FINDINGS_OF_NOISE. */
#define FINDINGS_OF_PROBE 6

int doctor_probe(const struct topology *topology,
                 struct finding ret[FINDINGS_OF_PROBE], struct diag *diag);
