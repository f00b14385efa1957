# SPDX-License-Identifier: MIT
# title: coop_tasks beside other libraries: each goal, and the bare work
# read: Each row is divided by its goal, the line at 1; what lies left of it is
#     better. The filled mark (G in a terminal) is gilbench, the open circle (O)
#     the best of the others, the cross (F) the floor: the bare work, without a
#     scheduler.
# size: 1040x40
#
# table: pair
# kind: goal
# heading: Resume and yield, bare
# select: workload=micro_switch model=peer tasks=1 depth=0
# series: model program
# label: model program
# own: program=own_switch
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.1*program=floor 0.4*program=boost_context
# y: cpu_ns_per_step
#
# table: yield_2
# kind: goal
# heading: Yield among 2 tasks
# select: workload=micro_switch tasks=2 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.35*program=floor
# y: cpu_ns_per_step
#
# table: yield_100
# kind: goal
# heading: Yield among 100 tasks
# select: workload=micro_switch tasks=100 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.37*program=floor
# y: cpu_ns_per_step
#
# table: yield_10k
# kind: goal
# heading: Yield among 10k tasks
# select: workload=micro_switch tasks=10000 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.43*program=floor
# y: cpu_ns_per_step
#
# table: yield_100k
# kind: goal
# heading: Yield among 100k tasks
# select: workload=micro_switch tasks=100000 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.96*program=floor
# y: cpu_ns_per_step
#
# table: yield_1M
# kind: goal
# heading: Yield among 1M tasks
# select: workload=micro_switch tasks=1000000 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.2*program=floor
# y: cpu_ns_per_step
#
# table: nested
# kind: goal
# heading: Nested yield 4 deep, 100 tasks
# select: workload=micro_switch tasks=100 depth=4
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 0.9*program=boost_context
# y: cpu_ns_per_step
#
# table: spawn
# kind: goal
# heading: Spawn and join, warm
# select: workload=micro_spawn tasks=1 unjoined=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.5*program=floor
# y: cpu_ns_per_step
#
# table: spawn_cold
# kind: goal
# heading: Spawn, cold, with a guard
# select: workload=micro_spawn tasks=1 unjoined=500000
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.6*program=floor
# y: cpu_ns_per_step
#
# table: memory
# kind: goal
# heading: Memory a task, 1M tasks
# select: workload=micro_switch tasks=1000000 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 4300.8
# y: rss_bytes_per_task
#
# table: mappings
# kind: goal
# heading: Mappings, 1M guarded tasks
# select: workload=micro_switch model=coop_tasks tasks=1000000 depth=0
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1
# y: stack_mappings
#
# table: echo_10
# kind: goal
# heading: Echo, 10 connections
# select: workload=io_tcp_echo tasks=10
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.0204*program=epoll
# y: 1/steps_per_s
#
# table: echo_100
# kind: goal
# heading: Echo, 100 connections
# select: workload=io_tcp_echo tasks=100
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.0204*program=epoll
# y: 1/steps_per_s
#
# table: echo_1000
# kind: goal
# heading: Echo, 1,000 connections
# select: workload=io_tcp_echo tasks=1000
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.0204*program=epoll
# y: 1/steps_per_s
#
# table: tail_10
# kind: goal
# heading: Echo, 10 connections: p99
# select: workload=io_tcp_echo tasks=10
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.1*program=epoll
# y: latency_p99_ns
#
# table: tail_100
# kind: goal
# heading: Echo, 100 connections: p99
# select: workload=io_tcp_echo tasks=100
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.1*program=epoll
# y: latency_p99_ns
#
# table: tail_1000
# kind: goal
# heading: Echo, 1,000 connections: p99
# select: workload=io_tcp_echo tasks=1000
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=floor|spin
# without: program=stackless|own_switch
# goal: 1.1*program=epoll
# y: latency_p99_ns
#
# table: timer_cancel
# kind: goal
# heading: Timer, add and cancel, 100k
# select: workload=micro_timer tasks=100000 op=cancel
# series: model program
# label: model program
# own: program=own_timers
# floor: program=floor|spin
# without: model=coop_tasks
# goal: 6
# y: cpu_ns_per_step
#
# table: timer_expire
# kind: goal
# heading: Timer, add and expire, 100k
# select: workload=micro_timer tasks=100000 op=expire look_us=100000
# series: model program
# label: model program
# own: program=own_timers
# floor: program=floor|spin
# without: model=coop_tasks
# goal: 0.76*program=libev
# y: cpu_ns_per_step
#
# table: timer_asleep
# kind: goal
# heading: Timer, same in turns of 1 ms
# select: workload=micro_timer tasks=100000 op=expire look_us=1000
# series: model program
# label: model program
# own: program=own_timers
# floor: program=floor|spin
# without: model=coop_tasks
# goal: 1*program=libev
# y: cpu_ns_per_step
#
# table: lateness
# kind: goal
# heading: Timer, how late when asleep
# select: workload=io_sleep tasks=1 timer_slack_ns=1
# series: model program
# label: model program
# own: model=coop_tasks
# floor: program=epoll
# without: program=stackless|own_switch
# goal: 1.07*program=epoll
# y: latency_p50_ns
#
# table: offload_linger
# kind: goal
# heading: Executor, 1 us job, lingering
# select: workload=micro_offload tasks=1 job_ns=1000
# series: model program
# label: model program
# own: model=coop_tasks linger_us=50
# floor: program=spin
# without: model=coop_tasks
# goal: 1.14*program=spin
# y: 1/steps_per_s
#
# table: offload
# kind: goal
# heading: Executor, 1 us job, sleeping
# select: workload=micro_offload tasks=1 job_ns=1000
# series: model program
# label: model program
# own: model=coop_tasks linger_us=0 executor_core=4
# floor: program=spin
# without: model=coop_tasks
# goal: 1*program=libuv
# y: 1/steps_per_s

FORMAT = ARG1
TOGETHER = 1
ROW_HEIGHT = 22
# In a terminal the columns of text end or begin at a letter of the line, which
# has 98. A quarter more is the same letter whether gnuplot rounds or cuts.
letter(n) = (n + 0.25) * 1040 / 97
ROOM_LEFT = FORMAT eq "term" ? letter(54) : 455
ROOM_RIGHT = FORMAT eq "term" ? 1040 - letter(68) : 265
WITHOUT_LEGEND = 1
load "style.gp"

N = int(X_MAX) + 1
array WHAT[N]
array OWN[N]
array GOAL[N]
array REACHED[N]
array OTHER[N]
array FLOOR[N]
do for [b = 1:BLOCKS] {
  stats DATA index BLOCK + b every ::1 using \
    (R = int(column(1)) + 1, strlen(strcol(7)) > 1 ? (WHAT[R] = strcol(7), \
     OWN[R] = strcol(8), GOAL[R] = strcol(9), OTHER[R] = strcol(10), \
     FLOOR[R] = strcol(11), REACHED[R] = column(6) == 0 ? "reached" : \
     column(6) == 1 ? "open" : "missed", 0) : 0) nooutput
}

# The columns, in pixels from the left. In a terminal 30 letters are left for
# what a row measures; what is aligned to the right ends a letter before its
# place there.
COLUMN_WHAT = TERM ? letter(0) : 16
COLUMN_OWN = TERM ? letter(38) : 305
COLUMN_GOAL = TERM ? letter(46) : 372
COLUMN_REACHED = TERM ? letter(47) : 384
COLUMN_OTHER = TERM ? letter(76) : WIDTH - 245
COLUMN_NAME = letter(77) # in a terminal only
COLUMN_FLOOR = TERM ? letter(98) : WIDTH - 16
HEADER = TERM ? -1.5 : -0.9
HEADER_OTHER = TERM ? letter(69) : COLUMN_OTHER
value_of(text) = text[1:strstrt(text, "  ") - 1]
name_of(text) = text[strstrt(text, "  ") + 2:*]
eval place(1)
do for [i = 1:NOTES] { unset label 400 + i } # its rows have no room for them
set label 601 "gilbench" at screen left(COLUMN_OWN), first HEADER right \
  font ",10" textcolor rgb PALE
set label 602 "goal" at screen left(COLUMN_GOAL), first HEADER right \
  font ",10" textcolor rgb PALE
set label 603 "best of the others" at screen left(HEADER_OTHER), first HEADER \
  left font ",10" textcolor rgb PALE
set label 604 "floor" at screen left(COLUMN_FLOOR), first HEADER right \
  font ",10" textcolor rgb PALE
do for [i = 1:N] {
  set label 1000 + i fit(WHAT[i], TERM ? 30 : 80) \
    at screen left(COLUMN_WHAT), first i - 1 left noenhanced \
    font ",10" textcolor rgb INK
  set label 2000 + i OWN[i] at screen left(COLUMN_OWN), first i - 1 right \
    noenhanced font ",10" textcolor rgb INK
  set label 3000 + i GOAL[i] at screen left(COLUMN_GOAL), first i - 1 right \
    noenhanced font ",10" textcolor rgb PALE
  set label 6000 + i REACHED[i] at screen left(COLUMN_REACHED), first i - 1 \
    left noenhanced font ",10" \
    textcolor rgb REACHED[i] eq "missed" ? INK : PALE
  if (TERM) {
    set label 4000 + i value_of(OTHER[i]) at screen left(COLUMN_OTHER), \
      first i - 1 right noenhanced
    set label 7000 + i fit(name_of(OTHER[i]), 13) at screen left(COLUMN_NAME), \
      first i - 1 left noenhanced
  } else {
    set label 4000 + i OTHER[i] at screen left(COLUMN_OTHER), first i - 1 left \
      noenhanced font ",10" textcolor rgb INK
  }
  set label 5000 + i FLOOR[i] at screen left(COLUMN_FLOOR), first i - 1 right \
    noenhanced font ",10" textcolor rgb PALE
}

# Never narrower than a factor of 4; what is beyond 100 stands at the edge.
LOW = Y_MIN > 0.4 ? 0.4 : Y_MIN < 0.05 ? 0.05 : Y_MIN / 1.15
HIGH = Y_MAX < 2.5 ? 2.5 : Y_MAX > 50 ? 50 : Y_MAX * 1.15
# In a terminal 3 letters are a factor of 2, and the goal is the letter in the
# middle. A mark takes the nearest letter: what misses its goal stands on the
# line or right of it, what keeps it on the line or left.
STEP = 2**(1 / 3.0)
if (TERM) { LOW = 0.25; HIGH = 4 }
cut(x) = x < LOW ? LOW : x > HIGH ? HIGH : x
nearest(x) = STEP**(floor(log(cut(x)) / log(STEP) + 0.5) + 0.25)
spot(x) = TERM ? nearest(x) : cut(x)
set logscale x 10
if (TERM) {
  set xrange [LOW / STEP:HIGH * STEP]
  set xtics ("≤0.25" LOW, "1" 1, "≥4" HIGH)
} else {
  set xrange [LOW:HIGH]
  set xtics (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)
}
set yrange [N - (TERM ? -0.5 : 0.5):-0.5]
unset ytics
set grid noytics
set border 1
set xlabel "measured / goal (← lower is better)"
if (TERM) { # an arrow would stand a letter further
  do for [i = 1:N] { set label 8000 + i "|" at first spot(1), first i - 1 left }
} else {
  set object 1 rectangle from graph 0, graph 0 to first 1, graph 1 behind \
    fillcolor rgb 0xECF3EC fillstyle solid noborder
  set arrow 1 from first 1, graph 0 to first 1, graph 1 nohead back \
    linecolor rgb INK linewidth 1.2
}
is(b, name) = LEGEND[BLOCK_LEGEND[b]] eq name
plot NaN notitle, \
  for [b = 1:(TERM ? 0 : BLOCKS)] DATA index BLOCK + b \
    using (is(b, "gilbench") ? cut($3) : NaN):1:(cut($4) - cut($3)):(0) \
    with vectors nohead linecolor rgb INK linewidth BAR notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b \
    using (is(b, "floor") ? spot($2) : NaN):1 with points \
    pointtype (TERM ? 6 : 2) pointsize SIZE linecolor rgb PALE notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b \
    using (is(b, "best of the others") ? spot($2) : NaN):1 with points \
    pointtype (TERM ? 15 : 6) pointsize SIZE * 1.2 linecolor rgb COLOURS[1] \
    linewidth 1.4 notitle, \
  for [b = 1:BLOCKS] DATA index BLOCK + b \
    using (is(b, "gilbench") ? spot($2) : NaN):1 with points \
    pointtype 7 pointsize SIZE linecolor rgb COLOURS[2] notitle
unset multiplot
