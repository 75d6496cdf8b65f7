#!/usr/bin/env bash
# Does `egret sweep --slurm` hold on a real Slurm? Starts one of its own: munged, slurmctld and two
# slurmd on the loopback, as foreground processes with their files in a temporary folder, and ends
# all of it, whatever happens.
#
#   scripts/test_slurm.sh EGRET
#
# A sweep runs as a job array; one slurmd is killed in the middle with all that it runs, and started
# again. The jobs go on by themselves, and in the end the database says what that of an undisturbed
# local run says. A block is then run again by hand: nothing is done twice.
#
# Installs nothing (scripts/setup.sh slurm does): exit code 77 where a program is missing, or where
# there is no root, which slurmd needs.
set -euo pipefail
export LC_ALL=C

[ $# -eq 1 ] || { echo "usage: scripts/test_slurm.sh EGRET" >&2; exit 2; }
egret=$(realpath "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
PATH=$PATH:/usr/sbin
for program in munged slurmctld slurmd sbatch squeue scontrol; do
    if ! command -v "$program" >/dev/null; then
        echo "skipped: no $program; scripts/setup.sh slurm brings it"
        exit 77
    fi
done
if [ "$(id -u)" -ne 0 ]; then
    echo "skipped: slurmd needs root"
    exit 77
fi

folder=$(mktemp -d /tmp/egret_slurm_XXXXXX)
chmod 755 "$folder"
export SLURM_CONF=$folder/slurm.conf EGRET_CHIPS=$root/arch/chips

# All of ours, and those that they left behind, know this file.
ours() (
    unset SLURM_CONF # or we would find ourselves
    grep -lsF "SLURM_CONF=$folder/slurm.conf" /proc/[0-9]*/environ | cut -d/ -f3 | grep -vx "$$" || true
)

cleanup() {
    local code=$? pid
    trap - EXIT INT TERM
    if [ $code -ne 0 ]; then
        tail -n 15 "$folder"/*.log "$folder"/db.d/slurm/*/*.log >&2 || true
    fi
    for pid in $(ours); do
        kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf "$folder"
    exit $code
}
trap cleanup EXIT
trap 'exit 130' INT TERM

fail() {
    echo "test_slurm: $*" >&2
    exit 1
}

# within SECONDS COMMAND...: tried until it succeeds.
within() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || fail "not within time: $*"
        sleep 0.2
    done
}

# ---- a Slurm ----

start_node() {
    slurmd -D -N "$1" >>"$folder/$1.log" 2>&1 &
    disown # bash need not tell of its end
}

# Processes of a node: its daemon, and all that it runs.
on_node() {
    local pid
    for pid in $(ours); do
        if grep -qzx -e "$1" "/proc/$pid/cmdline" 2>/dev/null ||
            grep -qzx "SLURMD_NODENAME=$1" "/proc/$pid/environ" 2>/dev/null; then
            echo "$pid"
        fi
    done
}

# It has a block that is under way.
is_busy() {
    local pid
    for pid in $(on_node "$1"); do
        if grep -qzx -e --task "/proc/$pid/cmdline" 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

# The node is gone; Slurm is told so by nobody.
kill_node() {
    local pid
    for pid in $(on_node "$1"); do
        kill -KILL "$pid" 2>/dev/null || true
    done
}

nodes_idle() {
    [ "$(sinfo --noheader --Node --format=%T | grep -cx idle)" -eq 2 ]
}

start_slurm() {
    local port=$((20000 + $$ % 10000 * 3))
    mkdir "$folder/state" "$folder/egret1" "$folder/egret2"
    dd if=/dev/urandom of="$folder/munge.key" bs=128 count=1 status=none
    chmod 600 "$folder/munge.key"
    cat >"$SLURM_CONF" <<END
ClusterName=egret
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=10000,sched_interval=1,bf_interval=1
ReturnToService=2
SlurmdTimeout=10
KillWait=1
NodeName=egret1 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1
NodeName=egret2 NodeHostname=$(hostname) NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
END
    munged --foreground --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" \
        --pid-file="$folder/munge.pid" --seed-file="$folder/munge.seed" \
        --log-file="$folder/munged.log" >"$folder/munge.log" 2>&1 &
    within 20 test -S "$folder/munge.socket"
    disown
    slurmctld -D >"$folder/slurmctld.log" 2>&1 &
    disown
    start_node egret1
    start_node egret2
    within 120 nodes_idle
}

# ---- the sweep ----

# Sixty points of some tenths of a second; a chip that one in five does not fit.
write_sweep() {
    cat >"$folder/sweep.yaml" <<END
egret_sweep: 1
name: slurm
base:
  generate: egru
  generate.layers: 40,60,40
  chip: tiny-2x2
  run.activity: "rates=1,0.2,0.2 steps=600 seed=1"
axes:
  - {key: generate.density, values: [0.1, 0.2, 0.3, 0.9]}
  - {key: chip.noc.hop_cycles, values: [1, 2, 3, 4, 5]}
  - {key: run.placement, values: [sequential, snake, hilbert]}
objectives: [latency_mean_us, energy_per_token_uj]
fidelity: event
END
}

results() {
    cat "$folder"/db.d/results/*.csv 2>/dev/null | grep -c ',event,' || true
}

has_results() {
    [ "$(results)" -ge "$1" ]
}

# Nothing of the sweep is queued or running.
is_over() {
    [ -z "$(squeue --noheader)" ]
}

cd "$folder"
write_sweep
"$egret" sweep sweep.yaml -o local.db --jobs 2 --quiet >/dev/null
start_slurm
echo "a Slurm of two nodes is up after $SECONDS s"
"$egret" sweep sweep.yaml -o db --slurm --slurm-tasks 12 "--slurm-options=--partition=all --time=10"
if "$egret" sweep sweep.yaml -o db --slurm 2>refused; then
    fail "the same sweep was submitted twice"
fi
grep -q "of Slurm work on this sweep" refused || fail "$(cat refused)"

within 120 has_results 6
within 120 is_busy egret1
kill_node egret1
echo "node egret1 is gone with $(results) of 60 results there"
sleep 1
start_node egret1
within 300 is_over
[ "$(results)" -eq 60 ] || fail "$(results) results of 60; a point was done twice, or not at all"
submissions=(db.d/slurm/*/)
echo "all is done after $SECONDS s, in ${#submissions[@]} submissions"

"$egret" sweep local.db --csv >local.csv
"$egret" sweep db --csv >slurm.csv
cmp local.csv slurm.csv || fail "the database differs from that of the local run"

sh db.d/slurm/0001/array.sh 3 >again
grep -q "block 0001/3: 5 of 5 tasks were done, 0 more now" again || fail "$(cat again)"
[ "$(results)" -eq 60 ] || fail "a block run again by hand did something"
"$egret" sweep sweep.yaml -o db --slurm | grep -q "nothing is left to do" || fail "there is work left"
echo "slurm: the same database as of a local run"
