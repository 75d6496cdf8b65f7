#!/usr/bin/env bash
# Does a sweep hold under mpirun? Three ranks on whatever processors there are; one of them is killed
# in the middle, at which mpirun ends the others; the same command goes on from what is done. In the
# end the database says what that of an undisturbed local run says, and nothing was done twice.
#
#   scripts/test_mpi.sh EGRET
#
# Installs nothing (scripts/setup.sh mpi does): exit code 77 where there is no mpirun, or where
# EGRET was built without MPI.
set -euo pipefail
export LC_ALL=C

[ $# -eq 1 ] || { echo "usage: scripts/test_mpi.sh EGRET" >&2; exit 2; }
egret=$(realpath "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
if ! command -v mpirun >/dev/null; then
    echo "skipped: no mpirun; scripts/setup.sh mpi brings it"
    exit 77
fi

folder=$(mktemp -d /tmp/egret_mpi_XXXXXX)
export EGRET_CHIPS=$root/arch/chips OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export EGRET_TEST_MPI=$folder

# All of ours know this folder.
ours() (
    unset EGRET_TEST_MPI # or we would find ourselves
    grep -lsF "EGRET_TEST_MPI=$folder" /proc/[0-9]*/environ | cut -d/ -f3 | grep -vx "$$" || true
)

cleanup() {
    local code=$? pid
    trap - EXIT INT TERM
    for pid in $(ours); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf "$folder"
    exit $code
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
    echo "test_mpi: $*" >&2
    exit 1
}

results() {
    cat "$folder"/db.d/results/*.csv 2>/dev/null | grep -c ',event,' || true
}

sweep_with_ranks() {
    mpirun -n 3 --oversubscribe "$egret" sweep sweep.yaml -o db --quiet
}

# Processes of a rank: the one that mpirun started comes first.
of_rank() {
    local pid
    for pid in $(ours); do
        if grep -qzx "OMPI_COMM_WORLD_RANK=$1" "/proc/$pid/environ" 2>/dev/null; then
            echo "$pid"
        fi
    done | sort -n
}

# kill_rank RANK N: killed once N more results are there; then mpirun must have failed, with work left.
kill_rank() {
    local ranks rank='' before end=$((SECONDS + 120))
    before=$(results)
    sweep_with_ranks >told 2>&1 &
    ranks=$!
    until [ -n "$rank" ] && [ "$(results)" -ge $((before + $2)) ]; do
        [ $SECONDS -lt $end ] || fail "no $2 results within time: $(cat told)"
        sleep 0.02
        [ -n "$rank" ] || rank=$(of_rank "$1" | head -n 1)
    done
    kill -KILL "$rank"
    if wait "$ranks"; then
        fail "mpirun ended well, though rank $1 was killed"
    fi
    [ -z "$(ours)" ] || sleep 2
    [ -z "$(ours)" ] || fail "processes are left: $(ours)"
    [ "$(results)" -lt 60 ] || fail "rank $1 was killed too late: all is done"
    echo "rank $1 is gone with $(results) of 60 results there"
}

cd "$folder"
cat >sweep.yaml <<END
egret_sweep: 1
name: mpi
base:
  generate: egru
  generate.layers: 40,60,40
  chip: tiny-2x2
  run.activity: "rates=1,0.2,0.2 steps=800 seed=1"
axes:
  - {key: generate.density, values: [0.1, 0.2, 0.3, 0.9]}
  - {key: chip.noc.hop_cycles, values: [1, 2, 3, 4, 5]}
  - {key: run.placement, values: [sequential, snake, hilbert]}
objectives: [latency_mean_us, energy_per_token_uj]
fidelity: event
END
if ! sweep_with_ranks >told 2>&1 && grep -q "was built without MPI" told; then
    echo "skipped: this program was built without MPI (cmake -DEGRET_MPI=ON)"
    exit 77
fi
[ "$(results)" -eq 60 ] || fail "undisturbed: $(results) results of 60: $(cat told)"
rm -rf db db.d
kill_rank 2 3
kill_rank 0 3
sweep_with_ranks >/dev/null || fail "the resumed sweep failed"
[ "$(results)" -eq 60 ] || fail "$(results) results of 60; a point was done twice, or not at all"

"$egret" sweep sweep.yaml -o local --jobs 2 --quiet >/dev/null
"$egret" sweep local --csv >local.csv
"$egret" sweep db --csv >mpi.csv
cmp local.csv mpi.csv || fail "the database differs from that of the local run"
echo "mpi: the same database as of a local run"
