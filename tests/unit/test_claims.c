/* SPDX-License-Identifier: MIT */
/*
 * The claims on invented documents: a world in which all of them hold, one in
 * which all are refuted, and one whose processes are at times of the one and at
 * times of the other, so that no interval is on one side.
 */
#undef NDEBUG
#include "bench/verdict_text.h"
#include "claims/claim_text.h"
#include "harness/base/cleanup.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <assert.h>
#include <string.h>

/* Switches are those of the lock or of the loop, a second. */
struct values {
    double steps, switches, vain, kernel;
};

struct row {
    const char *workload;
    const char *model;
    unsigned tasks;
    const char *key; /* a parameter; NULL: none */
    const char *value;
    struct values holds;
    struct values refuted;
};

#define GIL  "gil_threads"
#define COOP "coop_tasks"
#define FREE "free_threads"

/* So many steps a second. */
#define S(n)                                                                   \
    {                                                                          \
        .steps = (n)                                                           \
    }

static const struct row rows[] = {
    {"cpu_loop", GIL, 1, NULL, NULL, S(100), S(100)},
    {"cpu_loop", GIL, 2, NULL, NULL, {90, 200, 200, 0}, {150, 50, 200, 0}},
    {"cpu_loop", GIL, 4, NULL, NULL, {80, 300, 500, 0}, {200, 50, 200, 0}},
    {"cpu_loop", COOP, 1, NULL, NULL, S(100), S(100)},
    {"cpu_loop", COOP, 2, NULL, NULL, S(100), S(200)},
    {"cpu_loop", FREE, 1, NULL, NULL, S(100), S(100)},
    {"cpu_loop", FREE, 2, NULL, NULL, S(190), S(100)},
    {"micro_handoff", GIL, 2, NULL, NULL, S(50e3), S(50e3)},
    {"micro_handoff", GIL, 256, NULL, NULL, S(25e3), S(50e3)},
    {"micro_handoff", FREE, 2, NULL, NULL, S(80e3), S(50e3)},
    {"micro_handoff", FREE, 256, NULL, NULL, S(80e3), S(50e3)},
    {"micro_handoff", COOP, 256, NULL, NULL, S(50e6), S(1e5)},
    {"micro_handoff", COOP, 10000, NULL, NULL, S(40e6), S(1e5)},
    {"micro_switch",
     COOP,
     10000,
     NULL,
     NULL,
     {1e8, 1e8, 0, 0},
     {1e5, 1e5, 0, 1e5}},
    {"mixed_convoy", GIL, 1, "cpu_tasks", "0", S(7e3), S(7e3)},
    {"mixed_convoy", GIL, 1, "cpu_tasks", "1", S(150), S(6e3)},
    {"mixed_convoy", GIL, 1, "cpu_tasks", "4", S(30), S(6e3)},
    {"mixed_convoy", COOP, 1, "cpu_tasks", "0", S(7e3), S(7e3)},
    {"mixed_convoy", COOP, 1, "cpu_tasks", "1", S(0), S(6e3)},
    {"io_blocking_call", COOP, 1, "via", "inline", S(9e2), S(9e2)},
    {"io_blocking_call", COOP, 16, "via", "inline", S(9e2), S(9e3)},
    {"io_blocking_call", COOP, 16, "via", "executor", S(5e3), S(9e3)},
    {"io_blocking_call", GIL, 1, NULL, NULL, S(9e2), S(9e2)},
    {"io_blocking_call", GIL, 16, NULL, NULL, S(14e3), S(9e2)},
    {"cpu_compress", GIL, 1, "release", "no", S(1e3), S(1e3)},
    {"cpu_compress", GIL, 2, "release", "no", S(1e3), S(2e3)},
    {"cpu_compress", GIL, 2, "release", "yes", S(2e3), S(2e3)},
    {"io_sleep", GIL, 1, NULL, NULL, S(9e2), S(9e2)},
    {"io_sleep", GIL, 64, NULL, NULL, S(57e3), S(9e2)},
    {"io_tcp_echo", GIL, 1, NULL, NULL, S(1e4), S(1e4)},
    {"io_tcp_echo", GIL, 64, NULL, NULL, S(1e5), S(1e4)},
    {"mixed_executor", COOP, 1, "loop_lock", "none", S(7e3), S(7e3)},
    {"mixed_executor", COOP, 1, "loop_lock", "cpython3", S(150), S(6e3)},
    {"shared_refcount", GIL, 1, "strategy", "plain", S(1e8), S(1e8)},
    {"shared_refcount", FREE, 1, "strategy", "biased", S(5e7), S(1e8)},
    {"shared_refcount", FREE, 2, "strategy", "biased", S(5e7), S(2e8)},
    {"shared_counter", FREE, 1, "strategy", "object_lock", S(5e7), S(5e7)},
    {"shared_counter", FREE, 2, "strategy", "object_lock", S(4e7), S(9e7)},
    {0},
};

enum world {
    ALL_HOLD,
    ALL_REFUTED,
    MIXED,
};

struct making {
    enum world world;
    unsigned reps;
    const char *lock;
    const char *placement;
    double pressure_s; /* in each second */
};

static json_t *make_repetition(const struct row *row,
                               const struct making *making,
                               const struct values *v)
{
    json_t *counters = json_pack("{sf sf sf}", "switches", v->switches,
                                 "vain_wakeups", v->vain, "forced", 0.0);
    bool loop = strcmp(row->model, COOP) == 0;
    bool lock = strcmp(row->model, GIL) == 0;
    json_t *json =
        json_pack("{ss sf sf sf s[{sf sf}] so? so? s{sf sf}}", "status", "ok",
                  "steps_per_s", v->steps, "wall_s", 1.0, "cpu_s", 1.0,
                  "slices", "duration_s", 1.0, "pressure_s", making->pressure_s,
                  "lock", lock ? json_incref(counters) : NULL, "loop",
                  loop ? json_incref(counters) : NULL, "switches", "voluntary",
                  v->kernel, "involuntary", 0.0);
    json_decref(counters);
    assert(json);
    return json;
}

static json_t *make_cell(const struct row *row, const struct making *making)
{
    bool gil = strcmp(row->model, GIL) == 0;
    json_t *params = json_pack("{si si si ss}", "warmup_ms", 20, "rate_per_s",
                               0, "cpu_tasks", 1, "sharing", "write");
    if (gil) {
        json_object_set_new(params, "switch_interval_us", json_integer(5000));
    }
    json_object_set_new(params, "yield_steps", json_integer(0));
    if (row->key) {
        json_object_set_new(params, row->key, json_string(row->value));
    }
    /* As real ids: without what is at its default. */
    bool is_default = !row->key || strcmp(row->value, "biased") == 0 ||
                      strcmp(row->value, "object_lock") == 0;
    const char *key = is_default ? "" : row->key;
    char id[200];
    snprintf(id, sizeof(id), "%s/%s%s%s/tasks=%u/placement=%s%s%s%s%s",
             row->workload, row->model, gil ? ":" : "", gil ? making->lock : "",
             row->tasks, making->placement, *key ? "/" : "", key,
             *key ? "=" : "", *key ? row->value : "");
    json_t *repetitions = json_array();
    for (unsigned i = 0; i < making->reps; i++) {
        bool refuted =
            making->world == ALL_REFUTED || (making->world == MIXED && i % 2);
        json_array_append_new(
            repetitions,
            make_repetition(row, making,
                            refuted ? &row->refuted : &row->holds));
    }
    json_t *cell =
        json_pack("{ss ss ss so si ss so ss si si si so}", "id", id, "workload",
                  row->workload, "model", row->model, "lock",
                  gil ? json_string(making->lock) : json_null(), "tasks",
                  (int)row->tasks, "placement", making->placement, "params",
                  params, "status", "ok", "reps", (int)making->reps, "slices",
                  3, "slice_ms", 30, "repetitions", repetitions);
    assert(cell);
    return cell;
}

static json_t *make_document(json_t *cells)
{
    json_t *document = json_pack("{s{s{si}} so}", "context", "topology", "pus",
                                 2, "cells", cells);
    assert(document);
    return document;
}

static void add_world(json_t *cells, const struct making *making)
{
    for (const struct row *row = rows; row->workload; row++) {
        json_array_append_new(cells, make_cell(row, making));
    }
}

static void expect(const json_t *document, enum claim_verdict verdict)
{
    for (size_t i = 0; claims[i]; i++) {
        struct claim_judgement judgement;
        claim_judge(claims[i], document, &judgement);
        for (size_t k = 0; k < judgement.n; k++) {
            const struct claim_finding *finding = &judgement.findings[k];
            char sentence[CLAIM_SENTENCE];
            claim_sentence(finding, sentence, sizeof(sentence));
            if (finding->decides && finding->verdict != verdict) {
                fprintf(stderr, "%s: %s: %s\n", claims[i]->name,
                        claim_verdict_words[finding->verdict], sentence);
                abort();
            }
            assert(!strpbrk(sentence, "{}?") && strlen(sentence) > 20);
        }
        assert(judgement.verdict == verdict);
        claim_judgement_free(&judgement);
    }
}

/* Every claim can hold, be refuted, be unclear, not be measured. */
static void worlds(void)
{
    static const enum claim_verdict verdicts[] = {CLAIM_HOLDS, CLAIM_REFUTED,
                                                  CLAIM_UNCLEAR};
    for (int world = ALL_HOLD; world <= MIXED; world++) {
        const struct making making = {(enum world)world, 6, "cpython3",
                                      "per_core", 0};
        _cleanup_(json_decref_p) json_t *document = make_document(json_array());
        add_world(json_object_get(document, "cells"), &making);
        expect(document, verdicts[world]);
    }
    _cleanup_(json_decref_p) json_t *empty = make_document(json_array());
    expect(empty, CLAIM_NOT_MEASURED);
}

/* Where something else ran, nothing is judged. */
static void disturbed(void)
{
    const struct making making = {ALL_HOLD, 6, "cpython3", "per_core", 0.9};
    _cleanup_(json_decref_p) json_t *document = make_document(json_array());
    add_world(json_object_get(document, "cells"), &making);
    assert(claim_disturbance(document) == 0.9);
    expect(document, CLAIM_UNCLEAR);
}

/* Without an interval nothing is said. */
static void few_processes(void)
{
    const struct making making = {ALL_HOLD, 5, "cpython3", "per_core", 0};
    _cleanup_(json_decref_p) json_t *document = make_document(json_array());
    add_world(json_object_get(document, "cells"), &making);
    expect(document, CLAIM_UNCLEAR);
}

/* Another lock and another placement are told, and do not decide; alone they
 * do. */
static void unusual(void)
{
    const struct making usual = {ALL_HOLD, 6, "cpython3", "per_core", 0};
    const struct making mutex = {ALL_REFUTED, 6, "mutex", "per_core", 0};
    const struct making one_pu = {ALL_REFUTED, 6, "cpython3", "one_pu", 0};
    _cleanup_(json_decref_p) json_t *document = make_document(json_array());
    json_t *cells = json_object_get(document, "cells");
    add_world(cells, &mutex);
    add_world(cells, &one_pu);
    struct claim_judgement judgement;
    claim_judge(claims[0], document, &judgement);
    assert(judgement.verdict == CLAIM_REFUTED && judgement.n == 4);
    assert(judgement.counts[CLAIM_REFUTED] == 4);
    claim_judgement_free(&judgement);
    add_world(cells, &usual);
    claim_judge(claims[0], document, &judgement);
    assert(judgement.verdict == CLAIM_HOLDS && judgement.n == 6);
    assert(judgement.counts[CLAIM_HOLDS] == 2);
    assert(judgement.counts[CLAIM_REFUTED] == 0);
    assert(strcmp(judgement.findings[0].where, "gil_threads:mutex") == 0);
    assert(strcmp(judgement.findings[1].where,
                  "gil_threads:cpython3, placement=one_pu") == 0);
    claim_judgement_free(&judgement);
}

/* What a part leaves open is told, and decides at its default only. */
static void open_parameter(void)
{
    static const struct row atomic[] = {
        {"shared_counter", FREE, 1, "strategy", "atomic", S(5e7), S(5e7)},
        {"shared_counter", FREE, 2, "strategy", "atomic", S(4e7), S(9e7)},
    };
    const struct making holds = {ALL_HOLD, 6, "cpython3", "per_core", 0};
    const struct making refuted = {ALL_REFUTED, 6, "cpython3", "per_core", 0};
    const char *places[] = {"free_threads", "free_threads, strategy=atomic"};
    _cleanup_(json_decref_p) json_t *document = make_document(json_array());
    json_t *cells = json_object_get(document, "cells");
    add_world(cells, &holds);
    json_array_append_new(cells, make_cell(&atomic[0], &refuted));
    json_array_append_new(cells, make_cell(&atomic[1], &refuted));
    struct claim_judgement judgement;
    size_t seen = 0;
    claim_judge(claims[6], document, &judgement);
    for (size_t i = 0; i < judgement.n; i++) {
        const struct claim_finding *finding = &judgement.findings[i];
        if (strcmp(finding->part->name, "shared_writes") == 0) {
            assert(seen < 2 && strcmp(finding->where, places[seen]) == 0);
            assert(finding->decides == (seen == 0));
            seen++;
        }
    }
    assert(seen == 2 && judgement.verdict == CLAIM_HOLDS);
    claim_judgement_free(&judgement);
}

static void words(void)
{
    const struct making making = {ALL_HOLD, 6, "cpython3", "per_core", 0};
    _cleanup_(json_decref_p) json_t *document = make_document(json_array());
    add_world(json_object_get(document, "cells"), &making);
    struct claim_judgement judgement;
    char text[CLAIM_SENTENCE];
    claim_judge(claims[0], document, &judgement);
    const struct claim_finding *finding = &judgement.findings[0];
    claim_sentence(finding, text, sizeof(text));
    assert(strcmp(text, "under a GIL 2 CPU-bound threads do 0.900 times "
                        "the work of one") == 0);
    claim_numbers(finding, text, sizeof(text));
    assert(strcmp(text, "0.900 [0.900 - 0.900], n 6, holds if at most 1.10") ==
           0);
    claim_answer(&judgement, text, sizeof(text));
    assert(strcmp(text, "2 parts hold") == 0);
    judgement.counts[CLAIM_UNCLEAR] = 1;
    judgement.counts[CLAIM_NOT_MEASURED] = 2;
    claim_answer(&judgement, text, sizeof(text));
    assert(strcmp(text, "2 of 5 parts hold, 1 is unclear, 2 are not "
                        "measured") == 0);
    _cleanup_(free_p) char *command = claim_command(finding);
    assert(strcmp(command, "gilbench run --workload cpu_loop --model "
                           "gil_threads --lock cpython3 --tasks 1,2 "
                           "--placement per_core --reps 6 --slices 3 "
                           "--slice-ms 30 --output again.json") == 0);
    claim_sentence(finding, text, 20); /* cut, not overrun */
    assert(strlen(text) == 19);
    claim_judgement_free(&judgement);
}

/* After a run only what was measured is said. */
static void short_text(void)
{
    const struct making making = {ALL_HOLD, 6, "cpython3", "per_core", 0};
    json_t *cells = json_array();
    json_array_append_new(cells, make_cell(&rows[0], &making));
    json_array_append_new(cells, make_cell(&rows[1], &making));
    _cleanup_(json_decref_p) json_t *document = make_document(cells);
    _cleanup_(free_p) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    verdict_print_short(document, out, false);
    assert(fclose(out) == 0);
    assert(strstr(text, "\n1 preemption: holds\n  Under a GIL 2 CPU-bound"));
    assert(strstr(text, "\n2 handover: measured in part\n"));
    assert(!strstr(text, "switching") && !strchr(text, '\033'));
}

/* A document is data: what a schema would refuse is no claim's business. */
static void nonsense(void)
{
    static const char *const texts[] = {
        "[]", "3", "{\"cells\":3}", "{\"cells\":[3,null,[],{}]}",
        "{\"cells\":[{\"status\":\"ok\",\"workload\":\"cpu_loop\",\"model\":"
        "\"gil_threads\",\"lock\":\"cpython3\",\"tasks\":1},{\"status\":\"ok\","
        "\"workload\":\"cpu_loop\",\"model\":\"gil_threads\",\"lock\":"
        "\"cpython3\",\"tasks\":2,\"repetitions\":[{\"status\":\"ok\"},4]}]}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        _cleanup_(json_decref_p) json_t *document =
            json_loads(texts[i], JSON_DECODE_ANY, NULL);
        _cleanup_(json_decref_p) json_t *verdict = claims_to_json(document);
        assert(document && verdict);
    }
}

int main(void)
{
    worlds();
    disturbed();
    few_processes();
    unusual();
    open_parameter();
    words();
    short_text();
    nonsense();
    return 0;
}
