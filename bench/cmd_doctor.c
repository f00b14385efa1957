/* SPDX-License-Identifier: MIT */
/* gilbench doctor: what is noisy here, and what can be done. */
#include "bench/command.h"
#include "bench/doctor_probe.h"
#include "bench/option.h"
#include "harness/base/cacheline.h"
#include "harness/record/build_info.h"
#include "harness/record/context.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>

#define FINDINGS (FINDINGS_OF_CONTEXT + FINDINGS_OF_PROBE + FINDINGS_OF_BUILD)
#define WIDTH    80
#define INDENT   25 /* of the text beside state and title */

static const struct option long_options[] = {
    {"json", no_argument, NULL, 256},
    {0},
};

static int parse_arguments(int argc, char **argv, bool *ret_json,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
        if (option != 256) {
            return option_refused(option, argv, diag);
        }
        *ret_json = true;
    }
    if (optind < argc) {
        return diag_set(diag, -EINVAL, "doctor takes no argument: %s",
                        argv[optind]);
    }
    return 0;
}

static int look(struct finding ret[FINDINGS], struct diag *diag)
{
    struct topology *topology;
    int rc = topology_load(&topology, diag);
    if (rc < 0) {
        return rc;
    }
    json_t *context = context_capture(topology);
    json_t *build = build_info();
    findings_of_context(context, ret);
    findings_of_build(build, ret + FINDINGS_OF_CONTEXT + FINDINGS_OF_PROBE);
    json_decref(context);
    json_decref(build);
    rc = doctor_probe(topology, ret + FINDINGS_OF_CONTEXT, diag);
    topology_free(topology);
    return rc;
}

/* Words of `text` in lines; the first one begins at `column`. */
static void print_wrapped(const char *text, int column)
{
    while (*text) {
        int word = (int)strcspn(text, " ");
        if (column > INDENT && column + 1 + word > WIDTH) {
            printf("\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            putchar(' ');
            column++;
        }
        printf("%.*s", word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

static void print_finding(const struct finding *finding)
{
    printf("%-8s %-15s ", finding_state_name(finding->state), finding->title);
    print_wrapped(finding->message, INDENT);
    if (finding->advice[0]) {
        printf("%*s-> ", INDENT - 3, "");
        print_wrapped(finding->advice, INDENT);
    }
}

static void print_table(const struct finding *findings)
{
    static const char *const heads[] = {"What the kernel tells",
                                        "What measuring it shows",
                                        "This build of gilbench"};
    static const size_t ends[] = {
        FINDINGS_OF_CONTEXT, FINDINGS_OF_CONTEXT + FINDINGS_OF_PROBE, FINDINGS};
    size_t matters = 0;
    size_t i = 0;
    for (size_t part = 0; part < ARRAY_LEN(heads); part++) {
        printf("%s%s\n\n", part ? "\n" : "", heads[part]);
        for (; i < ends[part]; i++) {
            print_finding(&findings[i]);
            matters += findings[i].state == FINDING_MATTERS;
        }
    }
    printf("\n%zu of %d matter", matters, FINDINGS);
    printf(matters ? "; a result names those that its run met as warnings\n"
                   : "\n");
}

static int print_json(const struct finding *findings)
{
    json_t *array = json_array();
    for (size_t i = 0; i < FINDINGS; i++) {
        const struct finding *finding = &findings[i];
        json_array_append_new(
            array,
            json_pack("{ss ss ss so so}", "code", finding->code, "title",
                      finding->title, "state",
                      finding_state_name(finding->state), "message",
                      json_text(finding->message), "advice",
                      json_text(finding->advice[0] ? finding->advice : NULL)));
    }
    json_t *json = json_pack("{so}", "findings", array);
    int rc = json_dumpf(json, stdout, JSON_INDENT(1));
    json_decref(json);
    putchar('\n');
    return rc;
}

static int cmd_doctor(int argc, char **argv, struct diag *diag)
{
    bool json = false;
    struct finding findings[FINDINGS];
    int rc = parse_arguments(argc, argv, &json, diag);
    rc = rc < 0 ? rc : look(findings, diag);
    if (rc < 0) {
        return rc;
    }
    if (!json) {
        print_table(findings);
    }
    return json && print_json(findings) < 0 ? -EIO : EXIT_FINE;
}

const struct command command_doctor = {
    .name = "doctor",
    .usage = "doctor [--json]",
    .summary = "what disturbs measuring on this machine, and what to do",
    .help =
        "Takes about two seconds; all allowed PUs are kept busy for a part of "
        "them. Nothing\nis changed: what could be is said.\n\n"
        "  fine     as it should be\n"
        "  notice   good to know; figures are right as they are\n"
        "  matters  figures from here are worth less; a result has it as a "
        "warning\n"
        "  unknown  this kernel or machine does not tell\n\n"
        "--json writes the same as one JSON object.\n",
    .run = cmd_doctor,
};
