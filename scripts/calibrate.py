#!/usr/bin/env python3
"""Fit numbers of a chip description to published measurements.

    scripts/calibrate.py EGRET FIT.yaml [-o CHIP.yaml]

FIT.yaml names what to fit to what:

    chip: spinnaker2
    fit: [energy.chip_floor_uw, operating_points.low.core_sleep_uw]
    to: [C1, C2]                      # measurements of tests/valid; what is held out is refused
    start: {energy.chip_floor_uw: 1}  # optional: where to begin, else the chip's own numbers

Gauss-Newton on the relative deviations of all measured quantities, each weighted alike, with derivatives by
differences; a linear problem is solved in one round. Prints deviations before and after, and each number. -o
writes the chip description with the fitted numbers marked `derived` and the fit as their source; a number keeps
its range, widened to hold the new value.
"""
import argparse
import re
import sys
import tempfile
from pathlib import Path

import yaml

from measurement import CHIPS, MeasurementError, Runner, chip_numbers, load, predict

CASES = Path(__file__).resolve().parent.parent / "tests" / "valid"
FIT_KEYS, FIT_OPTIONAL = {"chip", "fit", "to"}, {"start"}
MAX_ROUNDS, STEP, CONVERGED, SINGULAR = 20, 1e-3, 1e-9, 1e-9


def read_fit(path):
    node = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    if not isinstance(node, dict) or not FIT_KEYS <= node.keys() <= FIT_KEYS | FIT_OPTIONAL:
        raise MeasurementError(f"{path}: expected a map with chip, fit, to, and start if need be")
    nodes = {case["id"]: case for case in map(load, sorted(CASES.glob("*.yaml")))}
    for name in node["to"]:
        if name not in nodes:
            raise MeasurementError(f"{path}: no measurement {name} in tests/valid")
        if nodes[name]["role"] != "calibration":
            raise MeasurementError(f"{path}: {name} is held out: nothing may be fitted to it")
    return node, [nodes[name] for name in node["to"]]


def look_up(numbers, key):
    for part in key.split("."):
        if not isinstance(numbers, dict) or part not in numbers:
            raise MeasurementError(f"fit: the chip has no number '{key}'")
        numbers = numbers[part]
    return numbers


def deviations(runner, cases, settings):
    """[(name, predicted / measured - 1)] of all quantities, by the first reading of each measurement."""
    runner.settings = settings
    result = []
    for case in cases:
        _, estimates = predict(case, runner)[0]
        for quantity in case["measured"]:
            ratio = estimates[quantity["name"]].value / quantity["value"]
            result.append((f"{case['id']} {quantity['name']}", ratio - 1))
    return result


def solve(matrix, right):
    """Gaussian elimination with pivoting; the index of a column that nothing determines instead of a result."""
    n = len(right)
    rows = [matrix[i][:] + [right[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        if abs(rows[pivot][i]) < SINGULAR * max(abs(x) for row in matrix for x in row):
            return i, None
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(n):
            if k != i:
                factor = rows[k][i] / rows[i][i]
                rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i])]
    return None, [rows[i][n] / rows[i][i] for i in range(n)]


def fit(runner, cases, start):
    """Returns the fitted numbers by key."""
    keys, values = list(start), dict(start)
    for _ in range(MAX_ROUNDS):
        base = [deviation for _, deviation in deviations(runner, cases, values)]
        columns = []
        for key in keys:
            moved = deviations(runner, cases, {**values, key: values[key] * (1 + STEP)})
            columns.append([(m - b) / STEP for (_, m), b in zip(moved, base)])
        normal = [[sum(a * b for a, b in zip(left, right)) for right in columns] for left in columns]
        singular, move = solve(normal, [-sum(a * b for a, b in zip(column, base)) for column in columns])
        if singular is not None:
            raise MeasurementError(f"fit: the measurements do not determine {keys[singular]}")
        for key, change in zip(keys, move):
            values[key] *= 1 + max(-0.9, change)
        if max(map(abs, move)) < CONVERGED:
            return values
    raise MeasurementError(f"fit: no end after {MAX_ROUNDS} rounds")


def write_chip(source, path, values, note):
    """The chip description with these numbers; all else, comments too, stays as it is."""
    lines, stack = source.read_text(encoding="utf-8").splitlines(), []
    left = dict(values)
    for number, line in enumerate(lines):
        match = re.match(r"( *)([\w-]+):(.*)$", line)
        if not match:
            continue
        indent, key, rest = len(match[1]), match[2], match[3]
        stack = [(i, k) for i, k in stack if i < indent] + [(indent, key)]
        name = ".".join(k for _, k in stack)
        if name not in left:
            continue
        value = left.pop(name)
        old = yaml.safe_load(rest)
        text = f"{{value: {value:.6g}, "
        if "range" in old:
            low, high = (float(x) for x in old["range"])
            text += f"range: [{min(low, value):.6g}, {max(high, value):.6g}], "
        lines[number] = f"{match[1]}{key}: {text}kind: derived, source: \"{note}\"}}"
    if left:
        raise MeasurementError(f"{source}: no line for {', '.join(left)}")
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("egret")
    parser.add_argument("fit")
    parser.add_argument("-o", "--output", help="chip description to write")
    args = parser.parse_args()
    node, cases = read_fit(args.fit)
    source = CHIPS / f"{node['chip']}.yaml"
    start = {key: float(look_up(chip_numbers(source), key)) for key in node["fit"]}
    start.update(node.get("start", {}))
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(args.egret, folder)
        before = deviations(runner, cases, start)
        values = fit(runner, cases, start)
        after = deviations(runner, cases, values)
    print(f"{'quantity':<32} {'before':>10} {'after':>10}")
    for (name, old), (_, new) in zip(before, after):
        print(f"{name:<32} {100 * old:>+9.3f} % {100 * new:>+8.3f} %")
    print(f"\n{'number':<44} {'start':>12} {'fitted':>12}")
    for key, value in values.items():
        print(f"{key:<44} {start[key]:>12.6g} {value:>12.6g}")
    if args.output:
        inputs = "; ".join(f"{case['id']}: " + ", ".join(f"{q['value']} {q['unit']}" for q in case["measured"])
                           for case in cases)
        write_chip(source, args.output, values, f"EGRET: fitted by scripts/calibrate.py to {inputs}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MeasurementError as error:
        print(f"calibrate: {error}", file=sys.stderr)
        sys.exit(1)
