#!/usr/bin/env python3
"""Traces for Perfetto against the tables of the same run: tests/perfetto/run_perfetto.py EGRET

For each run, recorded as a whole: every core has a track on which its phases follow one another without a
gap, each as long as cores.csv says, to half a nanosecond a slice; the critical path fills each step;
FIFOs rise as high and links carry as much as counted; power over time is the ledger's energy. A trace cut
short, or with a byte changed in what the reader looks at, is refused. With some cores and steps alone it
is smaller and has these alone.
"""
import collections
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from perfetto_reader import TraceError, read  # noqa: E402

PHASES = ["receive", "update", "array_wait", "emit", "stall", "wait", "sleep", "level_switch"]
REPLAY = ["--activity", "rates=0.6,0.3,0.3 steps=6 seed=3"]
MJ_PER_PJ = 1e-9
RUNS = [
    ("central", ["--chip", "tiny-2x2"]),
    ("mesh", ["--chip", "tiny-mesh", "--fidelity", "flit"]),
    ("board", ["--chip", "tiny-board", "--sync", "barrier"]),
    ("odd-clock", ["--chip", "spinnaker2", "--point", "high"]),
    ("two-points", ["--chip", "spinnaker2", "--point", "auto"]),
    ("arrays", ["--chip", "spinnaker2", "--quantize", "int8", "--format", "dense-mla"]),
    ("ticks", ["--chip", "tiny-2x2", "--sync", "tick", "--tick-ns", "3000"]),
]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(egret, arguments, folder, binary=False):
    done = subprocess.run([egret] + arguments, cwd=folder, capture_output=True, timeout=120, check=False)
    check(done.returncode == 0, f"{' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout if binary else done.stdout.decode()


def table(path):
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def by_group(tracks, group):
    return [track for track in tracks.values() if track.group == group and not track.is_group]


def core_id(name):
    return int(re.match(r"core (\d+)", name).group(1))


def check_cores(tracks, report, rows):
    counted = {int(row["core"]): row for row in rows}
    shown = [track for track in by_group(tracks, "cores") if not track.name.endswith("MAC array")]
    check(sorted(core_id(track.name) for track in shown) == sorted(counted), "there is a track for each core")
    ns_per_cycle = 1e9 / report["run"]["core_hz"]
    for track in shown:
        row, sums, slices = counted[core_id(track.name)], collections.Counter(), collections.Counter()
        for (begin, end, name, _), after in zip(track.slices, track.slices[1:] + [None]):
            check(after is None or after[0] == end, f"{track.name}: a gap at {end} ns")
            sums[name.split()[0]] += end - begin
            slices[name.split()[0]] += 1
        slow = float(row["slow_cycles"]) if report["provenance"]["operating_point"] == "auto" else 0
        for phase in PHASES:
            expected = float(row[phase + "_cycles"]) * ns_per_cycle
            room = 0.5 * 2 * slices[phase] + 1 + (slow * ns_per_cycle if phase in PHASES[:4] else 0)
            check(abs(sums[phase] - expected) <= room,
                  f"{track.name}, {phase}: {sums[phase]} ns; counted {expected} ns")


def check_path(tracks, report, steps):
    group = f"{report['provenance']['network']} on {report['provenance']['chip']}"
    named = {track.name: track for track in by_group(tracks, group)}
    check(len(named["steps"].slices) == len(steps), "there is a slice for each step")
    legs = iter(named["critical path"].slices)
    for (begin, end, name, _), row in zip(named["steps"].slices, steps):
        check(name == f"step {row['step']}", name)
        check(abs(begin - int(row["start_ps"]) / 1000) <= 0.5 and
              abs(end - int(row["end_ps"]) / 1000) <= 0.5, f"{name} is when steps.csv says")
        at = begin
        while at < end:
            leg = next(legs)
            check(leg[0] == at and leg[3]["step"] == int(row["step"]), f"{name}: the path has a gap at {at} ns")
            at = leg[1]
        check(at == end, f"{name}: the path ends with the step")
    return named


def check_power(named, report, whole_ns):
    """What flits, look-ups, bits and changes cost is not in the counter."""
    parts = sum(line["pj"] for line in report["energy"]
                if line["scope"] == "run" and line["of"] == "sequential" and
                (line["unit"] == "ps" or line["part"] in ("active", "mac_array")))
    values = named["power"].values
    check(named["power"].unit == "mW", "power is in mW")
    ends = [time for time, _ in values[1:]] + [whole_ns]
    energy_pj = sum((end - begin) * value for (begin, value), end in zip(values, ends))  # ns * mW = pJ
    check(abs(energy_pj - parts) <= 0.01 * parts, f"power adds up to {energy_pj} pJ; the ledger to {parts}")
    check(all(value >= named["power of states alone"].values[0][1] for _, value in values),
          "power is at least that of the states")


def check_counters(tracks, rows, links):
    high = {int(row["core"]): int(row["fifo_high_packets"]) for row in rows}
    fifos = by_group(tracks, "receive FIFOs")
    for track in fifos:
        check(max(value for _, value in track.values) == high[core_id(track.name)], f"{track.name}: high water")
        check(track.values[-1][1] == 0 and track.unit == "packets", f"{track.name} is empty at the end")
    check(len(fifos) == sum(1 for most in high.values() if most > 0), "all FIFOs that held something")
    carried = {int(row["link"]): int(row["flits"]) for row in links if row["flits"] != "0"}
    shown = by_group(tracks, "links")
    check(sorted(carried) == sorted(int(track.name.split()[1]) for track in shown), "all links in use")
    for track in shown:
        number = int(track.name.split()[1])
        check(track.name.split(" ", 2)[2] == links[number]["name"], f"{track.name} has its name")
        check(sum(value for _, value in track.values) == carried[number], f"{track.name}: flits")


def check_whole(egret, name, options, folder):
    run(egret, ["run", "small"] + options + REPLAY + ["--timeline-steps", "0:5", "-o", name], folder)
    data = run(egret, ["report", name, "--format", "perfetto"], folder, binary=True)
    run(egret, ["report", name, "--format", "perfetto", "-o", "again.pftrace"], folder)
    check(data == (folder / "again.pftrace").read_bytes(), "a file has the bytes of the screen")
    report = json.loads((folder / name / "report.json").read_text(encoding="utf-8"))
    rows, steps = table(folder / name / "cores.csv"), table(folder / name / "steps.csv")
    tracks = read(data)
    check_cores(tracks, report, rows)
    named = check_path(tracks, report, steps)
    end_ns = max(track.slices[-1][1] for track in by_group(tracks, "cores") if track.slices)
    check_power(named, report, end_ns)
    check_counters(tracks, rows, table(folder / name / "links.csv"))
    print(f"  {name}: {sum(not t.is_group for t in tracks.values())} tracks, {len(data)} bytes")
    return data


def check_part(egret, folder, whole):
    """Two cores and one step."""
    run(egret, ["run", "small"] + RUNS[0][1] + REPLAY +
        ["--timeline-steps", "2", "--timeline-cores", "0,1", "-o", "part"], folder)
    data = run(egret, ["report", "part", "--format", "perfetto"], folder, binary=True)
    tracks = read(data)
    check({core_id(track.name) for track in by_group(tracks, "cores")} == {0, 1}, "only these cores")
    check(len(data) < len(whole) / 3, "a part is smaller")
    power = [track.name for track in tracks.values() if track.name.startswith("power, of")]
    check(power == ["power, of 2 cores at work"], "power says of how many cores it is")


def check_damage(data):
    for cut in (1, 7, len(data) // 2):
        try:
            read(data[:-cut])
        except TraceError:
            continue
        raise AssertionError(f"a trace without its last {cut} bytes is not noticed")
    try:
        read(data.replace(b"\x48\x02\x58", b"\x48\x01\x58", 1))  # an end becomes a begin
    except TraceError:
        return
    raise AssertionError("a slice without an end is not noticed")


def main():
    egret = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        run(egret, ["gen", "egru", "--layers", "8,14,10", "--density", "0.5", "--seed", "1", "-o", "small"],
            folder)
        traces = [check_whole(egret, name, options, folder) for name, options in RUNS]
        check_part(egret, folder, traces[0])
        check_damage(traces[0])
    print(f"{len(RUNS)} traces agree with the tables of their runs")


if __name__ == "__main__":
    main()
