/* SPDX-License-Identifier: MIT */
#include "harness/base/text_file.h"

#include "harness/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

int text_file_read(const char *path, char *text, size_t size)
{
    text[0] = '\0';
    _cleanup_(close_p) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    size_t length = 0;
    while (length < size - 1) {
        ssize_t n = read(fd, text + length, size - 1 - length);
        if (n < 0) {
            text[0] = '\0';
            return -errno;
        }
        if (n == 0) {
            break;
        }
        length += (size_t)n;
    }
    if (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    text[length] = '\0';
    return (int)length;
}

int text_file_number(const char *path, int64_t *ret)
{
    char text[64];
    int r = text_file_read(path, text, sizeof(text));
    if (r < 0) {
        return r;
    }
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || errno) {
        return -ENODATA;
    }
    *ret = value;
    return 0;
}

int64_t text_field(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = text; (at = strstr(at, key)); at += length) {
        char before = at == text ? '\n' : at[-1];
        char after = at[length];
        if ((before == '\n' || before == ' ') &&
            (after == ' ' || after == '=')) {
            char *end;
            long long value = strtoll(at + length + 1, &end, 10);
            return end == at + length + 1 ? -1 : value;
        }
    }
    return -1;
}
