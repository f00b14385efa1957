/* SPDX-License-Identifier: MIT */
/* The exit code of a selftest, from documents that are judged already. */
#undef NDEBUG
#include "bench/command.h"
#include "bench/selftest.h"
#include "harness/record/json_value.h"

#include <assert.h>

/* A comparison of two cells, one with a pair and one with `status`. */
static json_t *make(int exit_code, int slower, const char *status, int pairs,
                    bool interrupted)
{
    json_t *json = json_pack(
        "{s{sb} s[{ss s[i]} {ss so}] s{si si si}}", "comparison", "interrupted",
        interrupted, "cells", "status", "ok", "pairs", 1, "status", status,
        "pairs", pairs ? json_pack("[i]", 1) : json_array(), "verdict",
        "exit_code", exit_code, "slower", slower, "faster", 0);
    assert(json);
    return json;
}

/* Takes both. */
static int code_of(json_t *equal, json_t *injected)
{
    struct selftest selftest = {.equal = equal, .injected = injected};
    int code = selftest_exit_code(&selftest);
    json_decref(equal);
    json_decref(injected);
    return code;
}

static json_t *quiet(void)
{
    return make(EXIT_FINE, 0, "ok", 1, false);
}

int main(void)
{
    assert(code_of(quiet(), make(EXIT_SLOWER, 1, "ok", 1, false)) == EXIT_FINE);
    assert(code_of(quiet(), quiet()) == EXIT_UNCLEAR);
    assert(code_of(make(EXIT_SLOWER, 1, "ok", 1, false), quiet()) ==
           EXIT_SLOWER);
    /* One class was found slower, which does not hide what another lacks. */
    assert(code_of(quiet(), make(EXIT_SLOWER, 1, "failed", 1, false)) ==
           EXIT_CELL_FAILED);
    assert(code_of(quiet(), make(EXIT_SLOWER, 1, "timeout", 1, false)) ==
           EXIT_CELL_FAILED);
    assert(code_of(quiet(), make(EXIT_SLOWER, 1, "ok", 0, false)) ==
           EXIT_CELL_FAILED);
    assert(code_of(quiet(), make(EXIT_SLOWER, 1, "ok", 1, true)) ==
           EXIT_CELL_FAILED);
    return 0;
}
