/* SPDX-License-Identifier: MIT */
/* gilbench verdict: what a result says of the claims. */
#include "bench/command.h"
#include "bench/option.h"
#include "bench/verdict_text.h"
#include "claims/claim_text.h"
#include "harness/record/document.h"
#include "harness/record/json_value.h"

#include <errno.h>
#include <getopt.h>
#include <unistd.h>

enum {
    OPTION_JSON = 256,
    OPTION_GATE,
};

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"gate", no_argument, NULL, OPTION_GATE},
    {0},
};

struct arguments {
    const char *result;
    bool json;
    bool gate;
};

static int parse_arguments(int argc, char **argv, struct arguments *ret,
                           struct diag *diag)
{
    int option;
    opterr = 0;
    optind = 1;
    while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
        if (option == OPTION_JSON) {
            ret->json = true;
        } else if (option == OPTION_GATE) {
            ret->gate = true;
        } else {
            return option_refused(option, argv, diag);
        }
    }
    if (optind + 1 != argc) {
        return diag_set(diag, -EINVAL,
                        optind == argc ? "verdict: which result? give a file "
                                         "that gilbench run has written"
                                       : "verdict: one result at a time");
    }
    ret->result = argv[optind];
    return 0;
}

static void count_verdicts(const json_t *verdict, size_t counts[4])
{
    size_t i;
    const json_t *claim;
    json_array_foreach(json_object_get(verdict, "claims"), i, claim)
    {
        const char *word = json_string_value(json_object_get(claim, "verdict"));
        for (size_t k = 0; k < 4; k++) {
            counts[k] += strcmp(claim_verdict_words[k], word) == 0;
        }
    }
}

static void write_json(const json_t *document, size_t counts[4])
{
    _cleanup_(json_decref_p) json_t *verdict = claims_to_json(document);
    count_verdicts(verdict, counts);
    json_dumpf(verdict, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
    putchar('\n');
}

static int cmd_verdict(int argc, char **argv, struct diag *diag)
{
    struct arguments arguments = {0};
    _cleanup_(json_decref_p) json_t *document = NULL;
    size_t counts[4] = {0};
    int r = parse_arguments(argc, argv, &arguments, diag);
    if (r == 0) {
        r = document_load(arguments.result, &document, diag);
    }
    if (r < 0) {
        return r;
    }
    if (arguments.json) {
        write_json(document, counts);
    } else {
        bool colour = isatty(STDOUT_FILENO) == 1 && !getenv("NO_COLOR");
        verdict_print(document, stdout, colour, counts);
    }
    if (!arguments.gate) {
        return EXIT_FINE;
    }
    if (counts[CLAIM_HOLDS] + counts[CLAIM_REFUTED] + counts[CLAIM_UNCLEAR] ==
        0) {
        return diag_set(diag, -ENODATA,
                        "the result has the cells of no claim; measure the "
                        "plan quick");
    }
    return counts[CLAIM_REFUTED] > 0 ? EXIT_SLOWER : EXIT_FINE;
}

const struct command command_verdict = {
    .name = "verdict",
    .usage = "verdict RESULT [--json] [--gate]",
    .summary = "say which of the seven claims hold",
    .help =
        "A claim has parts, each with a ratio and a bound (gilbench list "
        "claims).\n\n"
        "  holds         the whole 95 % interval is on the right side of the "
        "bound\n"
        "  refuted       all of it is beyond\n"
        "  unclear       it reaches over, or there are fewer than 6 pairs of "
        "processes\n"
        "  not measured  the result lacks the cells\n\n"
        "A claim is refuted if one of its parts is, else unclear if one is, "
        "else not\nmeasured if one is, else it holds. What decides are the "
        "cells of the lock\ncpython3, one task a core, all else at its "
        "default; other locks, placements and\nparameters are told beside "
        "them, marked as aside. Below each part stands the\ncommand that "
        "measures it again.\n\n"
        "  --json   the same as a document (results/schema/verdict.json)\n"
        "  --gate   exit 1 if a claim is refuted, 4 if nothing was "
        "measured\n",
    .run = cmd_verdict,
};
