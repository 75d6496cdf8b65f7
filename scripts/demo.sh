#!/usr/bin/env bash
# The main job, from a fresh clone to a report: install what is missing, build, run the shipped
# trained network on SpiNNaker2 over the sample text, and say where the files are.
#
#   scripts/demo.sh [NETWORK [INPUT]]      another network directory, another text
set -euo pipefail
cd "$(dirname "$0")/.."

network=${1:-models/egru-ptb-small}
input=${2:-$network/sample.txt}
out=build/demo

scripts/setup.sh
scripts/build.sh release egret

echo
build/release/bin/egret run "$network" --chip spinnaker2 --input "$input" -o "$out"
echo
echo "Written to $out:"
(cd "$out" && ls -1) | sed 's/^/  /'
echo "Open $out/report.html in a browser."
