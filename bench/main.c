/* SPDX-License-Identifier: MIT */
#include "bench/command.h"
#include "bench/registry.h"
#include "harness/base/suggest.h"
#include "harness/record/build_info.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_usage(FILE *out)
{
    fprintf(out, "gilbench measures how threads under a global interpreter "
                 "lock, cooperative\ntasks on an event loop and GIL-free "
                 "threads compare on this machine.\n\nusage: gilbench COMMAND "
                 "[OPTION ...]\n\ncommands:\n");
    for (size_t i = 0; registry_commands[i]; i++) {
        fprintf(out, "  %-10s %s\n", registry_commands[i]->name,
                registry_commands[i]->summary);
    }
    fprintf(out,
            "\n`gilbench COMMAND --help` says more; `gilbench --version` "
            "prints build facts.\n\n"
            "exit codes: 0 fine; 1 slower or a claim refuted; 2 usage or bad "
            "input;\n3 unclear; 4 a cell failed, timed out, or nothing ran; "
            "5 not comparable\n");
}

static void print_help(const struct command *command)
{
    printf("usage: gilbench %s\n\n%s\n", command->usage, command->summary);
    if (command->help) {
        printf("\n%s", command->help);
    }
}

static void print_version(void)
{
    json_t *facts = build_info();
    const char *key;
    json_t *value;
    printf("gilbench %s\n",
           json_string_value(json_object_get(facts, "version")));
    json_object_foreach(facts, key, value)
    {
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        if (strcmp(key, "version") != 0) {
            printf("%s: %s\n", key, text);
        }
        free(text);
    }
    json_decref(facts);
}

static const struct command *find_command(const char *name, struct diag *diag)
{
    const char *names[64];
    size_t n = 0;
    for (; registry_commands[n] && n < ARRAY_LEN(names); n++) {
        names[n] = registry_commands[n]->name;
        if (strcmp(name, names[n]) == 0) {
            return registry_commands[n];
        }
    }
    const char *close = suggest(name, names, n);
    diag_set(diag, -EINVAL, "no such command: %s%s%s%s; see gilbench --help",
             name, close ? " (did you mean " : "", close ? close : "",
             close ? "?)" : "");
    return NULL;
}

static int wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return 1;
        }
    }
    return 0;
}

static int complain(const struct diag *diag, int rc)
{
    fprintf(stderr, "gilbench: %s\n",
            diag->text[0] ? diag->text : strerror(-rc));
    switch (rc) {
    case -EINVAL:
        return EXIT_USAGE;
    case -EPROTO:
        return EXIT_NOT_COMPARABLE;
    default:
        return EXIT_CELL_FAILED;
    }
}

/* What could not be written must not look like what was; said once. */
static int close_stdout(int exit_code)
{
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (!written && exit_code != EXIT_USAGE) {
        fprintf(stderr, "gilbench: cannot write to stdout: %s\n",
                strerror(errno));
    }
    return written ? exit_code : EXIT_USAGE;
}

static int run_command(int argc, char **argv)
{
    struct diag diag = {0};
    const struct command *command = find_command(argv[0], &diag);
    if (!command) {
        return complain(&diag, -EINVAL);
    }
    if (wants_help(argc, argv)) {
        print_help(command);
        return EXIT_FINE;
    }
    int rc = command->run(argc, argv, &diag);
    return rc < 0 ? complain(&diag, rc) : rc;
}

/* The number of a closed standard stream would go to the next file that is
 * opened. For reading only: what is written there still fails, and is said. */
static void hold_standard_streams(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDONLY);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    close(fd);
}

int main(int argc, char **argv)
{
    hold_standard_streams();
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_CTYPE, "C.UTF-8");
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return close_stdout(EXIT_FINE);
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return close_stdout(EXIT_FINE);
    }
    return close_stdout(run_command(argc - 1, argv + 1));
}
