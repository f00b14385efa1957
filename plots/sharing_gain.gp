# SPDX-License-Identifier: MIT
# title: What running in parallel brings, by what the tasks share
# read: Throughput of two tasks by that of one, over pairs of processes. At 2
#     both run as if alone; left of 1 the second one makes it slower than one.
#     The rows named plain ran under the GIL, all others without a lock around all.
# size: 960x300
#
# table: counter
# kind: versus
# heading: shared_counter
# select: workload=shared_counter tasks=1|2 yield_steps=0
# series: sharing
# label: model lock switch_interval_us strategy sharing write_pct
# row_name: strategy
# versus: tasks=1
# y: steps_per_s
#
# table: refcount
# kind: versus
# heading: shared_refcount
# select: workload=shared_refcount tasks=1|2 yield_steps=0
# series: sharing
# label: model lock switch_interval_us strategy sharing write_pct
# row_name: strategy
# versus: tasks=1
# y: steps_per_s
#
# table: map
# kind: versus
# heading: shared_map
# select: workload=shared_map tasks=1|2 yield_steps=0
# series: sharing
# label: model lock switch_interval_us strategy sharing write_pct
# row_name: strategy
# versus: tasks=1
# y: steps_per_s
#
# table: vector
# kind: versus
# heading: shared_vector
# select: workload=shared_vector tasks=1|2 yield_steps=0
# series: sharing
# label: model lock switch_interval_us strategy sharing write_pct
# row_name: strategy
# versus: tasks=1
# y: steps_per_s

FORMAT = ARG1
TOGETHER = 1
ROW_HEIGHT = 17
ROOM_LEFT = FORMAT eq "term" ? 250 : 170
load "style.gp"

HEADING_ROW = 3
N = int(X_MAX) + 1
array LABEL[N]
array KIND[N]
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (R = int(column(1)) + 1, KIND[R] = int(column(6)), \
     LABEL[R] = strcol(7), 0) nooutput
}
eval place(1)
do for [i = 1:NOTES] { unset label 400 + i } # its rows have no room for them
do for [i = 1:N] {
  IS_HEADING = KIND[i] == HEADING_ROW
  set label 1000 + i LABEL[i] at screen left(IS_HEADING ? 16 : 28), \
    first i - 1 left noenhanced font (IS_HEADING ? ",11" : ",10") \
    textcolor rgb (IS_HEADING ? INK : PALE)
}
LOW = Y_MIN > 0.25 ? 0.2 : Y_MIN < 0.02 ? 0.02 : Y_MIN / 1.1
HIGH = Y_MAX < 2.2 ? 2.4 : Y_MAX > 6 ? 6 : Y_MAX * 1.1
cut(x) = x < LOW ? LOW : x > HIGH ? HIGH : x
set logscale x 10
set xrange [LOW:HIGH]
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
set border 1
set xtics (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5)
set xlabel "throughput of two tasks, by that of one (→ higher is better)"
do for [x = 1:2] {
  set arrow x from first x, graph 0 to first x, graph 1 nohead back \
    linecolor rgb (x == 1 ? PALE : GREY) linewidth (x == 1 ? 1 : 5)
}
# What stands on the same row is a little apart.
apart(b) = TERM ? 0 : 0.22 * ((BLOCK_LEGEND[b] - 1) % 3 - 1)
plot NaN notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using (cut($3)):($1 + apart(b)):(cut($4) - cut($3)):(0) with vectors \
    nohead linecolor rgb colour_of(b) linewidth BAR notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b \
    using (cut($2)):($1 + apart(b)) with points linecolor rgb colour_of(b) \
    pointtype point_of(b) pointsize SIZE notitle
unset multiplot
