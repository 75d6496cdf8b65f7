#!/usr/bin/env bash
# Run all tests of a coverage build and report the lines and branches of our C that they reached.
#
#   scripts/coverage.sh [BUILD]      BUILD: a build of preset `coverage` (default build/coverage)
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build/coverage}
if ! command -v gcovr >/dev/null; then
    echo "coverage: gcovr is not installed (scripts/setup.sh lint)" >&2
    exit 1
fi
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" --parallel "$(nproc)" --output-on-failure --progress --no-tests=error
gcovr --root . --object-directory "$build" --filter '(arch|base|cli|compiler|models|sim)/' \
    --exclude-unreachable-branches --exclude-throw-branches --html-details "$build/coverage.html" \
    --print-summary
echo "coverage: line by line in $build/coverage.html"
