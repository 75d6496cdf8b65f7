#!/usr/bin/env python3
"""A VCD trace through GTKWave's own reader: tests/vcd/run_gtkwave.py EGRET

GTKWave reads a VCD file as vcd2fst does, which comes with it: what vcd2fst and fst2vcd make of a trace must
have the same variables, with the same changes at the same times. Without GTKWave (Debian: gtkwave, which
brings a desktop's libraries) the test is skipped.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from vcd_reader import read  # noqa: E402

SKIP = 77
RUN = ["run", "small", "--chip", "tiny-2x2", "--activity", "rates=0.6,0.3,0.3 steps=4 seed=3", "--vcd"]


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}")


def steps_of(changes):
    """Changes to another value: the first of each, and what differs from the one before."""
    found = []
    for time, value in changes:
        if not found or found[-1][1] != value:
            found.append((time, value))
    return found


def check(egret, options, folder):
    run([egret] + RUN + ["trace.vcd"] + options, folder)
    run(["vcd2fst", "trace.vcd", "trace.fst"], folder)
    run(["fst2vcd", "trace.fst", "-o", "back.vcd"], folder)
    ours, end = read(folder / "trace.vcd")
    theirs, _ = read(folder / "back.vcd")
    names = {name.split("[")[0].rstrip(): name for name in theirs}
    ours = {name.split("[")[0].rstrip(): changes for name, changes in ours.items()}
    if sorted(ours) != sorted(names):
        raise AssertionError(f"variables differ: {sorted(set(ours) ^ set(names))[:6]}")
    for name, changes in ours.items():
        if steps_of(changes) != steps_of(theirs[names[name]]):
            raise AssertionError(f"{name}: GTKWave reads other changes")
    print(f"  {len(ours)} variables up to {end} ps, {sum(map(len, ours.values()))} changes")


def main():
    if not (shutil.which("vcd2fst") and shutil.which("fst2vcd")):
        print("skipped: no vcd2fst; install GTKWave (Debian: gtkwave) to run this test")
        return SKIP
    egret = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as made:
        folder = pathlib.Path(made)
        run([egret, "gen", "egru", "--layers", "8,14,10", "--density", "0.5", "--seed", "1", "-o", "small"], folder)
        for options in ([], ["--vcd-steps", "1:2", "--vcd-cores", "0,3"]):
            check(egret, options, folder)
    print("GTKWave reads our traces as they are")
    return 0


if __name__ == "__main__":
    sys.exit(main())
