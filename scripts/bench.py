#!/usr/bin/env python3
"""Run the cases of benches/cases.yaml and compare what they cost, exactly, with benches/results.csv.

    scripts/bench.py check EGRET     exit 6 and a diff if any number differs
    scripts/bench.py update EGRET    write results.csv anew: review and explain the diff

Every number is a count, or follows from counts by one fixed computation, so it is the same on every
machine and from every compiler; no time is measured here.
"""
import argparse
import csv
import difflib
import io
import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CASES, RESULTS = ROOT / "benches" / "cases.yaml", ROOT / "benches" / "results.csv"
CASE_KEYS = ["name", "chip", "network", "input", "options"]
EXIT_INPUT, EXIT_REGRESSION = 1, 6


def fail(message, status=EXIT_INPUT):
    print(f"bench: {message}", file=sys.stderr)
    sys.exit(status)


def read_cases():
    cases = []
    for number, line in enumerate(CASES.read_text(encoding="utf-8").splitlines(), 1):
        text = line.split("#")[0].rstrip()
        if not text:
            continue
        key, colon, value = text[2:].partition(":")
        if text[:2] == "- ":
            cases.append({})
        if text[:2] not in ("- ", "  ") or not colon or key not in CASE_KEYS or not cases or key in cases[-1]:
            fail(f"benches/cases.yaml:{number}: '{text}'; expected one of {', '.join(CASE_KEYS)} of a case")
        cases[-1][key] = value.strip()
    for case in cases:
        if list(case) != CASE_KEYS:
            fail(f"benches/cases.yaml: case {case.get('name')} needs {', '.join(CASE_KEYS)} in that order")
    return cases


def call(program, *words):
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        fail(f"'egret {' '.join(words)}' ended with {done.returncode}: {done.stderr.strip()}", done.returncode)


def draw_tokens(path, n_tokens, n_words):
    """Token ids from a 64-bit linear congruential generator (Knuth's MMIX constants)."""
    state, tokens = 1, []
    for _ in range(n_tokens):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        tokens.append((state >> 33) % n_words)
    path.write_text("\n".join(map(str, tokens)) + "\n", encoding="ascii")


def run_case(program, case, folder):
    network, words = ROOT / case["network"], shlex.split(case["network"])
    if not (network / "network.yaml").is_file():
        network = folder / "network"
        call(program, "gen", *words, "--name", case["name"], "-o", str(network), "--quiet")
    given = ["--input", str(ROOT / case["input"])]
    if case["input"].startswith("tokens "):
        source = folder / "input.ids"
        draw_tokens(source, int(case["input"].split()[1]), int(words[words.index("--words") + 1]))
        given = ["--input", str(source)]
    elif case["input"].startswith("activity "):
        given = ["--activity", case["input"].removeprefix("activity "), "--draws", "0"]
    out = folder / "run"
    call(program, "run", str(network), "--chip", case["chip"], *given, "-o", str(out), "--quiet",
         *shlex.split(case["options"]))
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def row_of(case, report):
    run, layers = report["run"], report["layers"]
    metrics = {metric["name"]: metric["value"] for metric in report["metrics"]}
    return {
        "case": case["name"],
        "chip": report["provenance"]["chip"],
        "network": report["provenance"]["network"],
        "strategy": case["options"] or "default",
        "engine": report["provenance"]["engine"],
        "steps": run["simulated_steps"],
        "cycles": run["run_cycles"],
        "pipelined_cycles": round(run["core_hz"] * run["simulated_steps"] / metrics["tokens_per_second_pipelined"]),
        "energy_pj": round(metrics["energy_per_token_uj"] * run["simulated_steps"] * 1e6),
        "events": sum(layer["events"] for layer in layers),
        "deliveries": sum(layer["deliveries"] for layer in layers),
        "synaptic_ops": sum(layer["synaptic_ops"] for layer in layers),
        "flit_hops": run["flit_hops"],
        "cores": report["mapping"]["cores_used"],
        "fullest_core_bytes": report["mapping"]["fullest_data_bytes"],
    }


def main():
    parser = argparse.ArgumentParser(description="Compare the costs of fixed runs with benches/results.csv.")
    parser.add_argument("action", choices=["check", "update"])
    parser.add_argument("egret", help="the program, as build/dev/bin/egret")
    options = parser.parse_args()
    rows = []
    for case in read_cases():
        with tempfile.TemporaryDirectory() as folder:
            rows.append(row_of(case, run_case(options.egret, case, Path(folder))))
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if options.action == "update":
        RESULTS.write_text(text.getvalue(), encoding="utf-8")
        print(f"bench: {len(rows)} cases written to benches/results.csv")
        return 0
    before = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
    if text.getvalue() == before:
        print(f"bench: {len(rows)} cases, every number as in benches/results.csv")
        return 0
    sys.stdout.writelines(difflib.unified_diff(before.splitlines(True), text.getvalue().splitlines(True),
                                               "benches/results.csv", "now"))
    print("bench: results differ; if that is meant, `scripts/bench.py update` and name the cause", file=sys.stderr)
    return EXIT_REGRESSION


if __name__ == "__main__":
    sys.exit(main())
