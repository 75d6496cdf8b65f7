#!/usr/bin/env python3
"""What a sweep takes over the replays that it consists of. With the standard library alone.

    scripts/bench_sweep.py EGRET [-j N] [--points N] [--steps N] [--mpi N] [--rounds N]

Sweeps numbers of the chip over the published size (750-1350-1350-750, 5 % of the weights) and compares the time
with (points x a single replay) / workers. A single replay is what one more step of `egret sim` takes, times the
steps: the time of a long run less that of a short one, the best of several before and after the sweep. The sweep's
workers share the machine with nothing else, or the ratio says so.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

SWEEP = """
egret_sweep: 1
name: bench
base:
  network: big.net
  chip: spinnaker2
  run.activity: "rates=1,0.1,0.1,0.1 steps={steps} seed=1"
  run.no-pipelined: true
axes:
  - {{key: chip.noc.hop_cycles, from: 1, to: 10, step: 1}}
  - {{key: chip.noc.hz, from: 100000000, to: 600000000, steps: 10}}
  - {{key: chip.router.lookup_cycles, from: 1, to: {last}, step: 1}}
objectives: [latency_mean_us, energy_per_token_uj]
compile: once
"""


def seconds(command, folder, env=None):
    """Wall time of a command."""
    begin = time.monotonic()
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, env=env)
    return time.monotonic() - begin


def replay_s(egret, folder, steps, rounds):
    """Of so many steps, without start, loading and report."""
    best = {}
    for n in (10, 10 + steps):
        command = [egret, "sim", "big.egp", "--network", "big.net", "--chip", "spinnaker2", "--activity",
                   f"rates=1,0.1,0.1,0.1 steps={n} seed=1", "--no-pipelined", "--draws", "0"]
        best[n] = min(seconds(command, folder) for _ in range(rounds))
    return best[10 + steps] - best[10]


def main():
    """See above."""
    parser = argparse.ArgumentParser()
    parser.add_argument("egret")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--points", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--mpi", type=int, default=0, help="ranks; one of them manages")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    egret = str(pathlib.Path(options.egret).resolve())
    last = options.points // 100
    n_points, workers = 100 * last, options.mpi - 1 if options.mpi else options.j
    with tempfile.TemporaryDirectory(prefix="egret-bench-") as folder:
        seconds([egret, "gen", "egru", "--layers", "750,1350,1350,750", "--density", "0.05", "-o", "big.net"], folder)
        seconds([egret, "compile", "big.net", "--chip", "spinnaker2", "-o", "big.egp"], folder)
        pathlib.Path(folder, "sweep.yaml").write_text(SWEEP.format(steps=options.steps, last=last))
        before = replay_s(egret, folder, options.steps, options.rounds)
        command = [egret, "sweep", "sweep.yaml", "-o", "results.db", "-q"]
        if options.mpi:
            command = ["mpirun", "--oversubscribe", "-n", str(options.mpi), *command]
        else:
            command += ["-j", str(options.j)]
        taken = seconds(command, folder, {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1",
                                          "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})
        after = replay_s(egret, folder, options.steps, options.rounds)
    single = (before + after) / 2
    ideal = n_points * single / workers
    print(f"{n_points} points of {options.steps} steps, {workers} workers: {taken:.1f} s; a replay {single * 1e3:.1f} ms "
          f"({before * 1e3:.1f} before, {after * 1e3:.1f} after)")
    print(f"{taken / ideal:.2f} x (points x replay / workers); {(taken - ideal) * workers / n_points * 1e3:.1f} ms a "
          "point besides the replay")
    return 0


if __name__ == "__main__":
    sys.exit(main())
