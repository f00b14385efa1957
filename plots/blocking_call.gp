# SPDX-License-Identifier: MIT
# title: Foreign code that only blocks
# read: Threads block side by side. On an event loop an inline call stops
#     everybody, so its line stays flat; through the executor's threads it
#     rises until their number is reached.
# size: 960x340
#
# table: threads
# select: workload=io_blocking_call model=*_threads
# prefer: via=inline placement=per_core switch_interval_us=5000 lock=cpython3
# series: model lock
# x: tasks
# y: steps_per_s
#
# table: loop
# select: workload=io_blocking_call model=coop_tasks
# prefer: placement=per_core loop_lock=none
# series: model via
# x: tasks
# y: steps_per_s

FORMAT = ARG1
TOGETHER = 1
load "style.gp"

p = 1
eval place(p)
eval LOG_X
eval log_y(Y_MIN, Y_MAX)
set xlabel "tasks"
eval y_label(p, "calls per second (↑ higher is better)")
set format y counts
plot NaN notitle, @LINES
unset multiplot
