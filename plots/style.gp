# SPDX-License-Identifier: MIT
#
# What all figures share: the data's directory, colours, where panels stand,
# the terminal, the words and the legend round the panels, and how lines are
# drawn. A figure's script sets FORMAT = ARG1, may set TOGETHER or WITH_IDEAL
# (see there), loads this file and is then inside a multiplot with everything
# drawn but its panels.
#
# The program runs `gnuplot -c FIGURE.gp FORMAT` in a folder that holds
# data.tsv (plots/figure_write.h). Whatever a document says comes from that
# file only and is shown as it is: no eval, system or macro ever sees it.

set encoding utf8
set decimalsign "."
set datafile separator "\t"
set datafile missing "?"
DATA = "data.tsv"
TERM = FORMAT eq "term"

# --- the directory: facts, panels, legend, notes, blocks ---

array FACT[19]
array NUMBER[19]
stats DATA index 0 every ::1 using \
  (FACT[int(column(0)) + 1] = strcol(2), \
   NUMBER[int(column(0)) + 1] = column(3), 0) \
  nooutput
NAME = FACT[1]
WIDTH = NUMBER[8]
PUS = NUMBER[10] # 0: not known
PANELS = int(NUMBER[11])
LEGENDS = int(NUMBER[12])
NOTES = int(NUMBER[13])
BLOCKS = int(NUMBER[14])
X_MIN = NUMBER[15]
X_MAX = NUMBER[16]
Y_MIN = NUMBER[17] # with the intervals
Y_MAX = NUMBER[18]

array PANEL_TABLE[PANELS]
array PANEL_LABEL[PANELS]
array PANEL_METRIC[PANELS]
array PANEL_Y_MIN[PANELS]
array PANEL_Y_MAX[PANELS]
stats DATA index 1 every ::1 using \
  (PANEL_TABLE[int(column(0)) + 1] = strcol(1), \
   PANEL_LABEL[int(column(0)) + 1] = strcol(2), \
   PANEL_METRIC[int(column(0)) + 1] = strcol(3), \
   PANEL_Y_MIN[int(column(0)) + 1] = column(4), \
   PANEL_Y_MAX[int(column(0)) + 1] = column(5), 0) nooutput

array LEGEND[LEGENDS]
array LEGEND_COLOUR[LEGENDS]
array LEGEND_DASH[LEGENDS]
array LEGEND_POINT[LEGENDS]
stats DATA index 2 every ::1 using \
  (LEGEND[int(column(0)) + 1] = strcol(1), \
   LEGEND_COLOUR[int(column(0)) + 1] = int(column(2)), \
   LEGEND_DASH[int(column(0)) + 1] = int(column(3)), \
   LEGEND_POINT[int(column(0)) + 1] = int(column(4)), 0) nooutput

array NOTE_PANEL[NOTES + 1]
array NOTE[NOTES + 1]
stats DATA index 3 every ::1 using \
  (NOTE_PANEL[int(column(0)) + 1] = int(column(1)), \
   NOTE[int(column(0)) + 1] = strcol(2), 0) nooutput

# The values of x that get a tic.
TICS = int(NUMBER[19])
array TIC[TICS]
stats DATA index 5 every ::1 using (TIC[int(column(0)) + 1] = column(1), 0) \
  nooutput

# Blocks are sorted by panel: those of panel p are FIRST[p] to LAST[p], and
# block b is `DATA index BLOCK + b`.
BLOCK = 5
array BLOCK_PANEL[BLOCKS]
array BLOCK_LEGEND[BLOCKS]
stats DATA index 4 every ::1 using \
  (BLOCK_PANEL[int(column(0)) + 1] = int(column(1)), \
   BLOCK_LEGEND[int(column(0)) + 1] = int(column(2)), 0) nooutput
array FIRST[PANELS]
array LAST[PANELS]
do for [p = 1:PANELS] { FIRST[p] = 1; LAST[p] = 0 }
do for [b = BLOCKS:1:-1] {
  FIRST[BLOCK_PANEL[b]] = b
  if (LAST[BLOCK_PANEL[b]] == 0) { LAST[BLOCK_PANEL[b]] = b }
}
# A script that draws all tables in one panel sets TOGETHER = 1 before.
if (exists("TOGETHER")) { FIRST[1] = 1; LAST[1] = BLOCKS }

# A text cut to n letters.
fit(text, n) = strlen(text) > n ? text[1:int(n) - 3] . "..." : text

# --- how a line looks: never by colour alone ---

# Wong's colours; those too pale for a white ground are darker here. In a
# terminal a line is a letter.
array COLOURS[8] = [0xD55E00, 0x0072B2, 0x009E73, 0xB5579A, 0x8A6D00, \
                    0x000000, 0x3E8FC0, 0x7A5230]
INK = 0x222222
PALE = 0x595959
GREY = 0xC8C8C8
colour(l) = COLOURS[1 + (LEGEND_COLOUR[l] - 1) % 8]
dash(l) = LEGEND_DASH[l]
point(l) = TERM ? l : LEGEND_POINT[l]
colour_of(b) = colour(BLOCK_LEGEND[b])
dash_of(b) = dash(BLOCK_LEGEND[b])
point_of(b) = point(BLOCK_LEGEND[b])
LINE = 1.8
BAR = 1.3
BAR_HEAD = 0.003
SIZE = 0.75

# --- the grid of panels, in pixels; in a terminal in characters ---

DRAWN = exists("TOGETHER") ? 1 : PANELS
COLUMNS = TERM ? 1 : DRAWN <= 3 ? DRAWN : DRAWN == 4 ? 2 : DRAWN <= 9 ? 3 : 4
ROWS = (DRAWN + COLUMNS - 1) / COLUMNS

READ_LINES = strlen(FACT[4]) > 1 ? 2 : 1
UNTITLED = exists("TOGETHER") || (PANELS == 1 && strlen(PANEL_LABEL[1]) <= 1)
LEGEND_TOP = TERM ? 1 : 52 + 17 * READ_LINES
LEGEND_LINE = TERM ? 1 : 20
array LEGEND_X[LEGENDS + 1]
array LEGEND_Y[LEGENDS + 1]
legend_text(l) = l > LEGENDS ? "ideal" : fit(LEGEND[l], TERM ? 90 : WIDTH / 7)
# A script that draws an ideal (linewidth 5, GREY) sets WITH_IDEAL = 1 before.
# One that names its lines by itself sets WITHOUT_LEGEND = 1.
ENTRIES = exists("WITHOUT_LEGEND") ? 0 : \
  LEGENDS + (exists("WITH_IDEAL") ? 1 : 0)
END = 16
LINE_OF = 0
do for [l = 1:ENTRIES] {
  SPACE = 66 + 6.4 * strlen(legend_text(l))
  if (TERM || END + SPACE > WIDTH) { END = 16; LINE_OF = LINE_OF + (l > 1) }
  LEGEND_X[l] = END
  LEGEND_Y[l] = LEGEND_TOP + LINE_OF * LEGEND_LINE
  END = END + SPACE
}
HEAD = LEGEND_TOP + (ENTRIES > 0 ? LINE_OF + 1 : 0) * LEGEND_LINE \
  + (TERM ? 3 : UNTITLED ? 14 : 34)
FOOT = TERM ? 3 : strlen(FACT[7]) > 1 ? 118 : 102
BETWEEN = TERM ? 7 : 96
# A script whose x counts rows of text sets ROW_HEIGHT before, in pixels.
PANEL = exists("ROW_HEIGHT") ? \
  (TERM ? X_MAX + 2 : (X_MAX + 1) * ROW_HEIGHT) : \
  TERM ? 16 : NUMBER[9]
HEIGHT = HEAD + FOOT + (ROWS - 1) * BETWEEN + ROWS * PANEL
left(x) = x / (1.0 * WIDTH)
top(y) = 1 - y / (1.0 * HEIGHT)
bottom(y) = y / (1.0 * HEIGHT)

# A script with words beside its panels sets ROOM_LEFT, ROOM_RIGHT before.
MARGIN_LEFT = exists("ROOM_LEFT") ? left(ROOM_LEFT) : TERM ? 0.09 : left(84)
MARGIN_RIGHT = exists("ROOM_RIGHT") ? left(ROOM_RIGHT) : \
  TERM ? 0.03 : left(24)
GAP = left(COLUMNS == 2 ? 96 : 70)
PANEL_WIDTH = (1 - MARGIN_LEFT - MARGIN_RIGHT - (COLUMNS - 1) * GAP) / COLUMNS
# `eval room_left(n)` changes it when the words are known.
room_left(n) = sprintf("MARGIN_LEFT = left(%g); PANEL_WIDTH = " \
  . "(1 - MARGIN_LEFT - MARGIN_RIGHT - (COLUMNS - 1) * GAP) / COLUMNS", n)
panel_left(p) = MARGIN_LEFT + ((p - 1) % COLUMNS) * (PANEL_WIDTH + GAP)
panel_top(p) = top(HEAD + ((p - 1) / COLUMNS) * (PANEL + BETWEEN))

# `eval place(p)` goes to panel p and puts its notes there.
place(p) = sprintf("set lmargin at screen %g; set rmargin at screen %g; " \
  . "set tmargin at screen %g; set bmargin at screen %g; ", panel_left(p), \
  panel_left(p) + PANEL_WIDTH, panel_top(p), panel_top(p) - bottom(PANEL)) \
  . sprintf("AT = 0.92; do for [i = 1:NOTES] { unset label 400 + i; " \
  . "if (NOTE_PANEL[i] == %d) { set label 400 + i NOTE[i] " \
  . "at graph 0.5, AT center front noenhanced textcolor rgb INK " \
  . "font ',10'; AT = AT - (TERM ? 0.07 : 16.0 / PANEL) } }", p)
is_left(p) = (p - 1) % COLUMNS == 0

# The label of panel p as its title, cut to the room there is: `set title
# heading(p) font HEADING`.
ROOM = TERM ? 90 : int((PANEL_WIDTH * WIDTH + 62) / 6.2)
heading(p) = fit(PANEL_LABEL[p], ROOM)
HEADING = ",12"
do for [p = 1:PANELS] {
  if (strlen(PANEL_LABEL[p]) * 7.2 > PANEL_WIDTH * WIDTH + 40) {
    HEADING = ",10"
  }
}

# `eval y_label(p, TEXT)` instead of ylabel, which every terminal puts
# elsewhere and text terminals cannot turn.
y_label(p, text) = TERM ? sprintf("set label 99 '%s' at screen 0.01, %g", \
    text, panel_top(p) + 0.5 / HEIGHT) \
  : sprintf("set label 99 '%s' at screen %g, %g rotate center noenhanced " \
    . "textcolor rgb INK font ',12'", text, panel_left(p) - left(62), \
    panel_top(p) - bottom(PANEL) / 2)

# --- the terminal ---

if (TERM) {
  set terminal dumb noenhanced mono size 98, HEIGHT
}
if (FORMAT eq "svg") {
  set terminal svg size WIDTH, HEIGHT dynamic standalone name "figure" \
    background "white" font "DejaVu Sans,12" noenhanced dashlength 0.8
}
if (FORMAT eq "png") {
  set terminal pngcairo size 2 * WIDTH, 2 * HEIGHT background "white" \
    font "DejaVu Sans,12" fontscale 1.5 linewidth 2 pointscale 2.8 noenhanced \
    dashlength 0.5
}
if (FORMAT eq "pdf") {
  set terminal pdfcairo size WIDTH / 96.0, HEIGHT / 96.0 background "white" \
    font "DejaVu Sans,12" fontscale 0.5625 linewidth 1.3 pointscale 1 \
    noenhanced dashlength 0.8
}
set output "out"

# --- the words and the legend: a plot without axes ---

LOW = strlen(FACT[7]) > 1 ? 29 : 13
if (!TERM) {
  set label 101 FACT[2] at screen left(16), top(24) left noenhanced \
    font ",16" textcolor rgb INK
  set label 102 FACT[3] at screen left(16), top(50) left noenhanced \
    font ",11" textcolor rgb INK
  set label 103 FACT[4] at screen left(16), top(67) left noenhanced \
    font ",11" textcolor rgb INK
  set label 104 FACT[6] at screen left(16), bottom(LOW + 16) left noenhanced \
    font ",10" textcolor rgb PALE
  set label 105 FACT[5] at screen left(16), bottom(LOW) left noenhanced \
    font ",10" textcolor rgb PALE
  set label 106 FACT[7] at screen left(16), bottom(13) left noenhanced \
    font ",10" textcolor rgb PALE
}
do for [l = 1:ENTRIES] {
  if (TERM) {
    set label 200 + l sprintf("%s  %s", l > LEGENDS ? "*" : \
      "ABCDEFGHIJKLMNOP"[l:l], legend_text(l)) \
      at screen 0.02, top(LEGEND_Y[l]) left noenhanced
  } else {
    set label 200 + l legend_text(l) at screen left(LEGEND_X[l] + 40), \
      top(LEGEND_Y[l]) left noenhanced font ",11" textcolor rgb INK
    if (l > LEGENDS) {
      set arrow 200 + l from screen left(LEGEND_X[l]), top(LEGEND_Y[l]) \
        to screen left(LEGEND_X[l] + 34), top(LEGEND_Y[l]) nohead \
        linewidth 5 linecolor rgb GREY
    } else {
      set arrow 200 + l from screen left(LEGEND_X[l]), top(LEGEND_Y[l]) \
        to screen left(LEGEND_X[l] + 34), top(LEGEND_Y[l]) nohead \
        linewidth LINE linecolor rgb colour(l) dashtype dash(l)
      set label 300 + l "" at screen left(LEGEND_X[l] + 17), \
        top(LEGEND_Y[l]) point linecolor rgb colour(l) \
        pointtype point(l) pointsize SIZE
    }
  }
}

set multiplot
unset border
unset tics
unset key
set lmargin at screen 0
set rmargin at screen 1
set tmargin at screen 1
set bmargin at screen 0
plot [0:1][0:1] NaN
unset label
unset arrow

# --- axes ---

set border 3 linecolor rgb PALE
set tics out scale 0.5 textcolor rgb INK font ",11"
set xtics nomirror
set ytics nomirror
set xlabel textcolor rgb INK font ",12" noenhanced offset 0, 0.3
set title textcolor rgb INK noenhanced offset 0, (TERM ? 1 : -0.3)
set micro
seconds = "%.0s %cs"
counts = "%.0s%c"
if (!TERM) { set grid ytics linecolor rgb 0xD0D0D0 linewidth 0.8 dashtype 1 }

# `eval LOG_X`: a logarithmic x axis, a little wider than the data, with tics
# where they are.
PAD = X_MIN > 0 && X_MAX > X_MIN ? (1.0 * X_MAX / X_MIN)**0.05 : 1.5
LOG_X = sprintf("set logscale x 10; set xrange [%g:%g]; unset mxtics; " \
  . "set xtics (%g); do for [i = 2:TICS] { set xtics add (TIC[i]) }", \
  X_MIN / PAD, X_MAX * PAD, TIC[1])

# The lower end of an interval that reaches down to 0 is the axis.
Y_LOW = 0
bar_low(k) = !valid(k) ? NaN : column(k) > Y_LOW ? column(k) : Y_LOW

# `eval log_y(low, high)`: the same for y, with room for what is at its ends
# and, where there are few decades, with tics at 1, 2 and 5.
decade(y) = 10.0**int(floor(log10(y)))
log_y(low, high) = sprintf("Y_LOW = %g; ", low / 1.6) \
  . sprintf("set logscale y 10; set yrange [%g:%g]; " \
  . "set ytics autofreq; E = %g; while (E < %g) { if (%d) { " \
  . "set ytics add (2 * E, 5 * E) }; E = 10 * E }", low / 1.6, high * 1.6, \
  decade(low / 1.6), high * 1.6, high < 40 * low)

# --- the lines of panel p, as part of a plot command: `plot @LINES` ---

# Letters in a terminal stand side by side where they would coincide: one of
# the 86 columns of the panel further for each line.
COLUMN = X_MIN > 0 ? (X_MAX * PAD * PAD / X_MIN)**(1 / 86.0) : 1
dodge(x, b) = TERM ? x * COLUMN**(BLOCK_LEGEND[b] - 1) : x

# What an SVG says of a mark that is pointed at: its line, value and interval.
# (What is below a hundredth is a time.)
is_time(b) = PANEL_METRIC[BLOCK_PANEL[b]][1:7] eq "latency"
told(y, b) = is_time(b) || (y > 0 && y < 0.01) ? gprintf("%.1s %cs", y) \
  : y < 1000 ? sprintf("%.3g", y) : gprintf("%.1s %c", y)
hover(b, y, low, high) = LEGEND[BLOCK_LEGEND[b]] . ": " . told(y, b) \
  . (low == low && high == high ? \
     sprintf(" (%s to %s)", told(low, b), told(high, b)) : "")
MARKS = 'for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
    using (dodge($1, b)):2 with points linecolor rgb colour_of(b) \
    pointtype point_of(b) pointsize SIZE notitle'
if (FORMAT eq "svg") {
  MARKS = 'for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
    using 1:2:(hover(b, $2, $3, $4)) with labels hypertext point \
    linecolor rgb colour_of(b) pointtype point_of(b) pointsize SIZE notitle'
}
LINES = 'for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
    using 1:(bar_low(3)):(0):($4 - bar_low(3)) with vectors heads size screen BAR_HEAD, 90 \
    linecolor rgb colour_of(b) linewidth BAR notitle, \
  for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
    using 1:2 with lines linecolor rgb colour_of(b) dashtype dash_of(b) \
    linewidth LINE notitle, ' . MARKS
