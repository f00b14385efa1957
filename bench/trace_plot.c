/* SPDX-License-Identifier: MIT */
#include "bench/trace_plot.h"

#include "bench/plot_store.h"
#include "bench/trace_read.h"
#include "plots/timeline_figure.h"

#include <errno.h>

static int draw(const void *picture, enum figure_format format, FILE *out,
                struct diag *diag)
{
    return timeline_figure_draw((const struct timeline_figure *)picture, format,
                                out, diag);
}

int trace_plot(const struct figure_request *request, struct diag *diag)
{
    struct trace_stored stored;
    int rc = trace_read_stored(request->document, &stored, diag);
    if (rc < 0) {
        return rc;
    }
    struct timeline_figure figure = {.timeline = &stored.timeline,
                                     .title = trace_title(stored.loop),
                                     .subtitle = stored.cell,
                                     .gnuplot = request->gnuplot};
    for (int i = 0; i < TIMELINE_STATES; i++) {
        figure.states[i] =
            trace_state_word(stored.loop, false, (enum timeline_state)i);
    }
    timeline_figure_excerpt(&stored.timeline, &figure.begin_ns, &figure.end_ns);
    rc = plot_store(request, "timeline", draw, &figure, diag);
    timeline_deinit(&stored.timeline);
    return rc;
}
