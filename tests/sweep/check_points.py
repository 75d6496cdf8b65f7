#!/usr/bin/env python3
"""Is a point of a sweep what `egret run` says of it? With the standard library alone.

    tests/sweep/check_points.py EGRET

Every point of a sweep over networks, chips, numbers, precisions and objectives is run by hand, with its values
as options; all metrics and hashes must be equal to the last digit, and what fails must fail with the same words.
The same sweep with other numbers of workers, and stopped between, must give the same bytes.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from sweep_tools import Bench, Failure, need, rows_of

SWEEP = """
egret_sweep: 1
name: points
base:
  generate: egru
  generate.layers: 24,40,30
  generate.seed: 3
  run.activity: "rates=1,0.2,0.3 steps=12 seed=5"
axes:
  - {key: generate.density, values: [0.2, 0.6]}
  - {key: chip, values: [tiny-2x2, spinnaker2]}
  - {key: chip.core.data_bytes, values: [3000, 98304]}
  - {key: run.quantize, values: [fp32, int8]}
  - {key: run.objective, values: [latency, memory]}
  - {key: chip.noc.hop_cycles, values: [1, 9]}
objectives: [latency_mean_us, energy_per_token_uj]
fidelity: %s
"""

STATUS = {0: "ok", 1: "invalid", 2: "invalid", 3: "no-fit", 4: "unsupported"}
HASHES = ("network_hash", "input_hash", "chip_hash", "program_hash", "mapping_hash")


def words_of(row, fidelity):
    """Options of `egret run` for a row."""
    words = ["--fidelity", fidelity, "--draws", "0", "-o", "run", "--chip", row["chip"]]
    for name, value in row.items():
        if name.startswith("chip."):
            words += ["--set", f"{name[5:]}={value}"]
        elif name.startswith("run."):
            words += [f"--{name[4:]}", value]
    return words


def compare(row, report):
    """What differs between a row and the report of the same run."""
    for metric in report["metrics"]:
        name = metric["name"]
        if row[name] == "" or float(row[name]) != metric["value"]:
            yield f"{name}: {row[name]}, by hand {metric['value']}"
        for end in ("low", "high"):
            told = row[f"{name}_{end}"] or row[name]
            if float(told) != metric[end]:
                yield f"{name}_{end}: {told}, by hand {metric[end]}"
    for name in HASHES:
        if row[name] != report["provenance"][name]:
            yield f"{name}: {row[name]}, by hand {report['provenance'][name]}"
    for name in ("cores_used", "fullest_data_bytes", "table_entries_used"):
        if int(row[name]) != report["mapping"][name]:
            yield f"{name}: {row[name]}, by hand {report['mapping'][name]}"


def check_row(bench, row, fidelity):
    """One point, by hand."""
    network = f"net{row['generate.density']}"
    if not (bench.folder / network).exists():
        bench.run("gen", "egru", "--layers", row["generate.layers"], "--density", row["generate.density"], "--seed",
                  row["generate.seed"], "--name", "points", "-o", network)
    shutil.rmtree(bench.folder / "run", ignore_errors=True)
    done = subprocess.run([bench.egret, "run", network, *words_of(row, fidelity)], cwd=bench.folder, text=True,
                          capture_output=True, check=False)
    need(row["status"] == STATUS.get(done.returncode), f"point {row['point']}: {row['status']}, by hand exit {done.returncode}")
    if done.returncode != 0:
        need(row["error"] and row["error"].replace("points", network) in done.stderr.replace("points", network),
             f"point {row['point']}: {row['error']!r}, by hand {done.stderr!r}")
        return
    report = json.loads((bench.folder / "run" / "report.json").read_text())
    differences = list(compare(row, report))
    need(not differences, f"point {row['point']}: {'; '.join(differences[:3])}")


def check_points(bench, fidelity):
    """All points of the sweep by one fidelity; then with other workers."""
    path = bench.sweep_file(fidelity, SWEEP % fidelity)
    bench.run("sweep", path, "-o", f"{fidelity}.db", "-j", "2")
    text = bench.csv(f"{fidelity}.db")
    rows = rows_of(text)
    need(len(rows) == 64, f"{len(rows)} rows; expected 64")
    statuses = {row["status"] for row in rows}
    need({"ok", "no-fit"} <= statuses, f"only {statuses}")
    for row in rows:
        check_row(bench, row, fidelity)
    for workers in (1, 3):
        database = f"{fidelity}-{workers}.db"
        bench.run("sweep", path, "-o", database, "-j", str(workers))
        need(bench.csv(database) == text, f"{workers} workers give other results")
    return path, text


def check_stopped(bench, path, text):
    """Stopped by a signal again and again: the same in the end, and nothing done twice."""
    for _ in range(40):
        worker = subprocess.Popen([bench.egret, "sweep", path, "-o", "stopped.db", "-j", "2"], cwd=bench.folder,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        time.sleep(0.05)
        worker.send_signal(signal.SIGINT)
        said = worker.communicate()[1]
        if worker.returncode == 0:
            break
        need(worker.returncode in (130, -signal.SIGINT), f"exit {worker.returncode}: {said}")
    bench.run("sweep", path, "-o", "stopped.db")
    need(bench.csv("stopped.db") == text, "a sweep that was stopped gives other results")
    logs = pathlib.Path(bench.folder / "stopped.db.d" / "results").glob("*.csv")
    lines = sum(len(log.read_text().splitlines()) - 2 for log in logs)
    need(lines == 64, f"{lines} lines in the logs; expected one a point")


def main():
    """See above."""
    bench = Bench(sys.argv[1])
    os.environ.pop("EGRET_CHIPS", None)
    try:
        path, text = check_points(bench, "event")
        check_points(bench, "count")
        check_stopped(bench, path, text)
    except Failure as failure:
        print(f"check_points: {failure}", file=sys.stderr)
        return 1
    print("128 points are what egret run says, with 1, 2 and 3 workers, stopped and resumed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
