#!/usr/bin/env python3
"""What `egret sweep --slurm` asks of Slurm, with programs in its place that only take it down.

    tests/faults/run_slurm_calls.py EGRET

The test then plays Slurm: it runs blocks, or loses them, and runs the job that goes on. So what is missing goes out
again, submissions that bring nothing end, a sweep that Slurm still works on is not submitted twice, and in the end the
database says what a local run says. The folder's name has what a shell would trip over.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SWEEP = """egret_sweep: 1
name: slurm calls
base:
  generate: egru
  generate.layers: 8,10,8
  chip: tiny-2x2
  run.activity: "rates=1,0.2,0.2 steps=10 seed=1"
axes:
  - {key: chip.noc.hop_cycles, from: 1, to: 10, step: 1}
objectives: [latency_mean_us]
fidelity: event
"""
SBATCH = """#!/usr/bin/env python3
import json, os, sys
state = os.environ["FAKE_SLURM"]
if os.path.exists(state + "/refuse"):
    sys.exit("sbatch: error: no such partition")
jobs = json.load(open(state + "/jobs"))
jobs.append(sys.argv[1:])
json.dump(jobs, open(state + "/jobs", "w"))
print(str(100 + len(jobs)) + ";cluster")
"""
SQUEUE = """#!/usr/bin/env python3
import os, sys
job = sys.argv[sys.argv.index("--jobs") + 1]
if not os.path.exists(os.environ["FAKE_SLURM"] + "/" + job):
    sys.exit("slurm_load_jobs error: Invalid job id specified")
print(job)
"""


class Fake:
    def __init__(self, program, folder):
        self.program = program
        self.state, self.folder = pathlib.Path(folder) / "state", pathlib.Path(folder) / "it's $HERE, 100%"
        self.folder.mkdir()
        self.state.mkdir()
        for name, text in (("sbatch", SBATCH), ("squeue", SQUEUE)):
            (self.state / name).write_text(text)
            (self.state / name).chmod(0o755)
        (self.state / "jobs").write_text("[]")
        (self.folder / "sweep.yaml").write_text(SWEEP)
        self.environment = {**os.environ, "EGRET_CHIPS": str(ROOT / "arch" / "chips"), "FAKE_SLURM": str(self.state),
                            "PATH": f"{self.state}:{os.environ['PATH']}"}
        for name in [name for name in self.environment if name.startswith("SLURM_")]:
            del self.environment[name]

    def run(self, *words, code=0, **more):
        done = subprocess.run(words, cwd=self.folder, env={**self.environment, **more}, capture_output=True, text=True,
                              check=False, timeout=120)
        if done.returncode != code:
            sys.exit(f"slurm: {words}: exit code {done.returncode}, expected {code}\n{done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def egret(self, *words, code=0, **more):
        return self.run(self.program, "sweep", *words, code=code, **more)

    def submit(self, database="db", code=0, **more):
        return self.egret("sweep.yaml", "-o", database, "--slurm", "--slurm-tasks", "4",
                          "--slurm-options=--partition=x --time=1", code=code, **more)

    def jobs(self):
        return json.loads((self.state / "jobs").read_text())

    def block(self, script, k):
        return self.run("sh", script, SLURM_ARRAY_TASK_ID=str(k), SLURM_JOB_ID="77", SLURM_CPUS_PER_TASK="2")


def expect(holds, what):
    if not holds:
        sys.exit(f"slurm: {what}")


def check_scripts(fake, array, go_on):
    text = (fake.folder / array).read_text()
    expect("#SBATCH --requeue --array=0-3\n" in text, text)
    expect("#SBATCH --partition=x --time=1\n" in text, text)
    expect(re.search(r'#SBATCH --open-mode=append --output="/.*/slurm/0001/block-%a.log"\n', text), text)
    text = (fake.folder / go_on).read_text()
    expect("'--slurm' '--slurm-tasks=4' '--slurm-options=--partition=x --time=1' 'sweep.yaml'" in text, text)
    tasks = (fake.folder / "db.d/slurm/0001/tasks.csv").read_text().splitlines()
    expect(tasks[0] == "block,point,fidelity" and len(tasks) == 11, tasks)
    expect([line.split(",")[0] for line in tasks[1:]] == list("0001122233"), tasks)


def check_course(fake):
    told = fake.submit()
    expect("submitted 10 tasks (event) as job 101 of 4 blocks; job 102 goes on after it" in told, told)
    (_, array), (_, dependency, go_on) = fake.jobs()
    expect(dependency == "--dependency=afterany:101", dependency)
    check_scripts(fake, array, go_on)

    (fake.state / "102").touch()
    told = fake.submit(code=5)
    expect("jobs 101 and 102 of Slurm work on this sweep" in told and "scancel 101 102" in told, told)
    for k, n in ((0, 3), (2, 3)): # blocks 1 and 3 are lost
        told = fake.block(array, k)
        expect(f"block 0001/{k}: 0 of {n} tasks were done, {n} more now" in told, told)
        told = fake.run("sh", array, str(k))
        expect(f"block 0001/{k}: {n} of {n} tasks were done, 0 more now" in told, told)
    told = fake.run("sh", go_on, SLURM_JOB_ID="102") # the job that we are in is no obstacle
    expect("submitted 4 tasks (event) as job 103 of 4 blocks" in told, told)
    for k in range(4):
        fake.block(fake.jobs()[2][1], k)
    told = fake.run("sh", fake.jobs()[3][2], SLURM_JOB_ID="104")
    expect("nothing is left to do: 10 points" in told, told)
    expect(len(fake.jobs()) == 4, "it was submitted again, though all is done")
    fake.egret("sweep.yaml", "-o", "local", "-j", "1")
    expect(fake.egret("db", "--csv") == fake.egret("local", "--csv"), "the database differs from that of a local run")


def check_barren(fake):
    fake.submit("barren")
    for _ in range(2):
        fake.run("sh", fake.jobs()[-1][2], SLURM_JOB_ID="1")
    n = len(fake.jobs())
    told = fake.run("sh", fake.jobs()[-1][2], SLURM_JOB_ID="1", code=5)
    expect("the last 3 jobs brought no result; 10 of the round are missing" in told, told)
    expect(len(fake.jobs()) == n, "it was submitted a fourth time")
    fake.submit("barren") # somebody asks for it
    expect(len(fake.jobs()) == n + 2, "it was not submitted again by hand")


def check_refusals(fake):
    (fake.state / "refuse").touch()
    told = fake.submit("refused", code=5)
    expect("sbatch: exit code 1: sbatch: error: no such partition" in told, told)
    told = fake.submit("absent", code=5, PATH=str(fake.folder))
    expect("sbatch: not found; expected Slurm's programs in PATH" in told, told)
    told = fake.egret("sweep.yaml", "-o", "lines", "--slurm", "--slurm-options=a\nrm -rf x", code=1)
    expect("--slurm-options: holds a control character" in told, told)
    told = fake.egret("db.d", "--task", "0001/9", code=1)
    expect("0001 has no such block" in told, told)
    told = fake.egret("db.d", "--task", "3", code=2)
    expect("--task 3: no block; expected NNNN/K" in told, told)
    told = fake.egret("sweep.yaml", "--slurm", code=2)
    expect("--output" in told, told)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: tests/faults/run_slurm_calls.py EGRET")
    with tempfile.TemporaryDirectory(prefix="egret_slurm_calls_") as folder:
        fake = Fake(os.path.abspath(sys.argv[1]), folder)
        check_course(fake)
        check_barren(fake)
        check_refusals(fake)
    print("slurm: what is missing goes out again, what is done does not")


if __name__ == "__main__":
    main()
