# SPDX-License-Identifier: MIT
# title: I/O-bound work: echo over TCP with more and more connections
# read: Left, how much is served; right, how long a round trip takes. A model
#     that overlaps waiting rises with the tasks until its PU is busy; from
#     there on more tasks only wait longer.
# size: 960x320
#
# table: throughput
# select: workload=io_tcp_echo model=[!p]*|p[!e]*
# prefer: rate_per_s=0 placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock
# x: tasks
# y: steps_per_s
#
# table: latency
# select: workload=io_tcp_echo model=[!p]*|p[!e]*
# prefer: rate_per_s=0 placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock
# x: tasks
# y: latency_p99_ns*1e-9 or latency_p50_ns*1e-9

FORMAT = ARG1
load "style.gp"

percentile(metric) = metric eq "latency_p99_ns" ? "p99" : \
  metric eq "latency_p50_ns" ? "p50 (median)" : "latency"

eval LOG_X
set xlabel "tasks (one connection each)"
do for [p = 1:DRAWN] {
  eval place(p)
  eval log_y(PANEL_Y_MIN[p], PANEL_Y_MAX[p])
  if (PANEL_TABLE[p] eq "throughput") {
    set title "throughput" font HEADING
    eval y_label(p, "round trips per second (↑ higher is better)")
    set format y counts
  } else {
    set title percentile(PANEL_METRIC[p]) . " of the round trip" \
      font HEADING
    eval y_label(p, "time (↓ lower is better)")
    set format y seconds
  }
  plot NaN notitle, @LINES
}
unset multiplot
