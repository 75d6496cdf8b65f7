"""What the tests of sweeps share: a folder of its own, commands, rows of results."""
import csv
import io
import pathlib
import subprocess
import tempfile


class Failure(Exception):
    """What a test found wrong."""


class Bench:
    """A folder to work in, and the program."""

    def __init__(self, egret):
        self.egret = str(pathlib.Path(egret).resolve())
        self.held = tempfile.TemporaryDirectory(prefix="egret-sweep-")
        self.folder = pathlib.Path(self.held.name)

    def run(self, *words, expect=0, **more):
        """The program with these words; its output."""
        done = subprocess.run([self.egret, *words], cwd=self.folder, text=True, capture_output=True,
                              check=False, **more)
        if done.returncode != expect:
            raise Failure(f"egret {' '.join(words)}: exit {done.returncode}, not {expect}: {done.stderr}")
        return done

    def sweep_file(self, name, text):
        """SWEEP.yaml of that text; its path."""
        path = self.folder / f"{name}.yaml"
        path.write_text(text)
        return str(path)

    def csv(self, database):
        """All results as text, without what differs from run to run."""
        return self.run("sweep", database, "--csv").stdout


def rows_of(text):
    """Rows of CSV as dictionaries."""
    return list(csv.DictReader(io.StringIO(text)))


def need(holds, message):
    """A check."""
    if not holds:
        raise Failure(message)
