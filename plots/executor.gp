# SPDX-License-Identifier: MIT
# title: Jobs in the executor: an echo beside computing that was sent away
# read: How long the echo of one connection on an event loop takes, by percentile,
#     beside jobs that compute on the executor's threads. Without a lock they are
#     out of the way; with one the loop has to get it back after every poll.
# size: 960x260
#
# table: echo
# kind: percentiles
# select: workload=mixed_executor
# prefer: placement=per_core
# facet: model lock
# series: cpu_tasks
# split: facet
# zero: the echo is not served

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
  eval y_label(p, is_left(p) ? "latency of the echo (↓ lower is better)" : "")
  plot NaN notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using 1:($6 == 0 ? $2 : NaN) with lines linecolor rgb colour_of(b) \
      dashtype dash_of(b) linewidth LINE notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using 1:(bar_low(3)):(0):($4 - bar_low(3)) with vectors heads size screen BAR_HEAD, 90 \
      linecolor rgb colour_of(b) linewidth BAR notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
      using ($1 + shift(b)):($6 == 1 ? $2 : NaN) with points \
      linecolor rgb colour_of(b) pointtype point_of(b) pointsize SIZE notitle
}
unset multiplot
