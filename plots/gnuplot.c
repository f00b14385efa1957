/* SPDX-License-Identifier: MIT */
#include "plots/gnuplot.h"

#include "harness/base/cleanup.h"
#include "harness/base/must.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOG_NAME "gnuplot.log"

extern char **environ;

static int is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           access(path, X_OK) == 0;
}

int gnuplot_find(char *path, size_t size, struct diag *diag)
{
    const char *list = getenv("PATH");
    _cleanup_(free_p) char *copy = strdup(list ? list : "/usr/bin:/bin");
    must(copy != NULL);
    char *rest = copy;
    for (char *folder; (folder = strsep(&rest, ":"));) {
        /* A relative entry would mean another program after the chdir. */
        if (*folder == '/' &&
            (size_t)snprintf(path, size, "%s/gnuplot", folder) < size &&
            is_program(path)) {
            return 0;
        }
    }
    return diag_set(diag, -EINVAL,
                    "gnuplot is not installed and draws the figures; install "
                    "it with: apt-get install gnuplot-nox");
}

/* The first line of what gnuplot wrote that is no more than a pointer. */
static void read_complaint(const char *folder, char *text, size_t size)
{
    char path[512];
    snprintf(text, size, "no reason given");
    snprintf(path, sizeof(path), "%s/" LOG_NAME, folder);
    _cleanup_(fclose_p) FILE *log = fopen(path, "re");
    char line[256];
    while (log && fgets(line, sizeof(line), log)) {
        line[strcspn(line, "\r\n")] = '\0';
        const char *begin = line + strspn(line, " \t^");
        if (*begin) {
            snprintf(text, size, "%s", begin);
        }
    }
}

static int spawn(const struct gnuplot_job *job, pid_t *ret)
{
    char *const argv[] = {(char *)"gnuplot",     (char *)"-d",
                          (char *)"-c",          (char *)job->script,
                          (char *)job->argument, NULL};
    posix_spawn_file_actions_t actions;
    must(posix_spawn_file_actions_init(&actions) == 0);
    must(posix_spawn_file_actions_addchdir_np(&actions, job->folder) == 0);
    must(posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY,
                                          0) == 0);
    must(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY,
                                          0) == 0);
    must(posix_spawn_file_actions_addopen(
             &actions, 2, LOG_NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600) == 0);
    int error = posix_spawn(ret, job->program, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return -error;
}

int gnuplot_run(const struct gnuplot_job *job, struct diag *diag)
{
    pid_t pid;
    int r = spawn(job, &pid);
    if (r < 0) {
        return diag_set(diag, r, "cannot start %s: %s", job->program,
                        strerror(-r));
    }
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR) {
            return diag_set(diag, -errno, "lost gnuplot: %s", strerror(errno));
        }
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return 0;
    }
    char complaint[256];
    read_complaint(job->folder, complaint, sizeof(complaint));
    return diag_set(diag, -EIO, "gnuplot failed at %s: %s", job->script,
                    complaint);
}
