# SPDX-License-Identifier: MIT
# title: CPU-bound work: what more tasks bring
# read: Throughput relative to one task of the same line: where a line follows
#     the grey ideal, tasks run in parallel; a line that stays at 1 has one PU,
#     whatever the number of tasks.
# size: 960x280
#
# table: speed_up
# select: workload=cpu_loop|cpu_json|cpu_compress
# prefer: placement=per_core switch_interval_us=5000 lock=cpython3
# facet: workload release
# series: model lock
# x: tasks
# y: steps_per_s
# relative_to: tasks=1

FORMAT = ARG1
WITH_IDEAL = 1
load "style.gp"

ideal(x) = x < X_MIN ? NaN : PUS > 0 && x > PUS ? PUS : x
if (PUS > 0) {
  set arrow 1 from first PUS, graph 0 to first PUS, graph 0.97 nohead back \
    dashtype 3 linecolor rgb PALE
  set label 1 sprintf("%d PU%s", PUS, PUS == 1 ? "" : "s") \
    at first PUS, graph 0.04 offset 0.5, 0 font ",10" textcolor rgb PALE
}
eval LOG_X
set logscale y 2
Y_LOW = Y_MIN > 0.55 ? 0.5 : Y_MIN > 0.1 ? Y_MIN / 1.1 : 0.1
set yrange [Y_LOW:1.25 * (Y_MAX > PUS ? Y_MAX : PUS)]
set samples 1000
set xlabel "tasks"
do for [p = 1:DRAWN] {
  eval place(p)
  set title heading(p) font HEADING
  eval y_label(p, is_left(p) ? "speed-up over 1 task (↑ higher is better)" : "")
  plot ideal(x) with lines linewidth 5 linecolor rgb GREY notitle, @LINES
}
unset multiplot
