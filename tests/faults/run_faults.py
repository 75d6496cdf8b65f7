#!/usr/bin/env python3
"""kill -9 of the manager or of a worker at random moments of a local sweep, which is then resumed.

    tests/faults/run_faults.py EGRET [KILLS]

In the end the database says what that of an undisturbed run says, and no task was done twice: each stands once in
the logs. The moments are drawn from a fixed seed; how far the sweep is then depends on the machine, so that no two
runs of this test are the same. What must hold does not depend on it.
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
KILLS = 50
PATIENCE_S = 120
SWEEP = """egret_sweep: 1
name: faults
base:
  generate: egru
  generate.layers: 20,30,20
  chip: tiny-2x2
  run.activity: "rates=1,0.2,0.2 steps=40 seed=1"
axes:
  - {key: generate.density, values: [0.1, 0.2, 0.3, 0.4, 0.9]}
  - {key: chip.noc.hop_cycles, from: 1, to: 20, step: 1}
  - {key: run.placement, values: [sequential, snake, hilbert]}
objectives: [latency_mean_us, energy_per_token_uj]
fidelity: event
"""
POINTS = 300


class Sweep:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.environment = {**os.environ, "EGRET_CHIPS": str(ROOT / "arch" / "chips")}
        (self.folder / "sweep.yaml").write_text(SWEEP)

    def words(self, database):
        return [self.program, "sweep", "sweep.yaml", "-o", database, "-j", "2", "--quiet"]

    def start(self, database):
        return subprocess.Popen(self.words(database), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def finish(self, database):
        with self.start(database) as process:
            told = process.communicate(timeout=PATIENCE_S)[1]
        if process.returncode != 0:
            sys.exit(f"faults: exit code {process.returncode}: {told}")

    def csv(self, database):
        done = subprocess.run([self.program, "sweep", database, "--csv"], cwd=self.folder, env=self.environment,
                              capture_output=True, text=True, check=True, timeout=PATIENCE_S)
        return done.stdout

    def tasks(self, database):
        """(point, fidelity) of each whole line of the logs."""
        lines = []
        for path in sorted((self.folder / f"{database}.d" / "results").glob("*.csv")):
            text = path.read_text()
            whole = text[:text.rfind("\n") + 1].splitlines()[2:]
            lines += [tuple(line.split(",")[:2]) for line in whole]
        return lines


def workers_of(manager):
    """Its children, as /proc has them."""
    try:
        text = pathlib.Path(f"/proc/{manager}/task/{manager}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def are_gone(pids):
    """Dead, or a zombie that nobody looks after."""
    for pid in pids:
        try:
            if ") Z " not in pathlib.Path(f"/proc/{pid}/stat").read_text():
                return False
        except OSError:
            continue
    return True


def wait_until_gone(pids):
    end = time.monotonic() + PATIENCE_S
    while not are_gone(pids):
        if time.monotonic() > end:
            sys.exit("faults: workers outlive their manager")
        time.sleep(0.001)


def await_workers(process):
    """Its workers, as soon as it has some; none if it ends before."""
    workers = []
    while not workers and process.poll() is None:
        workers = workers_of(process.pid)
    return workers


def disturb(sweep, database, draw, n_kills):
    """Kills; after that of the manager the sweep is begun again. Returns (of managers, of workers)."""
    n_managers = n_workers = 0
    process = sweep.start(database)
    while n_managers + n_workers < n_kills:
        of_worker = draw.random() < 0.5
        if of_worker:
            await_workers(process)
        time.sleep(draw.expovariate(1 / 0.06))
        workers = workers_of(process.pid)
        if process.poll() is not None: # it was done before, or ended by itself, which it must not
            told = process.communicate()[1]
            if process.returncode != 0:
                sys.exit(f"faults: exit code {process.returncode}: {told}")
            break
        if of_worker and workers:
            os.kill(draw.choice(workers), signal.SIGKILL)
            n_workers += 1
        elif not of_worker:
            process.kill()
            process.communicate()
            n_managers += 1
            wait_until_gone(workers)
            process = sweep.start(database)
    if process.poll() is None:
        process.communicate(timeout=PATIENCE_S)
    return n_managers, n_workers


def show_difference(whole, other):
    for before, after in zip(whole.splitlines(), other.splitlines()):
        if before != after:
            print(f"- {before[:200]}\n+ {after[:200]}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: tests/faults/run_faults.py EGRET [KILLS]")
    n_kills = int(sys.argv[2]) if len(sys.argv) == 3 else KILLS
    draw = random.Random(1)
    n_managers = n_workers = n_sweeps = 0
    with tempfile.TemporaryDirectory(prefix="egret_faults_") as folder:
        sweep = Sweep(os.path.abspath(sys.argv[1]), folder)
        sweep.finish("whole.db")
        whole = sweep.csv("whole.db")
        while n_managers + n_workers < n_kills: # a fast machine is done before: then another sweep
            n_sweeps += 1
            database = f"{n_sweeps}.db"
            managers, workers = disturb(sweep, database, draw, n_kills - n_managers - n_workers)
            n_managers, n_workers = n_managers + managers, n_workers + workers
            sweep.finish(database)
            tasks = sweep.tasks(database)
            if len(tasks) != POINTS or len(set(tasks)) != POINTS:
                sys.exit(f"faults: {len(tasks)} results of {len(set(tasks))} tasks; expected {POINTS} of each")
            if sweep.csv(database) != whole:
                show_difference(whole, sweep.csv(database))
                sys.exit(f"faults: {database} differs from the database of the undisturbed run")
    if n_managers == 0 or n_workers == 0:
        sys.exit("faults: nothing of one kind was killed")
    print(f"faults: {n_managers} managers and {n_workers} workers killed in {n_sweeps} sweeps: the same databases, "
          "no task twice")


if __name__ == "__main__":
    main()
