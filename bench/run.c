/* SPDX-License-Identifier: MIT */
#include "bench/run.h"

#include "bench/cell_json.h"
#include "bench/cell_process.h"
#include "bench/command.h"
#include "bench/estimate.h"
#include "bench/option.h"
#include "bench/place.h"
#include "bench/progress.h"
#include "bench/schedule.h"
#include "bench/summary_table.h"
#include "bench/warnings.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "harness/record/build_info.h"
#include "harness/record/context.h"
#include "harness/record/document.h"
#include "harness/record/finding.h"
#include "harness/record/json_value.h"
#include "harness/record/repetition_json.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t interrupted;

/* A run under way. */
struct run {
    const struct run_request *request;
    struct topology *topology;
    struct plan plan;
    struct schedule schedule;
    struct document *document;
    struct progress progress;
    struct cell_process process;
    uint64_t begin_ns;  /* of measuring */
    struct noise noise; /* as it was then */
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

static int check_output(const struct run_request *request, struct diag *diag)
{
    bool any = request->resume || request->force || request->dry_run;
    return option_output(
        request->output,
        any ? NULL : "--resume goes on with it, --force replaces it", diag);
}

static double total_seconds(const struct run *run, size_t from)
{
    double total = 0.0;
    for (size_t i = from; i < run->schedule.n; i++) {
        total +=
            estimate_seconds(&run->plan.cells[run->schedule.entries[i].cell]);
    }
    return total;
}

static void print_dry_run(const struct run *run)
{
    char text[32];
    for (size_t i = 0; i < run->plan.n; i++) {
        const struct cell *cell = &run->plan.cells[i];
        if (cell->skip) {
            printf("%s  skipped: %s\n", cell->id, cell->skip);
        } else {
            printf("%s  %u x %.2f s\n", cell->id, cell->reps,
                   estimate_seconds(cell));
        }
    }
    double seconds = total_seconds(run, 0);
    progress_format(seconds, text, sizeof(text));
    printf("%zu cells, %zu repetitions, about %s (%.1f s)\n", run->plan.n,
           run->schedule.n, text, seconds);
}

/* What a person should know of where the tasks run. */
static void warn_placement(struct run *run, const struct cell *cell)
{
    char message[512];
    if (cell->skip) {
        return;
    }
    if (cell->oversubscribed) {
        snprintf(message, sizeof(message),
                 "%s: %zu tasks share %zu place%s of %s",
                 cell->workload->unit.name, cell->tasks + cell->background,
                 cell->places, cell->places == 1 ? "" : "s", cell->placement);
        document_warn(run->document, "more_tasks_than_places", message,
                      "expected when the number of tasks is what is studied; "
                      "bindings says who shares a PU");
    }
    if (cell->generator_shared) {
        snprintf(message, sizeof(message),
                 "%s: the load generator shares PU %d with tasks",
                 cell->workload->unit.name, cell->generator_pu);
        document_warn(run->document, "generator_shares_pu", message,
                      "a machine with more PUs gives it one of its own");
    }
}

static void add_cells(struct run *run)
{
    for (size_t i = 0; i < run->plan.n; i++) {
        const struct cell *cell = &run->plan.cells[i];
        size_t index = document_add_cell(run->document, cell_to_json(cell));
        if (cell->skip) {
            document_skip(run->document, index, cell->skip);
        }
        warn_placement(run, cell);
    }
}

/* Takes `warnings`. */
static void warn_all(struct run *run, json_t *warnings)
{
    size_t i;
    const json_t *warning;
    json_array_foreach(warnings, i, warning)
    {
        document_warn(run->document,
                      json_string_value(json_object_get(warning, "code")),
                      json_string_value(json_object_get(warning, "message")),
                      json_string_value(json_object_get(warning, "advice")));
    }
    json_decref(warnings);
}

/* What the host and the quota took while it was measured. */
static void warn_noise(struct run *run)
{
    struct noise now;
    struct finding findings[FINDINGS_OF_NOISE];
    json_t *warnings = json_array();
    noise_read(&now);
    now = noise_between(&run->noise, &now);
    double seconds =
        (double)(clock_now_ns() - run->begin_ns) / (double)NS_PER_S;
    findings_of_noise(&now, seconds, findings);
    findings_warn(findings, FINDINGS_OF_NOISE, warnings);
    warn_all(run, warnings);
}

static void open_document(struct run *run, json_t *context, json_t *plan)
{
    json_t *warnings = json_array();
    context_warnings(context, warnings);
    run->document =
        document_new(run->request->output, build_info(), context, plan);
    warn_all(run, warnings);
    add_cells(run);
}

/* Reads what is to be continued, if it is there, and goes on in its order. */
static int read_old(struct run_request *request, json_t *plan, json_t **ret,
                    struct diag *diag)
{
    uint64_t seed = request->seed;
    int rc = document_resume(request->output, plan, ret, &seed, diag);
    if (rc == 0 && request->seed_given && seed != request->seed) {
        return diag_set(diag, -EINVAL,
                        "%s was begun with --seed %" PRIu64
                        ": give the same one, or none, to go on with it",
                        request->output, seed);
    }
    request->seed = seed;
    json_object_set_new(plan, "seed", json_integer((json_int_t)seed));
    return rc == -ENOENT ? 0 : rc;
}

/* Makes the document, or takes up the one that is to be continued. */
static int prepare_document(struct run *run, struct run_request *request,
                            struct diag *diag)
{
    json_t *plan = plan_to_json(&run->plan, &request->plan, request->seed);
    _cleanup_(json_decref_p) json_t *old = NULL;
    int rc = request->resume ? read_old(request, plan, &old, diag) : 0;
    if (rc < 0) {
        json_decref(plan);
        return rc;
    }
    open_document(run, context_capture(run->topology), plan);
    if (old) {
        rc = document_adopt(run->document, old, diag);
    }
    return rc < 0 ? rc : document_save(run->document, diag);
}

/* One that is not what the schema says is an outcome too: a lost one. */
static int keep_repetition(struct run *run, size_t order, json_t *repetition,
                           double process_s, struct diag *diag)
{
    size_t index = run->schedule.entries[order].cell;
    struct diag why = {0};
    repetition_set_run(repetition, order, process_s);
    warnings_of_generator(run->document, run->plan.cells[index].id, repetition);
    warnings_of_stacks(run->document, run->plan.cells[index].id, repetition);
    int rc = document_add_repetition(run->document, index, repetition, &why);
    if (rc == -EINVAL) {
        repetition = repetition_lost_to_json("failed", why.text);
        repetition_set_run(repetition, order, process_s);
        rc = document_add_repetition(run->document, index, repetition, diag);
    }
    return rc;
}

/* Runs one entry of the schedule; `ret_kept` is false when it was interrupted
 * and there is nothing to keep. */
static int run_entry(struct run *run, size_t order, bool *ret_kept,
                     struct diag *diag)
{
    size_t index = run->schedule.entries[order].cell;
    const struct cell *cell = &run->plan.cells[index];
    struct runner_outcome outcome;
    int rc = cell_process_run(&run->process, cell, &outcome, diag);
    if (rc < 0) {
        return rc;
    }
    *ret_kept = outcome.status != RUNNER_INTERRUPTED;
    if (*ret_kept) {
        rc =
            keep_repetition(run, order, cell_process_repetition(&outcome, NULL),
                            outcome.wall_s, diag);
        progress_step(&run->progress, estimate_seconds(cell), outcome.wall_s);
    }
    runner_outcome_deinit(&outcome);
    return rc < 0 ? rc : document_save(run->document, diag);
}

static int run_schedule(struct run *run, struct diag *diag)
{
    double budget = run->plan.budget_s;
    run->begin_ns = clock_now_ns();
    noise_read(&run->noise);
    progress_init(&run->progress, run->request->quiet, run->schedule.n,
                  total_seconds(run, 0));
    int rc = 0;
    for (size_t order = 0; order < run->schedule.n && rc == 0; order++) {
        size_t index = run->schedule.entries[order].cell;
        const struct cell *cell = &run->plan.cells[index];
        double spent =
            (double)(clock_now_ns() - run->begin_ns) / (double)NS_PER_S;
        if (document_has(run->document, index, order)) {
            progress_step(&run->progress, estimate_seconds(cell), 0.0);
            continue;
        }
        if (interrupted ||
            (budget > 0.0 && spent + estimate_seconds(cell) > budget)) {
            break;
        }
        bool kept = false;
        progress_show(&run->progress, cell->id);
        rc = run_entry(run, order, &kept, diag);
        if (rc == 0 && !kept) {
            break;
        }
    }
    progress_end(&run->progress);
    return rc;
}

static int exit_code(const struct run *run)
{
    bool ok = false;
    bool bad = false;
    for (size_t i = 0; i < document_cells(run->document); i++) {
        const char *status = document_status(run->document, i);
        ok = ok || strcmp(status, "ok") == 0;
        bad = bad || strcmp(status, "failed") == 0 ||
              strcmp(status, "timeout") == 0;
    }
    if (document_cells(run->document) == 0) {
        return EXIT_FINE; /* of a shard too many: nothing was to be done */
    }
    return ok && !bad && !interrupted ? EXIT_FINE : EXIT_CELL_FAILED;
}

/* The table is made from the document's text, as a reader would see it. */
static void print_summary(const struct run *run)
{
    _cleanup_(free_p) char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    must(file != NULL);
    must(document_write(run->document, file, NULL) == 0);
    must(fclose(file) == 0);
    json_t *json = json_loadb(text, size, 0, NULL);
    must(json != NULL);
    bool colour = isatty(STDERR_FILENO) == 1 && !getenv("NO_COLOR");
    summary_table_print(json, stderr, colour);
    json_decref(json);
}

static int finish(struct run *run, struct diag *diag)
{
    const struct run_request *request = run->request;
    warn_noise(run);
    int rc = request->output ? document_finish(run->document, diag)
                             : document_write(run->document, stdout, diag);
    if (run->plan.n == 0) {
        fprintf(stderr,
                "gilbench: --shard %s: the plan has %zu cell%s, none "
                "is left for this one\n",
                request->plan.shard, run->plan.of_all,
                run->plan.of_all == 1 ? "" : "s");
    } else if (!request->quiet) {
        print_summary(run);
        warnings_print(document_warnings(run->document), stderr);
    }
    if (interrupted) {
        fprintf(stderr, "gilbench: interrupted; what was measured is %s%s\n",
                request->output ? "in " : "on stdout",
                request->output ? request->output : "");
    }
    return rc < 0 ? rc : exit_code(run);
}

static void run_deinit(struct run *run)
{
    cell_process_deinit(&run->process);
    document_free(run->document);
    schedule_deinit(&run->schedule);
    plan_deinit(&run->plan);
    topology_free(run->topology);
}

static int check_size(const struct plan *plan, struct diag *diag)
{
    size_t repetitions = schedule_count(plan->cells, plan->n);
    if (plan->of_all == 0) {
        return diag_set(diag, -EINVAL, "nothing is selected: no cell to run");
    }
    if (repetitions > SCHEDULE_MAX) {
        return diag_set(diag, -EINVAL,
                        "%zu repetitions of %zu cells are too many for a "
                        "document (%d); take fewer, or a --shard of them",
                        repetitions, plan->n, SCHEDULE_MAX);
    }
    return 0;
}

static int prepare(struct run *run, struct run_request *request,
                   struct diag *diag)
{
    int rc = cell_process_init(&run->process, &interrupted, diag);
    rc = rc < 0 ? rc : check_output(request, diag);
    rc = rc < 0 ? rc : topology_load(&run->topology, diag);
    if (rc == 0) {
        rc = plan_resolve(&request->plan, run->topology, &run->plan, diag);
    }
    if (rc == 0) {
        place_cells(run->plan.cells, run->plan.n, run->topology);
        rc = check_size(&run->plan, diag);
    }
    if (rc == 0 && !request->seed_given) {
        request->seed = rng_fresh_seed();
    }
    return rc;
}

int run_plan(struct run_request *request, struct diag *diag)
{
    struct run run = {.request = request, .process = {.program_fd = -1}};
    int rc = prepare(&run, request, diag);
    if (rc == 0 && request->dry_run) {
        schedule_init(&run.schedule, run.plan.cells, run.plan.n, request->seed);
        print_dry_run(&run);
    } else if (rc == 0) {
        rc = prepare_document(&run, request, diag);
        if (rc == 0) {
            schedule_init(&run.schedule, run.plan.cells, run.plan.n,
                          request->seed);
            catch_interrupts();
            rc = run_schedule(&run, diag);
            int finished = finish(&run, rc == 0 ? diag : NULL);
            rc = rc < 0 ? rc : finished;
        }
    }
    run_deinit(&run);
    return rc;
}
