# SPDX-License-Identifier: MIT
# title: The models in between: what more tasks bring, and what each takes
# read: Left, throughput relative to one task of the same line: the grey ideal
#     is one PU a task. Right, the memory that one more task takes: the same
#     work for less is further down.
# size: 960x340
#
# table: speed_up
# select: workload=cpu_loop|cpu_lua
# prefer: placement=per_core lock=cpython3 yield_steps=0
#     state=private hook=yes program=recursion stop_world_ms=0 warmup_ms=20
# facet: workload
# series: model lock loops
# x: tasks
# y: steps_per_s
# relative_to: tasks=1
#
# table: memory
# select: workload=io_sleep
# prefer: placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock loops
# x: tasks
# y: rss_bytes_per_task/1024

FORMAT = ARG1
WITH_IDEAL = 1
load "style.gp"

ideal(x) = x < X_MIN ? NaN : PUS > 0 && x > PUS ? PUS : x
eval LOG_X
set samples 1000
set xlabel "tasks"
do for [p = 1:DRAWN] {
  eval place(p)
  if (PANEL_TABLE[p] eq "speed_up") {
    set title heading(p) font HEADING
    set logscale y 2
    set format y "%g"
    set autoscale x
    set offsets graph 0.06, graph 0.01, 0, 0
    set yrange [PANEL_Y_MIN[p] > 0.55 ? 0.5 : PANEL_Y_MIN[p] / 1.1:\
      1.25 * (PANEL_Y_MAX[p] > PUS ? PANEL_Y_MAX[p] : PUS)]
    eval y_label(p, is_left(p) ? "speed-up over 1 task (↑ higher is better)" \
      : "")
    plot ideal(x) with lines linewidth 5 linecolor rgb GREY notitle, @LINES
  } else {
    set title "memory a task (io_sleep)" font HEADING
    set autoscale x
    set offsets graph 0.06, graph 0.01, 0, 0
    eval log_y(PANEL_Y_MIN[p], PANEL_Y_MAX[p])
    set format y "%g"
    eval y_label(p, "KiB a task (↓ lower is better)")
    plot NaN notitle, @LINES
  }
}
unset multiplot
