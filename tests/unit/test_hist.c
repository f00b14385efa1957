/* SPDX-License-Identifier: MIT */
/* The latency histogram: precision, edges, merging, quantiles. */
#undef NDEBUG
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "harness/measure/hist.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static void check_bucket(uint64_t value)
{
    uint32_t index = hist_index(value);
    assert(index < HIST_BUCKETS);
    if (value >> HIST_MAX_BITS) {
        assert(index == HIST_BUCKETS - 1);
        return;
    }
    assert(hist_lowest(index) <= value);
    assert(index + 1 == HIST_BUCKETS || hist_lowest(index + 1) > value);
    /* Known to 1/64; below 128 exactly. */
    assert(value - hist_lowest(index) <= hist_lowest(index) / HIST_SUB);
    assert(value >= 2 * HIST_SUB || hist_lowest(index) == value);
}

static void test_buckets(void)
{
    for (uint64_t value = 0; value < 100000; value++) {
        check_bucket(value);
    }
    for (unsigned bit = 10; bit < 64; bit++) {
        check_bucket((UINT64_C(1) << bit) - 1);
        check_bucket(UINT64_C(1) << bit);
        check_bucket((UINT64_C(1) << bit) + 1);
    }
    check_bucket(UINT64_MAX);
    for (uint32_t index = 0; index < HIST_BUCKETS; index++) {
        assert(hist_index(hist_lowest(index)) == index);
        assert(index == 0 || hist_lowest(index - 1) < hist_lowest(index));
    }
}

static void test_empty(void)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    assert(hist_quantile(hist, 0) == 0);
    assert(hist_quantile(hist, 0.5) == 0);
    assert(hist_quantile(hist, 1) == 0);
    free(hist);
}

static void test_one(void)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    hist_record(hist, 1000003);
    assert(hist->count == 1 && hist->max == 1000003);
    for (double q = 0; q <= 1; q += 0.125) {
        assert(hist_quantile(hist, q) == 1000003); /* never above max */
    }
    free(hist);
}

static void test_exact(void)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    for (uint64_t value = 1; value <= 100; value++) {
        hist_record(hist, value);
    }
    assert(hist_quantile(hist, 0.5) == 50);
    assert(hist_quantile(hist, 0.9) == 90);
    assert(hist_quantile(hist, 0.99) == 99);
    assert(hist_quantile(hist, 1) == 100);
    assert(hist_quantile(hist, 0) == 1);
    free(hist);
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Quantiles of random values against the sorted values themselves. */
static void test_random(void)
{
    enum { N = 20000 };
    struct hist *hist = must_calloc(1, sizeof(*hist));
    uint64_t *values = must_calloc(N, sizeof(*values));
    struct rng rng = {.state = 7};
    for (size_t i = 0; i < N; i++) {
        values[i] = rng_next(&rng) >> (30 + rng_below(&rng, 30));
        hist_record(hist, values[i]);
    }
    qsort(values, N, sizeof(*values), by_value);
    assert(hist->max == values[N - 1]);
    const double qs[] = {0.01, 0.1, 0.5, 0.9, 0.99, 0.999};
    for (size_t i = 0; i < sizeof(qs) / sizeof(qs[0]); i++) {
        uint64_t exact = values[(size_t)(qs[i] * N) - 1];
        uint64_t found = hist_quantile(hist, qs[i]);
        assert(found >= exact);
        assert(found <= exact + exact / HIST_SUB + 1);
    }
    free(values);
    free(hist);
}

static void test_merge(void)
{
    struct hist *a = must_calloc(3, sizeof(*a));
    struct hist *b = a + 1;
    struct hist *both = a + 2;
    struct rng rng = {.state = 9};
    for (size_t i = 0; i < 1000; i++) {
        uint64_t value = rng_below(&rng, 1000000);
        hist_record(i % 3 ? a : b, value);
        hist_record(both, value);
    }
    hist_merge(a, b);
    assert(memcmp(a, both, sizeof(*a)) == 0);
    free(a);
}

/* Known to a bucket's width, as the values were. */
static void test_scale(void)
{
    struct hist *hist = must_calloc(1, sizeof(*hist));
    hist_record_times(hist, 100, 7);
    hist_record_times(hist, 1000000, 3);
    hist_scale(hist, 1.1);
    assert(hist->count == 10 && hist->max == 1100000);
    assert(hist->buckets[hist_index(110)] == 7);
    uint64_t p90 = hist_quantile(hist, 0.9);
    assert(p90 > 1075000 && p90 < 1125000);
    free(hist);
}

int main(void)
{
    test_buckets();
    test_empty();
    test_one();
    test_exact();
    test_random();
    test_merge();
    test_scale();
    return 0;
}
