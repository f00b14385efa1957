/* SPDX-License-Identifier: MIT */
#undef NDEBUG
#include "harness/base/text_file.h"
#include "harness/measure/noise.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void test_between(void)
{
    struct noise a = {.steal_us = 10, .pressure_us = -1, .throttled_us = 7};
    struct noise b = {.steal_us = 25, .pressure_us = 5, .throttled_us = 7};
    struct noise d = noise_between(&a, &b);
    assert(d.steal_us == 15 && d.pressure_us < 0 && d.throttled_us == 0);
    /* Steal is known to run backwards in some virtual machines. */
    d = noise_between(&b, &a);
    assert(d.steal_us < 0 && d.pressure_us < 0);
}

/* Counters never run backwards; unknown stays unknown. */
static void test_read(void)
{
    struct noise a;
    struct noise b;
    noise_read(&a);
    noise_read(&b);
    assert((a.pressure_us < 0) == (b.pressure_us < 0));
    assert(b.pressure_us >= a.pressure_us);
    assert((a.throttled_us < 0) == (b.throttled_us < 0));
    assert(a.steal_us >= 0); /* /proc/stat is everywhere */
}

static void test_text_file(void)
{
    char text[16];
    int64_t number = 5;
    assert(text_file_read("/nonexistent", text, sizeof(text)) == -ENOENT);
    assert(text[0] == '\0');
    assert(text_file_read("/proc/self/stat", text, sizeof(text)) == 15);
    assert(strlen(text) == 15);
    assert(text_file_read("/", text, sizeof(text)) == -EISDIR);
    assert(text_file_number("/nonexistent", &number) < 0 && number == 5);
    assert(text_file_number("/proc/self/status", &number) == -ENODATA);
    assert(text_file_number("/proc/sys/kernel/pid_max", &number) == 0);
    assert(number > 0);
}

static void test_field(void)
{
    const char *text = "nr_throttled 3\nthrottled_usec 41\nx_throttled_usec 9\n"
                       "some avg10=0.21 total=4755866\nempty \n";
    assert(text_field(text, "throttled_usec") == 41);
    assert(text_field(text, "total") == 4755866);
    assert(text_field(text, "nr_throttled") == 3);
    assert(text_field(text, "throttled") == -1);
    assert(text_field(text, "avg300") == -1);
}

int main(void)
{
    test_between();
    test_read();
    test_text_file();
    test_field();
    return 0;
}
