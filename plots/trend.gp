# SPDX-License-Identifier: MIT
#
# Series over stored runs: a panel each, the median of every run, its interval
# as a band, the levels between changes as steps. The program runs
# `gnuplot -c trend.gp svg` in a folder that holds data.tsv
# (plots/trend_figure.c): facts, panels, then points and levels by panel. What
# a history says comes from that file only and is shown as it is: no eval,
# system or macro ever sees it.

set encoding utf8
set decimalsign "."
set datafile separator "\t"
DATA = "data.tsv"

stats DATA index 0 every ::1 using (CAPTION = strcol(2), RUNS = column(3), 0) \
  nooutput
stats DATA index 1 every ::1 using 0 nooutput
PANELS = int(STATS_records)
array TITLE[PANELS]
array METRIC[PANELS]
array LOW[PANELS]
array HIGH[PANELS]
stats DATA index 1 every ::1 using \
  (TITLE[int(column(0)) + 1] = strcol(1), \
   METRIC[int(column(0)) + 1] = strcol(2), \
   LOW[int(column(0)) + 1] = column(3), \
   HIGH[int(column(0)) + 1] = column(4), 0) nooutput

INK = 0x222222
PALE = 0x595959
LINE = 0x0072B2
BAND = 0xCFE3F1
STEP = 0xC24E00

WIDTH = 960
PANEL = 128
HEAD = 76
FOOT = 62
HEIGHT = HEAD + PANELS * PANEL + FOOT
x(pixels) = pixels / (1.0 * WIDTH)
y(pixels) = 1 - pixels / (1.0 * HEIGHT)

set terminal svg size WIDTH, HEIGHT dynamic standalone name "trend" \
  background "white" font "DejaVu Sans,12" noenhanced
set output "out"

set label 1 "Trend over stored runs" at screen x(16), y(24) left noenhanced \
  font ",16" textcolor rgb INK
set label 2 CAPTION at screen x(16), y(HEIGHT - 13) left noenhanced \
  font ",10" textcolor rgb PALE
set arrow 1 from screen x(16), y(50) to screen x(46), y(50) nohead \
  linecolor rgb LINE linewidth 1.5
set label 3 "" at screen x(31), y(50) point pointtype 7 pointsize 0.5 \
  linecolor rgb LINE
set label 4 "median of a run, with its 95 % interval" at screen x(54), y(50) \
  left noenhanced font ",11" textcolor rgb INK
set arrow 2 from screen x(370), y(50) to screen x(400), y(50) nohead \
  linecolor rgb STEP linewidth 2.5 dashtype 2
set label 5 "level between changes" at screen x(408), y(50) left noenhanced \
  font ",11" textcolor rgb INK

set lmargin at screen x(70)
set rmargin at screen x(WIDTH - 20)
set xrange [0.4:RUNS + 0.6]
set border 3 linecolor rgb PALE
set xtics nomirror scale 0.4 textcolor rgb INK font ",10"
set ytics nomirror scale 0.4 textcolor rgb INK font ",10"
set format y "%.2f"
set grid ytics linecolor rgb 0xE0E0E0 linewidth 0.8 dashtype 1
unset key
set offsets 0, 0, 0, 0
set multiplot
do for [p = 1:PANELS] {
  TOP = HEAD + (p - 1) * PANEL
  set tmargin at screen y(TOP + 24)
  set bmargin at screen y(TOP + PANEL - 22)
  SPAN = HIGH[p] - LOW[p]
  SPAN = SPAN < 0.05 ? 0.05 : SPAN
  set yrange [LOW[p] - 0.15 * SPAN:HIGH[p] + 0.15 * SPAN]
  set ytics SPAN < 0.12 ? 0.05 : SPAN < 0.4 ? 0.1 : SPAN < 1.2 ? 0.25 : SPAN / 3
  set xtics RUNS <= 20 ? 1 : ceil(RUNS / 15.0)
  if (p == PANELS) {
    set xlabel "run" font ",11" textcolor rgb INK offset 0, 0.5
  } else {
    unset xlabel
  }
  set label 10 TITLE[p] at screen x(70), y(TOP + 14) left noenhanced \
    font ",11" textcolor rgb INK
  set label 11 METRIC[p] at screen x(WIDTH - 20), y(TOP + 14) right noenhanced \
    font ",10" textcolor rgb PALE
  plot DATA index 2 * p every ::1 using 1:3:4 with filledcurves \
         fillcolor rgb BAND fillstyle solid 1, \
       DATA index 2 * p every ::1 using 1:2 with linespoints pointtype 7 \
         pointsize 0.5 linewidth 1.5 linecolor rgb LINE, \
       DATA index 2 * p + 1 every ::1 using 1:2 with lines linewidth 2.5 \
         dashtype 2 linecolor rgb STEP
  if (p == 1) {
    unset label 1
    unset label 2
    unset label 3
    unset label 4
    unset label 5
    unset arrow 1
    unset arrow 2
  }
}
unset multiplot
