#!/usr/bin/env python3
"""Every field and column of a run directory stands in docs/results.md, and nothing else does.

    tests/golden/check_docs.py EXPECTED_FOLDER

Fields of report.json are those of docs/report.schema.json, section by section; columns those of the tables
that the golden cases have written. In the page a section `### NAME` has the fields of that part of the
report, and `## FILE.csv` the columns of that table with their units; the first column of its tables names
them. A column's unit stands in its name too, unless it is a count, an id, an index or a name.
"""
import csv
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATTERNS = [  # columns that there may be many of: as in the file, as in the page
    (r"layer\d+_(\w+)", r"layerN_\1"),
    (r"(cycles|macs|flit_hops|lookups|bits|changes|ps)_at_[\w.]+", "UNIT_at_KEY"),
]
SUFFIX = {"ps": "_ps", "bytes": "_bytes", "pJ": "_pj", "nat": "_nats", "cycles of the network": "_noc_cycles"}
NO_SUFFIX = {"1", "id", "index", "id, index", "id, name", "name", "UNIT", ""}
COUNTER_UNITS = {"_cycles", "_bytes", "_packets"}  # of counters: these, or a count


def sections(text):
    """{title: {first names: unit or ""}} of the page's tables of fields, columns and metrics."""
    found, title, head = {}, "", ""
    for line in text.splitlines():
        if line.startswith("#"):
            title = line.lstrip("# ")
        if not line.startswith("|"):
            head = ""
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        head = head or cells[0]
        if head not in ("field", "column", "name"):
            continue
        for name in re.findall(r"`([^`]+)`", cells[0]) + (["counters"] if cells[0] == "counters" else []):
            found.setdefault(title, {})[name] = cells[1] if len(cells) > 2 else ""
    return found


def generic(column):
    for pattern, name in PATTERNS:
        column = re.sub(f"^{pattern}$", name, column)
    return column


def check_sets(place, documented, there):
    for name in sorted(there - documented):
        yield f"{place}: `{name}` is not explained in docs/results.md"
    for name in sorted(documented - there):
        yield f"{place}: docs/results.md explains `{name}`, which there is not"


def check_report(page, schema):
    for part, of in schema["properties"].items():
        fields = of.get("items", of).get("properties")
        if fields is None:
            continue
        documented = set(page.get(part, {}))
        there = set(fields)
        if part == "metrics":
            there |= set(fields["name"]["enum"])
        yield from check_sets(f"report.json, {part}", documented, there)


def check_table(page, file, columns):
    """Columns of all golden tables of one name."""
    documented = dict(page.get(file, {}))
    if documented.pop("counters", None) is not None:
        documented.update({name: "counter" for name in page["busiest_core"] if name not in documented})
    yield from check_sets(file, set(documented), {generic(column) for column in columns})
    for name, unit in documented.items():
        suffix = SUFFIX.get(unit)
        if unit == "counter":
            continue
        if suffix is None and unit not in NO_SUFFIX:
            yield f"{file}: unit `{unit}` of `{name}` is not one that names can tell"
        if suffix is not None and not name.endswith(suffix):
            yield f"{file}: `{name}` is in {unit}; expected a name that ends with {suffix}"
        others = [other for other in (*SUFFIX.values(), "_cycles", "_us", "_uj") if other != suffix]
        if suffix is None and name.endswith(tuple(others)):
            yield f"{file}: `{name}` has no unit, but a name as if it had one"


def columns_of(folder, file):
    found = set()
    for path in sorted(folder.glob(f"*-{file}")):
        with open(path, encoding="utf-8", newline="") as stream:
            found |= set(next(csv.reader(stream)))
    return found


def main():
    page = sections((ROOT / "docs" / "results.md").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    problems = list(check_report(page, schema))
    for file in ("cores.csv", "links.csv", "steps.csv", "timeline.csv", "packets.csv"):
        columns = columns_of(pathlib.Path(sys.argv[1]), file)
        if not columns:
            problems.append(f"no golden {file}")
        problems += check_table(page, file, columns)
    print("\n".join(problems) if problems else "docs/results.md explains every field and column")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
