# SPDX-License-Identifier: MIT
# title: Fairness: what the least and the most served task of a cell get
# read: The steps of the task with the fewest and of that with the most, by an
#     equal share. The closer both are to 1, the fairer; at the left edge a
#     task got nothing. Jain's index is 1 for equal shares, 1/N if one has all.
# size: 960x300
#
# table: computing
# kind: rows
# select: workload=cpu_loop|cpu_json|micro_switch tasks=[2-9]|??|???
#     lock!=null model!=peer
# prefer: placement=per_core switch_interval_us=5000 stop_world_ms=0
#     discipline=direct yield_steps=0
# split: facet
# facet: workload
# series: model lock
# label: model lock loops tasks
# y: least_served or most_served or fairness_jain
#
# table: requests
# kind: rows
# select: workload=mixed_request tasks=16|64 lock!=null model!=peer
# prefer: placement=per_core switch_interval_us=5000 threads=0
# split: facet
# facet: workload
# series: model lock
# label: model lock loops tasks
# y: least_served or most_served or fairness_jain

FORMAT = ARG1
TOGETHER = 1
ROW_HEIGHT = 17
# In a terminal, 10 pixels are a character.
ROOM_LEFT = 350
ROOM_RIGHT = FORMAT eq "term" ? 120 : 100
load "style.gp"

HEADING_ROW = 3
JAIN = 2
N = int(X_MAX) + 1
array LABEL[N]
array INDEX[N]
array KIND[N]
do for [i = 1:N] { INDEX[i] = "" }
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (R = int(column(1)) + 1, K = int(column(6)), KIND[R] = K, \
     LABEL[R] = strcol(7), INDEX[R] = K == JAIN ? strcol(9) : "", 0) nooutput
}
# What stands beside the panel has the room it needs; headings may reach over.
LONGEST = 12
do for [i = 1:N] {
  L = KIND[i] == HEADING_ROW ? 0 : strlen(fit(LABEL[i], 40))
  LONGEST = L > LONGEST ? L : LONGEST
}
if (!TERM) { eval room_left(44 + 6.2 * LONGEST) }
HEADER = TERM ? -1.5 : -0.9
COLUMN_INDEX = WIDTH - (TERM ? 105 : 88)
eval place(1)
do for [i = 1:NOTES] { unset label 400 + i } # its rows have no room for them
set label 601 "Jain's index" at screen left(COLUMN_INDEX), \
  first HEADER left font ",10" textcolor rgb PALE
do for [i = 1:N] {
  IS_HEADING = KIND[i] == HEADING_ROW
  set label 1000 + i fit(LABEL[i], 40) at screen left(IS_HEADING ? 16 : 28), \
    first i - 1 left noenhanced font (IS_HEADING ? ",11" : ",10") \
    textcolor rgb (IS_HEADING ? INK : PALE)
  if (!IS_HEADING) {
    set label 2000 + i word(INDEX[i], 1) at screen left(COLUMN_INDEX), \
      first i - 1 left noenhanced font ",10" textcolor rgb INK
  }
}

# What has nothing stands on the left edge of a logarithmic axis.
EDGE = 0.03
HIGH = Y_MAX < 2.5 ? 3 : Y_MAX * 1.2
cut(x) = x < EDGE ? EDGE : x > HIGH ? HIGH : x
set logscale x 10
set xrange [EDGE:HIGH]
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
set border 1
set xtics ("0" EDGE, "0.1" 0.1, "0.2" 0.2, "0.5" 0.5, "1" 1, "2" 2, "5" 5, \
  "10" 10, "20" 20, "50" 50, "100" 100, "200" 200, "500" 500)
set xlabel "steps of a task, by an equal share (1: fair)"
set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back \
  linecolor rgb PALE linewidth 1
# The ends of a row's line are rows of the data that follow each other.
is(k, m) = int(column(k)) == m
plot NaN notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using (is(6, 0) ? (FROM = cut($2), NaN) : is(6, 1) ? FROM : NaN):1: \
    (cut($2) - FROM):(0) with vectors nohead linecolor rgb colour_of(b) \
    linewidth 2.5 notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using (is(6, 0) || is(6, 1) ? cut($3) : NaN):1:(cut($4) - cut($3)):(0) \
    with vectors heads size screen BAR_HEAD, 90 linecolor rgb INK \
    linewidth BAR notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b \
    using (is(6, 0) || is(6, 1) ? cut($2) : NaN):1 with points \
    linecolor rgb colour_of(b) pointtype point_of(b) pointsize SIZE notitle
unset multiplot
