# SPDX-License-Identifier: MIT
# title: Model and real lock: how far they are apart
# read: Medians over pairs of processes of one round. Filled: the interval is
#     within 10 % of 1 (grey); open: it reaches beyond; square: it is outside.
#     KS: how far both distributions are apart, and how far chance brings them.
# size: 960x300
#
# table: release
# kind: versus
# heading: Time to release and take, nobody waits
# select: workload=micro_switch model=gil_threads lock=cpython3*|libpython tasks=1
# series: lock
# label: tasks
# versus: lock=libpython
# y: 1/steps_per_s
#
# table: handoff
# kind: versus
# heading: Time of a hand-off
# select: workload=micro_handoff model=gil_threads lock=cpython3*|libpython tasks=2
# series: lock
# label: placement
# versus: lock=libpython
# y: 1/steps_per_s
#
# table: forced
# kind: versus
# heading: Forced switch: median echo beside one CPU task
# select: workload=mixed_convoy model=gil_threads lock=cpython3*|libpython cpu_tasks=1
# series: lock
# label: switch_interval_us
# versus: lock=libpython
# y: latency_p50_ns
#
# table: convoy
# kind: versus
# heading: Convoy: mean time from echo to echo
# select: workload=mixed_convoy model=gil_threads lock=cpython3*|libpython cpu_tasks=0|2|4
# series: lock
# label: cpu_tasks switch_interval_us
# versus: lock=libpython
# y: 1/steps_per_s
#
# table: throughput
# kind: versus
# heading: CPU-bound throughput, by that of one task
# select: workload=cpu_loop model=gil_threads lock=cpython3*|libpython
# series: lock
# label: tasks
# versus: lock=libpython
# y: steps_per_s
# relative_to: tasks=1
#
# table: switches
# kind: versus
# heading: Their voluntary switches
# select: workload=cpu_loop model=gil_threads lock=cpython3*|libpython tasks=2|4|16|64
# series: lock
# label: tasks
# versus: lock=libpython
# y: voluntary_switches_per_s
#
# table: chatty
# kind: versus
# heading: Inverse convoy: turns beside a holder (hold, gap)
# select: workload=mixed_chatty model=gil_threads lock=cpython3*|libpython
# series: lock
# label: hold_us gap_ns
# versus: lock=libpython
# y: steps_per_s

FORMAT = ARG1
TOGETHER = 1
WITHOUT_LEGEND = 1
ROW_HEIGHT = 17
# In a terminal, 10 pixels are a character.
ROOM_LEFT = FORMAT eq "term" ? 470 : 430
ROOM_RIGHT = FORMAT eq "term" ? 350 : 246
load "style.gp"

HEADING_ROW = 3
N = int(X_MAX) + 1
array LABEL[N]
array OWN[N]
array OTHER[N]
array RATIO[N]
array DISTANCE[N]
array KIND[N]
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (R = int(column(1)) + 1, KIND[R] = int(column(6)), LABEL[R] = strcol(7), \
     OWN[R] = strcol(8), OTHER[R] = strcol(9), RATIO[R] = strcol(10), \
     DISTANCE[R] = strcol(11), 0) nooutput
}

# The columns, in pixels from the left.
COLUMN_LABEL = 28
COLUMN_OWN = 350
COLUMN_OTHER = TERM ? 445 : 420
COLUMN_RATIO = WIDTH - (TERM ? 335 : 230)
COLUMN_DISTANCE = WIDTH - (TERM ? 105 : 84)
HEADER = TERM ? -1.5 : -0.9
eval place(1)
do for [i = 1:NOTES] { unset label 400 + i } # its rows have no room for them
set label 601 "model" at screen left(COLUMN_OWN), first HEADER right font ",10" \
  textcolor rgb PALE
set label 602 "real" at screen left(COLUMN_OTHER), first HEADER right font ",10" \
  textcolor rgb PALE
set label 603 "ratio [95 %]" at screen left(COLUMN_RATIO), first HEADER left \
  font ",10" textcolor rgb PALE
set label 604 "KS (chance)" at screen left(COLUMN_DISTANCE), first HEADER left \
  font ",10" textcolor rgb PALE
do for [i = 1:N] {
  IS_HEADING = KIND[i] == HEADING_ROW
  set label 1000 + i LABEL[i] at screen left(IS_HEADING ? 16 : COLUMN_LABEL), \
    first i - 1 left noenhanced font (IS_HEADING ? ",11" : ",10") \
    textcolor rgb (IS_HEADING ? INK : PALE)
  set label 2000 + i OWN[i] at screen left(COLUMN_OWN), first i - 1 right \
    noenhanced font ",10" textcolor rgb INK
  set label 3000 + i OTHER[i] at screen left(COLUMN_OTHER), first i - 1 right \
    noenhanced font ",10" textcolor rgb INK
  set label 4000 + i RATIO[i] at screen left(COLUMN_RATIO), first i - 1 left \
    noenhanced font ",10" textcolor rgb INK
  set label 5000 + i DISTANCE[i] at screen left(COLUMN_DISTANCE), \
    first i - 1 left noenhanced font ",10" textcolor rgb INK
}

# Never narrower than a factor of 2; what is beyond 10 stands at the edge.
LOW = Y_MIN > 0.5 ? 0.5 : Y_MIN < 0.1 ? 0.1 : Y_MIN / 1.1
HIGH = Y_MAX < 2 ? 2 : Y_MAX > 10 ? 10 : Y_MAX * 1.1
cut(x) = x < LOW ? LOW : x > HIGH ? HIGH : x
set logscale x 10
set xrange [LOW:HIGH]
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
set border 1
if (TERM) { set xtics (0.1, 1, 10) } else {
  set xtics (0.1, 0.2, 0.5, 1, 2, 5, 10)
  if (HIGH < 8 * LOW) { set xtics add (0.8, 1.25) }
}
set xlabel "model / real"
if (!TERM) {
  set object 1 rectangle from first 0.9, graph 0 to first 1.1, graph 1 behind \
    fillcolor rgb 0xE4E4E4 fillstyle solid noborder
}
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back \
  linecolor rgb PALE linewidth 1
# A mark of the verdict `v`: 0 within, 1 open, 2 outside.
marked(v) = column(6) == v ? cut(column(2)) : NaN
plot NaN notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using (cut($3)):1:(cut($4) - cut($3)):(0) with vectors nohead \
    linecolor rgb INK linewidth BAR notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b using (marked(0)):1 with points \
    pointtype (TERM ? 15 : 7) pointsize SIZE linecolor rgb COLOURS[2] notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b using (marked(1)):1 with points \
    pointtype (TERM ? 15 : 7) pointsize SIZE linecolor rgb 0xFFFFFF notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b using (marked(1)):1 with points \
    pointtype (TERM ? 15 : 6) pointsize SIZE linecolor rgb INK notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b using (marked(2)):1 with points \
    pointtype (TERM ? 24 : 5) pointsize SIZE linecolor rgb COLOURS[1] notitle
unset multiplot
