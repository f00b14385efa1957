/* SPDX-License-Identifier: MIT */
/* Advice from cells whose figures are known. */
#undef NDEBUG
#include "bench/advise.h"
#include "bench/plan.h"
#include "harness/base/cleanup.h"
#include "harness/record/json_value.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const struct advise_service service = {
    .cpu_us = 100, .wait_us = 900, .concurrency = 16};

/* A cell of 16 tasks that wait 900 us. */
static json_t *make_cell(const char *model, int cpu_us, double rate,
                         double busy_pus, double lock_busy)
{
    char id[64];
    snprintf(id, sizeof(id), "%s/%d", model, cpu_us);
    json_t *repetition =
        json_pack("{sf sf s{sf si}}", "cpu_s", busy_pus, "wall_s", 1.0, "lock",
                  "hold_mean_ns", lock_busy * 1e9, "acquisitions", 1);
    json_t *cell = json_pack(
        "{ss ss ss ss si s{si si ss ss} s[o] s{s{sf sf sf}}}", "id", id,
        "workload", "mixed_request", "model", model, "status", "ok", "tasks",
        16, "params", "cpu_us", cpu_us, "wait_us", 900, "wait", "timer", "via",
        "inline", "repetitions", repetition, "summary", "steps_per_s", "median",
        rate, "low", rate * 0.98, "high", rate * 1.02);
    assert(cell);
    return cell;
}

static json_t *make_document(void)
{
    json_t *cells = json_array();
    /* 16 at a time of 1 ms: 16,000 a second if nobody waits for anybody. */
    json_array_append_new(cells, make_cell("gil", 100, 9500, 1.0, 0.95));
    json_array_append_new(cells, make_cell("gil", 50, 16000, 0.8, 0.8));
    json_array_append_new(cells, make_cell("gil", 200, 4800, 1.0, 0.97));
    json_array_append_new(cells, make_cell("coop_tasks", 100, 9000, 0.97, 0));
    json_array_append_new(cells, make_cell("free", 100, 15500, 1.6, 0));
    json_array_append_new(cells, make_cell("procs", 100, 12000, 1.9, 1.9));
    json_array_append_new(cells, make_cell("slow", 100, 3000, 0.3, 0.1));
    return json_pack("{so s{s{si}}}", "cells", cells, "context", "topology",
                     "pus", 2);
}

static const struct advise_variant *find(const struct advice *advice,
                                         const char *name)
{
    for (size_t i = 0; i < advice->n; i++) {
        if (strcmp(advice->variants[i].name, name) == 0) {
            return &advice->variants[i];
        }
    }
    assert(!"no such variant");
    return NULL;
}

static void expect(const struct advice *advice, const char *name,
                   const char *bottleneck)
{
    assert(strstr(find(advice, name)->bottleneck, bottleneck));
}

static void test_reading(void)
{
    _cleanup_(json_decref_p) json_t *document = make_document();
    struct advice advice;
    struct diag diag = {0};
    assert(advise_read(document, &service, &advice, &diag) == 0);
    assert(advice.n == 5 && advice.pus == 2.0);
    expect(&advice, "gil", "the lock");
    expect(&advice, "coop_tasks", "the loop");
    expect(&advice, "free", "none");
    expect(&advice, "procs", "the CPUs");
    expect(&advice, "slow", "the kernel");

    const struct advise_variant *gil = find(&advice, "gil");
    assert(gil->n == 3 && gil->points[0].cpu_us == 50.0);
    assert(gil->here == 1 && gil->saturates && !gil->from_the_start);
    assert(fabs(gil->shares[0] - 50.0 / 950.0) < 1e-9);
    assert(fabs(gil->shares[1] - 0.1) < 1e-9);
    assert(gil->shares[2] > gil->shares[0] && gil->shares[2] < gil->shares[1]);
    /* 9500 against the geometric mean of 16000 and 4800. */
    assert(fabs(advice.left_out_error -
                fabs(sqrt(16000.0 * 4800.0) / 9500 - 1)) < 1e-9);
}

/* The nearest cells stand for a service that nobody measured. */
static void test_nearest(void)
{
    _cleanup_(json_decref_p) json_t *document = make_document();
    struct advise_service other = {
        .cpu_us = 190, .wait_us = 1000, .concurrency = 10};
    struct advice advice;
    struct diag diag = {0};
    assert(advise_read(document, &other, &advice, &diag) == 0);
    assert(advice.found.cpu_us == 200 && advice.found.concurrency == 16);
    assert(find(&advice, "gil")->here == 2);
    other.blocking = true;
    assert(advise_read(document, &other, &advice, &diag) < 0 && diag.text[0]);
}

/* A cell of a shared map; six processes that are all the same. */
static json_t *make_shared(const char *model, const char *strategy, int tasks,
                           double rate)
{
    char id[64];
    snprintf(id, sizeof(id), "%s/%s/%d", model, strategy, tasks);
    json_t *repetitions = json_array();
    for (int i = 0; i < 6; i++) {
        json_array_append_new(repetitions, json_pack("{ss sf}", "status", "ok",
                                                     "steps_per_s", rate));
    }
    bool gil = strcmp(model, "gil_threads") == 0;
    json_t *cell =
        json_pack("{ss ss ss so si ss s{ss ss} ss so s{s{sf sf sf si}}}", "id",
                  id, "workload", "shared_map", "model", model, "lock",
                  gil ? json_string("cpython3") : json_null(), "tasks", tasks,
                  "placement", "per_core", "params", "strategy", strategy,
                  "sharing", "write", "status", "ok", "repetitions",
                  repetitions, "summary", "steps_per_s", "median", rate, "low",
                  rate * 0.98, "high", rate * 1.02, "n", 6);
    assert(cell);
    return cell;
}

/* In one line; the caller frees. */
static char *write_text(const struct advice *advice)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    advise_write_text(advice, out);
    assert(fclose(out) == 0);
    for (char *c = text; (c = strchr(c, '\n'));) {
        *c = ' '; /* it is folded */
    }
    return text;
}

static const struct advise_service sharing = {.cpu_us = 100,
                                              .wait_us = 900,
                                              .concurrency = 16,
                                              .shared = {"map", "write", 1000}};

static void test_sharing(void)
{
    _cleanup_(json_decref_p) json_t *document = make_document();
    json_t *cells = json_object_get(document, "cells");
    struct advice advice;
    struct diag diag = {0};
    assert(advise_read(document, &sharing, &advice, &diag) < 0);
    json_array_append_new(cells, make_shared("gil_threads", "plain", 1, 50e6));
    json_array_append_new(cells, make_shared("gil_threads", "plain", 2, 48e6));
    json_array_append_new(cells, make_shared("free_threads", "rcu", 1, 40e6));
    json_array_append_new(cells, make_shared("free_threads", "rcu", 2, 60e6));
    json_array_append_new(cells, make_shared("free_threads", "mutex", 1, 20e6));
    json_array_append_new(cells, make_shared("free_threads", "mutex", 2, 10e6));
    assert(advise_read(document, &sharing, &advice, &diag) == 0);
    assert(advice.shared.n == 3);
    const struct advise_strategy *rcu = &advice.shared.all[1];
    assert(strcmp(rcu->name, "free_threads, rcu") == 0 && !rcu->safe_alone);
    assert(fabs(rcu->price - 1.25) < 1e-9 && rcu->price_low == rcu->price);
    assert(rcu->rate == 60e6 && rcu->tasks == 2);
    assert(strcmp(rcu->all_cell, "free_threads/rcu/2") == 0);
    assert(advice.shared.all[0].price == 1 && advice.shared.all[0].safe_alone);

    char *text = write_text(&advice);
    assert(!strstr(text, "Careful"));
    assert(strstr(text, "CPU share of a request gil saturates first"));
    assert(strstr(text, "Alone, rcu is the cheapest"));
    assert(strstr(text, "do 1.50 times"));
    assert(strstr(text, "3.87 k operations each")); /* 60e6 / 15.5e3 */
    free(text);
}

static void set_rate(json_t *cell, size_t process, double rate)
{
    json_t *repetitions = json_object_get(cell, "repetitions");
    json_object_set_new(json_array_get(repetitions, process), "steps_per_s",
                        json_real(rate));
}

/* Sharing costs more than it brings only where the interval says so. */
static void test_sharing_loss(void)
{
    _cleanup_(json_decref_p) json_t *document = make_document();
    json_t *cells = json_object_get(document, "cells");
    json_t *both = make_shared("free_threads", "rcu", 2, 30e6);
    struct advice advice;
    struct diag diag = {0};
    json_array_append_new(cells, make_shared("free_threads", "rcu", 1, 40e6));
    json_array_append_new(cells, both);
    assert(advise_read(document, &sharing, &advice, &diag) == 0);
    char *text = write_text(&advice);
    assert(strstr(text, "do 0.750 times"));
    assert(strstr(text, " Sharing "));
    free(text);
    set_rate(both, 0, 60e6);
    assert(advise_read(document, &sharing, &advice, &diag) == 0);
    text = write_text(&advice);
    assert(strstr(text, "do 0.750 times"));
    assert(!strstr(text, " Sharing "));
    free(text);
}

/* What is asked of a run is a plan that this program takes. */
static void test_plan(void)
{
    struct advise_service services[] = {
        service,
        {.cpu_us = 1, .wait_us = 0, .concurrency = 1},
        {.cpu_us = 1000000, .wait_us = 1000000, .concurrency = 10000},
        {.cpu_us = 300, .wait_us = 50, .concurrency = 4, .blocking = true},
        {.cpu_us = 300,
         .wait_us = 50,
         .concurrency = 4,
         .shared = {"map", "read", 10}},
        {.cpu_us = 300,
         .wait_us = 50,
         .concurrency = 4,
         .shared = {"refcount", "write", 1}}};
    for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
        struct diag diag = {0};
        _cleanup_(json_decref_p) json_t *plan = advise_plan(&services[i], 2);
        if (plan_check(plan, "advise", &diag) < 0) {
            fprintf(stderr, "%s\n", diag.text);
            assert(!"the plan is refused");
        }
    }
}

int main(void)
{
    test_reading();
    test_nearest();
    test_sharing();
    test_sharing_loss();
    test_plan();
    return 0;
}
