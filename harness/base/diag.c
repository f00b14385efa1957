/* SPDX-License-Identifier: MIT */
#include "harness/base/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void diag_clean(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
}

int diag_set(struct diag *diag, int code, const char *format, ...)
{
    if (diag) {
        va_list args;
        va_start(args, format);
        vsnprintf(diag->text, sizeof(diag->text), format, args);
        va_end(args);
        diag_clean(diag->text);
    }
    return code;
}

int diag_prefix(struct diag *diag, int code, const char *format, ...)
{
    if (diag) {
        struct diag old = *diag;
        va_list args;
        va_start(args, format);
        int n = vsnprintf(diag->text, sizeof(diag->text), format, args);
        va_end(args);
        if (n >= 0 && (size_t)n < sizeof(diag->text)) {
            snprintf(diag->text + n, sizeof(diag->text) - (size_t)n, ": %.*s",
                     (int)sizeof(old.text) - n - 3, old.text);
        }
        diag_clean(diag->text);
    }
    return code;
}
