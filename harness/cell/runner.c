/* SPDX-License-Identifier: MIT */
#include "harness/cell/runner.h"

#include "harness/base/cleanup.h"
#include "harness/base/clock.h"
#include "harness/base/limits.h"
#include "harness/base/must.h"
#include "harness/cell/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

enum {
    ANSWER_MAX = 256 << 20,
    COMPLAINT_MAX = 64 << 10,
    AT_ONCE = 64 << 10,
    LOOK_MS = 500,
    PIPE_MAX = 1 << 20, /* /proc/sys/fs/pipe-max-size */
};

/* One of the process's two output pipes. */
struct stream {
    int fd;
    char *text;
    size_t size;
    size_t max;
};

struct process {
    pid_t pid;
    int pid_fd;
    struct stream out;
    struct stream err;
};

static void process_deinit(struct process *process)
{
    close_p(&process->pid_fd);
    close_p(&process->out.fd);
    close_p(&process->err.fd);
    free(process->out.text);
    free(process->err.text);
}

/* The request as a file without a name: no pipe that could fill up. */
static int request_file(const char *text)
{
    int fd = (int)syscall(SYS_memfd_create, "cell", 1u /* MFD_CLOEXEC */);
    size_t size = strlen(text);
    if (fd >= 0 && (write(fd, text, size) != (ssize_t)size ||
                    lseek(fd, 0, SEEK_SET) < 0)) {
        close(fd);
        return -EIO;
    }
    return fd < 0 ? -errno : fd;
}

/* `ret_not_run`: 0, or why the program cannot be run: an outcome. */
static int process_start(const struct runner_request *request,
                         struct process *process, int *ret_not_run)
{
    int out[2] = {-1, -1};
    int err[2] = {-1, -1};
    int rc = 0;
    _cleanup_(close_p) int in = request_file(request->text);
    if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0) {
        rc = in < 0 ? in : -errno;
    }
    *ret_not_run = 0;
    if (rc == 0) {
        rc =
            spawn_program(request, (int[3]){in, out[1], err[1]}, &process->pid);
        *ret_not_run = rc == -EAGAIN || rc == -ENOMEM ? 0 : rc;
    }
    close_p(&out[1]);
    close_p(&err[1]);
    process->out = (struct stream){.fd = out[0], .max = ANSWER_MAX};
    process->err = (struct stream){.fd = err[0], .max = COMPLAINT_MAX};
    if (rc == 0) {
        process->pid_fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
        fcntl(out[0], F_SETFL, O_NONBLOCK);
        fcntl(err[0], F_SETFL, O_NONBLOCK);
    }
    return rc;
}

/* Reads what is there, which is no more than a pipe holds; what is written
 * meanwhile must not keep us here. At the end of file the pipe is closed. */
static void stream_read(struct stream *stream)
{
    char chunk[AT_ONCE];
    ssize_t n = 1;
    for (int i = 0; i < PIPE_MAX / AT_ONCE; i++) {
        n = read(stream->fd, chunk, sizeof(chunk));
        if (n <= 0) {
            break;
        }
        size_t room = stream->max - stream->size;
        size_t keep = (size_t)n < room ? (size_t)n : room;
        stream->text = realloc(stream->text, stream->size + keep + 1);
        must(stream->text != NULL);
        memcpy(stream->text + stream->size, chunk, keep);
        stream->size += keep;
        stream->text[stream->size] = '\0';
    }
    if (n == 0) {
        close(stream->fd);
        stream->fd = -1;
    }
}

static bool is_interrupted(const struct runner_request *request)
{
    return request->interrupted && *request->interrupted;
}

/* Reads what is there; true: the process has ended, and all is read. */
static bool take(struct process *process, const struct pollfd fds[3])
{
    bool ended = fds[0].revents != 0;
    if (fds[1].revents || (ended && process->out.fd >= 0)) {
        stream_read(&process->out);
    }
    if (fds[2].revents || (ended && process->err.fd >= 0)) {
        stream_read(&process->err);
    }
    return ended;
}

/* Reads until the process ends. Its end is what counts, not the end of file:
 * a stray child may keep the pipe open. And it counts even after the deadline:
 * the runner itself may have been stopped meanwhile. */
static enum runner_status await_end(const struct runner_request *request,
                                    struct process *process)
{
    uint64_t deadline =
        clock_now_ns() + (uint64_t)(request->timeout_s * (double)NS_PER_S);
    for (;;) {
        struct pollfd fds[3] = {{.fd = process->pid_fd, .events = POLLIN},
                                {.fd = process->out.fd, .events = POLLIN},
                                {.fd = process->err.fd, .events = POLLIN}};
        uint64_t now = clock_now_ns();
        bool late = now >= deadline;
        if (is_interrupted(request)) {
            return RUNNER_INTERRUPTED;
        }
        /* A signal between the question above and poll() is not lost: it is
         * seen at the next look. */
        uint64_t ms = late ? 0 : (deadline - now) / NS_PER_MS + 1;
        ms = ms < LOOK_MS ? ms : LOOK_MS;
        if (poll(fds, 3, (int)ms) > 0 && take(process, fds)) {
            return RUNNER_ANSWERED;
        }
        if (late) {
            return RUNNER_TIMEOUT;
        }
    }
}

/* The last line of what it said on stderr, without our own prefix. */
static const char *last_words(struct stream *err)
{
    if (!err->text) {
        return NULL;
    }
    while (err->size > 0 && err->text[err->size - 1] == '\n') {
        err->text[--err->size] = '\0';
    }
    const char *line = strrchr(err->text, '\n');
    line = line ? line + 1 : err->text;
    static const char prefix[] = "gilbench: ";
    if (strncmp(line, prefix, sizeof(prefix) - 1) == 0) {
        line += sizeof(prefix) - 1;
    }
    return *line ? line : NULL;
}

static char *describe_end(struct process *process, int status)
{
    char text[1280];
    const char *words = last_words(&process->err);
    if (WIFSIGNALED(status)) {
        snprintf(text, sizeof(text), "killed by signal %d (%s)%s%s",
                 WTERMSIG(status), strsignal(WTERMSIG(status)),
                 words ? ": " : "", words ? words : "");
    } else if (WEXITSTATUS(status) != 0) {
        snprintf(text, sizeof(text), "%s (exit code %d)",
                 words ? words : "no reason given", WEXITSTATUS(status));
    } else {
        snprintf(text, sizeof(text), "gave no answer");
    }
    diag_clean(text);
    char *copy = strdup(text);
    must(copy != NULL);
    return copy;
}

static void conclude(const struct runner_request *request,
                     struct process *process, int wait_status,
                     struct runner_outcome *outcome)
{
    char text[96];
    outcome->exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    bool fine = outcome->exit_code == 0;
    switch (outcome->status) {
    case RUNNER_TIMEOUT:
        snprintf(text, sizeof(text), "no answer within %.0f s",
                 request->timeout_s);
        outcome->reason = strdup(text);
        break;
    case RUNNER_INTERRUPTED:
        outcome->reason = strdup("interrupted");
        break;
    default:
        if (fine && process->out.size > 0) {
            outcome->answer = steal(&process->out.text);
        } else {
            outcome->status = RUNNER_FAILED;
            outcome->reason = describe_end(process, wait_status);
        }
    }
}

static void conclude_not_run(const struct runner_request *request, int rc,
                             struct runner_outcome *outcome)
{
    outcome->status = RUNNER_FAILED;
    outcome->exit_code = -1;
    must(asprintf(&outcome->reason, "cannot run %s: %s", request->program,
                  strerror(-rc)) >= 0);
    diag_clean(outcome->reason);
}

int runner_run(const struct runner_request *request, struct runner_outcome *ret,
               struct diag *diag)
{
    struct process process = {
        .pid_fd = -1, .out = {.fd = -1}, .err = {.fd = -1}};
    *ret = (struct runner_outcome){0};
    uint64_t begin = clock_now_ns();
    int not_run;
    int rc = process_start(request, &process, &not_run);
    if (rc < 0) {
        process_deinit(&process);
        if (not_run) {
            conclude_not_run(request, not_run, ret);
            return 0;
        }
        return diag_set(diag, rc, "cannot start a cell's process: %s%s",
                        strerror(-rc), limits_remedy(rc));
    }
    ret->status = await_end(request, &process);
    if (ret->status != RUNNER_ANSWERED) {
        kill(-process.pid, SIGKILL);
        kill(process.pid, SIGKILL);
    }
    int status = 0;
    while (waitpid(process.pid, &status, 0) < 0 && errno == EINTR) {
    }
    kill(-process.pid, SIGKILL); /* a generator that outlived its cell */
    ret->wall_s = (double)(clock_now_ns() - begin) / (double)NS_PER_S;
    conclude(request, &process, status, ret);
    process_deinit(&process);
    return 0;
}

void runner_outcome_deinit(struct runner_outcome *outcome)
{
    free(outcome->answer);
    free(outcome->reason);
    *outcome = (struct runner_outcome){0};
}
