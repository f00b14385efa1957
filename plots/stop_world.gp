# SPDX-License-Identifier: MIT
# title: Stopping the world: how long it takes until all tasks stand still
# read: From a collector's request until every task has come to a safepoint or
#     is detached: left the median, right the longest one of a process. With
#     more tasks than PUs it waits for tasks that are not on a PU at all.
# size: 960x300
#
# table: median
# select: workload=cpu_loop yield_steps=0 stop_world_ms=[!0]*
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000
# series: model lock loops
# x: tasks
# y: stop_world_p50_ns/1e9
#
# table: longest
# select: workload=cpu_loop yield_steps=0 stop_world_ms=[!0]*
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000
# series: model lock loops
# x: tasks
# y: stop_world_max_ns/1e9

FORMAT = ARG1
load "style.gp"

title(table) = table eq "median" ? "median" : "longest"

eval LOG_X
eval log_y(Y_MIN, Y_MAX)
set xlabel "tasks"
set format y seconds
do for [p = 1:DRAWN] {
  eval place(p)
  set title title(PANEL_TABLE[p]) font HEADING
  eval y_label(p, is_left(p) ? "time to stop (↓ lower is better)" : "")
  plot NaN notitle, @LINES
}
unset multiplot
