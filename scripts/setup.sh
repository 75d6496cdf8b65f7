#!/usr/bin/env bash
# Install what is missing to build, test and run Egret, from Debian's own packages.
#
#   scripts/setup.sh                 what building, the tests and the demo need
#   scripts/setup.sh lint            also the tools of `format`, `lint` and `coverage`
#   scripts/setup.sh train           also what the training scripts need
#   scripts/setup.sh web             also a browser, for the test of pages in one; then run
#                                    scripts/fetch_axe.sh
#   scripts/setup.sh mpi             also Open MPI (53 MB): sweeps under mpirun, scripts/test_mpi.sh
#   scripts/setup.sh slurm           also Slurm (14 MB), for scripts/test_slurm.sh
#   scripts/setup.sh --check [...]   install nothing: list what is missing, exit 1 if anything is
#
# Needs Debian 12 (or a system with the same package names) and root or sudo. Does nothing, in one
# line, when all is there.
set -euo pipefail
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

base=(gcc g++ cmake ninja-build pkg-config libyaml-dev libjansson-dev libsystemc-dev libgtest-dev
      libbenchmark-dev libscotch-dev libmetis-dev libsqlite3-dev python3 python3-yaml man-db mandoc zsh dpkg-dev
      file)
lint=(clang-14 clang-format clang-tidy cppcheck shellcheck gcovr)
train=(python3-torch python3-numpy libopenblas0-pthread)
web=(chromium)
mpi=(libopenmpi-dev openmpi-bin)
slurm=(slurm-wlm munge)
command -v npm >/dev/null || web+=(npm) # may be there from elsewhere

usage() {
    echo "usage: scripts/setup.sh [--check] [lint] [train] [web] [mpi] [slurm]" >&2
    exit 2
}

check_only=no
wanted=("${base[@]}")
for word in "$@"; do
    case "$word" in
        --check) check_only=yes ;;
        lint) wanted+=("${lint[@]}") ;;
        train) wanted+=("${train[@]}") ;;
        web) wanted+=("${web[@]}") ;;
        mpi) wanted+=("${mpi[@]}") ;;
        slurm) wanted+=("${slurm[@]}") ;;
        *) usage ;;
    esac
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "setup: this is no Debian system; install yourself: ${wanted[*]}" >&2
    exit 1
fi

missing=()
for package in "${wanted[@]}"; do
    state=$(dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null || true)
    grep -qx installed <<<"$state" || missing+=("$package")
done

if [ "${#missing[@]}" -eq 0 ]; then
    echo "setup: nothing to install, all ${#wanted[@]} packages are there"
    exit 0
fi
if [ "$check_only" = yes ]; then
    echo "setup: missing: ${missing[*]}"
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "setup: missing: ${missing[*]}; run scripts/setup.sh as root, or install sudo" >&2
        exit 1
    fi
    as_root=(sudo env LC_ALL=C DEBIAN_FRONTEND=noninteractive)
fi

echo "setup: installing ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# apt_get ARGUMENTS...: quietly; what it said is shown only if it failed.
apt_get() {
    if ! "${as_root[@]}" apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
            -o Acquire::Retries=3 "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "setup: 'apt-get $1' failed; see above" >&2
        exit 1
    fi
}

apt_get update
apt_get install --yes --no-install-recommends "${missing[@]}"
echo "setup: done"
