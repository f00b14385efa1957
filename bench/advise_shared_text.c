/* SPDX-License-Identifier: MIT */
/* What sharing costs, for people. */
#include "bench/advise_shared.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "plots/format.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define WIDTH 96

__attribute__((format(printf, 2, 3))) static void say(FILE *out,
                                                      const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    must(vasprintf(&text, format, args) >= 0);
    va_end(args);
    format_print_folded(text, WIDTH, out);
    free(text);
}

/* "1.31 [1.28 - 1.33]" */
static void format_price(const struct advise_strategy *strategy, char *text,
                         size_t size)
{
    char price[32], low[32], high[32];
    format_digits(price, sizeof(price), strategy->price);
    format_digits(low, sizeof(low), strategy->price_low);
    format_digits(high, sizeof(high), strategy->price_high);
    if (isnan(strategy->price)) {
        snprintf(text, size, "-");
    } else if (isnan(strategy->price_low)) {
        snprintf(text, size, "%s", price);
    } else {
        snprintf(text, size, "%s [%s - %s]", price, low, high);
    }
}

static void put_row(const struct advise_strategy *strategy, double operations,
                    FILE *out)
{
    char alone[24], price[104], rate[24] = "-", interval[48] = "";
    char enough[24] = "-", name[96];
    format_clean(name, sizeof(name), strategy->name);
    format_seconds(alone, sizeof(alone), strategy->alone_s);
    format_price(strategy, price, sizeof(price));
    if (isfinite(strategy->rate)) {
        format_count(rate, sizeof(rate), strategy->rate);
        format_count(enough, sizeof(enough), strategy->rate / operations);
    }
    if (isfinite(strategy->low) && isfinite(strategy->high)) {
        format_interval(interval, sizeof(interval), strategy->low,
                        strategy->high);
    }
    fprintf(out, "%-29s %8s  %-22s %8s  %-15s %9s\n", name, alone, price, rate,
            interval, enough);
}

static void put_table(const struct advise_shared *shared, FILE *out)
{
    double tasks = NAN;
    for (size_t i = 0; i < shared->n; i++) {
        tasks = fmax(tasks, shared->all[i].tasks);
    }
    char all[32] = "";
    if (isfinite(tasks)) {
        snprintf(all, sizeof(all), "%.0f tasks", tasks);
    }
    fprintf(out, "%-29s %8s  %-22s %8s  %-15s %9s\n", "an operation on it",
            "alone", "by plain, 95 %", all, "a second, 95 %", "for req/s");
    for (size_t i = 0; i < shared->n; i++) {
        put_row(&shared->all[i], shared->asked.operations, out);
    }
}

/* The one under free threads with the least (`most`: the most) of it. */
static const struct advise_strategy *pick(const struct advise_shared *shared,
                                          bool most)
{
    const struct advise_strategy *best = NULL;
    for (size_t i = 0; i < shared->n; i++) {
        const struct advise_strategy *one = &shared->all[i];
        double value = most ? one->rate : one->price;
        double other = best ? (most ? best->rate : best->price) : NAN;
        if (!one->safe_alone && !isnan(value) &&
            (!best || (most ? value > other : value < other))) {
            best = one;
        }
    }
    return best;
}

static const struct advise_strategy *find_plain(
    const struct advise_shared *shared)
{
    for (size_t i = 0; i < shared->n; i++) {
        if (shared->all[i].safe_alone && shared->all[i].price == 1) {
            return &shared->all[i];
        }
    }
    return NULL;
}

/* Just the strategy. */
static const char *word_of(const struct advise_strategy *strategy)
{
    const char *comma = strstr(strategy->name, ", ");
    return comma ? comma + 2 : strategy->name;
}

static void say_price(const struct advise_shared *shared, double cpu_us,
                      FILE *out)
{
    const struct advise_strategy *best = pick(shared, false);
    const struct advise_strategy *plain = find_plain(shared);
    char price[104], extra[32];
    if (!best || !plain) {
        return;
    }
    double more_s =
        (best->price - 1) * plain->alone_s * shared->asked.operations;
    format_price(best, price, sizeof(price));
    format_seconds(extra, sizeof(extra), fabs(more_s));
    bool same = best->price_low <= 1 && best->price_high >= 1;
    say(out,
        "Alone, %s is the cheapest that is safe without a GIL: %s times what "
        "plain operations take under it%s. That is %s %s for a request of %.0f "
        "us (%.2g %%), calculated from both cells.",
        word_of(best), price,
        same ? ", which this run does not tell apart" : "", extra,
        more_s < 0 ? "less" : "more", cpu_us,
        100 * fabs(more_s) * 1e6 / cpu_us);
}

static void say_together(const struct advise_shared *shared, FILE *out)
{
    const struct advise_strategy *best = pick(shared, true);
    const struct advise_strategy *plain = find_plain(shared);
    char digits[32], beside[120] = "";
    if (!best || isnan(best->gain)) {
        return;
    }
    format_digits(digits, sizeof(digits), best->gain);
    if (plain && isfinite(plain->rate)) {
        char times[32];
        format_digits(times, sizeof(times), best->rate / plain->rate);
        snprintf(beside, sizeof(beside),
                 ", and %s times that of as many under the GIL", times);
    }
    say(out,
        "All at once, %s brings the most: %.0f tasks do %s times the "
        "operations of one%s.%s",
        word_of(best), best->tasks, digits, beside,
        best->gain_high < 1 ? " Sharing it costs more than the other PUs give."
                            : "");
}

static void say_limit(const struct advise_shared *shared, double rate,
                      const char *served_by, FILE *out)
{
    const struct advise_strategy *best = pick(shared, true);
    if (!best || !(rate > 0)) {
        return;
    }
    double most = best->rate / rate;
    char operations[32];
    format_count(operations, sizeof(operations), most);
    if (most > shared->asked.operations) {
        say(out,
            "The %s is not what is short: the requests that %s serves could "
            "make %s operations each with %s before it were, and they make "
            "%.0f.",
            shared->asked.object, served_by, operations, word_of(best),
            shared->asked.operations);
    } else {
        say(out,
            "The %s is what is short: with %s it allows %s operations a "
            "request at the rate of %s, and they make %.0f.",
            shared->asked.object, word_of(best), operations, served_by,
            shared->asked.operations);
    }
}

void advise_shared_write(const struct advise_shared *shared, double rate,
                         const char *best, double cpu_us, FILE *out)
{
    fprintf(out,
            "\nThe requests share a %s that they %s; %.0f operation%s on it "
            "each.\n\n",
            shared->asked.object,
            strcmp(shared->asked.level, "read") == 0 ? "only read"
                                                     : "read and write",
            shared->asked.operations, shared->asked.operations == 1 ? "" : "s");
    put_table(shared, out);
    fputc('\n', out);
    say_price(shared, cpu_us, out);
    say_together(shared, out);
    say_limit(shared, rate, best, out);
}
