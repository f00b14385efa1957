# SPDX-License-Identifier: MIT
# title: Which model serves mixed requests best
# read: Each request computes and waits. A field names the model with the
#     highest throughput, and by how much it beats the second; a hatched field
#     is unclear and names all that may be best.
# size: 960x380
#
# table: load
# kind: winner
# select: workload=mixed_request
# prefer: placement=per_core switch_interval_us=5000 lock=cpython3
# series: model
# x: tasks
# row: share(cpu_us,wait_us)
# y: steps_per_s

FORMAT = ARG1
WITHOUT_LEGEND = 1
load "style.gp"

mix(channel, share) = int(255 - share * (255 - channel))
tint(c, share) = (mix((c >> 16) & 255, share) << 16) \
  + (mix((c >> 8) & 255, share) << 8) + mix(c & 255, share)
strength(ratio) = ratio > 4 ? 0.6 : 0.2 + 0.2 * log(ratio) / log(2)

unset grid
set border 0
set tics scale 0
set xlabel "tasks (requests at a time)"
set xrange [-0.5:X_MAX + 0.5]
set yrange [-0.5:Y_MAX + 0.5]
do for [p = 1:DRAWN] {
  eval place(p)
  eval y_label(p, "CPU share of a request in percent")
  set title heading(p) font HEADING
  plot NaN notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using ($6 > 0 ? $1 : NaN):2:($1 - 0.49):($1 + 0.49):($2 - 0.48): \
      ($2 + 0.48):(tint(colour_of(b), strength($6))) with boxxyerror \
      fillstyle solid noborder linecolor rgb variable notitle, \
    for [b = FIRST[p]:(TERM ? 0 : LAST[p])] DATA index BLOCK + b \
      using ($6 > 0 ? NaN : $1):2:($1 - 0.49):($1 + 0.49):($2 - 0.48): \
      ($2 + 0.48) with boxxyerror fillstyle pattern 4 \
      linecolor rgb 0xD8D8D8 notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
      using 1:2:7:xtic(10):ytic(11) with labels noenhanced \
      font ",11" textcolor rgb INK offset 0, (TERM ? 1 : 0.8) notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b using 1:2:8 with labels \
      noenhanced font ",10" textcolor rgb INK offset 0, (TERM ? 0 : -0.3) notitle, \
    for [b = FIRST[p]:LAST[p]] DATA index BLOCK + b \
      using 1:2:9 with labels noenhanced font ",10" textcolor rgb INK \
      offset 0, (TERM ? -1 : -1.4) notitle
}
unset multiplot
