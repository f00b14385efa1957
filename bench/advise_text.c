/* SPDX-License-Identifier: MIT */
/* Advice for people, and for programs. */
#include "bench/advise.h"
#include "claims/claim.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "plots/format.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#define WIDTH 96
#define NAME  22 /* of a model, as the head of a column */

/* Rates whose intervals touch are not told apart. */
static bool overlap(const struct advise_point *a, const struct advise_point *b)
{
    return !(a->low > b->high || b->low > a->high);
}

static const struct advise_point *point_of(const struct advise_variant *variant)
{
    return &variant->points[variant->here];
}

static bool in_reach(const struct advise_variant *variant,
                     const struct advise_variant *fastest)
{
    return variant == fastest || overlap(point_of(variant), point_of(fastest));
}

static const struct advise_variant *fastest_of(const struct advice *advice)
{
    const struct advise_variant *best = &advice->variants[0];
    for (size_t i = 1; i < advice->n; i++) {
        if (point_of(&advice->variants[i])->rate > point_of(best)->rate) {
            best = &advice->variants[i];
        }
    }
    return best;
}

/* Of those that serve as many requests as the fastest, as far as the run can
 * tell, the one with the lowest p99. */
static const struct advise_variant *best_of(const struct advice *advice)
{
    const struct advise_variant *fastest = fastest_of(advice);
    const struct advise_variant *best = fastest;
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        if (in_reach(variant, fastest) &&
            point_of(variant)->p99_ns < point_of(best)->p99_ns) {
            best = variant;
        }
    }
    return best;
}

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

/* "A, B and C" */
static void join(char *text, size_t size, const char *name, size_t at, size_t n)
{
    size_t used = strlen(text);
    if (used < size) {
        snprintf(text + used, size - used, "%s%s",
                 at == 0       ? ""
                 : at + 1 == n ? " and "
                               : ", ",
                 name);
    }
}

static void format_time(char *out, size_t size, double ns)
{
    if (isfinite(ns)) {
        format_seconds(out, size, ns * 1e-9);
    } else {
        snprintf(out, size, "-");
    }
}

static void print_table(const struct advice *advice, FILE *out)
{
    fprintf(out, "%-32s %9s  %-19s %8s %8s  %s\n", "", "req/s", "95 %", "p50",
            "p99", "what is short");
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        const struct advise_point *point = point_of(variant);
        char name[40], rate[24], interval[40] = "", p50[24], p99[24];
        format_clean(name, sizeof(name), variant->name);
        format_count(rate, sizeof(rate), point->rate);
        if (isfinite(point->low) && isfinite(point->high)) {
            format_interval(interval, sizeof(interval), point->low,
                            point->high);
        }
        format_time(p50, sizeof(p50), point->p50_ns);
        format_time(p99, sizeof(p99), point->p99_ns);
        fprintf(out, "%-32s %9s  %-19s %8s %8s  %s\n", name, rate, interval,
                p50, p99, variant->bottleneck);
    }
}

static void print_best(const struct advice *advice, FILE *out)
{
    const struct advise_variant *fastest = fastest_of(advice);
    const struct advise_variant *best = best_of(advice);
    const struct advise_variant *next = NULL; /* best of the others */
    char names[ADVISE_VARIANTS_MAX * 100] = "", than[200] = "";
    size_t n = 0;
    for (size_t i = 0; i < advice->n; i++) {
        n += in_reach(&advice->variants[i], fastest);
    }
    for (size_t i = 0, at = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        if (in_reach(variant, fastest)) {
            join(names, sizeof(names), variant->name, at++, n);
        } else if (!next || point_of(variant)->rate > point_of(next)->rate) {
            next = variant;
        }
    }
    if (next && point_of(next)->rate <= 0) {
        snprintf(than, sizeof(than), "; %s serves none in the time of a slice",
                 next->name);
    } else if (next) {
        char times[32];
        format_digits(times, sizeof(times),
                      point_of(best)->rate / point_of(next)->rate);
        snprintf(than, sizeof(than), ", %s times as many as %s", times,
                 next->name);
    }
    if (n > 1) {
        say(out,
            "%s serve as many requests, as far as this run can tell%s; %s has "
            "the lowest p99 of them.",
            names, than, best->name);
    } else {
        say(out, "%s serves the most requests%s.", best->name, than);
    }
}

static double share_of(const struct advice *advice, double cpu_us)
{
    return 100.0 * cpu_us / (cpu_us + advice->found.wait_us);
}

/* The variant's cell with that computing time, or NULL. */
static const struct advise_point *point_at(const struct advise_variant *variant,
                                           double cpu_us)
{
    for (size_t i = 0; i < variant->n; i++) {
        if (variant->points[i].cpu_us == cpu_us) {
            return &variant->points[i];
        }
    }
    return NULL;
}

/* Who is ahead of all others at that computing time, or NULL. */
static const struct advise_variant *ahead_at(const struct advice *advice,
                                             double cpu_us)
{
    const struct advise_variant *ahead = NULL;
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_point *own = point_at(&advice->variants[i], cpu_us);
        bool most = own != NULL;
        for (size_t k = 0; k < advice->n && most; k++) {
            const struct advise_point *other =
                point_at(&advice->variants[k], cpu_us);
            most = k == i || !other || own->low > other->high;
        }
        ahead = most ? &advice->variants[i] : ahead;
    }
    return ahead;
}

static void print_share(const struct advice *advice, double cpu_us, FILE *out)
{
    const struct advise_variant *ahead = ahead_at(advice, cpu_us);
    fprintf(out, "%6.3g %% %7.0f us", share_of(advice, cpu_us), cpu_us);
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        const struct advise_point *point = point_at(variant, cpu_us);
        char rate[24] = "-";
        if (point) {
            format_count(rate, sizeof(rate), point->rate);
        }
        fprintf(out, " %*s%c%c", NAME - 2, rate, variant == ahead ? '*' : ' ',
                point && !advise_keeps_up(advice, point) ? '!' : ' ');
    }
    fputc('\n', out);
}

/* The variant with the most cells. */
static const struct advise_variant *longest_of(const struct advice *advice)
{
    const struct advise_variant *longest = &advice->variants[0];
    for (size_t i = 1; i < advice->n; i++) {
        if (advice->variants[i].n > longest->n) {
            longest = &advice->variants[i];
        }
    }
    return longest;
}

/* The same service with other computing times. */
static void print_shares(const struct advice *advice, FILE *out)
{
    const struct advise_variant *longest = longest_of(advice);
    if (longest->n < 2) {
        return;
    }
    fputs("\nRequests a second if they compute for less or longer (* more than "
          "all others,\n! no longer keeps up: below 90 % of what requests "
          "would have that need nobody else):\n\n CPU share, computes",
          out);
    for (size_t i = 0; i < advice->n; i++) {
        char name[NAME];
        format_clean(name, sizeof(name), advice->variants[i].name);
        fprintf(out, "%s%*s", i == 0 ? "" : " ", NAME - (i == 0), name);
    }
    fputc('\n', out);
    for (size_t i = 0; i < longest->n; i++) {
        print_share(advice, longest->points[i].cpu_us, out);
    }
    fputc('\n', out);
}

/* Where one ceases to keep up: its bracket of measured cells begins. */
static double begin_of(const struct advise_variant *variant)
{
    return variant->saturates ? variant->shares[0] : (double)INFINITY;
}

static double end_of(const struct advise_variant *variant)
{
    return variant->saturates ? variant->shares[1] : (double)INFINITY;
}

/* Was it measured at more than one CPU share, and goes it at the least? */
static bool has_bracket(const struct advise_variant *variant)
{
    return variant->n > 1 && !variant->from_the_start;
}

/* The variants whose bracket begins before the first one ends: nobody can say
 * which of them saturates first. */
static size_t first_to_saturate(const struct advice *advice, bool *is_first)
{
    double end = INFINITY;
    size_t n = 0;
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        end = has_bracket(variant) ? fmin(end, end_of(variant)) : end;
    }
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        is_first[i] = has_bracket(variant) && begin_of(variant) < end;
        n += is_first[i];
    }
    return n;
}

/* False: all go at the least CPU share that was measured. */
static bool say_saturated(const struct advice *advice, FILE *out)
{
    char names[ADVISE_VARIANTS_MAX * 100] = "";
    size_t n = 0, at = 0;
    double least = NAN;
    for (size_t i = 0; i < advice->n; i++) {
        n += advice->variants[i].n > 1 && advice->variants[i].from_the_start;
    }
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        if (variant->n > 1 && variant->from_the_start) {
            join(names, sizeof(names), variant->name, at++, n);
            least = fmin(least, variant->shares[1]);
        }
    }
    if (n > 0) {
        say(out,
            "%s %s saturated in all measured cells, from %.3g %% CPU share of "
            "a request on.",
            names, n > 1 ? "are" : "is", 100 * least);
    }
    return n > 0;
}

static void say_first(const struct advice *advice, const bool *is_first,
                      size_t n, FILE *out)
{
    char names[ADVISE_VARIANTS_MAX * 100] = "";
    const struct advise_variant *one = NULL;
    double from = INFINITY, to = INFINITY;
    for (size_t i = 0, at = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        if (is_first[i]) {
            join(names, sizeof(names), variant->name, at++, n);
            one = variant;
            from = fmin(from, begin_of(variant));
            to = fmin(to, end_of(variant));
        }
    }
    if (n == 1) {
        say(out,
            "Above %.2g %% CPU share of a request %s saturates first "
            "(interpolated between the cells at %.3g %% and %.3g %%).",
            100 * one->shares[2], names, 100 * from, 100 * one->shares[1]);
    } else {
        say(out,
            "%s saturate first, between %.3g %% and %.3g %% CPU share of a "
            "request; the cells do not tell which before which.",
            names, 100 * from, 100 * to);
    }
}

static void say_next(const struct advice *advice,
                     const struct advise_variant *variant, FILE *out)
{
    const struct advise_point *last = &variant->points[variant->n - 1];
    if (variant->saturates) {
        say(out,
            "%s keeps up until about %.2g %% (between the cells at %.3g %% and "
            "%.3g %%).",
            variant->name, 100 * variant->shares[2], 100 * variant->shares[0],
            100 * variant->shares[1]);
    } else {
        say(out, "%s keeps up in all measured cells, up to %.3g %%.",
            variant->name, share_of(advice, last->cpu_us));
    }
}

static void print_crossovers(const struct advice *advice, FILE *out)
{
    bool is_first[ADVISE_VARIANTS_MAX] = {false};
    if (longest_of(advice)->n < 2) {
        return; /* one CPU share is no axis */
    }
    if (!say_saturated(advice, out)) {
        size_t n = first_to_saturate(advice, is_first);
        if (n > 0) {
            say_first(advice, is_first, n, out);
        }
    }
    for (size_t i = 0; i < advice->n; i++) {
        if (has_bracket(&advice->variants[i]) && !is_first[i]) {
            say_next(advice, &advice->variants[i], out);
        }
    }
}

static void print_error(const struct advice *advice, FILE *out)
{
    bool guessed = false;
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        guessed |= variant->saturates && !variant->from_the_start;
    }
    if (guessed && isfinite(advice->left_out_error)) {
        say(out,
            "How good interpolation is here: where a measured cell was left "
            "out and guessed from its neighbours, its rate was off by at most "
            "%.0f %%.",
            100.0 * advice->left_out_error);
    }
}

static bool is_another(const struct advice *advice)
{
    return advice->asked.cpu_us != advice->found.cpu_us ||
           advice->asked.wait_us != advice->found.wait_us ||
           advice->asked.concurrency != advice->found.concurrency;
}

static void print_service(const struct advice *advice, FILE *out)
{
    const struct advise_service *asked = &advice->asked;
    const struct advise_service *found = &advice->found;
    char most[32];
    format_count(most, sizeof(most),
                 found->concurrency * 1e6 / (found->cpu_us + found->wait_us));
    say(out,
        "A request computes %.0f us and waits %.0f us%s: %.3g %% CPU share; "
        "%.0f at a time, on %.0f PUs.",
        asked->cpu_us, asked->wait_us,
        asked->blocking ? " in code that only blocks" : "",
        100.0 * asked->cpu_us / (asked->cpu_us + asked->wait_us),
        asked->concurrency, advice->pus);
    if (is_another(advice)) {
        say(out,
            "No cell is of this service. The nearest computes %.0f us, waits "
            "%.0f us, %.0f at a time; all figures are of that one.",
            found->cpu_us, found->wait_us, found->concurrency);
    }
    say(out,
        "If no request had to wait for another, %s would be served a second.",
        most);
}

static void print_disturbance(const struct advice *advice, FILE *out)
{
    if (advice->disturbance > CLAIM_DISTURBED) {
        say(out,
            "Careful: something else ran beside what was measured (in %.0f %% "
            "of the time somebody waited for a PU although one task ran on one "
            "of several). Rely on nothing of this; measure again when the "
            "machine is quiet.",
            100.0 * advice->disturbance);
    }
}

void advise_write_text(const struct advice *advice, FILE *out)
{
    print_service(advice, out);
    print_disturbance(advice, out);
    fputc('\n', out);
    print_table(advice, out);
    fputc('\n', out);
    print_best(advice, out);
    print_shares(advice, out);
    print_crossovers(advice, out);
    print_error(advice, out);
    if (advice->asked.shared.object) {
        const struct advise_variant *best = best_of(advice);
        advise_shared_write(&advice->shared, point_of(best)->rate, best->name,
                            advice->found.cpu_us, out);
    }
}

static json_t *service_to_json(const struct advise_service *service)
{
    return json_pack("{so so so sb}", "cpu_us", json_number(service->cpu_us),
                     "wait_us", json_number(service->wait_us), "concurrency",
                     json_number(service->concurrency), "blocking",
                     service->blocking);
}

json_t *advise_to_json(const struct advice *advice)
{
    json_t *variants = json_array();
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *variant = &advice->variants[i];
        json_t *points = json_array();
        for (size_t k = 0; k < variant->n; k++) {
            const struct advise_point *point = &variant->points[k];
            json_array_append_new(
                points,
                json_pack("{ss so so so so so so so so}", "cell", point->cell,
                          "cpu_us", json_number(point->cpu_us),
                          "requests_per_s", json_number(point->rate), "low",
                          json_number(point->low), "high",
                          json_number(point->high), "p50_ns",
                          json_number(point->p50_ns), "p99_ns",
                          json_number(point->p99_ns), "busy_pus",
                          json_number(point->busy_pus), "lock_busy",
                          json_number(point->lock_busy)));
        }
        json_array_append_new(
            variants,
            json_pack("{ss ss sI so so}", "name", variant->name, "bottleneck",
                      variant->bottleneck, "here", (json_int_t)variant->here,
                      "saturates_from_share",
                      !variant->saturates || variant->from_the_start
                          ? json_null()
                          : json_number(variant->shares[2]),
                      "points", points));
    }
    json_t *json = json_pack(
        "{so so so sb so so so}", "service", service_to_json(&advice->asked),
        "found", service_to_json(&advice->found), "pus",
        json_number(advice->pus), "exact", !is_another(advice), "disturbance",
        json_number(advice->disturbance), "variants", variants,
        "left_out_error", json_number(advice->left_out_error));
    must(json != NULL);
    if (advice->asked.shared.object) {
        json_object_set_new(json, "shared",
                            advise_shared_to_json(&advice->shared));
    }
    return json;
}
