# SPDX-License-Identifier: MIT
#
# A forest plot: what a comparison says of each cell, worst first. The program
# runs `gnuplot -c forest.gp FORMAT` in a folder that holds data.tsv
# (plots/forest.c): facts, then a row for each judged metric. Its texts come
# from documents and are shown as they are: no eval, system or macro ever sees
# them.

FORMAT = ARG1
TERM = FORMAT eq "term"
set encoding utf8
set decimalsign "."
set datafile separator "\t"
DATA = "data.tsv"

array TEXT[7]
array NUMBER[7]
stats DATA index 0 every ::1 using \
  (TEXT[int(column(0)) + 1] = strcol(2), \
   NUMBER[int(column(0)) + 1] = column(3), 0) nooutput
ROWS = int(NUMBER[1])
END = NUMBER[2]
LONGEST = int(NUMBER[3])

array LABEL[ROWS]
array CHANGE[ROWS]
array KIND[ROWS]
array MARGIN[ROWS]
stats DATA index 1 every ::1 using \
  (LABEL[int(column(0)) + 1] = strcol(7), \
   CHANGE[int(column(0)) + 1] = strcol(8), \
   KIND[int(column(0)) + 1] = int(column(2)), \
   MARGIN[int(column(0)) + 1] = column(6), 0) nooutput
HAS = 0
array THERE[4]
do for [k = 1:4] { THERE[k] = 0 }
do for [i = 1:ROWS] { THERE[KIND[i] + 1] = 1 }

# --- the look: a verdict is known by its mark, not by colour alone ---

array COLOURS[4] = [0xC03A00, 0x595959, 0x0072B2, 0x00795A]
array MARKS[4] = [5, 6, 7, 9]
INK = 0x222222
PALE = 0x595959
BAND = 0xDDE6EC

# A label of its own width, never more than it is worth.
CHARACTERS = LONGEST > 88 ? 88 : LONGEST < 20 ? 20 : LONGEST
SMALL = CHARACTERS > 60
LABELS = 30 + CHARACTERS * (SMALL ? 6.1 : 7)
WIDTH = LABELS + 480
ROW = 24
HEAD = 96
FOOT = 78
HEIGHT = HEAD + ROWS * ROW + FOOT
if (TERM) { WIDTH = 98; HEIGHT = ROWS + 5 }
x(pixels) = pixels / (1.0 * WIDTH)
y(pixels) = 1 - pixels / (1.0 * HEIGHT)
fit(text, n) = strlen(text) > n ? text[1:int(n) - 3] . "..." : text

if (TERM) {
  set terminal dumb noenhanced mono size WIDTH, HEIGHT
}
if (FORMAT eq "svg") {
  set terminal svg size WIDTH, HEIGHT dynamic standalone name "comparison" \
    background "white" font "DejaVu Sans,12" noenhanced dashlength 0.8
}
if (FORMAT eq "png") {
  set terminal pngcairo size 2 * WIDTH, 2 * HEIGHT background "white" \
    font "DejaVu Sans,12" fontscale 1.5 linewidth 2 pointscale 2.8 noenhanced
}
if (FORMAT eq "pdf") {
  set terminal pdfcairo size WIDTH / 96.0, HEIGHT / 96.0 background "white" \
    font "DejaVu Sans,12" fontscale 0.5625 linewidth 1.3 pointscale 1 \
    noenhanced
}
set output "out"

# --- words and legend ---

FONT = SMALL ? ",10" : ",11"
if (!TERM) {
  set label 1 TEXT[1] at screen x(16), y(24) left noenhanced font ",16" \
    textcolor rgb INK
  set label 2 fit(TEXT[2], WIDTH / 6.6) at screen x(16), y(47) left \
    noenhanced font ",11" textcolor rgb INK
  set label 3 fit(TEXT[3], WIDTH / 6.0) at screen x(16), y(HEIGHT - 13) left \
    noenhanced font ",10" textcolor rgb PALE
  AT = 16
  do for [k = 1:4] {
    if (THERE[k]) {
      set label 10 + k "" at screen x(AT + 8), y(73) point \
        pointtype MARKS[k] pointsize 0.9 linecolor rgb COLOURS[k]
      set label 20 + k TEXT[k + 3] at screen x(AT + 22), y(73) left \
        noenhanced font ",11" textcolor rgb INK
      AT = AT + 44 + 7.4 * strlen(TEXT[k + 3])
    }
  }
  set object 1 rectangle from screen x(AT), y(81) to screen x(AT + 26), y(65) \
    fillstyle solid 1 noborder fillcolor rgb BAND
  set label 9 "margin" at screen x(AT + 34), y(73) left noenhanced \
    font ",11" textcolor rgb INK
}

# --- the rows, from the top ---

if (TERM) {
  set lmargin at screen 0.46
  set rmargin at screen 0.88
  set tmargin at screen 1
  set bmargin at screen 3.0 / (HEIGHT - 1)
} else {
  set lmargin at screen x(LABELS)
  set rmargin at screen x(WIDTH - 92)
  set tmargin at screen y(HEAD)
  set bmargin at screen y(HEAD + ROWS * ROW)
}
set xrange [-END:END]
set yrange [ROWS + (TERM ? 1 : 0.5):(TERM ? 0 : 0.5)]
if (TERM) { set errorbars 0 }
unset key
unset ytics
set border 1 linecolor rgb PALE
set xtics out nomirror scale 0.5 textcolor rgb INK font ",11"
set format x "%+g %%"
if (!TERM) {
  set grid xtics linecolor rgb 0xD0D0D0 linewidth 0.8 dashtype 1
  set grid noytics
  set xlabel "change; to the right is worse" noenhanced textcolor rgb INK \
    font ",12" offset 0, 0.2
}
set arrow 1 from first 0, graph 0 to first 0, graph 1 nohead \
  linecolor rgb INK linewidth 1.2
do for [i = 1:ROWS] {
  if (!TERM && MARGIN[i] < END) {
    set object 100 + i rectangle from first -MARGIN[i], first i - 0.5 \
      to first MARGIN[i], first i + 0.5 behind fillstyle solid 1 noborder \
      fillcolor rgb BAND
  }
  if (TERM) {
    set label 100 + i fit(LABEL[i], 43) at screen 0.01, first i left \
      noenhanced
    set label 200 + i CHANGE[i] at screen 0.89, first i left noenhanced
  } else {
    set label 100 + i fit(LABEL[i], 88) at screen x(LABELS - 12), first i \
      right noenhanced font FONT textcolor rgb INK
    set label 200 + i CHANGE[i] at screen x(WIDTH - 84), first i left \
      noenhanced font ",11" textcolor rgb INK
  }
}
of(k) = int(column(2)) == k ? column(1) : NaN
# An interval that goes on beyond the axis says so. (Empty words, not NaN: of
# labels that all have no place gnuplot dies.)
MORE = TERM ? ">" : "\342\226\266"
LESS = TERM ? "<" : "\342\227\200"
MARK(k) = TERM ? k + 1 : MARKS[k + 1]
plot for [k = 0:3] DATA index 1 every ::1 using 3:(of(k)):4:5 \
    with xerrorbars linecolor rgb COLOURS[k + 1] pointtype MARK(k) \
    pointsize 0.9 linewidth 1.6, \
  DATA index 1 every ::1 using (END):1:(column(5) >= END ? MORE : "") \
    with labels noenhanced font ",11" textcolor rgb INK, \
  DATA index 1 every ::1 using (-END):1:(column(4) <= -END ? LESS : "") \
    with labels noenhanced font ",11" textcolor rgb INK
