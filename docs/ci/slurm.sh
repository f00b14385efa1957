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

# A job that Slurm starts again goes on where it was.
"$gilbench" run "$plan" --shard "$i/$n" --output "$folder/shard-$i.json" \
    --resume

# Whoever ends last joins them all; `mkdir` lets only one do it.
touch "$folder/shard-$i.done"
set -- "$folder"/shard-*.done
if [ $# = "$n" ] && mkdir "$folder/merge" 2>/dev/null; then
    "$gilbench" merge "$folder"/shard-*.json --output "$folder/result.json"
    rm -r "$folder/merge" "$folder"/shard-*.done
fi
