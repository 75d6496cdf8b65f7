#!/usr/bin/env python3
"""Is each bad input refused helpfully? Runs the cases of cases.py.

    tests/errors/run_errors.py check EGRET [PART]     PART: only cases whose name contains it
    tests/errors/run_errors.py record EGRET           write expected.txt anew: read its diff

Each case must exit with its code, print exactly the expected lines on stderr - one `egret: ` line that
says what is wrong and, behind a semicolon, what was expected or why, and at most one `hint: ` line -
nothing on stdout, and leave the folder as it was: no new file, no folder, no `.part`, nothing changed.
"""
import os
import pathlib
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from cases import CASES  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CHIPS = ROOT / "arch" / "chips"
EXPECTED = HERE / "expected.txt"
TIMEOUT_S = 60

SWEEP_YAML = """\
egret_sweep: 1
name: small
base:
  network: words
  chip: chip.yaml
  run.input: tokens.ids
axes:
  - {key: chip.noc.hop_cycles, values: [1, 2]}
objectives: [latency_mean_us]
"""
NETWORK_YAML = """\
format: egret-network
version: 1
name: words
inputs: 4
embedding:
  words: 12
  vocabulary: vocabulary.txt
decoder:
  tied: true
state:
  carry: full
layers:
  - name: first
    cell: egru
    units: 8
    threshold: value
  - name: second
    cell: egru
    units: 4
    threshold: value
"""
WORDS = ["<unk>", "<eos>", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def egret(program, folder, words, **options):
    environment = {**os.environ, "EGRET_CHIPS": str(CHIPS)}
    return subprocess.run([program, *words], cwd=folder, env=environment, timeout=TIMEOUT_S,
                          stdin=subprocess.DEVNULL, check=False, **options)


def prepare(program, folder):
    """The good files that the cases spoil."""
    def run(text):
        done = egret(program, folder, shlex.split(text), capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"cannot prepare: egret {text}: {done.stderr.decode()}")
    shutil.copy(CHIPS / "tiny-2x2.yaml", folder / "chip.yaml")
    shutil.copy(ROOT / "tests" / "golden" / "inputs" / "frames.npy", folder / "frames.npy")
    (folder / "text.txt").write_text("one two three\nfour five six\nseven eight\n")
    (folder / "tokens.ids").write_text("2 3 4 5 6 7 8 9 10 11 2 4\n")
    run("gen egru --layers 4,8,4 --density 0.5 --seed 3 --words 12 -o words")
    (folder / "words" / "network.yaml").write_text(NETWORK_YAML)
    (folder / "words" / "vocabulary.txt").write_text("\n".join(WORDS) + "\n")
    run("gen egru --layers 4,300,5 --density 0.05 --seed 4 -o vectors")
    run("compile words --chip chip.yaml -o good.egp")
    run("run words --chip chip.yaml --input tokens.ids -o out")
    run("check out --against base --update --reason first")
    (folder / "sweep.yaml").write_text(SWEEP_YAML)
    run("sweep sweep.yaml -o sweep.db -j 1")
    (folder / "loose.yaml").write_text("rules:\n  - match: \"*\"\n    ignore: true\n")


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
            for path in sorted(folder.rglob("*"))}


def run_case(program, folder, case):
    """Exit code, normalised stderr, and problems of form."""
    _, _, words, changes = case
    problems = []
    options = {"stdout": subprocess.PIPE}
    for change in changes:
        change(folder)
        if hasattr(change, "limit_bytes"):
            n_bytes = change.limit_bytes
            options["preexec_fn"] = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
        if hasattr(change, "stdout_path"):
            options["stdout"] = open(change.stdout_path, "wb")  # pylint: disable=consider-using-with
    before = content(folder)
    done = egret(program, folder, shlex.split(words), stderr=subprocess.PIPE, **options)
    if done.stdout:
        problems.append(f"stdout is not empty: {done.stdout[:80]!r}")
    after = content(folder)
    for name in sorted(before.keys() | after.keys()):
        if before.get(name, "absent") != after.get(name, "absent"):
            problems.append(f"{name} was left behind or changed")
    text = done.stderr.decode(errors="replace").replace(str(CHIPS), "CHIPS")
    lines = text.splitlines()
    if not text.endswith("\n") or not 1 <= len(lines) <= 2:
        problems.append(f"{len(lines)} lines on stderr instead of one, or two with a hint")
    elif not lines[0].startswith("egret: ") or not lines[0].isprintable():
        problems.append("the first line is not `egret: ` and printable text")
    elif len(lines) == 2 and not lines[1].startswith("hint: "):
        problems.append("the second line is no hint")
    if str(folder) in text:
        problems.append("the message names a folder that the command line does not name")
    return done.returncode, text, problems


def read_expected():
    """Name -> text of stderr."""
    expected = {}
    for block in EXPECTED.read_text().split("== ")[1:]:
        name, text = block.split("\n", 1)
        expected[name] = text.rstrip("\n") + "\n"
    return expected


def check_case(case, actual, expected):
    name, code, _, _ = case
    returncode, text, problems = actual
    if returncode != code:
        problems = problems + [f"exit code {returncode} instead of {code}"]
    if expected is not None and text != expected.get(name):
        problems = problems + [f"expected: {expected.get(name)}"]
    for problem in problems:
        print(f"FAILED {name}: {problem}")
    if problems:
        print(f"  stderr: {text}")
    return not problems


def run_all(program, record, part):
    expected = None if record else read_expected()
    recorded = []
    n_failed = 0
    names = [case[0] for case in CASES]
    if len(names) != len(set(names)) or (expected is not None and not part and set(names) != set(expected)):
        print("FAILED: names of cases and of expected.txt are not the same")
        n_failed += 1
    with tempfile.TemporaryDirectory(prefix="egret_errors_") as temporary:
        base = pathlib.Path(temporary, "base")
        base.mkdir()
        prepare(program, base)
        for case in [case for case in CASES if part in case[0]]:
            folder = pathlib.Path(temporary, "case")
            shutil.copytree(base, folder)
            actual = run_case(program, folder, case)
            shutil.rmtree(folder)
            n_failed += not check_case(case, actual, expected)
            recorded.append(f"== {case[0]}\n{actual[1]}")
    if record:
        EXPECTED.write_text("".join(recorded))
    print(f"{len(recorded)} cases, {n_failed} failed")
    return 1 if n_failed or not recorded else 0


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[1] not in ("check", "record"):
        print(__doc__, file=sys.stderr)
        return 2
    program = str(pathlib.Path(sys.argv[2]).resolve())
    return run_all(program, sys.argv[1] == "record", sys.argv[3] if len(sys.argv) > 3 else "")


if __name__ == "__main__":
    sys.exit(main())
