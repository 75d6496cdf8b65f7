#!/usr/bin/env python3
"""Traces against the counters of the same run: tests/vcd/run_vcd.py EGRET

For each run: in the trace exactly one of a core's eight activities is on at any time, each as long as cores.csv
says, to the cycle; MAC arrays and FIFOs agree with their counts, steps with steps.csv; a run with a trace
gives the same files as one without; a trace of some cores and steps is the part of the whole.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from vcd_reader import read, spans, value_at  # noqa: E402

ACTIVITIES = ["receive", "update", "array_wait", "emit", "stall", "wait", "sleep", "level_switch"]
REPLAY = ["--activity", "rates=0.6,0.3,0.3 steps=5 seed=3"]
TOP = "SystemC.chip."

# Name, network, options.
RUNS = [
    ("central", "small", ["--chip", "tiny-2x2"] + REPLAY),
    ("queues", "small", ["--chip", "tiny-2x2", "--set", "core.inject_queue_packets=1",
                         "--set", "noc.hz=1000000"] + REPLAY),
    ("mesh", "small", ["--chip", "tiny-mesh"] + REPLAY),
    ("board", "small", ["--chip", "tiny-board"] + REPLAY),
    ("odd-clock", "small", ["--chip", "spinnaker2"] + REPLAY),
    ("fast-point", "small", ["--chip", "spinnaker2", "--point", "high"] + REPLAY),
    ("arrays", "small", ["--chip", "tiny-2x2", "--quantize", "int8", "--format", "dense-mla"] + REPLAY),
    ("supersteps", "small", ["--chip", "tiny-2x2", "--sync", "barrier"] + REPLAY),
    ("cycle-level", "small", ["--chip", "tiny-2x2", "--fidelity", "flit"] + REPLAY),
    ("one-step", "small", ["--chip", "tiny-2x2", "--sim-steps", "1"] + REPLAY),
]


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(egret, arguments, folder):
    done = subprocess.run([egret] + arguments, cwd=folder, capture_output=True, text=True, timeout=120)
    check(done.returncode == 0, f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def rows(path):
    with open(path, encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


class Trace:
    """A VCD file, with times as edges of the cores' clock."""

    def __init__(self, path, hz):
        self.changes, self.end = read(path)
        self.hz = hz

    def cycle(self, ps):
        cycle = (ps * self.hz + 10**12 // 2) // 10**12
        edge = (cycle * 10**12 + self.hz // 2) // self.hz
        check(abs(edge - ps) <= 1, f"{ps} ps is no edge of {self.hz} Hz")
        return cycle

    def cores(self):
        """{core: prefix of its signals}"""
        found = {}
        for name in self.changes:
            parts = name.split(".")
            if parts[-1] == "receive":
                found[int(parts[-2].removeprefix("core_"))] = ".".join(parts[:-1]) + "."
        return found

    def cycles_on(self, name, begin, end):
        return sum(self.cycle(to) - self.cycle(at)
                   for at, to, value in spans(self.changes[name], begin, end) if value == 1)

    def window(self):
        traced = self.changes[TOP + "traced"]
        begin = next(at for at, value in traced if value == 1)
        check(traced[-1] == (self.end, 0), "the trace ends where its last step does")
        return begin, self.end


def check_core(trace, prefix, counts):
    begin, end = trace.window()
    for name in ACTIVITIES:
        expected = int(counts[name + "_cycles"])
        found = trace.cycles_on(prefix + name, begin, end)
        check(found == expected, f"{prefix}{name}: {found} cycles; counted {expected}")
    check(trace.cycles_on(prefix + "mac_array", begin, end) == int(counts["mac_array_cycles"]),
          prefix + "mac_array")
    most = max(value for _, value in trace.changes[prefix + "fifo"])
    high = int(counts["fifo_high_packets"])
    check(max(high - 1, 0) <= most <= high, f"{prefix}fifo: {most} at most; high-water mark {high}")
    check(value_at(trace.changes[prefix + "fifo"], end) == 0, f"{prefix}fifo is empty at the end")


def check_one_at_a_time(trace, prefix):
    begin, end = trace.window()
    times = {begin}
    for name in ACTIVITIES:
        times |= {at for at, _ in trace.changes[prefix + name] if begin <= at < end}
    now = dict.fromkeys(ACTIVITIES)
    edges = {name: dict(trace.changes[prefix + name]) for name in ACTIVITIES}
    for name in ACTIVITIES:
        now[name] = value_at(trace.changes[prefix + name], begin)
    for time in sorted(times):
        for name in ACTIVITIES:
            now[name] = edges[name].get(time, now[name])
        check(sum(now.values()) == 1, f"{prefix} at {time} ps: {now}")


def check_steps(trace, steps):
    begun, done = trace.changes[TOP + "step"], trace.changes[TOP + "steps_done"]
    for step in steps:
        number, start, end = (int(step[name]) for name in ("step", "start_ps", "end_ps"))
        check(value_at(begun, start) == number, f"step {number} begins at {start} ps")
        check((end, number + 1) in done, f"step {number} ends at {end} ps")


def check_whole(egret, name, arguments, folder):
    run(egret, arguments + ["-o", "plain"], folder)
    run(egret, arguments + ["-o", "traced", "--vcd", "whole.vcd"], folder)
    for file in ("report.json", "cores.csv", "links.csv", "steps.csv", "events.egt"):
        check((folder / "plain" / file).read_bytes() == (folder / "traced" / file).read_bytes(),
              f"{file} is the same with a trace")
    report = json.loads((folder / "traced" / "report.json").read_text(encoding="utf-8"))
    trace = Trace(folder / "whole.vcd", report["run"]["core_hz"])
    counts = {int(row["core"]): row for row in rows(folder / "traced" / "cores.csv")}
    check(trace.window()[0] == 0 and trace.cycle(trace.end) == report["run"]["run_cycles"],
          "the trace lasts as long as the run")
    cores = trace.cores()
    check(sorted(cores) == sorted(counts), "the trace has all cores")
    for core, prefix in cores.items():
        check_core(trace, prefix, counts[core])
        check_one_at_a_time(trace, prefix)
    check_steps(trace, rows(folder / "traced" / "steps.csv"))
    print(f"  {name}: {len(cores)} cores, {report['run']['run_cycles']} cycles, "
          f"{(folder / 'whole.vcd').stat().st_size} bytes")
    return trace, rows(folder / "traced" / "steps.csv")


def check_part(egret, arguments, folder, whole, steps):
    """Two cores, and all steps but the first and the last."""
    chosen, first, last = sorted(whole.cores())[:2], 1, len(steps) - 2
    run(egret, arguments + ["--vcd", "part.vcd", "--vcd-steps", f"{first}:{last}",
                            "--vcd-cores", ",".join(map(str, chosen))], folder)
    part = Trace(folder / "part.vcd", whole.hz)
    begin, end = part.window()
    check(begin == int(steps[first]["start_ps"]), "the window begins with its first step")
    check(end == int(steps[last]["end_ps"]), "the window ends with its last step")
    check(sorted(part.cores()) == chosen, "only these cores are traced")
    for name in part.changes:
        if name != TOP + "traced":
            check(spans(part.changes[name], begin, end) == spans(whole.changes[name], begin, end),
                  f"{name} is that of the whole trace")
        check(all(at in (0, begin) or begin < at <= end for at, _ in part.changes[name]),
              f"{name} changes in the window alone")


def check_repeats(egret, arguments, folder):
    first = (folder / "whole.vcd").read_bytes()
    run(egret, arguments + ["--vcd", "again.vcd"], folder)
    check(first == (folder / "again.vcd").read_bytes(), "the same run gives the same bytes")
    left = sorted(p.name for p in folder.iterdir() if ".part" in p.name)
    check(not left, f"nothing is left but the trace: {left}")


def main():
    egret = str(pathlib.Path(sys.argv[1]).resolve())
    for name, network, options in RUNS:
        with tempfile.TemporaryDirectory() as made:
            folder = pathlib.Path(made)
            run(egret, ["gen", "egru", "--layers", "8,14,10", "--density", "0.5", "--seed", "1",
                        "-o", network], folder)
            arguments = ["run", network] + options
            whole, steps = check_whole(egret, name, arguments, folder)
            if len(steps) > 2:
                check_part(egret, arguments, folder, whole, steps)
            check_repeats(egret, arguments, folder)
    print(f"{len(RUNS)} runs: traces agree with the counters")


if __name__ == "__main__":
    main()
