#!/usr/bin/env python3
"""What egret shows on a terminal, and only there: colours and progress.

    tests/terminal/run_terminal.py EGRET
"""
import os
import pathlib
import pty
import re
import subprocess
import sys
import tempfile

CHIPS = pathlib.Path(__file__).resolve().parent.parent.parent / "arch" / "chips"
STEPS = 80000  # some seconds: bars wait for the first
COLOUR = re.compile(rb"\x1b\[(48;5;\d+|38;5;\d+|0)m")
EFFORT = 2500  # the same
PLACE_BAR = re.compile(rb"\r\x1b\[Kcompile: place +\[[#.]{20}\] +\d+ %  (\d+)/\d+  [\d.]+/s  (?:\d+ s|\d+:\d\d) left")
BAR = re.compile(rb"\r\x1b\[K(\S+) +\[[#.]{20}\] +(\d+) %  (\d+)/(\d+)  [\d.]+/s  (\d+ s|\d+:\d\d) left")


class Check:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.failures = 0

    def expect(self, holds, text):
        if not holds:
            self.failures += 1
            print(f"not so: {text}")

    def environment(self, settings):
        plain = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
        return {**plain, "EGRET_CHIPS": str(CHIPS), "TERM": "xterm-256color", **settings}

    def piped(self, *words):
        done = subprocess.run([self.program, *words], cwd=self.folder, env=self.environment({}), check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        self.expect(done.returncode == 0, f"egret {' '.join(words)}: {done.stderr.decode()}")
        return done.stdout, done.stderr

    def on_terminal(self, *words, **settings):
        """Standard output and error of a run on a terminal of its own."""
        ours, theirs = pty.openpty()
        with subprocess.Popen([self.program, *words], cwd=self.folder, env=self.environment(settings),
                              stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as process:
            os.close(theirs)
            shown = b""
            while True:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # the other end is closed
                    break
                if not part:
                    break
                shown += part
            os.close(ours)
        self.expect(process.returncode == 0, f"egret {' '.join(words)} on a terminal: {process.returncode}")
        return shown.replace(b"\r\n", b"\n")

    def colours(self):
        words = ("report", "out", "--floor-plan", "energy")
        plain, _ = self.piped(*words)
        coloured = self.on_terminal(*words)
        self.expect(b"\x1b" not in plain, "no colours where there is no terminal")
        self.expect(COLOUR.search(coloured) is not None, "colours on a terminal")
        self.expect(COLOUR.sub(b"", coloured) == plain, "colours change nothing else")
        self.expect(self.on_terminal(*words, NO_COLOR="1") == plain, "NO_COLOR is honoured")
        self.expect(self.on_terminal(*words, NO_COLOR="") == coloured, "an empty NO_COLOR means nothing")
        self.expect(self.on_terminal(*words, TERM="dumb") == plain, "a dumb terminal has none")

    def progress(self):
        words = ("run", "net", "--chip", "tiny-2x2", "--activity", f"rates=1,0.5,0.5 steps={STEPS} seed=1",
                 "--no-pipelined", "--draws", "0")
        screen, told = self.piped(*words)
        shown = self.on_terminal(*words)
        self.expect(told == b"", f"no bar where there is no terminal: {told!r}")
        bars = BAR.findall(shown)
        self.expect(len(bars) >= 1, f"bars with rate and time left: {shown[:400]!r}")
        done = [int(bar[2]) for bar in bars if bar[0] == b"replay"]
        self.expect(done == sorted(done) and all(int(bar[3]) == STEPS for bar in bars), "bars grow")
        self.expect(all(int(bar[1]) == 100 * int(bar[2]) // int(bar[3]) for bar in bars), "shares are right")
        self.expect(shown.endswith(b"\r\x1b[K" + screen), "the bar is wiped, and the screen is the same")
        self.expect(self.on_terminal(*words, "--quiet") == screen, "--quiet: no bar")

    def compiler(self):
        words = ("compile", "net", "--chip", "spinnaker2", "--placement", "anneal", "--effort", str(EFFORT))
        screen, told = self.piped(*words)
        shown = self.on_terminal(*words)
        self.expect(told == b"", f"no bar where there is no terminal: {told!r}")
        bars = PLACE_BAR.findall(shown)
        self.expect(len(bars) >= 1, f"bars of the placement: {shown[:400]!r}")
        done = [int(bar) for bar in bars]
        self.expect(done == sorted(done), "bars grow")
        self.expect(shown.endswith(b"\r\x1b[K" + screen), "the bar is wiped, and the screen is the same")


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as folder:
        check = Check(program, folder)
        check.piped("gen", "egru", "--layers", "6,40,30", "--density", "0.5", "--seed", "3", "-o", "net")
        check.piped("run", "net", "--chip", "tiny-2x2", "--activity", "rates=1,0.5,0.5 steps=5 seed=1",
                    "--draws", "0", "-o", "out")
        check.colours()
        check.progress()
        check.compiler()
    print(f"{check.failures} failures")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
