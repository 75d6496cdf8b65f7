#!/usr/bin/env bash
# Configure and build a preset into build/PRESET, in a few lines; all of the compiler's words if it fails.
#
#   scripts/build.sh [PRESET [TARGET...]]      presets: dev (default) asan release coverage
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:-dev}
[ $# -eq 0 ] || shift
targets=()
[ $# -eq 0 ] || targets=(--target "$@")

mkdir -p build
log=$(mktemp build/build.log.XXXXXX)
trap 'rm -f "$log"' EXIT

# quietly WORDS... : run a command, show what it said only if it failed.
quietly() {
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "build: '$*' failed; see above" >&2
        exit 1
    fi
}

echo "build: preset $preset into build/$preset"
quietly cmake --preset "$preset"
quietly cmake --build --preset "$preset" "${targets[@]}"
