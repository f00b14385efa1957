# SPDX-License-Identifier: MIT
# title: What making shared objects safe costs one task alone
# read: Time per step of one task, by that of plain operations under the GIL,
#     over pairs of processes. At 1 a strategy costs nothing.
# size: 960x300
#
# table: counter
# kind: versus
# heading: shared_counter
# select: workload=shared_counter tasks=1 sharing=write yield_steps=0
# series: model
# label: sharing write_pct
# row_name: strategy
# versus: strategy=plain model=gil_threads
# y: 1/steps_per_s
#
# table: refcount
# kind: versus
# heading: shared_refcount
# select: workload=shared_refcount tasks=1 sharing=write yield_steps=0
# series: model
# label: sharing write_pct hot_pct elements
# row_name: strategy
# versus: strategy=plain model=gil_threads
# y: 1/steps_per_s
#
# table: map
# kind: versus
# heading: shared_map
# select: workload=shared_map tasks=1 sharing=write yield_steps=0
# series: model
# label: sharing write_pct hot_pct elements
# row_name: strategy
# versus: strategy=plain model=gil_threads
# y: 1/steps_per_s
#
# table: vector
# kind: versus
# heading: shared_vector
# select: workload=shared_vector tasks=1 sharing=write yield_steps=0
# series: model
# label: sharing write_pct hot_pct elements
# row_name: strategy
# versus: strategy=plain model=gil_threads
# y: 1/steps_per_s

FORMAT = ARG1
TOGETHER = 1
WITHOUT_LEGEND = 1
ROW_HEIGHT = 17
# In a terminal, 10 pixels are a character.
ROOM_LEFT = FORMAT eq "term" ? 350 : 260
ROOM_RIGHT = FORMAT eq "term" ? 240 : 170
load "style.gp"

HEADING_ROW = 3
N = int(X_MAX) + 1
array LABEL[N]
array OWN[N]
array RATIO[N]
array KIND[N]
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (R = int(column(1)) + 1, KIND[R] = int(column(6)), LABEL[R] = strcol(7), \
     OWN[R] = strcol(8), RATIO[R] = strcol(10), 0) nooutput
}
COLUMN_OWN = TERM ? 320 : 235
COLUMN_RATIO = WIDTH - (TERM ? 225 : 155)
HEADER = TERM ? -1.5 : -0.9
eval place(1)
do for [i = 1:NOTES] { unset label 400 + i } # its rows have no room for them
set label 601 "per step" at screen left(COLUMN_OWN), first HEADER right \
  font ",10" textcolor rgb PALE
set label 602 "ratio [95 %]" at screen left(COLUMN_RATIO), first HEADER left \
  font ",10" textcolor rgb PALE
do for [i = 1:N] {
  IS_HEADING = KIND[i] == HEADING_ROW
  set label 1000 + i LABEL[i] at screen left(IS_HEADING ? 16 : 28), \
    first i - 1 left noenhanced font (IS_HEADING ? ",11" : ",10") \
    textcolor rgb (IS_HEADING ? INK : PALE)
  if (!IS_HEADING) {
    set label 2000 + i OWN[i] at screen left(COLUMN_OWN), first i - 1 right \
      noenhanced font ",10" textcolor rgb INK
    set label 4000 + i RATIO[i] at screen left(COLUMN_RATIO), first i - 1 \
      left noenhanced font ",10" textcolor rgb INK
  }
}

LOW = Y_MIN > 0.9 ? 0.8 : Y_MIN < 0.2 ? 0.2 : Y_MIN / 1.1
HIGH = Y_MAX < 5 ? 5 : Y_MAX > 100 ? 100 : Y_MAX * 1.1
cut(x) = x < LOW ? LOW : x > HIGH ? HIGH : x
set logscale x 10
set xrange [LOW:HIGH]
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
set border 1
set xtics (0.5, 1, 2, 5, 10, 20, 50, 100)
set xlabel "time per step, by plain under the GIL (← lower is better)"
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back \
  linecolor rgb PALE linewidth 1
plot NaN notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using (cut($3)):1:(cut($4) - cut($3)):(0) with vectors nohead \
    linecolor rgb INK linewidth BAR notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b \
    using (cut($2)):1 with points \
    pointtype (TERM ? 15 : 7) pointsize SIZE linecolor rgb COLOURS[2] notitle
unset multiplot
