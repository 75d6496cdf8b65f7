#!/usr/bin/env python3
"""Predict every published measurement of tests/valid/ and say how far off Egret is.

    scripts/validate.py check EGRET [ID..]    print the table; exit 6 if docs/validation.md is not what it gives
    scripts/validate.py update EGRET          write docs/validation.md anew: review and explain the diff

Nothing is fitted here; scripts/calibrate.py is for that, and refuses what is held out.
"""
import difflib
import math
import sys
import tempfile
from pathlib import Path

from measurement import MeasurementError, Runner, load, predict

ROOT = Path(__file__).resolve().parent.parent
CASES, PAGE = ROOT / "tests" / "valid", ROOT / "docs" / "validation.md"
EXIT_INPUT, EXIT_REGRESSION = 1, 6
HEAD = """# Validation: predictions against published measurements

Written by `scripts/validate.py update EGRET` from `tests/valid/*.yaml`; a test holds this page against a new run.
Calibration points are those to which chip numbers were fitted: that they agree is a check of the arithmetic, no
more. Nothing was ever fitted to what is held out. Where a source leaves open what was measured, each reading
stands in a row of its own. *predicted* is the nominal value and, in brackets, its 90 % interval, of steady loads also,
in parentheses, what all numbers of the chip at their low and all at their high ends would give; *deviation* is that of
the nominal value from the measured one.
"""


def figure(x):
    """Four digits, plainly written."""
    if x == 0 or not math.isfinite(x):
        return f"{x:g}"
    digits = max(0, 3 - math.floor(math.log10(abs(x))))
    return f"{x:,.{digits}f}"


def interval(estimate):
    ends = "" if estimate.low is None else f" [{figure(estimate.low)} .. {figure(estimate.high)}]"
    if estimate.extremes:
        ends += " ({} .. {})".format(*map(figure, estimate.extremes))
    return figure(estimate.value) + ends


def measured_text(quantity):
    ends = f" [{figure(quantity['low'])} .. {figure(quantity['high'])}]" if "low" in quantity else ""
    limit = {"below": "at most ", "above": "at least "}.get(quantity.get("limit"), "")
    return f"{limit}{figure(quantity['value'])}{ends} {quantity['unit']}"


def verdict(quantity, estimate, role):
    """How the prediction stands to the measurement. What was fitted to it has no say about intervals."""
    value = quantity["value"]
    if "limit" in quantity:
        kept = estimate.value <= value if quantity["limit"] == "below" else estimate.value >= value
        return "kept" if kept else "missed"
    words = f"{100 * (estimate.value / value - 1):+.1f} %"
    if estimate.low is not None and role == "held out":
        inside = estimate.low <= quantity.get("high", value) and quantity.get("low", value) <= estimate.high
        words += ", inside the interval" if inside else ", outside the interval"
    if "within" in quantity:
        kept = abs(estimate.value / value - 1) <= quantity["within"]
        words += f"; {'within' if kept else 'NOT within'} {100 * quantity['within']:g} %"
    return words


def distance(node, estimates):
    """Root mean square of the log ratios: 0 is exact, 0.1 about 10 % off."""
    logs = [math.log(estimates[q["name"]].value / q["value"]) for q in node["measured"] if q["name"] in estimates]
    return math.sqrt(sum(x * x for x in logs) / len(logs))


def section(node, readings):
    lines = [f"\n## {node['id']}: {node['title']} ({node['role']})\n", f"{' '.join(node['source'].split())}.\n"]
    if readings:
        lines += ["| reading | quantity | predicted | measured | deviation |", "|---|---|---|---|---|"]
    for reading, estimates in readings:
        for quantity in node["measured"]:
            if quantity["name"] in estimates:
                estimate = estimates[quantity["name"]]
                lines.append(f"| {reading['name']} | {quantity['name']} | {interval(estimate)} {quantity['unit']} | "
                             f"{measured_text(quantity)} | {verdict(quantity, estimate, node['role'])} |")
    if len(readings) > 1 and not any("limit" in q for q in node["measured"]):
        ranked = sorted(readings, key=lambda pair: distance(node, pair[1]))
        lines.append(f"\nNearest reading: *{ranked[0][0]['name']}*, off by a factor "
                     f"{math.exp(distance(node, ranked[0][1])):.3f} (root mean square over the quantities); next: "
                     f"*{ranked[1][0]['name']}*, {math.exp(distance(node, ranked[1][1])):.3f}.")
    if "conclusion" in node:
        lines.append("\n" + " ".join(node["conclusion"].split()))
    if node["uncertain"]:
        lines.append("\nLeft open by the source: " + "; ".join(" ".join(x.split()) for x in node["uncertain"]) + ".")
    shown = dict.fromkeys(" ".join(c.split()) for commands in node["runs"].values() for c in commands
                          if not c.startswith("numbers "))
    if shown:
        lines += ["\n```sh", *(f"egret {command}" for command in shown), "```"]
    return "\n".join(lines) + "\n"


def page(program, wanted):
    nodes = sorted(map(load, CASES.glob("*.yaml")), key=lambda node: (node["id"][0], int(node["id"][1:])))
    unknown = set(wanted) - {node["id"] for node in nodes}
    if unknown:
        raise MeasurementError(f"no measurement {', '.join(sorted(unknown))} in tests/valid")
    with tempfile.TemporaryDirectory() as folder:
        runner = Runner(program, folder)
        parts = [section(node, predict(node, runner)) for node in nodes if not wanted or node["id"] in wanted]
    return (HEAD if not wanted else "") + "".join(parts)


def main(arguments):
    if len(arguments) < 2 or arguments[0] not in ("check", "update"):
        print(__doc__.strip(), file=sys.stderr)
        return 2
    try:
        text = page(arguments[1], arguments[2:])
    except MeasurementError as error:
        print(f"validate: {error}", file=sys.stderr)
        return EXIT_INPUT
    if arguments[0] == "update":
        PAGE.write_text(text, encoding="utf-8")
        return 0
    print(text)
    if arguments[2:]:
        return 0
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    diff = list(difflib.unified_diff(old.splitlines(), text.splitlines(), "docs/validation.md", "now", lineterm=""))
    print("\n".join(diff), file=sys.stderr)
    return EXIT_REGRESSION if diff else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
