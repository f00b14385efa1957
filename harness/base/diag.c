/* SPDX-License-Identifier: MIT */
#include "harness/base/diag.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The character at `c`; its length, or 0 where the bytes are not UTF-8. */
static size_t decode(const unsigned char *c, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = c[0] < 0x80             ? 1
               : (c[0] & 0xe0) == 0xc0 ? 2
               : (c[0] & 0xf0) == 0xe0 ? 3
               : (c[0] & 0xf8) == 0xf0 ? 4
                                       : 0;
    uint32_t value = n > 1 ? c[0] & (0x7fu >> n) : c[0];
    for (size_t i = 1; i < n; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return 0;
        }
        value = value << 6 | (c[i] & 0x3f);
    }
    bool surrogate = value >= 0xd800 && value < 0xe000;
    *ret = value;
    return n == 0 || value < least[n] || surrogate || value > 0x10ffff ? 0 : n;
}

/* Does it stand still on a terminal? Controls (C1 as well: 0x9b begins an
 * escape sequence) and what breaks or turns a line do not. */
static bool is_plain(uint32_t c)
{
    bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
    bool direction = c == 0x200e || c == 0x200f ||
                     (c >= 0x2028 && c <= 0x202e) ||
                     (c >= 0x2066 && c <= 0x2069);
    return !control && !direction;
}

void diag_clean(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        uint32_t value;
        size_t n = decode((const unsigned char *)from, &value);
        if (n > 0 && is_plain(value)) {
            memmove(to, from, n);
            to += n;
        } else {
            *to++ = '?';
        }
        from += n > 0 ? n : 1;
    }
    *to = '\0';
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
