/* SPDX-License-Identifier: MIT */
/* A selftest as a document: results/schema/selftest.json. */
#include "bench/compare_row.h"
#include "bench/selftest.h"
#include "harness/base/must.h"
#include "harness/record/json_value.h"

#include <math.h>

static json_t *percent(double ratio)
{
    return json_number(isfinite(ratio) ? ratio * 100.0 : (double)NAN);
}

static json_t *copy_of(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    return value ? json_incref(value) : json_null();
}

/* What one of the two comparisons said. */
static json_t *finding_of(const json_t *metric)
{
    if (!metric) {
        return json_null();
    }
    json_t *json = json_pack(
        "{so so so so so}", "verdict", copy_of(metric, "verdict"), "ratio",
        copy_of(metric, "ratio"), "low", copy_of(metric, "low"), "high",
        copy_of(metric, "high"), "n", copy_of(metric, "n"));
    must(json != NULL);
    return json;
}

static json_t *class_of(const struct selftest_row *row)
{
    bool any = row->equal != NULL;
    double smallest = any ? row->smallest : (double)NAN;
    json_t *json = json_pack(
        "{so so so so so so so so so so so so}", "class",
        copy_of(row->cell, "class"), "id", copy_of(row->cell, "id"), "status",
        copy_of(row->cell, "status"), "reason", copy_of(row->cell, "reason"),
        "margin_pct", copy_of(row->equal, "margin_pct"), "spread_pct",
        copy_of(row->equal, "spread_pct"), "false_alarms_without_margin_pct",
        any ? percent(row->alarms_plain) : json_null(), "false_alarms_pct",
        any ? percent(row->alarms) : json_null(), "smallest_change_pct",
        percent(smallest), "comparison_s",
        isfinite(smallest) ? json_number(row->seconds) : json_null(), "equal",
        finding_of(row->equal), "injected", finding_of(row->injected));
    must(json != NULL);
    return json;
}

json_t *selftest_to_json(const struct selftest *selftest)
{
    const struct compare_request *request = selftest->request;
    json_t *classes = json_array();
    for (size_t i = 0; i < selftest->n; i++) {
        json_array_append_new(classes, class_of(&selftest->rows[i]));
    }
    const json_t *options = json_object_get(selftest->equal, "comparison");
    json_t *json = json_pack(
        "{si so so s{sI sI so sI so sI so} so si so}", "schema_version", 1,
        "gilbench", copy_of(selftest->equal, "gilbench"), "context",
        copy_of(selftest->equal, "context"), "selftest", "pairs",
        (json_int_t)request->pairs, "inject_permille",
        (json_int_t)request->inject_permille, "estimator",
        copy_of(options, "estimator"), "trials", (json_int_t)SELFTEST_TRIALS,
        "power", json_number(SELFTEST_POWER), "seed", (json_int_t)request->seed,
        "took_s", json_number(selftest->took_s), "classes", classes,
        "exit_code", selftest_exit_code(selftest), "warnings",
        copy_of(selftest->equal, "warnings"));
    must(json != NULL);
    return json;
}
