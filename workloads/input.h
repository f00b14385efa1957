/* SPDX-License-Identifier: MIT */
/* The frozen inputs of workloads/data/, built into the program. */
#pragma once

#include "harness/base/diag.h"
#include "harness/base/embed.h"

#include <stdint.h>

/* Finds an input and holds it to its CRC-32, so that nobody measures another
 * text than the one the workload's version stands for. */
int input_get(const char *name, uint32_t crc32,
              const struct embedded_file **ret, struct diag *diag);

uint32_t input_crc32(const void *data, size_t size);
