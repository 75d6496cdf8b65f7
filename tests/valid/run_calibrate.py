#!/usr/bin/env python3
"""scripts/calibrate.py: finds constants that give the measured powers from a start far off, writes a chip description
that Egret reads, and refuses what is held out, what nothing determines and what does not exist."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EGRET, SCRIPT = sys.argv[1], ROOT / "scripts" / "calibrate.py"
REFUSED = {
    "chip: spinnaker2\nfit: [energy.chip_floor_uw]\nto: [V2]\n": "V2 is held out: nothing may be fitted to it",
    "chip: spinnaker2\nfit: [energy.chip_floor_uw]\nto: [X1]\n": "no measurement X1",
    "chip: spinnaker2\nfit: [energy.no_such_pj]\nto: [C1]\n": "the chip has no number 'energy.no_such_pj'",
    "chip: spinnaker2\nfit: [energy.chip_floor_uw, energy.router_lookup_pj]\nto: [C1]\n":
        "do not determine energy.router_lookup_pj",
    "chip: spinnaker2\n": "expected a map with chip, fit, to",
}


def call(*words):
    return subprocess.run([sys.executable, SCRIPT, EGRET, *words], capture_output=True, text=True, check=False)


def check(holds, message):
    if not holds:
        sys.exit(f"calibrate test: {message}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        chip = Path(folder) / "fitted.yaml"
        done = call(ROOT / "tests" / "valid" / "fits" / "energy.yaml", "-o", chip)
        check(done.returncode == 0, done.stderr)
        after = [float(x) for x in re.findall(r"%\s+([+-][\d.]+) %", done.stdout)]
        check(len(after) == 7 and max(map(abs, after)) <= 0.001, f"deviations left: {after}")
        check(chip.read_text(encoding="utf-8").count("fitted by scripts/calibrate.py to C1: 75.2 mW") == 7, "sources")
        power = subprocess.run([EGRET, "power", "--chip", chip, "--duty", "1"], capture_output=True, text=True, check=True)
        check(" 424.6 " in power.stdout, power.stdout)
        for text, message in REFUSED.items():
            wrong = Path(folder) / "wrong.yaml"
            wrong.write_text(text, encoding="utf-8")
            done = call(wrong)
            check(done.returncode == 1 and message in done.stderr and done.stderr.count("\n") == 1, done.stderr)


if __name__ == "__main__":
    main()
