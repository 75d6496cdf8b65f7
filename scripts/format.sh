#!/usr/bin/env bash
# Bring our C and C++ into the form of .clang-format, or (--check) name the files that are not in it.
set -euo pipefail
cd "$(dirname "$0")/.."

format=
for name in clang-format-14 clang-format; do
    if command -v "$name" >/dev/null && "$name" --version | grep -q 'version 14\.'; then
        format=$name
        break
    fi
done
if [ -z "$format" ]; then
    echo "format: clang-format 14 is not installed (scripts/setup.sh lint); nothing checked"
    exit 0
fi

git ls-files -z -- '*.c' '*.h' '*.cpp' '*.hpp' >/dev/null # fails here if this is no checkout
if [ "${1:-}" = --check ]; then
    bad=0
    while IFS= read -r -d '' file; do
        if ! "$format" "$file" | cmp -s - "$file"; then
            echo "format: $file is not formatted"
            bad=$((bad + 1))
        fi
    done < <(git ls-files -z -- '*.c' '*.h' '*.cpp' '*.hpp')
    if [ "$bad" -ne 0 ]; then
        echo "format: $bad files; 'cmake --build build/dev --target format' mends them"
        exit 1
    fi
    echo "format: all files are formatted"
else
    git ls-files -z -- '*.c' '*.h' '*.cpp' '*.hpp' | xargs -0 "$format" -i
fi
