/* SPDX-License-Identifier: MIT */
/* The table and the sentences at the end of a run. */
#undef NDEBUG
#include "bench/summary_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static json_t *cell(const char *workload, const char *model, int tasks,
                    double steps_per_s)
{
    json_t *json = json_pack(
        "{ss ss ss ss si ss s{ss} ss s{s{sf sf sf si}}}", "id", "x", "workload",
        workload, "step", "one turn", "model", model, "tasks", tasks,
        "placement", "p", "params", "cpu_tasks", "1", "status", "ok", "summary",
        "steps_per_s", "median", steps_per_s, "low", steps_per_s * 0.9, "high",
        steps_per_s * 1.1, "n", 6);
    assert(json);
    return json;
}

static json_t *convoy(const char *model, double p50_ns)
{
    json_t *json =
        cell("mixed_convoy", model, 1, p50_ns > 0 ? 1e9 / p50_ns : 0);
    if (p50_ns > 0) {
        json_object_set_new(json_object_get(json, "summary"), "latency_p50_ns",
                            json_pack("{sf sn sn si}", "median", p50_ns, "low",
                                      "high", "n", 6));
    }
    return json;
}

static json_t *lost(const char *status, const char *reason)
{
    json_t *json = cell("cpu_loop", "gil_threads", 2, 1);
    json_object_set_new(json, "status", json_string(status));
    json_object_set_new(json, "reason", json_string(reason));
    json_object_set_new(json, "summary", json_object());
    return json;
}

/* What is printed for these cells; the caller frees. */
static char *print(json_t *cells, bool colour)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *document = json_pack("{s{s{si}} so}", "context", "topology", "pus",
                                 2, "cells", cells);
    assert(out && document);
    summary_table_print(document, out, colour);
    json_decref(document);
    assert(fclose(out) == 0);
    return text;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part)) {
        fprintf(stderr, "no '%s' in:\n%s", part, text);
        abort();
    }
}

static void fits(const char *text)
{
    for (; *text; text += strcspn(text, "\n") + 1) {
        assert(strcspn(text, "\n") <= 100);
    }
}

static void table(void)
{
    char long_reason[300];
    memset(long_reason, 'r', sizeof(long_reason) - 1);
    long_reason[sizeof(long_reason) - 1] = '\0';
    char *text =
        print(json_pack("[oooo]", cell("cpu_loop", "free_threads", 1, 210e6),
                        cell("cpu_loop", "free_threads", 2, 416e6),
                        lost("failed", "bad\nsum\033[31m"),
                        lost("timeout", long_reason)),
              false);
    has(text, "\ncpu_loop: a step is one turn\n");
    has(text, "  free_threads      1    210 M    189 - 231 M         \n");
    has(text, "                    2    416 M    374 - 458 M     1.98\n");
    has(text, "failed: bad?sum?[31m\n");
    assert(!strstr(text, "p50") && !strchr(text, '\033'));
    fits(text);
    free(text);
}

static void latencies(void)
{
    char *text =
        print(json_pack("[ooo]", convoy("gil_threads", 5.2e6),
                        convoy("coop_tasks", 0), convoy("free_threads", 26e3)),
              true);
    has(text, "p50");
    has(text, "5.20 ms");
    has(text, "it made no step");
    has(text, "\033[1mmixed_convoy\033[0m");
    free(text);
}

static json_t *lua(const char *program, const char *hook, double steps_per_s)
{
    json_t *json = cell("cpu_lua", "free_threads", 1, steps_per_s);
    json_object_set_new(json, "params",
                        json_pack("{ssss}", "program", program, "hook", hook));
    return json;
}

/* Each program's cells are compared with each other. */
static void hook(void)
{
    char *text =
        print(json_pack("[ooooo]", lua("nbody", "no", 300),
                        lua("tables", "yes", 1000), lua("nbody", "yes", 200),
                        lua("tables", "no", 1800), lua("strings", "no", 9000)),
              false);
    has(text, "Lua: a step of cpu_lua takes 1.50 to 1.80 times as long");
    fits(text);
    free(text);
    text = print(json_pack("[o]", lua("nbody", "yes", 200)), false);
    assert(!strstr(text, "Lua:"));
    free(text);
}

/* A counter under free threads; process k does `even` or `odd` steps/s. */
static json_t *counter(int tasks, size_t processes, double even, double odd)
{
    json_t *json = cell("shared_counter", "free_threads", tasks, even);
    json_t *repetitions = json_array();
    for (size_t k = 0; k < processes; k++) {
        json_array_append_new(repetitions,
                              json_pack("{ss sf}", "status", "ok",
                                        "steps_per_s", k % 2 ? odd : even));
    }
    json_object_set_new(json, "lock", json_null());
    json_object_set_new(json, "repetitions", repetitions);
    json_object_set_new(
        json, "params",
        json_pack("{ss ss}", "strategy", "atomic", "sharing", "write"));
    return json;
}

/* What is said of a counter that two tasks write `even` and `odd` times as fast
 * as one does. */
static void says_of_counter(size_t processes, double even, double odd,
                            const char *sentence)
{
    char *text = print(json_pack("[oo]", counter(1, processes, 1e8, 1e8),
                                 counter(2, processes, 1e8 * even, 1e8 * odd)),
                       false);
    has(text, "A counter that all tasks write (");
    has(text, " with atomic of the throughput of one task)");
    has(text, sentence);
    fits(text);
    free(text);
}

static void written_counter(void)
{
    says_of_counter(8, 0.5, 0.6, " is slower for");
    says_of_counter(8, 0.5, 1.1, " does not scale:");
    says_of_counter(8, 1.6, 1.8, " scales here.");
    says_of_counter(8, 1.4, 1.9, " may scale or");
    /* Two processes are no interval. */
    says_of_counter(2, 0.5, 0.5, " may scale or");
    says_of_counter(2, 1.9, 1.9, " may scale or");
}

static json_t *under(json_t *cell, const char *model, const char *lock,
                     const char *strategy)
{
    json_object_set_new(cell, "model", json_string(model));
    json_object_set_new(cell, "lock", json_string(lock));
    json_object_set_new(json_object_get(cell, "params"), "strategy",
                        json_string(strategy));
    return cell;
}

/* Rows tell model, lock and strategy by their whole names. */
static void whole_names(void)
{
    char *text =
        print(json_pack("[oooo]",
                        under(counter(1, 6, 1e8, 1e8), "gil_threads",
                              "cpython3", "object_lock"),
                        under(counter(1, 6, 1e8, 1e8), "gil_threads", "mutex",
                              "object_lock"),
                        under(counter(1, 6, 1e8, 1e8), "gil_per_interpreter",
                              "cpython3", "object_lock"),
                        under(counter(1, 6, 1e8, 1e8), "gil_per_interpreter",
                              "cpython3", "pthread_mutex")),
              false);
    has(text, "\n    gil_threads:cpython3\n      object_lock   ");
    has(text, "\n    gil_threads:mutex\n      object_lock   ");
    has(text, "\n    gil_per_interpreter:cpython3\n      object_lock   ");
    has(text, "\n      pthread_mutex   ");
    /* A model stands above all its rows, once. */
    assert(!strstr(strstr(text, "\n    gil_per_interpreter") + 1,
                   "\n    gil_per_interpreter"));
    fits(text);
    free(text);
}

static void nothing(void)
{
    char *text = print(json_array(), false);
    assert(strcmp(text, "") == 0);
    free(text);
    text = print(json_pack("[{} i n {si}]", 3, "workload", 3), false);
    assert(strcmp(text, "") == 0);
    free(text);
}

int main(void)
{
    table();
    latencies();
    hook();
    written_counter();
    whole_names();
    nothing();
    return 0;
}
