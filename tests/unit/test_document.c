/* SPDX-License-Identifier: MIT */
/* The result document: written, resumed, read again, refused. */
#undef NDEBUG
#include "harness/base/cacheline.h"
#include "harness/base/clock.h"
#include "tests/unit/document_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/gilbench-test-XXXXXX";

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
        add_repetition(document, 1e6, i);
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
    repetition_set_run(lost, 8, 0.005);
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
    add_repetition(document, 1e6, 0);
    assert(document_save(document, &diag) == 0);
    int before = count_entries();
    pid_t child = fork();
    if (child == 0) {
        add_repetition(document, 1e6, 1);
        const struct rlimit limit = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
        int r = document_save(document, &diag);
        bool told = strstr(diag.text, "what was there before is kept") != NULL;
        document_free(document);
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
    add_repetition(document, 1e6, 3);
    add_repetition(document, 2e6, 5);
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
        add_repetition(document, 1e6, i);
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
    /* Commas are counted wherever they stand: in one text they cost nothing
     * but show that the limit is kept. */
    memset(text, ',', size);
    memcpy(text, "[\"", 2);
    refused("wide.json", text, size, "too large");
    free(text);
}

int main(void)
{
    assert(mkdtemp(folder));
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
