#!/usr/bin/env bash
# Fetch axe-core, with which tests/html/run_web.py looks for what keeps people from reading a page.
#
#   scripts/fetch_axe.sh      into build/web/; does nothing if it is there
#
# One version, known by its SHA-256; npm brings it, as Debian has no package of it. It is not part of
# Egret and not in the tree (Mozilla Public License 2.0).
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.10.3
sum=0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292
archive=axe-core-$version.tgz

if [ -f build/web/package/axe.min.js ]; then
    echo "fetch_axe: build/web/package/axe.min.js is there"
    exit 0
fi
if ! command -v npm >/dev/null; then
    echo "fetch_axe: no npm; scripts/setup.sh web installs it" >&2
    exit 1
fi
mkdir -p build/web
cd build/web
npm pack --silent "axe-core@$version" >/dev/null
if ! echo "$sum  $archive" | sha256sum --check --quiet; then
    rm -f "$archive"
    echo "fetch_axe: $archive is not the one that is known; nothing is kept" >&2
    exit 1
fi
tar -xzf "$archive"
rm "$archive"
echo "fetch_axe: build/web/package/axe.min.js, version $version"
