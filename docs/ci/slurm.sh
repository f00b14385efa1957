#!/bin/sh
# SPDX-License-Identifier: MIT
# A long plan as a Slurm array: each job measures whole cells on a node of its
# own, and a last one joins them.
#
#   sbatch docs/ci/slurm.sh                  4 jobs, then read results/slurm-ID/
#   PLAN=quick sbatch --array=1-2 docs/ci/slurm.sh
#
# Nodes of one kind only (--constraint): what different machines have measured
# is not joined.
#SBATCH --job-name=gilbench
#SBATCH --array=1-4
#SBATCH --exclusive
#SBATCH --time=01:00:00
set -eu

plan=${PLAN:-full}
gilbench=${GILBENCH:-build/bench/gilbench}
n=$SLURM_ARRAY_TASK_COUNT
i=$(((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN) /
    ${SLURM_ARRAY_TASK_STEP:-1} + 1))
folder=results/slurm-$SLURM_ARRAY_JOB_ID
mkdir -p "$folder"
rm -f "$folder/shard-$i.done"

# A job that Slurm starts again (scontrol requeue) goes on where it was. One
# whose cells failed (exit code 4) has measured the others. At the time limit
# the run ends with 4 too, and there are seconds left to join what it has.
trap : TERM
code=0
"$gilbench" run "$plan" --shard "$i/$n" --output "$folder/shard-$i.json" \
    --resume || code=$?
echo "$code" >"$folder/shard-$i.code"
mv "$folder/shard-$i.code" "$folder/shard-$i.done"

# Whoever ends last joins them all; `mkdir` lets only one do it.
set -- "$folder"/shard-*.done
if [ $# -lt "$n" ]; then
    exit "$code"
fi
if ! mkdir "$folder/merge" 2>/dev/null; then
    echo "slurm.sh: there is $folder/merge: another job joins the shards, or was" \
        "killed there (then rm -r it, and scontrol requeue this job)" >&2
    exit "$code"
fi
trap 'rm -r "$folder/merge"' EXIT

# Its exit code is the highest of all, so that one look at the last job tells.
for ended in "$@"; do
    each=$(cat "$ended") || {
        echo "slurm.sh: ${ended%.done} runs again and will join" >&2
        exit "$code"
    }
    if [ "$each" != 0 ]; then
        echo "slurm.sh: ${ended%.done}.json: the run ended with $each" >&2
    fi
    if [ "$each" -gt "$code" ]; then
        code=$each
    fi
done
merged=0
"$gilbench" merge "$folder"/shard-*.json --output "$folder/merge/result.json" ||
    merged=$?
if [ "$merged" = 0 ]; then
    mv "$folder/merge/result.json" "$folder/result.json"
    echo "$folder/result.json"
else
    echo "slurm.sh: nothing is joined; the shards are in $folder" >&2
fi
exit $((merged > code ? merged : code))
