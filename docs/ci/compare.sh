#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds two commits and compares them on this machine, in one job: a pair of
# processes is measured side by side, so it does not matter how fast the runner
# is. Exits as `gilbench compare` does; 1 is slower and nothing else, 4 is
# whatever kept it from comparing.
#
# usage: docs/ci/compare.sh BASE [NEW]      commits; NEW is HEAD if left out
#
#   OUT    where everything goes; default: ci-out
#   PLAN   what is measured; default: ci (gilbench list plans), may be a file
#   BUDGET seconds of measuring; default: 120. A busy runner measures less
#   ARGS   more options for gilbench compare, as in ARGS='--pairs 10'
set -eu

[ $# -ge 1 ] || {
    sed -n '1,2d; s/^# \{0,1\}//p; /^set/q' "$0" >&2
    exit 2
}

die() {
    echo "$0: $*" >&2
    exit 4
}

out=${OUT:-ci-out}
plan=${PLAN:-ci}
mkdir -p "$out" || die "cannot write to $out"
out=$(cd "$out" && pwd) || die "cannot write to ${OUT:-ci-out}"
rm -f "$out"/comparison.* || die "cannot write to $out" # an earlier run's
for commit in "$1" "${2:-HEAD}"; do
    git rev-parse --quiet --verify "$commit^{commit}" >/dev/null ||
        die "there is no commit $commit here (a job needs the whole history)"
done

# The trees of both sides, and nothing else that is called so; a run that was
# killed has left its own, which may still be locked.
clean() {
    for side in base new; do
        git worktree remove --force --force "$out/$side" 2>/dev/null || true
    done
    git worktree prune
}
trap clean EXIT
trap 'exit 130' INT # a signal alone does not run what is to be done on EXIT
trap 'exit 143' TERM HUP
clean

# build SIDE COMMIT: leaves the program at $out/SIDE/build/bench/gilbench.
build() {
    git worktree add --force --detach "$out/$1" "$2" >&2 ||
        die "cannot check $2 out"
    (cd "$out/$1" && meson setup build && ninja -C build bench/gilbench) \
        >"$out/$1.log" 2>&1 || {
        tail -n 20 "$out/$1.log" >&2
        die "cannot build $1 ($2); see $out/$1.log"
    }
}

build base "$1"
build new "${2:-HEAD}"

# The new program measures both: it knows the protocol of its own cells and
# refuses (5) a base whose cells it could not compare.
gilbench=$out/new/build/bench/gilbench
status=0
# shellcheck disable=SC2086
"$gilbench" compare --base "$out/base/build/bench/gilbench" --new "$gilbench" \
    "$plan" --budget "${BUDGET:-120}" ${ARGS-} --format json \
    --output "$out/comparison.json" --force || status=$?
if [ -e "$out/comparison.json" ]; then
    for format in markdown junit text; do
        "$gilbench" compare --from "$out/comparison.json" --format $format \
            --output "$out/comparison.$format" --force --quiet || true
    done
fi
exit "$status"
