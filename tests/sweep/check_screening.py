#!/usr/bin/env python3
"""Does a screened sweep find the front of all points? With the standard library alone.

    tests/sweep/check_screening.py EGRET

The same points once all by `event`, once screened by `count` (`fidelity: multi`), with and without a limit, in
different orders and with a stop between: the fronts must be equal, every value of it to the last digit, and points
left out must be worse than a timed one. The front of all points is found here by comparing all pairs.
"""
import sys

from sweep_tools import Bench, Failure, need, rows_of

SWEEP = """
egret_sweep: 1
name: screening
base:
  generate: egru
  generate.layers: 30,60,40
  generate.density: 0.4
  generate.seed: 8
  chip: spinnaker2
  run.activity: "rates=1,0.3,0.3 steps=10 seed=2"
axes:
  - {key: chip.grid.usable_cores, values: [2, 3, 5, 8, 13, 21, 34]}
  - {key: chip.noc.hop_cycles, values: [1, 5, 20]}
  - {key: run.point, values: [low, high]}
  - {key: run.placement, values: [sequential, auto, hilbert]}
  - {key: run.split, values: [equal, balanced]}
objectives: [latency_mean_us, energy_per_token_uj]
%s
"""
OBJECTIVES = ("latency_mean_us", "energy_per_token_uj")
N_POINTS = 7 * 3 * 2 * 3 * 2


def front_of(rows, most_uj):
    """Points that no other is better than, by comparing all pairs."""
    timed = [row for row in rows if row["fidelity"] == "event" and row["status"] == "ok"
             and float(row["energy_per_token_uj"]) <= most_uj]
    values = {row["point"]: tuple(float(row[name]) for name in OBJECTIVES) for row in timed}

    def beaten(value):
        return any(all(a <= b for a, b in zip(other, value)) and other != value for other in values.values())

    return {row["point"]: row for row in timed if not beaten(values[row["point"]])}


def drop_fidelity(row):
    """What must be equal of two rows of a front."""
    return {name: value for name, value in row.items() if name not in ("line",)}


def check(bench, limits, most_uj):
    """One pair of sweeps."""
    whole = bench.sweep_file("whole", SWEEP % (limits + "\nfidelity: event"))
    multi = bench.sweep_file("multi", SWEEP % (limits + "\nfidelity: multi\nconfirm: flit"))
    for name, path in (("whole", whole), ("multi", multi)):
        bench.run("sweep", path, "-o", f"{name}{most_uj}.db", "-j", "2")
    all_rows = rows_of(bench.csv(f"whole{most_uj}.db"))
    some_rows = rows_of(bench.csv(f"multi{most_uj}.db"))
    need(len(all_rows) == N_POINTS, f"{len(all_rows)} rows; expected {N_POINTS}")
    front, found = front_of(all_rows, most_uj), front_of(some_rows, most_uj)
    need(front.keys() == found.keys(), f"front {sorted(front)}; screened {sorted(found)}")
    for point in front:
        need(drop_fidelity(front[point]) == drop_fidelity(found[point]), f"point {point} differs")
    by_event = [row for row in some_rows if row["fidelity"] == "event"]
    n_timed = sum(row["status"] == "ok" for row in by_event)
    n_left_out = sum(row["status"] == "screened" for row in by_event)
    need(n_timed + n_left_out == N_POINTS, f"{n_timed} timed, {n_left_out} left out of {N_POINTS}")
    need(n_left_out > 0, "no run was saved")
    confirmed = {row["point"] for row in some_rows if row["fidelity"] == "flit"}
    need(confirmed == set(front), f"confirmed {sorted(confirmed)}; front {sorted(front)}")
    values = {row["point"]: row for row in all_rows}
    for row in by_event: # what was left out is beaten by all that was timed, or beyond the limit
        if row["status"] == "screened":
            mine = values[row["point"]]
            beaten = any(all(float(one[name]) <= float(mine[name]) for name in OBJECTIVES) for one in front.values())
            need(beaten or float(mine["energy_per_token_uj"]) > most_uj, f"point {row['point']} was left out")
    return n_timed, len(front)


def main():
    """See above."""
    bench = Bench(sys.argv[1])
    try:
        n_timed, n_front = check(bench, "", 1e9)
        n_limited, n_front_limited = check(bench, "limits: {energy_per_token_uj: {max: 60}}", 60)
    except Failure as failure:
        print(f"check_screening: {failure}", file=sys.stderr)
        return 1
    print(f"the front of {N_POINTS} points ({n_front}) from {n_timed} timed ones; with a limit ({n_front_limited}) "
          f"from {n_limited}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
