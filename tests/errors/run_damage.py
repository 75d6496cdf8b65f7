#!/usr/bin/env python3
"""Files with random damage: does Egret survive them, and refuse what it refuses in one line?

    tests/errors/run_damage.py EGRET [SEED [ROUNDS]]

Each round flips bits of, cuts, or repeats a part of one prepared file and runs a command that reads it.
The command must end by itself with exit code 0 (damage that does no harm) to 5, print at most one
`egret: ` and one `hint: ` line on stderr, print nothing on stdout if it fails, and leave no file behind.
The same seed gives the same damage.
"""
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run_errors import content, egret, prepare  # noqa: E402

TARGETS = [
    ("chip.yaml", "info chip.yaml"),
    ("words/network.yaml", "info words"),
    ("words/weights.safetensors", "run words --chip chip.yaml --input tokens.ids --draws 0"),
    ("words/vocabulary.txt", "run words --chip chip.yaml --input text.txt --draws 0"),
    ("text.txt", "run words --chip chip.yaml --input text.txt --draws 0"),
    ("tokens.ids", "run words --chip chip.yaml --input tokens.ids --draws 0"),
    ("frames.npy", "run vectors --chip chip.yaml --input frames.npy --draws 0"),
    ("good.egp", "sim good.egp --network words --chip chip.yaml --input tokens.ids --draws 0"),
    ("out/events.egt", "sim good.egp --network words --chip chip.yaml --input tokens.ids --draws 0 "
                       "--replay out/events.egt"),
    ("out/report.json", "report out"),
    ("out/report.json", "check out --against base --tolerance loose.yaml"),
    ("base/report.json", "check out --against base --tolerance loose.yaml"),
    ("out/cores.csv", "check out --against base --tolerance loose.yaml"),
    ("base/links.csv", "check out --against base --tolerance loose.yaml"),
    ("out/steps.csv", "check out --against base --tolerance loose.yaml"),
    ("loose.yaml", "check out --against base --tolerance loose.yaml"),
]


def damage(data, rng):
    """One of three kinds of damage, most of it near the head, where the counts stand."""
    data = bytearray(data)
    kind = rng.randrange(3)
    reach = len(data) if rng.randrange(2) else min(len(data), 200)
    if kind == 0:
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(reach)] ^= 1 << rng.randrange(8)
    elif kind == 1:
        del data[rng.randrange(reach):]
    else:
        begin = rng.randrange(reach)
        data[begin:begin] = data[begin:begin + rng.randrange(1, 64)]
    return bytes(data)


def problems_of(done, before, after):
    text = done.stderr.decode(errors="replace")
    lines = text.splitlines()
    if done.returncode not in range(0, 6):
        yield f"exit code {done.returncode}"
    if done.returncode == 0 and text:
        yield "exit code 0 but something on stderr"
    if done.returncode != 0 and done.stdout:
        yield "failed but printed a result"
    if done.returncode != 0 and not (len(lines) in (1, 2) and lines[0].startswith("egret: ")
                                     and all(line.startswith("hint: ") for line in lines[1:])):
        yield "not one `egret: ` line, perhaps with a hint"
    if before != after:
        yield "a file was left behind or changed"


def main():
    if len(sys.argv) not in (2, 3, 4):
        print(__doc__, file=sys.stderr)
        return 2
    program = str(pathlib.Path(sys.argv[1]).resolve())
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    n_rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 20
    n_failed = 0
    refused = 0
    with tempfile.TemporaryDirectory(prefix="egret_damage_") as temporary:
        folder = pathlib.Path(temporary)
        prepare(program, folder)
        for name, words in TARGETS * n_rounds:
            whole = (folder / name).read_bytes()
            (folder / name).write_bytes(damage(whole, rng))
            before = content(folder)
            done = egret(program, folder, shlex.split(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            refused += done.returncode != 0
            found = list(problems_of(done, before, content(folder)))
            if found:
                n_failed += 1
                kept = pathlib.Path(tempfile.gettempdir(), f"egret_damaged_{n_failed}")
                shutil.copy(folder / name, kept)
                print(f"FAILED {words}, damaged {name} kept as {kept}: {found}\n{done.stderr.decode()[:2000]}")
            (folder / name).write_bytes(whole)
    print(f"{len(TARGETS) * n_rounds} damaged files, {refused} refused, {n_failed} failed")
    return 1 if n_failed or not refused else 0


if __name__ == "__main__":
    sys.exit(main())
