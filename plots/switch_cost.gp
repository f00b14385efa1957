# SPDX-License-Identifier: MIT
# title: What it costs to change tasks
# read: In micro_handoff a token goes round and every step is one task woken by
#     another. In micro_switch every task only yields in turn; beside it the
#     same per switch that took place, because a yield that nobody takes is no
#     switch.
# size: 960x300
#
# table: handoff
# select: workload=micro_handoff
# prefer: placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock
# x: tasks
# y: 1/steps_per_s
#
# table: yield
# select: workload=micro_switch model=[!p]*|p[!e]*
# prefer: placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock
# x: tasks
# y: 1/steps_per_s
#
# table: taken
# select: workload=micro_switch model=[!p]*|p[!e]*
# prefer: placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock
# x: tasks
# y: 1/switches_per_s

FORMAT = ARG1
load "style.gp"

title(table) = table eq "handoff" ? "per hand-off (micro_handoff)" : \
  table eq "yield" ? "per yield (micro_switch)" : "per switch (micro_switch)"

eval LOG_X
eval log_y(Y_MIN, Y_MAX)
set xlabel "tasks"
set format y seconds
do for [p = 1:DRAWN] {
  eval place(p)
  set title title(PANEL_TABLE[p]) font HEADING
  eval y_label(p, is_left(p) ? "time (↓ lower is better)" : "")
  plot NaN notitle, @LINES
}
unset multiplot
