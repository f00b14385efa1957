/* SPDX-License-Identifier: MIT */
#include "harness/cell/spawn.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

#define RUNNER  "GILBENCH_RUNNER="
#define PADDING "GILBENCH_PADDING="

enum { PADDING_MAX = 4096 };

/* The variables that are ours to set. */
struct own_variables {
    char runner[sizeof(RUNNER) + 20];
    char padding[sizeof(PADDING) + PADDING_MAX];
};

static void own_variables_init(struct own_variables *own, unsigned padding)
{
    size_t n = padding < PADDING_MAX ? padding : PADDING_MAX;
    snprintf(own->runner, sizeof(own->runner), RUNNER "%ld", (long)getpid());
    memset(own->padding, 0, sizeof(own->padding));
    memcpy(own->padding, PADDING, sizeof(PADDING) - 1);
    memset(own->padding + sizeof(PADDING) - 1, 'x', n);
}

static bool is_own(const char *variable)
{
    return strncmp(variable, RUNNER, sizeof(RUNNER) - 1) == 0 ||
           strncmp(variable, PADDING, sizeof(PADDING) - 1) == 0;
}

/* Ours and the runner's; borrows all texts. */
static char **environment_new(struct own_variables *own)
{
    size_t n = 0;
    while (environ[n]) {
        n++;
    }
    char **all = must_calloc(n + 3, sizeof(*all));
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (!is_own(environ[i])) {
            all[kept++] = environ[i];
        }
    }
    all[kept++] = own->runner;
    all[kept] = own->padding;
    return all;
}

static void attributes_init(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t handled; /* and SIGPIPE, which is ignored */
    sigemptyset(&none);
    sigemptyset(&handled);
    sigaddset(&handled, SIGINT);
    sigaddset(&handled, SIGTERM);
    sigaddset(&handled, SIGPIPE);
    must(posix_spawnattr_init(attributes) == 0);
    must(posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
                                                  POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF) == 0);
    must(posix_spawnattr_setpgroup(attributes, 0) == 0);
    must(posix_spawnattr_setsigmask(attributes, &none) == 0);
    must(posix_spawnattr_setsigdefault(attributes, &handled) == 0);
}

int spawn_program(const struct runner_request *request, const int fds[3],
                  pid_t *ret)
{
    const char *argument = request->argument ? request->argument : "cell";
    char *argv[] = {(char *)request->program, (char *)argument, NULL};
    struct own_variables own;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    own_variables_init(&own, request->padding);
    _cleanup_(free_p) char **environment = environment_new(&own);
    attributes_init(&attributes);
    must(posix_spawn_file_actions_init(&actions) == 0);
    for (int i = 0; i < 3; i++) {
        must(posix_spawn_file_actions_adddup2(&actions, fds[i], i) == 0);
    }
    int rc = posix_spawn(ret, request->program, &actions, &attributes, argv,
                         environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -rc;
}

void spawn_die_with_runner(void)
{
    const char *text = getenv("GILBENCH_RUNNER");
    pid_t runner = text ? (pid_t)strtol(text, NULL, 10) : -1;
    if (getppid() != runner) { /* nobody's, or a wrapper stands between */
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != runner) {
        _exit(EXIT_FAILURE); /* it died before the line above */
    }
}
