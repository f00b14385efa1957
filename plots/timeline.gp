# SPDX-License-Identifier: MIT
#
# Who did what when: a row for each lane of a trace. The program runs
# `gnuplot -c timeline.gp FORMAT` in a folder that holds data.tsv
# (plots/timeline_figure.c): facts, lanes, the spans of the three states, drop
# requests, vain wake-ups. What a trace says comes from that file only and is
# shown as it is: no eval, system or macro ever sees it.

set encoding utf8
set decimalsign "."
set datafile separator "\t"
DATA = "data.tsv"

array TEXT[6]
array NUMBER[6]
stats DATA index 0 every ::1 using \
  (TEXT[int(column(0)) + 1] = strcol(2), \
   NUMBER[int(column(0)) + 1] = column(3), 0) nooutput
TITLE = TEXT[1]
CELL = TEXT[2]
CAPTION = TEXT[3]
LANES = int(NUMBER[1])
BEGIN = NUMBER[2]
END = NUMBER[3]
REQUESTS = int(NUMBER[4])
VAIN = int(NUMBER[5])
array STATE[3]
do for [k = 1:3] { STATE[k] = TEXT[k + 3] }

array LANE[LANES]
array SHARE[LANES]
stats DATA index 1 every ::1 using \
  (LANE[int(column(0)) + 1] = strcol(1), \
   SHARE[int(column(0)) + 1] = strcol(2), 0) nooutput

# --- the look: a state is known by height and pattern, not by colour alone ---

RUNS = 0x0072B2
WAITS = 0xC24E00
PALE_WAITS = 0xFBE3D3
BLOCKED = 0x8C8C8C
ASKS = 0x222222
INK = 0x222222
PALE = 0x595959

WIDTH = 960
ROW = LANES <= 8 ? 34 : LANES <= 16 ? 26 : 20
HEAD = 98
FOOT = 74
HEIGHT = HEAD + LANES * ROW + FOOT
x(pixels) = pixels / (1.0 * WIDTH)
y(pixels) = 1 - pixels / (1.0 * HEIGHT)

FORMAT = ARG1
if (FORMAT eq "svg") {
  set terminal svg size WIDTH, HEIGHT dynamic standalone name "timeline" \
    background "white" font "DejaVu Sans,12" noenhanced dashlength 0.8
}
if (FORMAT eq "png") {
  set terminal pngcairo size 2 * WIDTH, 2 * HEIGHT background "white" \
    font "DejaVu Sans,12" fontscale 1.5 linewidth 2 pointscale 2.8 noenhanced
}
if (FORMAT eq "pdf") {
  set terminal pdfcairo size WIDTH / 96.0, HEIGHT / 96.0 background "white" \
    font "DejaVu Sans,12" fontscale 0.5625 linewidth 1.3 pointscale 1 noenhanced
}
set output "out"

# --- words and legend ---

set label 1 TITLE at screen x(16), y(24) left noenhanced font ",16" \
  textcolor rgb INK
set label 2 CELL at screen x(16), y(48) left noenhanced font ",11" \
  textcolor rgb INK
set label 3 CAPTION at screen x(16), y(HEIGHT - 13) left noenhanced \
  font ",10" textcolor rgb PALE

L = 74
AT = 16
do for [k = 1:3] {
  COLOUR = k == 1 ? RUNS : k == 2 ? WAITS : BLOCKED
  HALF = k == 1 ? 7 : k == 2 ? 5 : 1.5
  if (k == 2) {
    set object 1 rectangle from screen x(AT), y(L + HALF) \
      to screen x(AT + 30), y(L - HALF) fillstyle solid 1 noborder \
      fillcolor rgb PALE_WAITS
    set object 2 rectangle from screen x(AT), y(L + HALF) \
      to screen x(AT + 30), y(L - HALF) fillstyle pattern 4 noborder \
      fillcolor rgb COLOUR
  } else {
    set object 2 + k rectangle from screen x(AT), y(L + HALF) \
      to screen x(AT + 30), y(L - HALF) fillstyle solid 1 noborder \
      fillcolor rgb COLOUR
  }
  set label 10 + k STATE[k] at screen x(AT + 38), y(L) left noenhanced \
    font ",11" textcolor rgb INK
  AT = AT + 66 + 7 * strlen(STATE[k])
}
if (REQUESTS > 0) {
  set arrow 1 from screen x(AT + 15), y(L + 8) to screen x(AT + 15), y(L - 8) \
    head filled size screen 0.006, 20 linecolor rgb ASKS linewidth 1.3
  set label 14 "asks the holder to drop" at screen x(AT + 30), y(L) left \
    noenhanced font ",11" textcolor rgb INK
  AT = AT + 60 + 7 * 23
}
if (VAIN > 0) {
  set label 15 "" at screen x(AT + 10), y(L) point pointtype 2 pointsize 0.55 \
    linewidth 1.4 linecolor rgb ASKS
  set label 16 "woken in vain" at screen x(AT + 24), y(L) left noenhanced \
    font ",11" textcolor rgb INK
}

# --- the lanes, from the top ---

set lmargin at screen x(140)
set rmargin at screen x(WIDTH - 112)
set tmargin at screen y(HEAD)
set bmargin at screen y(HEAD + LANES * ROW)
set xrange [BEGIN:END]
set yrange [LANES + 0.5:0.5]
unset key
set border 1 linecolor rgb PALE
set xtics out nomirror scale 0.5 textcolor rgb INK font ",11"
set grid xtics linecolor rgb 0xD0D0D0 linewidth 0.8 dashtype 1
set grid noytics
set xlabel "milliseconds" textcolor rgb INK font ",12" offset 0, 0.4
unset ytics
SMALL = LANES > 16 ? ",9" : ",11"
do for [i = 1:LANES] {
  set label 100 + i LANE[i] at screen x(132), first i right noenhanced \
    font SMALL textcolor rgb INK
  set label 200 + i SHARE[i] at screen x(WIDTH - 104), first i left \
    noenhanced font SMALL textcolor rgb PALE
}

h1 = 0.36
h2 = 0.24
h3 = 0.06
# An arrow goes from the edge of one row to the edge of the other.
from(a, b) = a < b ? a + h2 : a - h2
to(a, b) = a < b ? b - h1 : b + h1
plot \
  DATA index 4 every ::1 using (($2 + $3) / 2):1:2:3:($1 - h3):($1 + h3) \
    with boxxyerror fillstyle solid 1 noborder fillcolor rgb BLOCKED, \
  DATA index 3 every ::1 using (($2 + $3) / 2):1:2:3:($1 - h2):($1 + h2) \
    with boxxyerror fillstyle solid 1 noborder fillcolor rgb PALE_WAITS, \
  DATA index 3 every ::1 using (($2 + $3) / 2):1:2:3:($1 - h2):($1 + h2) \
    with boxxyerror fillstyle pattern 4 noborder fillcolor rgb WAITS, \
  DATA index 2 every ::1 using (($2 + $3) / 2):1:2:3:($1 - h1):($1 + h1) \
    with boxxyerror fillstyle solid 1 noborder fillcolor rgb RUNS, \
  DATA index 5 every ::1 using 1:(from($2, $3)):(0): \
    (to($2, $3) - from($2, $3)) with vectors head filled \
    size screen 0.006, 20 linecolor rgb ASKS linewidth 1.3, \
  DATA index 6 every ::1 using 1:2 with points pointtype 2 pointsize 0.55 \
    linewidth 1.4 linecolor rgb ASKS
