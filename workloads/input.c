/* SPDX-License-Identifier: MIT */
#include "workloads/input.h"

#include <errno.h>
#include <zlib.h>

extern const struct embedded_file workload_inputs[]; /* tools/embed.py */

uint32_t input_crc32(const void *data, size_t size)
{
    return (uint32_t)crc32(0, data, (uInt)size);
}

int input_get(const char *name, uint32_t crc, const struct embedded_file **ret,
              struct diag *diag)
{
    const struct embedded_file *file = embedded_find(workload_inputs, name);
    if (!file) {
        return diag_set(diag, -ENOENT, "no input %s in this program", name);
    }
    uint32_t actual = input_crc32(file->data, file->size);
    if (actual != crc) {
        return diag_set(diag, -EBADMSG,
                        "the input %s has CRC-32 %08x, not %08x: it was "
                        "changed without the workload",
                        name, actual, crc);
    }
    *ret = file;
    return 0;
}
