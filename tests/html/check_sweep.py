#!/usr/bin/env python3
"""Do pages of sweeps say what their CSV files say? With the standard library alone.

    tests/html/check_sweep.py SWEEP_PAGES [KEEP]     SWEEP_PAGES: the program that makes the pages;
                                                     KEEP: a folder in which they are left

Each page: well-formed, without anything from outside, at most 2 MB, the same bytes again; each number equal
to what follows from the CSV (sweep_model.py) and shown as its exact value says; front, failures, knees, sensitivities
and limits that bind complete. Damage to a page is found.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from check_html import check_form, shown_forms
from page_model import same
from sweep_model import Sweep

PAGES = ("grid", "axis", "random", "multi", "wide", "empty", "begun", "aimless")
MOST_ROWS, MOST_KEYS, MOST_OBJECTIVES = 200, 16, 6


def by_id(root, name):
    return next((node for node in root.iter() if node.get("id") == name), None)


def rows_of(root, name):
    """Texts of the cells of a table's rows; of numbers the exact value."""
    part = by_id(root, name)
    if part is None:
        return []
    return [[cell.find("data").get("value") if cell.find("data") is not None else "".join(cell.itertext())
             for cell in row] for row in part.find(".//tbody")]


def check_numbers(sweep, root):
    for node in root.iter("data"):
        exact, text, name = node.get("value"), node.text, node.get("data-of")
        if text not in (f"{float(exact):+.3f}",) and not shown_forms(exact, text):
            yield f"{name}: {exact} is shown as {text!r}"
        if name is None:
            continue
        try:
            wanted = sweep.value(name)
        except (KeyError, IndexError, AttributeError, ValueError, TypeError) as problem:
            yield f"{name}: stands for nothing ({problem!r})"
            continue
        if not same(float(exact), wanted, name.startswith("=")):
            yield f"{name}: {exact}; expected {wanted!r}"


def check_front(sweep, root):
    rows = rows_of(root, "front-table")
    if [int(row[0]) for row in rows] != sweep.front[:MOST_ROWS]:
        yield f"the front is {[row[0] for row in rows][:20]}; expected {sweep.front[:20]}"
    for row in rows:
        values = sweep.plan[int(row[0])]
        for cell, wanted in zip(row[1:], values[:MOST_KEYS]):
            if cell != wanted and not float(cell) == float(wanted):
                yield f"point {row[0]}: {cell}; expected {wanted}"
        if row[-1] != sweep.told(int(row[0]))["binding"]:
            yield f"point {row[0]} is bound by {row[-1]}"
    if sweep.confirm:
        confirmed = sweep.find_front("flit")
        for row in rows:
            wanted = "–" if (int(row[0]), "flit") not in sweep.results else "yes" if int(row[0]) in confirmed else "no"
            if row[-3] != wanted:
                yield f"point {row[0]}: confirmed {row[-3]}; expected {wanted}"


def check_points(sweep, root):
    rows = rows_of(root, "points-table")
    if len(rows) != min(len(sweep.plan), MOST_ROWS):
        yield f"{len(rows)} of {len(sweep.plan)} points are listed"
    for row in rows:
        if row[1] != sweep.kinds[int(row[0])]:
            yield f"point {row[0]} is {row[1]}; expected {sweep.kinds[int(row[0])]}"


def check_complete(sweep, root):
    """What must be there, is there."""
    seen = {node.get("data-of") for node in root.iter("data")}
    for metric, _ in sweep.objectives[:MOST_OBJECTIVES]:
        for key in range(len(sweep.keys[:MOST_KEYS])):
            if sweep.known(metric) and f"=effect.{metric}.{key}.lowest" not in seen:
                yield f"{sweep.keys[key]} on {metric} is not told"
    for i in range(len(sweep.reasons())):
        if f"=reason.{i}.points" not in seen:
            yield f"reason {i} is missing"
    along = sweep.axis() and bool(sweep.simulated())
    if (by_id(root, "axis") is not None) != along:
        yield "the section of the axis is there without one, or is missing"
    if along:
        wanted = [what for *_, what in sweep.stretches()]
        found = [row[-1] for row in rows_of(root, "binding")]
        if found != wanted:
            yield f"what binds: {found}; expected {wanted}"
        for i in range(len(sweep.objectives)):
            if (f"=knee.{i}.x" in seen) != (sweep.knee(i) is not None):
                yield f"knee of {sweep.objectives[i][0]}: {sweep.knee(i)}"


def check_marks(sweep, root):
    """As many marks on the scatter as there are points of the kind, but for those on the same spot."""
    if len(sweep.objectives) < 2 or len(sweep.plan) > 400:
        return
    for kind, name in (("on the front", "front"), ("behind the front", "behind"), ("outside the limits", "beyond")):
        groups = [node for node in root.iter("g") if node.get("class") == f"m-{name}"]
        points = [int(re.match(r"point (\d+) ", path.findtext("title")).group(1)) for group in groups for path in group]
        wanted = [i for i, one in enumerate(sweep.kinds) if one == kind]
        if not set(points) <= set(wanted) or len(points) != len(set(points)) or (wanted and not points):
            yield f"{len(points)} points are drawn as {name}; expected {len(wanted)}"


def check_page(folder, page):
    if not page.startswith(b"<!DOCTYPE html>\n"):
        return ["does not begin with its document type"]
    try:
        root = ElementTree.fromstring(page.split(b"\n", 1)[1])
    except ElementTree.ParseError as problem:
        return [f"not well-formed: {problem}"]
    sweep = Sweep(folder)
    return [*check_form(page, root), *check_numbers(sweep, root), *check_front(sweep, root), *check_points(sweep, root),
            *check_complete(sweep, root), *check_marks(sweep, root)]


def check_damage(folder):
    page = (folder / "report.html").read_bytes()
    changes = {
        "a share": (rb'<data value="1" data-of="(=effect[^"]*share)">100.0 %', rb'<data value="0.9" data-of="\1">90.0 %'),
        "a count": (rb'<data value="\d+" data-of="=count.failed">\d+', b'<data value="7" data-of="=count.failed">7'),
        "a knee": (rb'<data value="(\d+)" data-of="=knee.0.x">\1', rb'<data value="3" data-of="=knee.0.x">3'),
        "what binds": (b'<td class="l">chain</td>', b'<td class="l">core</td>'),
        "a point of the front": (rb'(id="front-table">.*?<th scope="row">)\d+', rb'\g<1>11'),
        "a point's state": (rb'(id="points-table">.*?<td class="l">)failed', rb'\g<1>screened'),
        "a name": (rb"=best\.latency_mean_us\.value", rb"=best.latency_p50_us.value"),
    }
    for name, (old, new) in changes.items():
        changed, n = re.subn(old, new, page, count=1, flags=re.S)
        if n != 1 or changed == page:
            yield f"damage: {name}: nothing to change"
        elif not check_page(folder, changed):
            yield f"damage: {name}: was not found"


def main():
    with tempfile.TemporaryDirectory() as temporary:
        root = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else temporary)
        again = pathlib.Path(temporary) / "again"
        again.mkdir()
        root.mkdir(exist_ok=True)
        problems = []
        for folder in (root, again):
            subprocess.run([sys.argv[1], str(folder)], check=True)
        for name in PAGES:
            page = (root / name / "report.html").read_bytes()
            if page != (again / name / "report.html").read_bytes():
                problems.append(f"{name}: the same results give another page")
            problems += [f"{name}: {problem}" for problem in check_page(root / name, page)]
        if b"alert(1)" in (root / "begun" / "report.html").read_bytes().replace(b"&lt;script&gt;alert(1)", b""):
            problems.append("begun: an error text is not escaped")
        problems += check_damage(root / "axis")
    for problem in problems[:40]:
        print(problem)
    print(f"{len(PAGES)} pages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
