#!/usr/bin/env bash
# Everything that must hold: install what is missing, build, run all tests.
#
#   scripts/test.sh [PRESET] [--label LABEL]
#
# PRESET: dev (default), asan, release, coverage. LABEL: one kind of tests (unit timing equal golden
# errors valid headers install docs terminal). Exit code and last lines are ctest's own.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
    echo "usage: scripts/test.sh [dev|asan|release|coverage] [--label LABEL]" >&2
    exit 2
}

preset=dev
chosen=()
while [ $# -gt 0 ]; do
    case "$1" in
        dev | asan | release | coverage) preset=$1 ;;
        --label)
            [ $# -ge 2 ] || usage
            chosen=(--label-regex "^$2\$")
            shift
            ;;
        *) usage ;;
    esac
    shift
done

scripts/setup.sh mpi
scripts/build.sh "$preset"

tests=(ctest --test-dir "build/$preset" --parallel "$(nproc)" --output-on-failure --no-tests=error
       "${chosen[@]}")
if [ -t 1 ]; then
    exec "${tests[@]}" --progress
fi
# Not on a terminal: only what failed, and the closing lines.
"${tests[@]}" | sed -u -e '/^ *Start *[0-9]*: /d' -e '/^ *[0-9]*\/[0-9]* Test .* Passed /d'
