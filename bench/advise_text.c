/* SPDX-License-Identifier: MIT */
/* Advice for people, and for programs. */
#include "bench/advise.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"
#include "plots/format.h"

#define WIDTH 80

/* Rates whose intervals touch are not told apart. */
static bool overlap(const struct advise_point *a, const struct advise_point *b)
{
    return !(a->low > b->high || b->low > a->high);
}

static const struct advise_point *point_of(const struct advise_variant *variant)
{
    return &variant->points[variant->here];
}

static const struct advise_variant *best_of(const struct advice *advice)
{
    const struct advise_variant *best = &advice->variants[0];
    for (size_t i = 1; i < advice->n; i++) {
        const struct advise_point *a = point_of(&advice->variants[i]);
        const struct advise_point *b = point_of(best);
        bool same = overlap(a, b);
        if ((!same && a->rate > b->rate) || (same && a->p99_ns < b->p99_ns)) {
            best = &advice->variants[i];
        }
    }
    return best;
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
    const struct advise_variant *best = best_of(advice);
    char text[400];
    char same[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < advice->n; i++) {
        const struct advise_variant *other = &advice->variants[i];
        if (other != best && overlap(point_of(other), point_of(best)) &&
            used < sizeof(same) - 100) {
            used += (size_t)snprintf(same + used, sizeof(same) - used, "%s%s",
                                     used ? ", " : "", other->name);
        }
    }
    if (used > 0) {
        snprintf(text, sizeof(text),
                 "%s and %s serve as many requests, as far as this run can "
                 "tell; %s has the lowest p99 of them.",
                 best->name, same, best->name);
    } else {
        snprintf(text, sizeof(text), "%s serves the most requests.",
                 best->name);
    }
    format_print_folded(text, WIDTH, out);
}

static void print_crossover(const struct advice *advice,
                            const struct advise_variant *variant, FILE *out)
{
    char text[300];
    const struct advise_point *first = &variant->points[0];
    const struct advise_point *last = &variant->points[variant->n - 1];
    double wait = advice->found.wait_us;
    if (variant->n < 2) {
        return;
    }
    if (!variant->saturates) {
        snprintf(text, sizeof(text),
                 "%s keeps up in all measured cells, from %.3g %% CPU share of "
                 "a request to %.3g %%.",
                 variant->name, 100.0 * first->cpu_us / (first->cpu_us + wait),
                 100.0 * last->cpu_us / (last->cpu_us + wait));
    } else if (variant->from_the_start) {
        snprintf(text, sizeof(text),
                 "%s is saturated in all measured cells, from %.3g %% CPU "
                 "share on.",
                 variant->name, 100.0 * variant->shares[1]);
    } else {
        snprintf(text, sizeof(text),
                 "%s keeps up at %.3g %% CPU share of a request and is "
                 "saturated at %.3g %%; interpolated, from %.2g %% on.",
                 variant->name, 100.0 * variant->shares[0],
                 100.0 * variant->shares[1], 100.0 * variant->shares[2]);
    }
    format_print_folded(text, WIDTH, out);
}

static bool is_another(const struct advice *advice)
{
    return advice->asked.cpu_us != advice->found.cpu_us ||
           advice->asked.wait_us != advice->found.wait_us ||
           advice->asked.concurrency != advice->found.concurrency;
}

void advise_write_text(const struct advice *advice, FILE *out)
{
    fprintf(out,
            "A request computes %.0f us and waits %.0f us%s; %.0f at a time, "
            "on %.0f PUs.\n",
            advice->asked.cpu_us, advice->asked.wait_us,
            advice->asked.blocking ? " in code that only blocks" : "",
            advice->asked.concurrency, advice->pus);
    if (is_another(advice)) {
        fprintf(out,
                "No cell is of this service. The nearest computes %.0f us, "
                "waits %.0f us, %.0f at\na time; all figures are of that "
                "one.\n",
                advice->found.cpu_us, advice->found.wait_us,
                advice->found.concurrency);
    }
    fputc('\n', out);
    print_table(advice, out);
    fputc('\n', out);
    print_best(advice, out);
    for (size_t i = 0; i < advice->n; i++) {
        print_crossover(advice, &advice->variants[i], out);
    }
    if (isfinite(advice->left_out_error)) {
        char text[200];
        snprintf(text, sizeof(text),
                 "Interpolation was off by at most %.0f %% where a measured "
                 "cell was left out and guessed from its neighbours.",
                 100.0 * advice->left_out_error);
        format_print_folded(text, WIDTH, out);
    }
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
    json_t *json =
        json_pack("{s{so so so sb} so sb so so}", "service", "cpu_us",
                  json_number(advice->asked.cpu_us), "wait_us",
                  json_number(advice->asked.wait_us), "concurrency",
                  json_number(advice->asked.concurrency), "blocking",
                  advice->asked.blocking, "pus", json_number(advice->pus),
                  "exact", !is_another(advice), "variants", variants,
                  "left_out_error", json_number(advice->left_out_error));
    must(json != NULL);
    return json;
}
