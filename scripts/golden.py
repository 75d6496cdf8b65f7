#!/usr/bin/env python3
"""Exact outputs: run the cases of tests/golden/cases.txt and compare, or record, what they print.

    scripts/golden.py check EGRET     exit 1 and a diff for each byte that changed
    scripts/golden.py update EGRET    record anew: read the diff of tests/golden before committing

All cases run in one temporary folder, so that later ones may use what earlier ones wrote. A case must
exit with 0 and print nothing on stderr; bad input is tested in tests/errors.
"""
import difflib
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
TIMEOUT_S = 300


def read_cases():
    """Rows (name, words) and ("=", file) in the order of the file."""
    rows = []
    for line in (GOLDEN / "cases.txt").read_text().splitlines():
        if line.startswith("= "):
            rows.append(("=", line[2:].strip()))
        elif line.strip() and not line.startswith("#"):
            name, words = line.split(":", 1)
            rows.append((name, shlex.split(words)))
    return rows


def run_case(egret, words, folder):
    environment = {**os.environ, "EGRET_CHIPS": str(ROOT / "arch" / "chips")}
    done = subprocess.run([egret, *words], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, timeout=TIMEOUT_S, check=False)
    problem = ""
    if done.returncode != 0 or done.stderr:
        problem = f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}"
    return done.stdout, problem


def show_difference(name, expected, actual):
    lines = difflib.unified_diff(expected.decode(errors="replace").splitlines(),
                                 actual.decode(errors="replace").splitlines(),
                                 f"expected/{name}", "actual", lineterm="", n=1)
    for line in list(lines)[:40]:
        print("    " + line)


def compare(name, actual, update):
    """True if the output is as recorded, or was recorded now."""
    path = GOLDEN / "expected" / name
    expected = path.read_bytes() if path.exists() else None
    if expected == actual:
        return True
    if update:
        path.write_bytes(actual)
        print(f"recorded {name}")
        return True
    print(f"DIFFERS {name}" if expected is not None else f"NOT RECORDED {name}")
    show_difference(name, expected or b"", actual)
    return False


def run_all(egret, update):
    failed = []
    seen = set()
    with tempfile.TemporaryDirectory(prefix="egret_golden_") as folder:
        shutil.copytree(GOLDEN / "inputs", folder, dirs_exist_ok=True)
        for name, what in read_cases():
            if name == "=":
                name = what.replace("/", "-")
                path = pathlib.Path(folder, what)
                actual, problem = (path.read_bytes(), "") if path.exists() else (b"", "not written")
            else:
                actual, problem = run_case(egret, what, folder)
            seen.add(name)
            if problem:
                print(f"FAILED {name}: {problem}")
            if problem or not compare(name, actual, update):
                failed.append(name)
    for path in sorted((GOLDEN / "expected").iterdir()):
        if path.name not in seen:
            print(f"NO CASE FOR expected/{path.name}")
            if update:
                path.unlink()
            else:
                failed.append(path.name)
    print(f"{len(seen) - len(failed)} of {len(seen)} outputs as recorded")
    return 1 if failed else 0


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "update"):
        print(__doc__, file=sys.stderr)
        return 2
    return run_all(str(pathlib.Path(sys.argv[2]).resolve()), sys.argv[1] == "update")


if __name__ == "__main__":
    sys.exit(main())
