# SPDX-License-Identifier: MIT
# title: Timers: how late a sleep ends
# read: How long after its due time a sleeping task goes on, by percentile, one
#     panel for each number of sleepers. The kernel may be late by the timer
#     slack; what is above that is the way back to the task, and the lock.
# size: 960x260
#
# table: sleep
# kind: percentiles
# select: workload=io_sleep
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000 sleep_us=1000
#     poller=epoll
# facet: tasks
# series: model lock
# zero: no sleep ended

FORMAT = ARG1
load "style.gp"

X_END = X_MAX < 1 ? 1.05 : X_MAX + 0.05
shift(b) = TERM ? (BLOCK_LEGEND[b] - 1) * X_END / 86 : 0
eval log_y(Y_MIN, Y_MAX)
set xrange [0:X_END]
set xtics ("50" 0.30103, "90" 1, "99" 2, "99.9" 3, "99.99" 4, "99.999" 5)
set xlabel "percentile"
set format y seconds
do for [p = 1:DRAWN] {
  eval place(p)
  set title heading(p) font HEADING
  eval y_label(p, is_left(p) ? "lateness (↓ lower is better)" : "")
  plot NaN notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using 1:($6 == 0 ? $2 : NaN) with lines linecolor rgb colour_of(b) \
      dashtype dash_of(b) linewidth LINE notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using 1:(bar_low(3)):(0):($4 - bar_low(3)) with vectors heads \
      size screen BAR_HEAD, 90 linecolor rgb colour_of(b) linewidth BAR \
      notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
      using ($1 + shift(b)):($6 == 1 ? $2 : NaN) with points \
      linecolor rgb colour_of(b) pointtype point_of(b) pointsize SIZE notitle
}
unset multiplot
