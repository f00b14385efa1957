# SPDX-License-Identifier: MIT
# title: Every process of the run, by the median of its cell
# read: Left the cells whose processes are furthest apart, a point each, the
#     earliest on top: two clusters are two modes, a slope is drift. Right the
#     processes of all cells over the run: where all bend, it was the machine.
# size: 960x300
#
# table: rows
# kind: runs
# select: status=ok
# split: none
# series: model
# y: steps_per_s
#
# table: drift
# kind: runs
# select: status=ok
# split: none
# series: model
# x: order
# y: steps_per_s

FORMAT = ARG1
ROW_HEIGHT = 17
# In a terminal, 10 pixels are a character.
ROOM_LEFT = FORMAT eq "term" ? 380 : 330
load "style.gp"

# X_MAX is also that of the points to the right, and no help with one cell.
N = 1
do for [b = FIRST[1]:LAST[1]] {
  stats DATA index BLOCK + b every ::1 using \
    (N = column(1) + 1 > N ? int(column(1)) + 1 : N, 0) nooutput
}
array LABEL[N]
do for [b = FIRST[1]:LAST[1]] {
  stats DATA index BLOCK + b every ::1 using \
    (LABEL[int(column(1)) + 1] = strcol(7), 0) nooutput
}
LONGEST = 20
do for [i = 1:N] {
  L = strlen(fit(LABEL[i], 56))
  LONGEST = L > LONGEST ? L : LONGEST
}
if (!TERM) { eval room_left(36 + 5.5 * LONGEST) }

LOW = Y_MIN > 0.7 ? 0.65 : Y_MIN < 0.1 ? 0.1 : Y_MIN / 1.1
HIGH = Y_MAX < 1.4 ? 1.5 : Y_MAX > 10 ? 10 : Y_MAX * 1.1
cut(y) = y < LOW ? LOW : y > HIGH ? HIGH : y
BY = HIGH / LOW > 8 ? "(0.1, 0.2, 0.5, 1, 2, 5, 10)" \
  : "(0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5)"

# --- left: a row a cell, the first process on top ---

eval place(1)
set title heading(1) font HEADING
set logscale x 10
set xrange [LOW:HIGH]
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
if (!TERM) { set grid xtics linecolor rgb 0xD0D0D0 linewidth 0.8 dashtype 1 }
eval "set xtics " . BY
set border 1
set xlabel "steps/s, by the median of the cell"
do for [i = 1:N] {
  set label 1000 + i fit(LABEL[i], TERM ? 36 : 56) at screen left(16), \
    first i - 1 left noenhanced font ",9" textcolor rgb PALE
}
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back \
  linecolor rgb PALE linewidth 1
# An SVG says which one is pointed at.
AS = FORMAT eq "svg" ? "labels hypertext point" : "points"
plot NaN notitle, \
  for [b = FIRST[1]:LAST[1]] DATA index BLOCK + b \
    using (cut($2)):($1 + (TERM ? 0 : 0.6 * ($12 - 0.5))): \
    (sprintf("%s: %.2f", strcol(7), $2)) with @AS \
    linecolor rgb colour_of(b) pointtype point_of(b) pointsize 0.6 notitle
do for [i = 1:N] { unset label 1000 + i }
unset arrow 1

# --- right: all of them over the run, and the mean of each twentieth ---

if (DRAWN > 1) {
  eval place(2)
  set title heading(2) font HEADING
  unset logscale x
  set logscale y 10
  set xrange [0:1]
  set yrange [LOW:HIGH]
  set grid noxtics
  if (!TERM) { set grid ytics linecolor rgb 0xD0D0D0 linewidth 0.8 dashtype 1 }
  set border 3
  set xtics ("begin" 0, "end" 1)
  eval "set ytics nomirror " . BY
  set xlabel "when in the run"
  if (!TERM) { eval y_label(2, "steps/s, by the median") }
  plot NaN notitle, \
    for [b = FIRST[2]:LAST[2]] DATA index BLOCK + b \
      using 1:(cut($2)) with points linecolor rgb colour_of(b) \
      pointtype point_of(b) pointsize 0.35 notitle
}
unset multiplot
