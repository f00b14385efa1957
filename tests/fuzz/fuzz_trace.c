/* SPDX-License-Identifier: MIT */
/*
 * Whatever a file of trace events holds, reading it ends with 0 or with
 * -EINVAL and one line; what was read keeps to the order and the bounds that
 * the picture relies on. See driver.c for how this runs.
 */
#undef NDEBUG
#include "bench/trace_read.h"
#include "harness/base/cleanup.h"
#include "plots/timeline_figure.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void is_tame(const char *text)
{
    for (; *text; text++) {
        assert((unsigned char)*text >= 0x20 && *text != 0x7f);
    }
}

static void check_lane(const struct timeline *timeline,
                       const struct timeline_lane *lane)
{
    uint64_t time_ns = 0;
    is_tame(lane->name);
    for (size_t i = 0; i < lane->n_spans; i++) {
        const struct timeline_span *span = &lane->spans[i];
        assert(span->state < TIMELINE_STATES);
        assert(time_ns <= span->begin_ns && span->begin_ns <= span->end_ns);
        time_ns = span->end_ns;
    }
    assert(time_ns <= timeline->length_ns);
    time_ns = 0;
    for (size_t i = 0; i < lane->n_points; i++) {
        assert(time_ns <= lane->points[i].time_ns);
        assert(lane->points[i].other <= timeline->n);
        time_ns = lane->points[i].time_ns;
    }
}

static void check(const struct trace_stored *stored)
{
    const struct timeline *timeline = &stored->timeline;
    uint64_t begin_ns = 0;
    uint64_t end_ns = 0;
    is_tame(stored->cell);
    for (size_t i = 0; i < timeline->n; i++) {
        check_lane(timeline, &timeline->lanes[i]);
    }
    timeline_figure_excerpt(timeline, &begin_ns, &end_ns);
    assert(begin_ns <= end_ns && end_ns <= timeline->length_ns);
    timeline_figure_size(timeline, begin_ns, end_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = json_loadb((const char *)data, size, 0, NULL);
    struct trace_stored stored;
    struct diag diag = {{0}};
    if (!json) {
        return 0;
    }
    int rc = trace_read_stored(json, &stored, &diag);
    if (rc == 0) {
        check(&stored);
        timeline_deinit(&stored.timeline);
    } else {
        assert(rc == -EINVAL && *diag.text && !strchr(diag.text, '\n'));
    }
    json_decref(json);
    return 0;
}
