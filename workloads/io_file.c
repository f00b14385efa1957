/* SPDX-License-Identifier: MIT */
/*
 * Reads blocks of a file, or writes and syncs them. A regular file is always
 * "ready", so no event loop can wait for it by its descriptor. `via` says what
 * it does: the calls are foreign blocking code, on its own thread or on the
 * executor's, or they are the verbs for files, which are the poller's where it
 * has them.
 *
 * Each task has a small file of its own that is unlinked at once. Reads come
 * from the page cache; writes are made durable with fdatasync. Block b holds
 * what step n with n mod blocks = b has written, and step b before it; what a
 * step writes is a stretch of random bytes that differs from step to step.
 *
 * The latency is the time from one return to the next, as in
 * io_blocking_call.
 */
#include "harness/base/cleanup.h"
#include "harness/base/fd_limit.h"
#include "harness/base/must.h"
#include "harness/base/rng.h"
#include "workloads/verify.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FILE_BYTES   65536 /* of a file, if it holds two blocks or more */
#define PATTERN_SPAN 4096

enum {
    OP_READ,
    OP_WRITE,
};

/* Beyond enum exec_via. */
enum { VIA_POLLER = EXEC_EXECUTOR + 1 };

struct io_file {
    unsigned char *pattern; /* block_bytes + PATTERN_SPAN */
    int *fds;               /* by task */
    size_t n;               /* opened so far */
    size_t block_bytes;
    uint64_t blocks; /* of each file */
};

struct io_file_task {
    int fd;
    const unsigned char *content; /* to write */
    unsigned char *data;          /* read */
    size_t size;
    off_t offset;
    int error; /* of the foreign code: 0 or a negative errno */
};

static const unsigned char *content_of(const struct io_file *state,
                                       size_t index, uint64_t step)
{
    return state->pattern + (index * 61 + step) % PATTERN_SPAN;
}

/* Is `folder` there, and does it keep what is written? */
static bool is_storage(const char *folder)
{
    struct statfs fs;
    return folder && access(folder, W_OK | X_OK) == 0 &&
           statfs(folder, &fs) == 0 && fs.f_type != TMPFS_MAGIC &&
           fs.f_type != RAMFS_MAGIC;
}

static const char *find_folder(void)
{
    const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        if (is_storage(folders[i])) {
            return folders[i];
        }
    }
    return NULL;
}

static const char *io_file_unavailable(void)
{
    return find_folder() ? NULL
                         : "none of $TMPDIR, /var/tmp and /tmp is a writable "
                           "folder on a file system that stores anything";
}

static const char *io_file_unsupported(const struct params *params,
                                       size_t tasks, const char *model)
{
    (void)params;
    (void)model;
    return fd_limit_lacks(tasks);
}

static int write_block(int fd, const unsigned char *content, size_t size,
                       off_t offset)
{
    while (size > 0) {
        ssize_t n = pwrite(fd, content, size, offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        content += n;
        size -= (size_t)n;
        offset += n;
    }
    return 0;
}

static int read_block(int fd, unsigned char *data, size_t size, off_t offset)
{
    while (size > 0) {
        ssize_t n = pread(fd, data, size, offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return n < 0 ? -errno : -EIO;
        }
        data += n;
        size -= (size_t)n;
        offset += n;
    }
    return 0;
}

static int make_file(const char *folder)
{
    char name[4096];
    int n = snprintf(name, sizeof(name), "%s/gilbench-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof(name)) {
        return -ENAMETOOLONG;
    }
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        return -errno;
    }
    unlink(name);
    return fd;
}

static int fill_file(const struct io_file *state, size_t index)
{
    for (uint64_t block = 0; block < state->blocks; block++) {
        int rc = write_block(state->fds[index], content_of(state, index, block),
                             state->block_bytes,
                             (off_t)(block * state->block_bytes));
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static void io_file_init(struct io_file *state, const struct workload_run *run)
{
    state->block_bytes = (size_t)params_get(run->params, "block_bytes");
    state->blocks = FILE_BYTES / state->block_bytes;
    state->blocks = state->blocks < 2 ? 2 : state->blocks;
    state->fds = must_calloc(run->tasks, sizeof(*state->fds));
    size_t size = state->block_bytes + PATTERN_SPAN;
    state->pattern = must_calloc(1, size);
    struct rng rng = {.state = 1};
    for (size_t i = 0; i < size; i++) {
        state->pattern[i] = (unsigned char)rng_next(&rng);
    }
}

static int io_file_prepare(struct workload_run *run, struct diag *diag)
{
    struct io_file *state = run->state;
    const char *folder = find_folder();
    if (!folder) {
        return diag_set(diag, -ENOTSUP, "%s", io_file_unavailable());
    }
    int rc = fd_limit_reserve(run->tasks, diag);
    if (rc < 0) {
        return rc;
    }
    io_file_init(state, run);
    for (; state->n < run->tasks && rc == 0; state->n++) {
        int fd = make_file(folder);
        if (fd < 0) {
            rc = fd;
            break;
        }
        state->fds[state->n] = fd;
        rc = fill_file(state, state->n);
    }
    return rc < 0 ? diag_set(diag, rc, "cannot make a file in %s: %s", folder,
                             strerror(-rc))
                  : 0;
}

/* The foreign code. */
static void call_read(void *arg)
{
    struct io_file_task *task = arg;
    task->error = read_block(task->fd, task->data, task->size, task->offset);
}

static void call_write(void *arg)
{
    struct io_file_task *task = arg;
    task->error =
        write_block(task->fd, task->content, task->size, task->offset);
    if (task->error == 0 && fdatasync(task->fd) < 0) {
        task->error = -errno;
    }
}

/* The same through the verbs. */
static int await_read(struct exec *ex, const struct io_file_task *task)
{
    for (size_t done = 0; done < task->size;) {
        ssize_t n = exec_pread(ex, task->fd, task->data + done,
                               task->size - done, task->offset + (off_t)done);
        if (n <= 0) {
            return n < 0 ? (int)n : -EIO;
        }
        done += (size_t)n;
    }
    return 0;
}

static int await_write(struct exec *ex, const struct io_file_task *task)
{
    for (size_t done = 0; done < task->size;) {
        ssize_t n = exec_pwrite(ex, task->fd, task->content + done,
                                task->size - done, task->offset + (off_t)done);
        if (n <= 0) {
            return n < 0 ? (int)n : -EIO;
        }
        done += (size_t)n;
    }
    return exec_fdatasync(ex, task->fd);
}

static int do_call(struct exec *ex, struct workload_run *run,
                   struct io_file_task *task, bool writes)
{
    int64_t via = params_get(run->params, "via");
    if (via == VIA_POLLER) {
        return writes ? await_write(ex, task) : await_read(ex, task);
    }
    exec_blocking(ex, writes ? call_write : call_read, task,
                  (enum exec_via)via);
    return task->error;
}

/* One read, checked byte by byte, or one write. */
static int do_step(struct exec *ex, struct workload_run *run, uint64_t step)
{
    const struct io_file *state = run->state;
    struct io_file_task *task = workload_task(run, ex);
    uint64_t block = step % state->blocks;
    bool writes = params_get(run->params, "op") == OP_WRITE;
    task->offset = (off_t)(block * state->block_bytes);
    task->content = content_of(state, ex->index, step);
    int rc = do_call(ex, run, task, writes);
    if (rc < 0 || writes) {
        return rc;
    }
    return memcmp(task->data, content_of(state, ex->index, block),
                  state->block_bytes) == 0
               ? 0
               : -EBADMSG;
}

static void io_file_main(struct exec *ex, struct workload_run *run)
{
    const struct io_file *state = run->state;
    struct io_file_task *task = workload_task(run, ex);
    task->fd = state->fds[ex->index];
    task->size = state->block_bytes;
    task->data = must_calloc(1, state->block_bytes);
    uint64_t steps = 0;
    uint64_t last_ns = clock_now_ns();
    while (exec_safepoint(ex)) {
        int rc = do_step(ex, run, steps);
        if (rc < 0) {
            workload_fail(ex, run, rc, "reading or writing its file");
            break;
        }
        uint64_t now_ns = clock_now_ns();
        exec_record(ex, now_ns - last_ns);
        last_ns = now_ns;
        exec_progress(ex, ++steps);
    }
    free(task->data);
}

/* The step that wrote `block` last, of `steps` that were made. */
static uint64_t last_writer(const struct io_file *state, uint64_t block,
                            uint64_t steps)
{
    if (steps <= block) {
        return block; /* prepare did */
    }
    return block + (steps - 1 - block) / state->blocks * state->blocks;
}

static int verify_file(const struct io_file *state, size_t index,
                       uint64_t written, struct diag *diag)
{
    _cleanup_(free_p) unsigned char *data = must_calloc(1, state->block_bytes);
    for (uint64_t block = 0; block < state->blocks; block++) {
        uint64_t step = last_writer(state, block, written);
        int rc = read_block(state->fds[index], data, state->block_bytes,
                            (off_t)(block * state->block_bytes));
        if (rc < 0 || memcmp(data, content_of(state, index, step),
                             state->block_bytes) != 0) {
            return diag_set(diag, -EBADMSG,
                            "task %zu: block %llu of its file is wrong", index,
                            (unsigned long long)block);
        }
    }
    return 0;
}

static int io_file_verify(struct workload_run *run, struct diag *diag)
{
    const struct io_file *state = run->state;
    bool writes = params_get(run->params, "op") == OP_WRITE;
    for (size_t i = 0; i < run->tasks; i++) {
        uint64_t written = writes ? workload_steps(run, i) : 0;
        int rc = verify_file(state, i, written, diag);
        if (rc < 0) {
            return rc;
        }
    }
    return 0;
}

static void io_file_cleanup(struct workload_run *run)
{
    struct io_file *state = run->state;
    for (size_t i = 0; i < state->n; i++) {
        close(state->fds[i]);
    }
    free(state->fds);
    free(state->pattern);
}

static const char *const op_choices[] = {
    [OP_READ] = "read", [OP_WRITE] = "write", NULL};

static const char *const via_choices[] = {[EXEC_INLINE] = "inline",
                                          [EXEC_EXECUTOR] = "executor",
                                          [VIA_POLLER] = "poller",
                                          NULL};

static const struct param io_file_params[] = {
    {.name = "op",
     .help = "read a block, or write and sync it",
     .unit = "",
     .choices = op_choices,
     .def = OP_READ},
    {.name = "block_bytes",
     .help = "size of a block",
     .unit = "bytes",
     .def = 4096,
     .min = 1,
     .max = 1 << 24},
    {.name = "via",
     .help = "how an event loop makes the calls: on its own thread, on the "
             "executor's, or as its poller can (io_uring by itself, others "
             "send them to the executor); threads ignore it",
     .unit = "",
     .choices = via_choices,
     .def = EXEC_INLINE},
    {0},
};

const struct workload workload_io_file = {
    .unit = {.name = "io_file",
             .summary = "reads a file's blocks, or writes and syncs them",
             .params = io_file_params,
             .unavailable = io_file_unavailable},
    .class = WORKLOAD_IO,
    .version = 1,
    .step_name = "one block read, or written and synced",
    .state_size = sizeof(struct io_file),
    .task_size = sizeof(struct io_file_task),
    .unsupported = io_file_unsupported,
    .prepare = io_file_prepare,
    .main = io_file_main,
    .verify = io_file_verify,
    .cleanup = io_file_cleanup,
};
