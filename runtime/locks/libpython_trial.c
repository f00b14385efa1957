/* SPDX-License-Identifier: MIT */
#include "runtime/locks/libpython_trial.h"

#include "harness/base/cleanup.h"
#include "harness/base/intern.h"
#include "harness/base/must.h"
#include "runtime/locks/libpython_api.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LIMIT_S = 20,
    IS_FREE = 2, /* exit code */
};

/* What came out for one library. */
struct answer {
    struct answer *next;
    const char *why;
    int64_t path;
    bool free;
};

/* The child: its last line on stderr is the reason, if there is one. */
__attribute__((noreturn)) static void try_it(const char *path, int output)
{
    static const struct libpython_pace pace = {5000, 100};
    const struct libpython *python;
    struct diag diag = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    alarm(LIMIT_S);
    int rc = libpython_start(path, &pace, &python, &diag);
    if (rc < 0) {
        dprintf(output, "\n%s\n", diag.text);
        _exit(1);
    }
    python->restore_thread(python->main_state);
    libpython_enter(python);
    _exit(python->facts.free_threaded ? IS_FREE : 0);
}

/* What CPython calls a fatal error, else the last line, or NULL. Changes
 * `text`. */
static const char *reason_in(char *text)
{
    const char *last = NULL;
    char *line;
    while ((line = strsep(&text, "\n")) != NULL) {
        if (strncmp(line, "Fatal Python error: ", 20) == 0) {
            return line;
        }
        last = *line ? line : last;
    }
    return last;
}

static const char *read_reason(const char *path, int output, int status)
{
    char text[8192];
    struct diag diag;
    ssize_t n = pread(output, text, sizeof(text) - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    const char *said = reason_in(text);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        diag_set(&diag, 0, "%s: does not start within %d s", path, LIMIT_S);
    } else if (!said) {
        diag_set(&diag, 0, "%s: cannot start: %s; is the file whole?", path,
                 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it ends");
    } else if (strncmp(said, path, strlen(path)) == 0) {
        diag_set(&diag, 0, "%s", said);
    } else {
        diag_set(&diag, 0, "%s: cannot start: %.200s", path, said);
    }
    return interned(intern(diag.text));
}

static const char *trial(const char *path, bool *ret_free)
{
    _cleanup_(close_p) int output = memfd_create("trial", MFD_CLOEXEC);
    must(output >= 0);
    pid_t child = fork();
    if (child == 0) {
        try_it(path, output);
    }
    if (child < 0) {
        return "no process could be made to try it";
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        must(errno == EINTR);
    }
    *ret_free = WIFEXITED(status) && WEXITSTATUS(status) == IS_FREE;
    return status == 0 || *ret_free ? NULL : read_reason(path, output, status);
}

static const struct answer *answer_for(const char *path)
{
    static struct answer *answers;
    int64_t number = intern(path);
    for (struct answer *answer = answers; answer; answer = answer->next) {
        if (answer->path == number) {
            return answer;
        }
    }
    struct answer *answer = must_calloc(1, sizeof(*answer));
    *answer = (struct answer){.next = answers, .path = number};
    answer->why = trial(path, &answer->free);
    answers = answer;
    return answer;
}

const char *libpython_trial(const char *path)
{
    return answer_for(path)->why;
}

bool libpython_trial_is_free(const char *path)
{
    return answer_for(path)->free;
}
