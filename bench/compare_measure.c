/* SPDX-License-Identifier: MIT */
#include "bench/cell_json.h"
#include "bench/compare.h"
#include "bench/compare_calibrate.h"
#include "bench/compare_options.h"
#include "bench/estimate.h"
#include "bench/progress.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/record/build_info.h"
#include "harness/record/context.h"
#include "harness/record/finding.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define PAIRS      20
#define PAIRS_WIDE 60 /* without a plan, if not all is one computing task */
#define SLICE_MS   10 /* without a plan and without --slice-ms */

static volatile sig_atomic_t interrupted;

/* A comparison under way. */
struct measuring {
    const struct compare_request *request;
    struct topology *topology;
    struct plan plan;
    struct compare_side sides[COMPARE_SIDES];
    struct compare_programs programs;
    struct compare_cells cells;
    struct rng rng;
    struct progress progress;
    uint64_t seed;
    uint64_t begin_ns;
    unsigned pairs;
    int pus[2]; /* of a duet */
    json_t *document;
    json_t *options; /* its "comparison"; borrowed */
};

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* No SA_RESTART: a wait has to notice. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = on_interrupt};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static double spent_s(const struct measuring *measuring)
{
    return (double)(clock_now_ns() - measuring->begin_ns) / (double)NS_PER_S;
}

static double pair_seconds(const struct compare_cell *cell)
{
    double base = estimate_seconds(&cell->side[COMPARE_BASE]);
    double new = estimate_seconds(&cell->side[COMPARE_NEW]);
    return cell->duet ? (base > new ? base : new) : base + new;
}

/* Where no plan says how long a slice is: many short processes tell more than
 * a few long ones (docs/decisions/0028-short-processes.md); the calibration
 * makes them longer where they hold few steps. */
static void choose_slices(struct cell *cell, const struct plan_request *request)
{
    char ms[16];
    bool warmup = false;
    for (size_t i = 0; i < request->n_sets; i++) {
        warmup = warmup || strncmp(request->sets[i], "warmup_ms=", 10) == 0;
    }
    if (request->slice_ms == 0) {
        cell->slice_ms = SLICE_MS;
    }
    if (!warmup) {
        snprintf(ms, sizeof(ms), "%u", cell->slice_ms);
        must(params_set(&cell->params, "warmup_ms", ms, NULL) == 0);
    }
}

static bool computes_alone(const struct cell *cell)
{
    return cell->workload->class == WORKLOAD_CPU &&
           cell->tasks + cell->background == 1;
}

/* Threads and I/O have the kernel's scheduler in them, and a wider spread. */
static unsigned choose_pairs(const struct measuring *measuring)
{
    const struct compare_request *request = measuring->request;
    bool wide = false;
    for (size_t i = 0; i < measuring->cells.n; i++) {
        const struct compare_cell *cell = &measuring->cells.all[i];
        wide = wide || !computes_alone(&cell->side[COMPARE_BASE]) ||
               !computes_alone(&cell->side[COMPARE_NEW]);
    }
    if (request->pairs > 0) {
        return request->pairs;
    }
    return wide && request->plan.n_plans == 0 ? PAIRS_WIDE : PAIRS;
}

static int open_sides(struct measuring *measuring, struct diag *diag)
{
    const struct compare_request *request = measuring->request;
    int rc = 0;
    for (int i = 0; i < COMPARE_SIDES && rc == 0; i++) {
        const char *text = request->sides[i] ? request->sides[i] : "this";
        struct compare_side *side = &measuring->sides[i];
        rc = compare_side_parse(text, compare_roles[i], side, diag);
        if (rc == 0 && i == COMPARE_NEW && request->inject_permille > 0) {
            char number[16];
            snprintf(number, sizeof(number), "%u", request->inject_permille);
            compare_side_set(side, "inject_permille", number);
        }
        rc = rc < 0 ? rc : compare_side_open(side, &interrupted, diag);
        if (rc == 0) {
            struct cell_process *process = &measuring->programs.side[i];
            process->interrupted = &interrupted;
            process->unknown_params = side->unknown;
            process->program_fd = -1; /* the side holds it */
            snprintf(process->program, sizeof(process->program), "%s",
                     compare_side_path(side));
        }
    }
    return rc;
}

static int resolve(struct measuring *measuring, struct diag *diag)
{
    const struct compare_request *request = measuring->request;
    int rc = topology_load(&measuring->topology, diag);
    if (rc == 0) {
        rc = plan_resolve(&request->plan, measuring->topology, &measuring->plan,
                          diag);
    }
    for (size_t i = 0;
         rc == 0 && request->plan.n_plans == 0 && i < measuring->plan.n; i++) {
        choose_slices(&measuring->plan.cells[i], &request->plan);
    }
    rc = rc < 0 ? rc : open_sides(measuring, diag);
    if (rc == 0) {
        rc = compare_cells_make(request, &measuring->plan, measuring->topology,
                                measuring->sides, &measuring->cells, diag);
    }
    measuring->pairs = choose_pairs(measuring);
    const int *pus;
    if (rc == 0 && topology_pus(measuring->topology, &pus) >= 2) {
        measuring->pus[0] = pus[0];
        measuring->pus[1] = pus[1];
    }
    return rc;
}

static json_t *options_to_json(const struct measuring *measuring)
{
    const struct compare_request *request = measuring->request;
    json_t *json = json_pack(
        "{so so so ss sI ss si sb so si sb so}", "base",
        compare_side_to_json(&measuring->sides[COMPARE_BASE]), "new",
        compare_side_to_json(&measuring->sides[COMPARE_NEW]), "plan",
        json_text(measuring->plan.name), "plan_digest", measuring->plan.digest,
        "seed", (json_int_t)measuring->seed, "design",
        request->duet ? "duet" : "pairs", "pairs", (int)measuring->pairs,
        "doubles", !request->once, "budget_s",
        measuring->plan.budget_s > 0.0 ? json_number(measuring->plan.budget_s)
                                       : json_null(),
        "inject_permille", (int)request->inject_permille, "interrupted", 0,
        "took_s", json_number(0.0));
    must(json != NULL);
    return json;
}

static json_t *cell_to_document(const struct compare_cell *cell)
{
    const struct cell *base = &cell->side[COMPARE_BASE];
    json_t *all = cell_to_json(base);
    json_t *json = json_pack(
        "{ss ss ss sO sO sO sO sO sO sb ss sO sO sn ss so s[] s[]}", "id",
        cell->plan->id, "base_id", base->id, "new_id",
        cell->side[COMPARE_NEW].id, "workload",
        json_object_get(all, "workload"), "workload_version",
        json_object_get(all, "workload_version"), "class",
        json_object_get(all, "class"), "step", json_object_get(all, "step"),
        "tasks", json_object_get(all, "tasks"), "background_tasks",
        json_object_get(all, "background_tasks"), "gates", cell->gates,
        "design", cell->duet ? "duet" : "pairs", "slices",
        json_object_get(all, "slices"), "slice_ms",
        json_object_get(all, "slice_ms"), "calibration", "status",
        base->skip ? "skipped" : "ok", "reason", json_text(base->skip), "pairs",
        "metrics");
    must(json != NULL);
    json_decref(all);
    return json;
}

static void warn(json_t *warnings, const char *code, const char *message,
                 const char *advice)
{
    json_array_append_new(warnings, json_pack("{ss so so}", "code", code,
                                              "message", json_text(message),
                                              "advice", json_text(advice)));
}

static void warn_sides(const struct measuring *measuring, json_t *warnings)
{
    const struct compare_side *base = &measuring->sides[COMPARE_BASE];
    const struct compare_side *new = &measuring->sides[COMPARE_NEW];
    char message[160];
    if (measuring->cells.same > 0) {
        snprintf(message, sizeof(message),
                 "%zu cells are left out: both sides are the same there",
                 measuring->cells.same);
        warn(warnings, "same_cells", message, NULL);
    }
    if (base->digest == new->digest &&
        strcmp(base->program, new->program) != 0) {
        warn(warnings, "same_program",
             "both programs are the same, byte by byte",
             "if they should differ, look at how they were built");
    }
    if (measuring->request->inject_permille > 0) {
        warn(warnings, "injected",
             "the new side was slowed down on purpose (--inject)", NULL);
    }
}

/* What the host and the quota took while it was measured. */
static void warn_noise(struct measuring *measuring, const struct noise *before)
{
    struct noise now;
    struct finding findings[FINDINGS_OF_NOISE];
    noise_read(&now);
    now = noise_between(before, &now);
    findings_of_noise(&now, spent_s(measuring), findings);
    findings_warn(findings, FINDINGS_OF_NOISE,
                  json_object_get(measuring->document, "warnings"));
}

static int begin_document(struct measuring *measuring, struct diag *diag)
{
    json_t *context = context_capture(measuring->topology);
    json_t *warnings = json_array();
    context_warnings(context, warnings);
    warn_sides(measuring, warnings);
    measuring->document =
        json_pack("{si so so so s[] so}", "schema_version", 1, "gilbench",
                  build_info(), "context", context, "comparison",
                  options_to_json(measuring), "cells", "warnings", warnings);
    must(measuring->document != NULL);
    measuring->options = json_object_get(measuring->document, "comparison");
    json_t *cells = json_object_get(measuring->document, "cells");
    for (size_t i = 0; i < measuring->cells.n; i++) {
        struct compare_cell *cell = &measuring->cells.all[i];
        cell->json = cell_to_document(cell);
        cell->lost = cell->side[COMPARE_BASE].skip != NULL;
        json_array_append_new(cells, cell->json);
    }
    return compare_options(measuring->request, measuring->document, diag);
}

/* True if there is no time left for a pair of the cell. */
static bool is_over(const struct measuring *measuring,
                    const struct compare_cell *cell)
{
    double budget = measuring->plan.budget_s;
    return interrupted ||
           (budget > 0.0 && spent_s(measuring) + pair_seconds(cell) > budget);
}

/* 1: go on; 0: time is up or interrupted, and no pair would have any. */
static int calibrate(struct measuring *measuring, struct diag *diag)
{
    int rc = 0;
    for (size_t i = 0; i < measuring->cells.n && rc == 0; i++) {
        struct compare_cell *cell = &measuring->cells.all[i];
        if (!cell->lost && is_over(measuring, cell)) {
            return 0;
        }
        if (!cell->lost) {
            double margin =
                compare_margin(measuring->options, cell->json, "steps_per_s");
            progress_show(&measuring->progress, cell->plan->id);
            rc = compare_calibrate(&measuring->programs, measuring->sides, cell,
                                   margin, diag);
        }
    }
    return rc < 0 ? rc : 1;
}

static void keep_pair(struct compare_cell *cell, json_t *pair)
{
    const char *role = NULL;
    const char *status = NULL;
    const char *why = compare_pair_lost(pair, &role, &status);
    if (why) {
        char reason[1400];
        snprintf(reason, sizeof(reason), "%s: %s", role, why);
        cell->lost = true;
        json_object_set_new(cell->json, "status", json_string(status));
        json_object_set_new(cell->json, "reason", json_text(reason));
    }
    json_array_append_new(json_object_get(cell->json, "pairs"), pair);
}

static void shuffle(size_t *order, size_t n, struct rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t j = (size_t)rng_below(rng, i);
        size_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}

/* 1: go on; 0: time is up or interrupted. */
static int measure_pair(struct measuring *measuring, struct compare_cell *cell,
                        size_t round, struct diag *diag)
{
    json_t *pair = NULL;
    if (is_over(measuring, cell)) {
        return 0;
    }
    double planned = pair_seconds(cell);
    progress_show(&measuring->progress, cell->plan->id);
    int rc = compare_pair(&measuring->programs, cell, round, &measuring->rng,
                          measuring->pus, &pair, diag);
    if (rc < 0 || !pair) {
        return rc;
    }
    progress_step(&measuring->progress, planned,
                  json_number_value(json_object_get(pair, "pair_s")));
    keep_pair(cell, pair);
    return 1;
}

/* Rounds over the cells marked in `wanted`, each in an order of its own. */
static int measure_rounds(struct measuring *measuring, const bool *wanted,
                          size_t from, size_t to, struct diag *diag)
{
    size_t n = measuring->cells.n;
    size_t *order = must_calloc(n, sizeof(*order));
    int rc = 1;
    for (size_t round = from; round < to && rc > 0; round++) {
        for (size_t i = 0; i < n; i++) {
            order[i] = i;
        }
        shuffle(order, n, &measuring->rng);
        for (size_t i = 0; i < n && rc > 0; i++) {
            struct compare_cell *cell = &measuring->cells.all[order[i]];
            if (wanted[order[i]] && !cell->lost) {
                rc = measure_pair(measuring, cell, round, diag);
            }
        }
    }
    free(order);
    return rc < 0 ? rc : 0;
}

static void begin_progress(struct measuring *measuring, const bool *wanted)
{
    double seconds = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < measuring->cells.n; i++) {
        const struct compare_cell *cell = &measuring->cells.all[i];
        if (wanted[i] && !cell->lost) {
            n += measuring->pairs;
            seconds += measuring->pairs * pair_seconds(cell);
        }
    }
    progress_init(&measuring->progress, measuring->request->quiet, n, seconds);
    measuring->progress.what = "pairs";
}

/* Both looks. What the first leaves unclear gets as many pairs again. */
static int measure_all(struct measuring *measuring, struct diag *diag)
{
    size_t n = measuring->cells.n;
    bool *wanted = must_calloc(n, sizeof(*wanted));
    memset(wanted, true, n * sizeof(*wanted));
    begin_progress(measuring, wanted);
    int rc = calibrate(measuring, diag);
    if (rc > 0) {
        begin_progress(measuring, wanted);
        rc = measure_rounds(measuring, wanted, 0, measuring->pairs, diag);
    }
    compare_judge(measuring->document);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const struct compare_cell *cell = &measuring->cells.all[i];
        wanted[i] = !cell->lost && compare_is_unclear(cell->json);
        any = any || wanted[i];
    }
    if (rc == 0 && any && !measuring->request->once) {
        begin_progress(measuring, wanted);
        rc = measure_rounds(measuring, wanted, measuring->pairs,
                            2 * (size_t)measuring->pairs, diag);
    }
    progress_end(&measuring->progress);
    free(wanted);
    return rc;
}

/* The time that a whole comparison may take, for --dry-run. */
static void print_dry_run(const struct measuring *measuring)
{
    char text[32];
    double seconds = 0.0;
    for (size_t i = 0; i < measuring->cells.n; i++) {
        const struct compare_cell *cell = &measuring->cells.all[i];
        const char *skip = cell->side[COMPARE_BASE].skip;
        printf("%s  ", cell->plan->id);
        if (skip) {
            printf("skipped: %s\n", skip);
        } else {
            double pair_s = pair_seconds(cell);
            printf("%u x %.2f s%s\n", measuring->pairs, pair_s,
                   cell->gates ? "" : ", does not gate");
            seconds += pair_s * measuring->pairs;
        }
    }
    progress_format(seconds, text, sizeof(text));
    printf("%zu cell%s, about %s (%.1f s); twice that where all is unclear\n",
           measuring->cells.n, measuring->cells.n == 1 ? "" : "s", text,
           seconds);
}

static int measure(struct measuring *measuring, json_t **ret, struct diag *diag)
{
    struct noise before;
    int rc = begin_document(measuring, diag);
    if (rc == 0) {
        catch_interrupts();
        noise_read(&before);
        rc = measure_all(measuring, diag);
        warn_noise(measuring, &before);
    }
    for (int i = 0; i < COMPARE_SIDES && rc == 0; i++) {
        rc = compare_side_check_unchanged(&measuring->sides[i], diag);
    }
    if (rc == -EINTR || (rc == 0 && interrupted)) {
        json_object_set_new(measuring->options, "interrupted", json_true());
        rc = 0;
    }
    if (rc == 0) {
        json_object_set_new(measuring->options, "took_s",
                            json_number(spent_s(measuring)));
        compare_judge(measuring->document);
        *ret = steal(&measuring->document);
    }
    return rc;
}

int compare_measure(const struct compare_request *request, json_t **ret,
                    struct diag *diag)
{
    struct measuring *measuring = must_calloc(1, sizeof(*measuring));
    measuring->request = request;
    measuring->begin_ns = clock_now_ns();
    measuring->seed = request->seed_given ? request->seed : rng_fresh_seed();
    measuring->rng.state = measuring->seed;
    *ret = NULL;
    int rc = resolve(measuring, diag);
    if (rc == 0 && request->dry_run) {
        print_dry_run(measuring);
    } else if (rc == 0) {
        rc = measure(measuring, ret, diag);
    }
    json_decref(measuring->document);
    compare_cells_deinit(&measuring->cells);
    compare_side_deinit(&measuring->sides[COMPARE_BASE]);
    compare_side_deinit(&measuring->sides[COMPARE_NEW]);
    plan_deinit(&measuring->plan);
    topology_free(measuring->topology);
    free(measuring);
    return rc;
}
