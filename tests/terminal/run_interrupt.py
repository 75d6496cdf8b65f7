#!/usr/bin/env python3
"""Does a signal in the middle of a run leave what it should?

    tests/errors/run_interrupt.py EGRET

In the compiler and in the reference run: exit 130, one line, and the folder as it was. In the simulation: exit 130, one line, and a
whole run directory, marked, whose counters are byte for byte those of a run of as many steps. With ticks, where no
such run exists: nothing.
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

CHIPS = pathlib.Path(__file__).resolve().parent.parent.parent / "arch" / "chips"
STEPS = 60000  # some seconds of simulation: the signal comes long before the end
PATIENCE_S = 120


class Check:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.environment = {**os.environ, "EGRET_CHIPS": str(CHIPS)}
        self.failures = 0

    def expect(self, holds, text):
        if not holds:
            self.failures += 1
            print(f"not so: {text}")

    def egret(self, *words):
        done = subprocess.run([self.program, *words], cwd=self.folder, env=self.environment, timeout=PATIENCE_S,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.expect(done.returncode == 0, f"egret {' '.join(words)}: {done.stderr}")

    def run_words(self, out, *more):
        return ["run", "net", "--chip", "tiny-2x2", "--input", "in.npy", "--precision", "fp32", "--draws", "0", "-o",
                out, *more]

    def signalled(self, words, number, begun):
        """Runs, sends the signal as soon as begun(line of stderr or None), returns code and the last lines."""
        with subprocess.Popen([self.program, *words], cwd=self.folder, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            begun(process)
            process.send_signal(number)
            screen, told = process.communicate(timeout=PATIENCE_S)
        return process.returncode, screen, told

    def wait_for_folder(self, name):
        def wait(process):
            end = time.monotonic() + PATIENCE_S
            while not (self.folder / name).is_dir() and time.monotonic() < end and process.poll() is None:
                time.sleep(0.001)
        return wait

    @staticmethod
    def wait_for_simulation(process):
        for line in process.stderr:
            if line.startswith("reference:"):
                break
        time.sleep(0.3)

    @staticmethod
    def wait_for_network(process):
        for line in process.stderr:
            if line.startswith("network "):
                break
        time.sleep(0.5)

    def reference(self):
        code, screen, told = self.signalled(self.run_words("early"), signal.SIGINT, self.wait_for_folder("early"))
        self.expect(code == 130, f"in the reference run: exit code {code}")
        self.expect(told.startswith("egret: interrupted after ") and told.count("\n") == 1, f"one line: {told!r}")
        self.expect(screen == "", f"nothing printed: {screen!r}")
        self.expect(not (self.folder / "early").exists(), "no folder is left")

    def compiler(self):
        """The placement alone would take minutes."""
        for command, made in (("compile", "p.egp"), ("run", "p.run")):
            words = [command, "net", "--chip", "tiny-2x2", "--placement", "anneal", "--effort", "100000", "--verbose",
                     "-o", made]
            words += ["--input", "in.npy"] if command == "run" else []
            code, screen, told = self.signalled(words, signal.SIGINT, self.wait_for_network)
            self.expect(code == 130 and screen == "", f"{command}: exit code {code}, printed {screen!r}")
            self.expect(told.endswith("egret: interrupted in the compiler's pass 'place'\n"), f"{command}: {told!r}")
            self.expect(not list(self.folder.glob("p.*")), f"{command}: nothing is left")

    def simulation(self, number, sync):
        out = f"part-{sync}"
        code, screen, told = self.signalled(self.run_words(out, "--sync", sync, "--verbose"), number,
                                            self.wait_for_simulation)
        self.expect(code == 130, f"{sync}: exit code {code}")
        self.expect("egret: interrupted: the report is of " in told, f"{sync}: {told!r}")
        run = json.loads((self.folder / out / "report.json").read_text())["run"]
        n_steps = run["simulated_steps"]
        self.expect(run["interrupted"] == 1 and run["wanted_steps"] == STEPS, f"{sync}: marked")
        self.expect(0 < n_steps < STEPS, f"{sync}: {n_steps} steps")
        self.expect(f"PARTIAL: interrupted after {n_steps:,} of {STEPS:,} steps" in screen, f"{sync}: on the screen")
        self.egret(*self.run_words("whole", "--sync", sync, "--no-pipelined", "--sim-steps", str(n_steps)))
        for name in ("cores.csv", "links.csv", "steps.csv", "events.egt", "program.egp"):
            one, other = ((self.folder / d / name).read_bytes() for d in (out, "whole"))
            self.expect(one == other, f"{sync}: {name} is that of a run of {n_steps} steps")

    def ticks(self):
        words = self.run_words("ticks", "--sync", "tick", "--tick-ns", "20000", "--verbose")
        code, screen, told = self.signalled(words, signal.SIGTERM, self.wait_for_simulation)
        self.expect(code == 130 and screen == "", f"ticks: exit code {code}, printed {screen!r}")
        self.expect("egret: interrupted after " in told, f"ticks: {told!r}")
        self.expect(not (self.folder / "ticks").exists(), "ticks: no folder is left")


def write_vectors(path, n_steps, width):
    """One non-zero value in each step, as .npy."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_steps}, {width}), }}"
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    rows = [b"\0\0\x80\x3f" + b"\0" * 4 * (width - 1), b"\0" * 4 * (width - 1) + b"\0\0\x80\x3f"]
    path.write_bytes(b"\x93NUMPY\x01\0" + len(header).to_bytes(2, "little") + header.encode()
                     + b"".join(rows[step % 2] for step in range(n_steps)))


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        check = Check(program, folder)
        check.egret("gen", "egru", "--layers", "6,40,30", "--density", "0.5", "--seed", "3", "-o", "net")
        write_vectors(check.folder / "in.npy", STEPS, 6)
        check.reference()
        check.compiler()
        check.simulation(signal.SIGINT, "dataflow")
        check.simulation(signal.SIGTERM, "barrier")
        check.ticks()
    print(f"{check.failures} failures")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
