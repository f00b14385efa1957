/* SPDX-License-Identifier: MIT */
/* Whatever a cell's process does is an outcome. */
#undef NDEBUG
#include "harness/cell/runner.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char program[] = "/tmp/gilbench-runner-XXXXXX";
static volatile sig_atomic_t interrupted;

/* A program that is this shell script. */
static void write_program(const char *script)
{
    FILE *file = fopen(program, "w");
    assert(file);
    fprintf(file, "#!/bin/sh\n%s\n", script);
    assert(fclose(file) == 0);
    assert(chmod(program, 0700) == 0);
}

static struct runner_outcome run(const char *script, double timeout_s)
{
    struct runner_outcome outcome;
    struct diag diag = {0};
    struct runner_request request = {.program = program,
                                     .text = "{\"the\": \"request\"}",
                                     .padding = 100,
                                     .timeout_s = timeout_s,
                                     .interrupted = &interrupted};
    write_program(script);
    assert(runner_run(&request, &outcome, &diag) == 0);
    assert(outcome.wall_s > 0);
    return outcome;
}

static void expect(const char *script, enum runner_status status,
                   const char *text)
{
    struct runner_outcome outcome = run(script, 30);
    const char *said =
        status == RUNNER_ANSWERED ? outcome.answer : outcome.reason;
    assert(outcome.status == status);
    assert(said && strstr(said, text));
    assert(!strchr(said, '\n') || status == RUNNER_ANSWERED);
    runner_outcome_deinit(&outcome);
}

static void test_answers(void)
{
    expect("cat", RUNNER_ANSWERED, "{\"the\": \"request\"}");
    expect("test \"$1\" = cell && echo yes", RUNNER_ANSWERED, "yes");
    /* more than a pipe holds, on both streams */
    expect("head -c 3000000 /dev/zero | tr '\\0' x; "
           "head -c 300000 /dev/zero | tr '\\0' y >&2",
           RUNNER_ANSWERED, "xxxx");
    /* a child that outlives it does not hold the run up */
    expect("sleep 300 & echo done", RUNNER_ANSWERED, "done");
}

/* What the process is started with: nothing of the runner's signals, which are
 * those of a run and one more that is blocked. */
static void test_surroundings(void)
{
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    assert(sigprocmask(SIG_BLOCK, &blocked, NULL) == 0);
    assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    expect("test \"$GILBENCH_RUNNER\" = $PPID && echo mine", RUNNER_ANSWERED,
           "mine");
    expect("test ${#GILBENCH_PADDING} = 100 && echo padded", RUNNER_ANSWERED,
           "padded");
    expect("test $(cut -d' ' -f5 /proc/$$/stat) = $$ && echo leads",
           RUNNER_ANSWERED, "leads");
    struct runner_outcome outcome;
    struct runner_request request = {.program = "/bin/cat",
                                     .argument = "/proc/self/status",
                                     .text = "",
                                     .timeout_s = 10};
    assert(runner_run(&request, &outcome, NULL) == 0);
    assert(strstr(outcome.answer, "SigBlk:\t0000000000000000\n"));
    /* Of the first 16; posix_spawn() ignores two that are the library's own. */
    assert(strstr(strstr(outcome.answer, "SigIgn:"), "0000\nSigCgt:"));
    runner_outcome_deinit(&outcome);
    assert(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    assert(sigprocmask(SIG_UNBLOCK, &blocked, NULL) == 0);
}

static void test_failures(void)
{
    expect("true", RUNNER_FAILED, "gave no answer");
    expect("exit 3", RUNNER_FAILED, "exit code 3");
    expect("echo first >&2; echo gilbench: the reason >&2; exit 2",
           RUNNER_FAILED, "the reason (exit code 2)");
    expect("kill -SEGV $$", RUNNER_FAILED, "Segmentation fault");
    expect("kill -KILL $$", RUNNER_FAILED, "signal 9");
}

static void test_timeout(void)
{
    struct runner_outcome outcome = run("echo early; sleep 300", 0.2);
    assert(outcome.status == RUNNER_TIMEOUT);
    assert(!outcome.answer && strstr(outcome.reason, "no answer within"));
    runner_outcome_deinit(&outcome);
    /* one that never stops talking */
    outcome = run("exec yes", 0.2);
    assert(outcome.status == RUNNER_TIMEOUT);
    runner_outcome_deinit(&outcome);
}

/* A runner that was stopped beyond the deadline (Ctrl-Z) does not take a cell
 * that has answered meanwhile for a hung one. */
static void test_stopped(void)
{
    pid_t runner = getpid();
    pid_t pid = fork();
    assert(pid >= 0);
    if (pid == 0) {
        usleep(300000);
        kill(runner, SIGSTOP);
        usleep(3000000);
        kill(runner, SIGCONT);
        _exit(0);
    }
    struct runner_outcome outcome = run("sleep 1; echo done", 2.5);
    assert(outcome.status == RUNNER_ANSWERED);
    runner_outcome_deinit(&outcome);
    assert(waitpid(pid, NULL, 0) == pid);
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void test_interrupt(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    assert(sigaction(SIGALRM, &action, NULL) == 0);
    alarm(1);
    struct runner_outcome outcome = run("sleep 300", 60);
    assert(outcome.status == RUNNER_INTERRUPTED);
    runner_outcome_deinit(&outcome);
    interrupted = 0;
}

static void test_no_program(void)
{
    struct runner_outcome outcome;
    struct runner_request request = {
        .program = "/nonexistent", .text = "", .timeout_s = 10};
    assert(runner_run(&request, &outcome, NULL) == 0);
    assert(outcome.status == RUNNER_FAILED);
    assert(strstr(outcome.reason, "cannot run /nonexistent"));
    runner_outcome_deinit(&outcome);
}

int main(void)
{
    int fd = mkstemp(program);
    assert(fd >= 0);
    close(fd);
    test_answers();
    test_surroundings();
    test_failures();
    test_timeout();
    test_stopped();
    test_interrupt();
    test_no_program();
    unlink(program);
    return 0;
}
