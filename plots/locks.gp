# SPDX-License-Identifier: MIT
# title: Lock policies: what CPU-bound tasks get, and how long an echo takes
# read: Beside CPU-bound tasks. Further right, they lose less; further down, the
#     echo is quicker. No other policy beats those on the line in both; an arrow
#     means that too few echoes were served for a p99: it is further up.
# size: 960x440
#
# table: echo
# kind: front
# select: workload=mixed_convoy model=gil_threads cpu_tasks=4 lock=[!n]*
# series: lock
# label: lock switch_interval_us slice_us
# x: background_steps_per_s
# relative_to: workload=cpu_loop tasks=1
# base: steps_per_s
# y: latency_p99_ns/1e9 or latency_p90_ns/1e9 or latency_p50_ns/1e9

FORMAT = ARG1
WITHOUT_LEGEND = 1
ROOM_RIGHT = 190
load "style.gp"

FRONT = 1
BOUND = 2
X_LOW = X_MIN > 0.9 ? 0.9 : X_MIN < 0.2 ? 0 : X_MIN - 0.05
X_HIGH = X_MAX > 1.02 ? X_MAX + 0.02 : 1.02
COLUMN_NAME = WIDTH - 170
eval log_y(Y_MIN, Y_MAX)
set xrange [X_LOW:X_HIGH]
set xlabel "throughput of the CPU-bound tasks, by that of one task alone (→ higher is better)"
set format y seconds

# All points of all panels: where, what they are, and where their names stand.
array AT_X[200]
array AT_Y[200]
array IS[200]
array NAME_OF[200]
array NAME_Y[200]
array OF_BLOCK[200]
N = 0
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (N = N + 1, AT_X[N] = column(1), AT_Y[N] = column(2), \
     IS[N] = int(column(6)), NAME_OF[N] = strcol(7), NAME_Y[N] = column(12), \
     OF_BLOCK[N] = b, 0) nooutput
}

# The front of panel p, from left to right.
array USED[200]
next_of(p, i, best) = BLOCK_PANEL[OF_BLOCK[i]] == p && IS[i] == FRONT \
  && !USED[i] && (best == 0 || AT_X[i] < AT_X[best])
do for [i = 1:200] { USED[i] = 0 }

do for [p = 1:DRAWN] {
  set print $STAIR
  BEST = 1
  print sprintf("%g\t?", X_LOW)
  while (BEST > 0) {
    BEST = 0
    do for [i = 1:N] { if (next_of(p, i, BEST)) { BEST = i } }
    if (BEST > 0) {
      USED[BEST] = 1
      print sprintf("%g\t%g", AT_X[BEST], AT_Y[BEST])
    }
  }
  set print
  eval place(p)
  do for [i = 1:N] {
    unset label 1000 + i
    unset arrow 1000 + i
    unset arrow 2000 + i
    if (BLOCK_PANEL[OF_BLOCK[i]] == p) {
      set label 1000 + i NAME_OF[i] \
        at screen panel_left(p) + PANEL_WIDTH + left(22), first NAME_Y[i] \
        left noenhanced font ",10" \
        textcolor rgb (IS[i] == FRONT ? INK : PALE)
      if (!TERM) {
        set arrow 1000 + i from first AT_X[i], first AT_Y[i] \
          to screen panel_left(p) + PANEL_WIDTH + left(18), first NAME_Y[i] \
          nohead back linecolor rgb GREY linewidth 0.6
        if (IS[i] == BOUND) {
          set arrow 2000 + i from first AT_X[i], first AT_Y[i] \
            to first AT_X[i], first AT_Y[i] * 1.35 head size screen 0.006, 20 \
            filled linecolor rgb PALE linewidth 1
        }
      }
    }
  }
  set title heading(p) font HEADING
  eval y_label(p, is_left(p) ? "p99 of the echo (↓ lower is better)" : "")
  plot NaN notitle, \
    $STAIR using 1:2 with lines linecolor rgb COLOURS[1] linewidth LINE \
      notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using 1:(bar_low(3)):(0):($4 - bar_low(3)) with vectors heads \
      size screen BAR_HEAD, 90 linecolor rgb PALE linewidth BAR notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
      using 1:($6 == FRONT ? NaN : $2) with points linecolor rgb COLOURS[2] \
      pointtype (TERM ? point_of(b) : 6) pointsize SIZE notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
      using 1:($6 == FRONT ? $2 : NaN) with points linecolor rgb COLOURS[1] \
      pointtype (TERM ? point_of(b) : 7) pointsize 1.2 * SIZE notitle
}
unset multiplot
