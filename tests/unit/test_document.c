/* SPDX-License-Identifier: MIT */
/* The result document: encoded, written, read again, resumed, refused. */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/must.h"
#include "harness/record/document_internal.h"
#include "harness/record/json_value.h"
#include "harness/record/repetition_json.h"
#include "harness/record/summary.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char cell_text[] =
    "{\"id\":\"cpu_loop/gil_threads:cpython3/tasks=2/placement=per_core\","
    "\"workload\":\"cpu_loop\",\"workload_version\":1,\"class\":\"cpu\","
    "\"step\":\"one iteration\",\"model\":\"gil_threads\",\"lock\":"
    "\"cpython3\",\"tasks\":2,\"background_tasks\":0,\"placement\":"
    "\"per_core\",\"params\":{\"switch_interval_us\":5000},\"reps\":100,"
    "\"slices\":3,\"slice_ms\":50,\"bindings\":[{\"pu\":0,\"tasks\":\"0-1\"}],"
    "\"generator_pu\":null}";

static const char context_text[] =
    "{\"date\":\"2026-11-22T17:00:00+00:00\",\"host\":\"h\",\"kernel\":null,"
    "\"cpu_model\":null,\"microcode\":null,\"libc\":null,\"hypervisor\":null,"
    "\"topology\":{\"packages\":1,\"numa_nodes\":1,\"cores\":2,\"pus\":2,"
    "\"pus_machine\":2,\"smt\":false,\"hybrid\":false,"
    "\"digest\":\"0123456789abcdef\",\"allowed_pus\":\"0-1\","
    "\"quota_cpus\":null},\"governor\":null,\"frequency_driver\":null,"
    "\"turbo\":null,\"isolated_pus\":null,\"nohz_full\":null,\"aslr\":null,"
    "\"clock_source\":null,\"clock_resolution_ns\":null,\"clock_read_ns\":"
    "null,\"timer_slack_ns\":null,\"load_average\":[0.1,0.2,0.3],"
    "\"pressure_cpu_avg10\":null,\"uptime_s\":null,\"memory_bytes\":null}";

static const char build_text[] =
    "{\"version\":\"0.1.0\",\"commit\":null,\"dirty\":null,\"compiler\":"
    "\"gcc\",\"flags\":\"\",\"build_type\":\"debug\",\"sanitizer\":null}";

static char folder[] = "/tmp/gilbench-test-XXXXXX";

static json_t *parsed(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);
    assert(json);
    return json;
}

static json_t *plan_of(const char *digest, unsigned cells)
{
    return json_pack("{sn si si ss}", "name", "seed", 7, "cells", (int)cells,
                     "digest", digest);
}

static struct document *new_document(const char *path, const char *digest)
{
    struct document *document = document_new(
        path, parsed(build_text), parsed(context_text), plan_of(digest, 1));
    assert(document_add_cell(document, parsed(cell_text)) == 0);
    return document;
}

/* Three slices at about `rate` steps a second; latencies around 1 ms. */
static json_t *make_repetition(double rate, uint64_t samples)
{
    struct repetition_slice slices[3];
    for (size_t i = 0; i < 3; i++) {
        slices[i] = (struct repetition_slice){
            .duration_s = 0.05,
            .steps = (uint64_t)(rate * 0.05 * (1.0 + 0.1 * (double)i)),
            .cpu_s = 0.05,
            .noise = {.steal_us = 0, .pressure_us = 125, .throttled_us = -1}};
    }
    const uint64_t steps[2] = {100, 300};
    const struct repetition_thread threads[2] = {
        {.pu = 0, .cpu_s = 0.07, .voluntary = 3, .involuntary = 1},
        {.pu = PU_UNBOUND, .cpu_s = 0.08}};
    const struct exec_lock_stats lock = {
        .acquisitions = 9, .switches = 4, .forced = 2, .wait_ns = 75000000};
    struct hist *hist = must_calloc(1, sizeof(*hist));
    for (uint64_t i = 0; i < samples; i++) {
        hist_record(hist, 1000000 + i * 1000);
    }
    struct repetition repetition = {.slices = slices,
                                    .n_slices = 3,
                                    .cpu_s = 0.15,
                                    .wall_s = 0.15,
                                    .task_steps = steps,
                                    .n_tasks = 2,
                                    .voluntary = 3,
                                    .involuntary = 1,
                                    .threads = threads,
                                    .n_threads = 2,
                                    .lock = &lock,
                                    .latency = hist,
                                    .rss_bytes = 1000000,
                                    .rss_bytes_per_task = -1.0};
    json_t *json = repetition_to_json(&repetition);
    free(hist);
    return json;
}

static void add(struct document *document, double rate, uint64_t order)
{
    json_t *json = make_repetition(rate, 1000);
    repetition_set_run(json, order, 0.005);
    struct diag diag = {{0}};
    int r = document_add_repetition(document, 0, json, &diag);
    if (r < 0) {
        fprintf(stderr, "%s\n", diag.text);
    }
    assert(r == 0);
}

static double number_in(const json_t *json, const char *a, const char *b)
{
    return json_number_or_nan(json_object_get(json_object_get(json, a), b));
}

static void encoding(void)
{
    _cleanup_(json_decref_p) json_t *json = make_repetition(1000000.0, 500);
    assert(json_number_value(json_object_get(json, "steps_per_s")) == 1.1e6);
    assert(json_is_null(json_object_get(json, "background_steps_per_s")));
    assert(number_in(json, "lock", "wait_s") == 0.075);
    assert(json_is_null(
        json_object_get(json_object_get(json, "lock"), "hold_mean_ns")));
    /* (100 + 300)^2 / (2 (100^2 + 300^2)) */
    assert(json_number_value(json_object_get(json, "fairness_jain")) == 0.8);
    assert(json_is_null(json_object_get(json, "rss_bytes_per_task")));
    const json_t *latency = json_object_get(json, "latency_ns");
    assert(json_is_integer(json_object_get(latency, "p50")));
    assert(json_is_integer(json_object_get(latency, "p90")));
    assert(json_is_null(json_object_get(latency, "p99"))); /* needs 1,000 */
    const json_t *slice = json_array_get(json_object_get(json, "slices"), 0);
    assert(json_number_value(json_object_get(slice, "pressure_s")) == 0.000125);
    assert(json_is_null(json_object_get(slice, "throttled_s")));
    const json_t *thread = json_array_get(json_object_get(json, "threads"), 1);
    assert(json_is_null(json_object_get(thread, "pu")));
}

/* Above 64 tasks and threads a repetition stays readable. */
static void encoding_of_many(void)
{
    enum { MANY = 65 };
    uint64_t steps[MANY];
    struct repetition_thread threads[MANY] = {{0}};
    for (uint64_t i = 0; i < MANY; i++) {
        steps[i] = i;
    }
    const struct repetition_slice slice = {.duration_s = 1.0,
                                           .background_steps = 5};
    struct repetition repetition = {.slices = &slice,
                                    .n_slices = 1,
                                    .has_background = true,
                                    .wall_s = 1.0,
                                    .task_steps = steps,
                                    .n_tasks = MANY,
                                    .threads = threads,
                                    .n_threads = MANY,
                                    .rss_bytes_per_task = 4096.0};
    _cleanup_(json_decref_p) json_t *json = repetition_to_json(&repetition);
    assert(number_in(json, "task_steps", "min") == 0.0);
    assert(number_in(json, "task_steps", "q1") == 16.0);
    assert(number_in(json, "task_steps", "median") == 32.0);
    assert(number_in(json, "task_steps", "max") == 64.0);
    assert(json_is_null(json_object_get(json, "threads")));
    assert(json_is_null(json_object_get(json, "lock")));
    assert(json_is_null(json_object_get(json, "latency_ns")));
    assert(json_number_value(json_object_get(json, "background_steps_per_s")) ==
           5.0);
}

static void histogram_round_trip(void)
{
    struct hist *hist = must_calloc(2, sizeof(*hist));
    for (uint64_t value = 1; value < (UINT64_C(1) << 40); value *= 3) {
        hist_record(&hist[0], value);
    }
    json_t *json = repetition_hist_to_json(&hist[0]);
    assert(repetition_hist_from_json(json, &hist[1]) == 0);
    assert(memcmp(&hist[0], &hist[1], sizeof(*hist)) == 0);
    json_decref(json);
    free(hist);
    static const char *const bad[] = {
        "{\"histogram\":[[-1,1]],\"max\":1}",
        "{\"histogram\":[[129,1]],\"max\":1}", /* inside a bucket */
        "{\"histogram\":[[1,0]],\"max\":1}",
        "{\"histogram\":[[1e300,1]],\"max\":1}",
    };
    struct hist *into = must_calloc(1, sizeof(*into));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json = parsed(bad[i]);
        assert(repetition_hist_from_json(json, into) == -EINVAL);
        json_decref(json);
    }
    free(into);
}

static void summary(void)
{
    struct document *document = new_document(NULL, "0000000000000001");
    for (uint64_t i = 0; i < 5; i++) {
        add(document, 1e6 + 1e4 * (double)i, i);
    }
    const json_t *metric =
        json_object_get(document_summary(document, 0), "steps_per_s");
    assert(json_is_null(json_object_get(metric, "low"))); /* below 6 */
    add(document, 1.05e6, 5);
    const json_t *of = document_summary(document, 0);
    assert(number_in(of, "steps_per_s", "median") == 1.1275e6);
    assert(number_in(of, "steps_per_s", "low") == 1.1e6);
    assert(number_in(of, "steps_per_s", "high") == 1.155e6);
    assert(number_in(of, "steps_per_s", "n") == 6.0);
    assert(number_in(of, "forced_switches_per_s", "median") == 13.3333333);
    assert(number_in(of, "switches_per_s", "median") == 26.6666667);
    assert(number_in(of, "lock_wait_s_per_s", "median") == 0.5);
    /* 1,000 samples each: p99 each, p999 only from all 6,000... not even. */
    assert(!isnan(number_in(of, "latency_p99_ns", "low")));
    assert(isnan(number_in(of, "latency_p999_ns", "median")));
    assert(!json_object_get(of, "background_steps_per_s"));
    assert(!json_object_get(of, "rss_bytes_per_task"));
    assert(!json_object_get(of, "service_p50_ns"));
    document_free(document);
}

/* One repetition with too few samples: the merged percentile stands, the
 * interval does not. */
static void summary_of_unequal(void)
{
    struct summary *collected = summary_new();
    for (unsigned i = 0; i < 12; i++) {
        json_t *json = make_repetition(1e6, i == 0 ? 999 : 1000);
        assert(summary_add(collected, json) == 0);
        json_decref(json);
    }
    json_t *lost = repetition_lost_to_json("failed", "killed by signal 9");
    assert(summary_add(collected, lost) == 0);
    json_decref(lost);
    json_t *json = summary_to_json(collected);
    assert(number_in(json, "steps_per_s", "n") == 12.0);
    assert(!isnan(number_in(json, "latency_p99_ns", "median")));
    assert(isnan(number_in(json, "latency_p99_ns", "low")));
    assert(!isnan(number_in(json, "latency_p90_ns", "low")));
    assert(!isnan(number_in(json, "latency_p999_ns", "median")));
    json_decref(json);
    summary_free(collected);
}

static void path_in_folder(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder, name);
}

static void write_file(const char *path, const char *text, size_t size)
{
    FILE *file = fopen(path, "w");
    assert(file && fwrite(text, 1, size, file) == size && fclose(file) == 0);
}

static json_t *load_whole(const char *path)
{
    struct diag diag = {{0}};
    json_t *json = NULL;
    int r = document_load(path, &json, &diag);
    r = r < 0 ? r : document_check_meaning(json, path, &diag);
    if (r < 0) {
        fprintf(stderr, "%s\n", diag.text);
    }
    assert(r == 0);
    return json;
}

/* The file is right and whole after every save. */
static void saving(void)
{
    char path[200];
    path_in_folder(path, sizeof(path), "saving.json");
    struct document *document = new_document(path, "0000000000000001");
    document_warn(document, "other_load", "m\xff", NULL);
    document_warn(document, "other_load", "m\xff", NULL);
    assert(json_array_size(document_warnings(document)) == 1);
    struct diag diag = {{0}};
    if (document_save(document, &diag) < 0) {
        fprintf(stderr, "%s\n", diag.text);
        assert(0);
    }
    json_t *json = load_whole(path);
    const json_t *cell = json_array_get(json_object_get(json, "cells"), 0);
    assert(strcmp(json_string_value(json_object_get(cell, "status")),
                  "skipped") == 0);
    json_decref(json);
    for (uint64_t i = 0; i < 8; i++) {
        add(document, 1e6, i);
        assert(document_save(document, &diag) == 0);
        json = load_whole(path);
        cell = json_array_get(json_object_get(json, "cells"), 0);
        assert(json_array_size(json_object_get(cell, "repetitions")) == i + 1);
        assert(json_equal(json_object_get(cell, "summary"),
                          document_summary(document, 0)));
        json_decref(json);
    }
    assert(strcmp(document_status(document, 0), "ok") == 0);
    json_t *lost = repetition_lost_to_json("timeout", "no answer \xff");
    repetition_set_run(lost, 8, -1.0);
    assert(document_add_repetition(document, 0, lost, &diag) == 0);
    assert(strcmp(document_status(document, 0), "timeout") == 0);
    assert(document_finish(document, &diag) == 0);
    json_decref(load_whole(path));
    document_free(document);
}

static int count_entries(void)
{
    char command[300];
    snprintf(command, sizeof(command), "ls -A %s | wc -l", folder);
    FILE *pipe = popen(command, "r");
    int n = -1;
    assert(pipe && fscanf(pipe, "%d", &n) == 1 && pclose(pipe) == 0);
    return n;
}

/* A place that cannot be written to is bad input, and nothing is lost. */
static void bad_places(void)
{
    struct diag diag = {{0}};
    char path[200];
    path_in_folder(path, sizeof(path), "missing/out.json");
    struct document *document = new_document(path, "0000000000000001");
    assert(document_save(document, &diag) == -EINVAL);
    assert(strstr(diag.text, "missing/out.json: No such file or directory"));
    document_free(document);

    document = new_document("/dev/full", "0000000000000001");
    assert(document_save(document, &diag) == 0); /* only at the end */
    assert(document_finish(document, &diag) == -EINVAL);
    assert(strstr(diag.text, "/dev/full: No space left on device"));
    document_free(document);
    struct stat st;
    assert(stat("/dev/full", &st) == 0 && S_ISCHR(st.st_mode));
}

/* A disk that fills up: a file size limit does the same to write(). */
static void full_disk(void)
{
    char path[200];
    path_in_folder(path, sizeof(path), "full.json");
    struct document *document = new_document(path, "0000000000000001");
    struct diag diag = {{0}};
    add(document, 1e6, 0);
    assert(document_save(document, &diag) == 0);
    int before = count_entries();
    pid_t child = fork();
    if (child == 0) {
        add(document, 1e6, 1);
        const struct rlimit limit = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        int r = document_save(document, &diag);
        bool told = strstr(diag.text, "what was there before is kept") != NULL;
        _exit(r == -EINVAL && told ? 0 : 1);
    }
    int status;
    assert(waitpid(child, &status, 0) == child);
    assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert(count_entries() == before); /* nothing left aside */
    json_decref(load_whole(path));
    document_free(document);
}

/* A link is written through, and a file keeps its rights. */
static void links_and_rights(void)
{
    char path[200];
    char link[200];
    path_in_folder(path, sizeof(path), "target.json");
    path_in_folder(link, sizeof(link), "link.json");
    write_file(path, "old", 3);
    assert(chmod(path, 0600) == 0 && symlink("target.json", link) == 0);
    struct document *document = new_document(link, "0000000000000001");
    struct diag diag = {{0}};
    assert(document_save(document, &diag) == 0);
    struct stat st;
    assert(lstat(link, &st) == 0 && S_ISLNK(st.st_mode));
    assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
    json_decref(load_whole(path));
    document_free(document);
}

static void resuming(void)
{
    char path[200];
    path_in_folder(path, sizeof(path), "resume.json");
    struct diag diag = {{0}};
    json_t *plan = plan_of("00000000000000aa", 1);
    json_t *old = NULL;
    uint64_t seed = 0;
    assert(document_resume(path, plan, &old, &seed, &diag) == -ENOENT);

    struct document *document = new_document(path, "00000000000000aa");
    add(document, 1e6, 3);
    add(document, 2e6, 5);
    document_warn(document, "interrupted", "m", NULL);
    document_warn(document, "other_load", "m", "a");
    assert(document_save(document, &diag) == 0);
    json_t *expected = json_deep_copy(document_summary(document, 0));
    document_free(document);

    assert(document_resume(path, plan, &old, &seed, &diag) == 0 && seed == 7);
    document = new_document(path, "00000000000000aa");
    assert(document_adopt(document, old, &diag) == 0);
    assert(document_has(document, 0, 3) && document_has(document, 0, 5));
    assert(!document_has(document, 0, 4));
    assert(document_repetitions(document, 0) == 2);
    assert(json_equal(document_summary(document, 0), expected));
    assert(json_array_size(document_warnings(document)) == 1);
    assert(document_adopt(document, old, &diag) == 0); /* twice is once */
    assert(document_repetitions(document, 0) == 2);
    document_free(document);
    json_decref(expected);
    json_decref(old);
    json_decref(plan);

    plan = plan_of("00000000000000bb", 1);
    old = NULL;
    assert(document_resume(path, plan, &old, &seed, &diag) == -EINVAL);
    assert(!old && strstr(diag.text, "cannot be resumed: its plan's digest is "
                                     "00000000000000aa"));
    json_decref(plan);
}

/* A large document goes on in its journal; a killed run loses nothing. */
static void journal(void)
{
    char path[200];
    char beside[200];
    path_in_folder(path, sizeof(path), "large.json");
    path_in_folder(beside, sizeof(beside), "large.json.journal");
    write_file(beside, "{\"of\":\"another run\"}\n", 21);
    struct document *document = new_document(path, "00000000000000cc");
    struct diag diag = {{0}};
    assert(document_save(document, &diag) == 0);
    assert(access(beside, F_OK) < 0);
    for (uint64_t i = 0; i < 4; i++) {
        add(document, 1e6, i);
        document->size = DOCUMENT_SMALL_BYTES + 1;
        document->synced_ns = clock_now_ns();
        assert(document_save(document, &diag) == 0);
    }
    json_t *expected = json_deep_copy(document_summary(document, 0));
    document_free(document); /* as a kill would: no last save */
    assert(access(beside, F_OK) == 0);
    FILE *file = fopen(beside, "a");
    assert(file && fputs("{\"cell\":\"cut sho", file) > 0);
    assert(fclose(file) == 0);
    json_decref(load_whole(path));

    json_t *plan = plan_of("00000000000000cc", 1);
    json_t *old = NULL;
    uint64_t seed = 0;
    assert(document_resume(path, plan, &old, &seed, &diag) == 0);
    document = new_document(path, "00000000000000cc");
    assert(document_adopt(document, old, &diag) == 0);
    assert(document_repetitions(document, 0) == 4);
    assert(json_equal(document_summary(document, 0), expected));
    assert(document_save(document, &diag) == 0);
    assert(access(beside, F_OK) < 0);
    json_decref(load_whole(path));
    document_free(document);
    json_decref(expected);
    json_decref(old);
    json_decref(plan);
}

/* A program that speaks the protocol may say anything. */
static void bad_repetitions(void)
{
    struct document *document = new_document(NULL, "0000000000000001");
    struct diag diag = {{0}};
    json_t *json = make_repetition(1e6, 10);
    json_object_set_new(json, "cpu_s", json_string("0.1"));
    assert(document_add_repetition(document, 0, json, &diag) == -EINVAL);
    assert(strstr(diag.text, "/cpu_s: expected null or number, found"));
    assert(document_add_repetition(document, 0, parsed("[]"), &diag) ==
           -EINVAL);
    json = make_repetition(1e6, 10);
    json_object_del(json, "slices");
    assert(document_add_repetition(document, 0, json, &diag) == -EINVAL);
    assert(strstr(diag.text, "\"slices\" is missing"));
    assert(document_repetitions(document, 0) == 0);
    document_free(document);
}

static void refused(const char *name, const char *text, size_t size,
                    const char *says)
{
    char path[200];
    path_in_folder(path, sizeof(path), name);
    write_file(path, text, size);
    struct diag diag = {{0}};
    json_t *json = NULL;
    int r = document_load(path, &json, &diag);
    if (r != -EINVAL || json || !strstr(diag.text, says) ||
        !strstr(diag.text, path)) {
        fprintf(stderr, "%s: %d \"%s\", wanted \"%s\"\n", name, r, diag.text,
                says);
        assert(0);
    }
}

static void bad_files(void)
{
    static const struct {
        const char *text;
        const char *says;
    } files[] = {
        {"", "the file is empty"},
        {"hello", "not JSON"},
        {"{\"schema_version\":1", "cut short"},
        {"{\"schema_version\":1,\"cells\":[{\"id\":\"a", "cut short"},
        {"{\"schema_version\":1} x", "not JSON"},
        {"{\"a\":1,\"a\":2}", "not JSON"},
        {"{\"a\":NaN}", "not JSON"},
        {"{\"a\":1e999}", "not JSON"},
        {"[]", "\"schema_version\" is missing"},
        {"{}", "\"schema_version\" is missing"},
        {"{\"schema_version\":2}", "schema_version 2 is newer"},
        {"{\"schema_version\":0}", "reads version 1 only"},
        {"{\"schema_version\":\"1\"}", "reads version 1 only"},
        {"{\"schema_version\":1}", "\"gilbench\" is missing"},
    };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        refused("bad.json", files[i].text, strlen(files[i].text),
                files[i].says);
    }
    struct diag diag = {{0}};
    json_t *json = NULL;
    assert(document_load("/nonexistent/x", &json, &diag) == -EINVAL);
    assert(strstr(diag.text, "No such file or directory"));
    assert(document_load("/", &json, &diag) == -EINVAL);
    assert(strstr(diag.text, "Is a directory"));
}

/* 100 MB of nesting, and documents that would need more memory than they are
 * worth, are refused after a piece of them. */
static void large_files(void)
{
    size_t size = 100u << 20;
    char *text = malloc(size);
    must(text != NULL);
    memset(text, '[', size);
    refused("nested.json", text, size, "nested too deeply");
    for (size_t i = 1; i + 1 < size; i += 2) {
        memcpy(text + i, "1,", 2);
    }
    refused("wide.json", text, size, "too large");
    free(text);
}

int main(void)
{
    assert(mkdtemp(folder));
    encoding();
    encoding_of_many();
    histogram_round_trip();
    summary();
    summary_of_unequal();
    saving();
    bad_places();
    full_disk();
    links_and_rights();
    resuming();
    journal();
    bad_repetitions();
    bad_files();
    large_files();
    char command[100];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    assert(system(command) == 0);
    return 0;
}
