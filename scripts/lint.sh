#!/usr/bin/env bash
# All static checks: clang-tidy and cppcheck over our C and C++, shellcheck over the scripts, and the
# budgets of scripts/metrics.py (which only reports). Exit 1 if any of the first three has something to say.
#
#   scripts/lint.sh [BUILD]      BUILD: a configured build folder (default build/dev)
set -euo pipefail
cd "$(dirname "$0")/.."

build=${1:-build/dev}
findings=0

# have TOOL: is it installed? Says so if not.
have() {
    command -v "$1" >/dev/null && return 0
    echo "lint: $1 is not installed (scripts/setup.sh lint); skipped"
    return 1
}

if have clang-tidy && [ -f "$build/compile_commands.json" ]; then
    echo "lint: clang-tidy"
    git ls-files -z -- 'arch/*.c' 'base/*.c' 'cli/*.c' 'compiler/*.c' 'models/*.c' 'sim/*.c' 'sim/*.cpp' \
        'benches/*.c' | xargs -0 -P "$(nproc)" -n 1 clang-tidy --quiet -p "$build" \
        --warnings-as-errors='*' 2>/dev/null || findings=1
fi

if have cppcheck; then
    echo "lint: cppcheck"
    git ls-files -- 'arch/*.c' 'base/*.c' 'cli/*.c' 'compiler/*.c' 'models/*.c' 'sim/*.c' 'benches/*.c' |
        cppcheck --quiet --std=c11 --language=c --enable=warning,performance,portability \
            --inline-suppr --suppress=missingInclude --suppress=missingIncludeSystem \
            --error-exitcode=1 -j "$(nproc)" -I base/include -I arch/include -I models/include \
            -I compiler/include -I sim/include --file-list=- || findings=1
fi

if have shellcheck; then
    echo "lint: shellcheck"
    shellcheck scripts/*.sh scripts/hooks/* .ci/run || findings=1
fi

python3 scripts/metrics.py
exit "$findings"
