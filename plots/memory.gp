# SPDX-License-Identifier: MIT
# title: Memory: what one more task takes
# read: Resident memory of the process with all tasks alive, less that before
#     they were started, by the number of tasks (with fewer than 8 it would be
#     rounding to pages). The kernel's own memory of a thread is not in it.
# size: 960x300
#
# table: memory
# select: workload=micro_handoff|io_tcp_echo|io_sleep tasks!=1|2|4
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000
#     poller=epoll rate_per_s=0
# facet: workload
# series: model lock
# x: tasks
# y: rss_bytes_per_task/1024

FORMAT = ARG1
load "style.gp"

eval LOG_X
set xlabel "tasks"
eval log_y(Y_MIN, Y_MAX)
set format y "%g"
do for [p = 1:DRAWN] {
  eval place(p)
  set title heading(p) font HEADING
  eval y_label(p, is_left(p) ? "KiB a task (↓ lower is better)" : "")
  plot NaN notitle, @LINES
}
unset multiplot
