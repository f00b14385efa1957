# SPDX-License-Identifier: MIT
# title: What a yield takes, with more and more tasks
# read: A flat line means that more tasks make no yield dearer. What rises has
#     left a cache: a task with a stack is a page of memory, a state machine
#     two lines. floor switches straight from task to task, without a
#     scheduler.
# size: 900x380
#
# table: yields
# select: workload=micro_switch model=coop_tasks|peer tasks=2|1*0 depth=0
# series: model program
# label: model program
# x: tasks
# y: 1/steps_per_s

FORMAT = ARG1
load "style.gp"

eval LOG_X
eval log_y(Y_MIN, Y_MAX)
set xlabel "tasks"
set format y seconds
do for [p = 1:DRAWN] {
  eval place(p)
  eval y_label(p, is_left(p) ? "time of a yield (↓ lower is better)" : "")
  plot NaN notitle, @LINES
}
unset multiplot
