/* SPDX-License-Identifier: MIT */
/*
 * What every execution model owes a workload: each verb does what exec.h
 * says. usage: model MODEL [LOCK | KEY=NUMBER]
 */
#undef NDEBUG
#include "harness/base/mapping.h"
#include "harness/base/must.h"
#include "harness/exec/exec_model.h"
#include "harness/topology/binding.h"
#include "runtime/locks/lock_policy.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define X(name) extern const struct exec_model exec_model_##name;
#include "model_list.h"
#undef X
#define X(name) &exec_model_##name,
static const struct exec_model *const models[] = {
#include "model_list.h"
    NULL};
#undef X
#define X(name) extern const struct lock_policy lock_policy_##name;
#include "lock_list.h"
#undef X
#define X(name) &lock_policy_##name,
static const struct lock_policy *const locks[] = {
#include "lock_list.h"
    NULL};
#undef X

enum { TASKS = 4, ROUNDS = 200, BIG = 1 << 20 };

/* What the tasks of a check share. */
struct check {
    void (*task)(struct exec *ex, struct check *check);
    struct exec_event events[TASKS];
    int fds[2];
    int port;
    uint64_t counts[TASKS];
    _Atomic int children;
    _Atomic int touched;
    struct exec *execs[TASKS];
};

static void entry(struct exec *ex, void *arg)
{
    struct check *check = arg;
    check->task(ex, check);
}

static void first_touch(size_t index, void *arg)
{
    assert(index < TASKS);
    atomic_fetch_add(&((struct check *)arg)->touched, 1);
}

/* --- the checks, one function a verb --- */

static void check_index(struct exec *ex, struct check *check)
{
    assert(ex->index < TASKS);
    check->counts[ex->index]++;
    exec_progress(ex, 7);
}

static void check_stop(struct exec *ex, struct check *check)
{
    while (exec_safepoint(ex)) {
        check->counts[ex->index]++;
        exec_yield(ex);
    }
    assert(exec_stopping(ex));
    assert(!exec_safepoint(ex));
}

static void check_handoff(struct exec *ex, struct check *check)
{
    struct exec_event *mine = &check->events[ex->index];
    struct exec_event *next = &check->events[(ex->index + 1) % TASKS];
    for (int i = 0; i < ROUNDS; i++) {
        if (ex->index > 0 || i > 0) {
            exec_wait(ex, mine);
        }
        check->counts[ex->index]++;
        exec_wake(ex, next);
    }
}

/* An event that is set before anybody waits is not lost. */
static void check_event_kept(struct exec *ex, struct check *check)
{
    struct exec_event event = {0};
    exec_wake(ex, &event);
    exec_wait(ex, &event);
    check->counts[ex->index]++;
}

/* Whoever ran on its stack or thread before has left nothing. */
static void child(struct exec *ex, void *arg)
{
    assert(exec_steps(ex) == 0 && !exec_stopping(ex));
    exec_yield(ex);
    exec_progress(ex, 7);
    atomic_fetch_add((_Atomic int *)arg, 1);
}

static void check_spawn(struct exec *ex, struct check *check)
{
    for (int i = 0; i < ROUNDS / 10; i++) {
        struct exec_child *children[3];
        for (int k = 0; k < 3; k++) {
            assert(exec_spawn(ex, child, &check->children, &children[k]) == 0);
        }
        for (int k = 0; k < i % 5; k++) { /* they may have ended or not */
            exec_yield(ex);
        }
        for (int k = 0; k < 3; k++) {
            exec_join(ex, children[i % 2 ? k : 2 - k]);
        }
    }
    check->counts[ex->index]++;
}

static void check_sleep(struct exec *ex, struct check *check)
{
    for (int i = 0; i < 5; i++) {
        uint64_t deadline = clock_now_ns() + (ex->index + 1) * 200 * NS_PER_US;
        exec_sleep_until(ex, deadline);
        assert(clock_now_ns() >= deadline);
    }
    exec_sleep_until(ex, 1); /* long past */
    check->counts[ex->index]++;
}

static void write_all(struct exec *ex, int fd)
{
    static const char data[4096] = {[0 ... 4095] = 'x'};
    for (size_t done = 0; done < BIG;) {
        ssize_t n = exec_write(ex, fd, data, sizeof(data));
        assert(n > 0);
        done += (size_t)n;
    }
}

/* More than a pipe holds, so that both sides have to wait; then its end. */
static void check_pipe(struct exec *ex, struct check *check)
{
    char data[1000];
    if (ex->index == 0) {
        write_all(ex, check->fds[1]);
        exec_close(ex, check->fds[1]);
    } else if (ex->index == 1) {
        ssize_t n;
        while ((n = exec_read(ex, check->fds[0], data, sizeof(data))) > 0) {
            check->counts[1] += (uint64_t)n;
        }
        assert(n == 0);
        assert(check->counts[1] == BIG);
        exec_close(ex, check->fds[0]);
    }
    check->counts[ex->index] = 1;
}

/* The reader is gone: an error code, no signal. One task only: another one's
 * new pair could get the number of a descriptor that was just closed. */
static void check_broken_pipe(struct exec *ex, struct check *check)
{
    check->counts[ex->index]++;
    if (ex->index != 0) {
        return;
    }
    int pair[2];
    assert(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    close(pair[1]);
    assert(exec_send(ex, pair[0], "x", 1) == -EPIPE);
    exec_close(ex, pair[0]);
    assert(exec_recv(ex, pair[0], &pair, 1) == -EBADF);
}

static int client(const struct check *check)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)check->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0);
    assert(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
    return fd;
}

static void echo_until_end(struct exec *ex, int fd)
{
    char byte;
    ssize_t n;
    while ((n = exec_recv(ex, fd, &byte, 1)) == 1) {
        assert(exec_send(ex, fd, &byte, 1) == 1);
    }
    assert(n == 0);
    exec_close(ex, fd);
}

static void check_accept(struct exec *ex, struct check *check)
{
    if (ex->index == 0) {
        int fd = exec_accept(ex, check->fds[0]);
        assert(fd >= 0);
        echo_until_end(ex, fd);
        exec_close(ex, check->fds[0]);
    } else if (ex->index == 1) {
        int fd = client(check);
        for (int i = 0; i < ROUNDS; i++) {
            char byte = (char)i;
            char back = 0;
            assert(exec_send(ex, fd, &byte, 1) == 1);
            assert(exec_recv(ex, fd, &back, 1) == 1);
            assert(back == byte);
        }
        exec_close(ex, fd);
    }
    check->counts[ex->index] = 1;
}

static void nap(void *arg)
{
    usleep(2000);
    ++*(uint64_t *)arg;
}

static void check_file(struct exec *ex, struct check *check)
{
    char data[16];
    FILE *file = tmpfile();
    assert(file);
    int fd = fileno(file);
    assert(exec_pwrite(ex, fd, "hello", 5, 3) == 5);
    assert(exec_fdatasync(ex, fd) == 0);
    assert(exec_pread(ex, fd, data, sizeof(data), 4) == 4);
    assert(memcmp(data, "ello", 4) == 0);
    assert(exec_pread(ex, fd, data, sizeof(data), 8) == 0);
    assert(exec_pread(ex, -1, data, 1, 0) == -EBADF);
    fclose(file);
    check->counts[ex->index] = 1;
}

static void check_blocking(struct exec *ex, struct check *check)
{
    uint64_t naps = 0;
    for (int i = 0; i < 3; i++) {
        exec_blocking(ex, nap, &naps, EXEC_EXECUTOR);
        exec_blocking(ex, nap, &naps, EXEC_INLINE);
        exec_detached(ex, nap, &naps);
    }
    assert(naps == 9);
    check->counts[ex->index] = 1;
}

struct sum {
    uint64_t n;
    uint64_t result;
};

static void add_up(struct exec *here, void *arg)
{
    struct sum *sum = arg;
    for (uint64_t i = 1; i <= sum->n && exec_safepoint(here); i++) {
        sum->result += i;
        if (i % 500 == 0) {
            exec_yield(here);
        }
    }
    exec_detached(here, nap, &sum->result);
    exec_blocking(here, nap, &sum->result, EXEC_EXECUTOR);
}

static void check_offload(struct exec *ex, struct check *check)
{
    for (int i = 0; i < 3; i++) {
        struct sum sum = {.n = 1000};
        exec_offload(ex, add_up, &sum);
        assert(sum.result == 500500 + 2);
    }
    check->counts[ex->index] = 1;
}

/* Task 0 does not come back; the others would wait for ever. */
static void check_crash(struct exec *ex, struct check *check)
{
    (void)check;
    if (ex->index == 0) {
        raise(SIGKILL);
    }
    exec_sleep_until(ex, UINT64_MAX / 2);
}

/* --- the run around them --- */

/* Only task 0 of check_pipe may keep the pipe open. */
static void leave(size_t index, void *arg)
{
    const struct check *check = arg;
    if (check->task == check_pipe && index == 0) {
        close(check->fds[1]);
    }
}

static const struct exec_model *find_model(const char *name)
{
    for (size_t i = 0; models[i]; i++) {
        if (strcmp(models[i]->unit.name, name) == 0) {
            return models[i];
        }
    }
    return NULL;
}

static const struct lock_policy *find_lock(const char *name)
{
    for (size_t i = 0; name && locks[i]; i++) {
        if (strcmp(locks[i]->unit.name, name) == 0) {
            return locks[i];
        }
    }
    return NULL;
}

/* "loops=2" of the command line, or NULL. */
static const char *setting;

static void apply_setting(struct params *params)
{
    char key[32];
    const char *value = setting ? strchr(setting, '=') : NULL;
    if (value) {
        snprintf(key, sizeof(key), "%.*s", (int)(value - setting), setting);
        must(params_set(params, key, value + 1, NULL) == 0);
    }
}

static void run_check(const struct exec_model *model,
                      const struct lock_policy *lock, struct check *check)
{
    static const int pus[TASKS] = {PU_UNBOUND, PU_UNBOUND, PU_UNBOUND,
                                   PU_UNBOUND};
    _Atomic uint32_t phase = EXEC_MEASURE;
    struct diag diag = {0};
    struct params params = {0};
    params_add(&params, model->unit.params);
    params_add(&params, lock ? lock->unit.params : NULL);
    apply_setting(&params);
    if (lock && model->lock_param) {
        must(params_set(&params, model->lock_param, lock->unit.name, &diag) ==
             0);
    }
    struct exec_setup setup = {.params = &params,
                               .lock = lock ? &lock->unit : NULL,
                               .tasks = TASKS,
                               .pus = pus,
                               .phase = &phase,
                               .entry = entry,
                               .first_touch = first_touch,
                               .leave = leave,
                               .arg = check};
    struct exec_run *run = NULL;
    const struct exec_thread *threads;
    struct exec_stats stats;
    must(model->create(&setup, &run, &diag) == 0);
    must(model->start(run, check->execs, &diag) == 0);
    assert(check->touched == TASKS);
    assert(model->threads(run, &threads) >= 1);
    assert(threads[0].tid > 0);
    model->go(run);
    if (check->task == check_stop) {
        usleep(20000);
        model->stats(run, &stats);
        model->stop(run);
    }
    model->join(run);
    if (check->task == check_crash) {
        assert(model->failure(run, &diag) < 0);
        assert(strstr(diag.text, "killed by signal 9"));
        model->destroy(run);
        return;
    }
    assert(!model->failure || model->failure(run, &diag) == 0);
    model->stats(run, &stats);
    assert(stats.has_lock == (lock != NULL));
    if (lock && (lock->promises & LOCK_EXCLUDES)) {
        assert(stats.lock.acquisitions >= (model->lock_param ? 1 : TASKS));
    }
    for (int i = 0; i < TASKS; i++) {
        assert(check->execs[i]->index == (uint32_t)i);
        if (check->task == check_index) {
            assert(exec_steps(check->execs[i]) == 7);
        }
        assert(check->task == check_stop || check->counts[i] > 0);
    }
    model->destroy(run);
}

static void listening_socket(struct check *check)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0);
    assert(bind(fd, (struct sockaddr *)&address, size) == 0);
    assert(listen(fd, 8) == 0);
    assert(getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    check->fds[0] = fd;
    check->port = ntohs(address.sin_port);
}

/* Tasks that wait for each other share memory; only a process can crash and
 * leave somebody to tell. */
static bool applies(const struct exec_model *model,
                    void (*task)(struct exec *, struct check *))
{
    return (task != check_handoff || model->sharing >= EXEC_SHARES_MEMORY) &&
           (task != check_crash || model->workers);
}

static void make_check(const struct exec_model *model,
                       const struct lock_policy *lock,
                       void (*task)(struct exec *, struct check *))
{
    struct check *check = mapping_new(sizeof(*check), true);
    check->task = task;
    if (task == check_pipe) {
        assert(pipe(check->fds) == 0);
    }
    if (task == check_accept) {
        listening_socket(check);
    }
    run_check(model, lock, check);
    if (task == check_handoff) {
        assert(check->counts[TASKS - 1] == ROUNDS);
    }
    if (task == check_spawn) {
        assert(check->children == TASKS * (ROUNDS / 10) * 3);
    }
    mapping_free(check, sizeof(*check));
}

int main(int argc, char **argv)
{
    static void (*const tasks[])(struct exec *, struct check *) = {
        check_index,  check_stop,     check_handoff, check_event_kept,
        check_spawn,  check_sleep,    check_pipe,    check_broken_pipe,
        check_accept, check_blocking, check_offload, check_file,
        check_crash};
    assert(argc >= 2);
    const struct exec_model *model = find_model(argv[1]);
    const struct lock_policy *lock = find_lock(argc > 2 ? argv[2] : NULL);
    struct diag diag = {0};
    assert(model);
    setting = argc > 2 ? argv[2] : NULL;
    assert(lock ? model->takes_lock || model->lock_param : !model->takes_lock);
    struct params params = {0};
    params_add(&params, lock ? lock->unit.params : NULL);
    const char *why = lock ? unit_cannot_run(&lock->unit, &params) : NULL;
    if (!why && model->unsupported) {
        params_add(&params, model->unit.params);
        const struct exec_question question = {.params = &params,
                                               .lock =
                                                   lock ? &lock->unit : NULL,
                                               .tasks = TASKS};
        why = model->unsupported(&question);
    }
#ifdef __SANITIZE_THREAD__
    /* It takes each task for a thread, and one lets go what another took. */
    if (!why && model->lock_param && lock && !strcmp(argv[2], "mutex")) {
        why = "ThreadSanitizer does not know that its holder is the loop";
    }
#endif
    if (why) {
        printf("%s cannot run here: %s\n", argv[argc - 1], why);
        return 77;
    }
    must(binding_init(&diag) == 0);
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
        if (applies(model, tasks[i])) {
            make_check(model, lock, tasks[i]);
        }
    }
    binding_deinit();
    return 0;
}
