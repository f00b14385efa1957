/* SPDX-License-Identifier: MIT */
#include "bench/progress.h"

#include "harness/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { PLAIN_EVERY_S = 10 };

void progress_format(double seconds, char *text, size_t size)
{
    unsigned long s = (unsigned long)(seconds + 0.5);
    if (s < 60) {
        snprintf(text, size, "%lu s", s);
    } else if (s < 3600) {
        snprintf(text, size, "%lu:%02lu min", s / 60, s % 60);
    } else {
        snprintf(text, size, "%lu:%02lu h", s / 3600, s / 60 % 60);
    }
}

void progress_init(struct progress *progress, bool quiet, size_t total,
                   double planned_s)
{
    *progress = (struct progress){.quiet = quiet,
                                  .terminal = isatty(STDERR_FILENO) == 1,
                                  .what = "repetitions",
                                  .total = total,
                                  .planned_s = planned_s,
                                  .last_ns = clock_now_ns()};
}

/* What is left, as planned, scaled by how the past went. */
static double seconds_left(const struct progress *progress)
{
    double scale = progress->spent_planned_s > 1.0
                       ? progress->spent_s / progress->spent_planned_s
                       : 1.0;
    return progress->planned_s * scale;
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 20) {
        return 80;
    }
    return size.ws_col;
}

static void show_on_terminal(const struct progress *progress, const char *left,
                             const char *what)
{
    char line[512];
    int percent = (int)(100 * progress->done / progress->total);
    snprintf(line, sizeof(line), "%3d %%  %zu/%zu  %s left  %s", percent,
             progress->done, progress->total, left, what);
    fprintf(stderr, "\r\033[K%.*s", terminal_width() - 1, line);
}

void progress_show(struct progress *progress, const char *what)
{
    char left[32];
    if (progress->quiet || progress->total == 0) {
        return;
    }
    progress_format(seconds_left(progress), left, sizeof(left));
    if (progress->terminal) {
        show_on_terminal(progress, left, what);
        return;
    }
    uint64_t now = clock_now_ns();
    if (now - progress->last_ns >= PLAIN_EVERY_S * NS_PER_S) {
        progress->last_ns = now;
        fprintf(stderr, "%zu of %zu %s, %s left\n", progress->done,
                progress->total, progress->what, left);
    }
}

void progress_step(struct progress *progress, double planned_s, double took_s)
{
    progress->done++;
    progress->planned_s -= planned_s;
    progress->spent_planned_s += planned_s;
    progress->spent_s += took_s;
}

void progress_end(struct progress *progress)
{
    if (!progress->quiet && progress->terminal) {
        fprintf(stderr, "\r\033[K");
    }
}
