# SPDX-License-Identifier: MIT
# title: How much of its time a task waits for the lock
# read: The part of the tasks' time, summed over all of them, in which they wait
#     for the interpreter lock. The rest they compute, or wait for something
#     else. At 0 the lock costs nothing; of N that only compute, about N - 1 wait.
# size: 960x300
#
# table: waiting
# kind: rows
# select: workload=cpu_loop|cpu_compress|cpu_lua|io_tcp_echo|io_blocking_call
#     model=gil_threads|gil_per_interpreter|processes lock!=null tasks!=1
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000 rate_per_s=0
#     state=private hook=yes program=recursion stop_world_ms=0
# split: facet
# facet: workload
# series: model lock
# label: model lock tasks
# y: lock_wait_share*100
#
# table: requests
# kind: rows
# select: workload=mixed_request
#     model=gil_threads|gil_per_interpreter|processes lock!=null tasks!=1
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000 threads=0
# split: facet
# facet: workload
# series: model lock
# label: model lock tasks
# y: lock_wait_share*100
#
# table: convoy
# kind: rows
# select: workload=mixed_convoy
#     model=gil_threads|gil_per_interpreter|processes lock!=null
# prefer: placement=per_core lock=cpython3 switch_interval_us=5000
# split: facet
# facet: workload
# series: model lock
# label: model lock tasks cpu_tasks
# y: lock_wait_share*100

FORMAT = ARG1
TOGETHER = 1
ROW_HEIGHT = 17
# In a terminal, 10 pixels are a character.
ROOM_LEFT = 350
ROOM_RIGHT = FORMAT eq "term" ? 240 : 150
load "style.gp"

HEADING_ROW = 3
N = int(X_MAX) + 1
array LABEL[N]
array SHARE[N]
array KIND[N]
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (R = int(column(1)) + 1, KIND[R] = int(column(6)), LABEL[R] = strcol(7), \
     SHARE[R] = strcol(9), 0) nooutput
}
# What stands beside the panel has the room it needs; headings may reach over.
LONGEST = 12
do for [i = 1:N] {
  L = KIND[i] == HEADING_ROW ? 0 : strlen(fit(LABEL[i], 40))
  LONGEST = L > LONGEST ? L : LONGEST
}
if (!TERM) { eval room_left(44 + 6.2 * LONGEST) }
HEADER = TERM ? -1.5 : -0.9
COLUMN_SHARE = WIDTH - (TERM ? 225 : 135)
eval place(1)
do for [i = 1:NOTES] { unset label 400 + i } # its rows have no room for them
set label 601 "% of the time [95 %]" at screen left(COLUMN_SHARE), \
  first HEADER left font ",10" textcolor rgb PALE
do for [i = 1:N] {
  IS_HEADING = KIND[i] == HEADING_ROW
  set label 1000 + i fit(LABEL[i], 40) at screen left(IS_HEADING ? 16 : 28), \
    first i - 1 left noenhanced font (IS_HEADING ? ",11" : ",10") \
    textcolor rgb (IS_HEADING ? INK : PALE)
  if (!IS_HEADING) {
    set label 2000 + i SHARE[i] at screen left(COLUMN_SHARE), first i - 1 \
      left noenhanced font ",10" textcolor rgb INK
  }
}

set xrange [0:100]
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
if (!TERM) { set grid xtics linecolor rgb 0xD0D0D0 linewidth 0.8 dashtype 1 }
set border 1
set xtics 0, 20, 100
set xlabel "% of the tasks' time spent waiting for the lock (← lower is better)"
plot NaN notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using ($6 == HEADING_ROW ? NaN : $2 / 2):1:(0):2:($1 - 0.3):($1 + 0.3) \
    with boxxyerror fillstyle solid 0.75 noborder fillcolor rgb colour_of(b) \
    notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using 3:1:($4 - $3):(0) with vectors heads size screen BAR_HEAD, 90 \
    linecolor rgb INK linewidth BAR notitle, \
  for [b = 1:(TERM ? BLOCKS : 0)] DATA index BLOCK + b \
    using ($6 == HEADING_ROW ? NaN : $2):1 with points pointtype point_of(b) \
    notitle
unset multiplot
