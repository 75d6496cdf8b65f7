#!/usr/bin/env python3
"""Validates a report.json against docs/report.schema.json, with the standard library alone.

    tests/golden/check_schema.py REPORT.json ...

Knows the words that our schema uses and refuses a schema with any other, so that nothing is passed
over in silence. Checks also that each metric has low <= value <= high, that no name occurs twice, and
that a report with a changed version, a missing and an additional field is refused.
"""
import copy
import json
import pathlib
import re
import sys

SCHEMA = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "report.schema.json"
KNOWN = {"$schema", "title", "type", "required", "additionalProperties", "properties", "items", "enum",
         "const", "pattern", "minimum", "maximum", "minItems", "maxItems"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
         "null": type(None)}


def check_value(schema, value, place):
    """Problems of one value, its children left out."""
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if types and (isinstance(value, bool) or not any(isinstance(value, TYPES[t]) for t in types)):
        yield f"{place}: not of type {' or '.join(types)}"
        return
    if value is None:
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place}: {value!r} does not match {schema['pattern']}"
    if "minimum" in schema and value < schema["minimum"]:
        yield f"{place}: {value} is below {schema['minimum']}"
    if "maximum" in schema and value > schema["maximum"]:
        yield f"{place}: {value} is above {schema['maximum']}"
    if "minItems" in schema and len(value) < schema["minItems"]:
        yield f"{place}: fewer than {schema['minItems']} items"
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        yield f"{place}: more than {schema['maxItems']} items"


def check(schema, value, place="report"):
    unknown = set(schema) - KNOWN
    if unknown:
        yield f"{place}: the schema uses words that are not known here: {sorted(unknown)}"
    yield from check_value(schema, value, place)
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for name in schema.get("required", []):
            if name not in value:
                yield f"{place}: no {name}"
        for name, item in value.items():
            if name in properties:
                yield from check(properties[name], item, f"{place}.{name}")
            elif schema.get("additionalProperties") is False:
                yield f"{place}: {name} is too much"
    if isinstance(value, list):
        for i, item in enumerate(value):
            yield from check(schema.get("items", {}), item, f"{place}[{i}]")


def check_metrics(report):
    names = [metric["name"] for metric in report["metrics"]]
    if len(names) != len(set(names)):
        yield "metrics: a name occurs twice"
    for metric in report["metrics"]:
        if not metric["low"] <= metric["value"] <= metric["high"]:
            yield f"metrics: {metric['name']} is not within its bounds"
        if metric["kind"] == "counted" and metric["low"] != metric["high"]:
            yield f"metrics: {metric['name']} is counted but has bounds"


def damaged(report):
    """Reports that the schema must refuse."""
    for change in (lambda r: r.update(version=1), lambda r: r.pop("run"),
                   lambda r: r["run"].update(more=1), lambda r: r["metrics"][0].update(kind="hope"),
                   lambda r: r["provenance"].update(chip_hash="12"),
                   lambda r: r["layers"][0].update(activity=1.5)):
        copied = copy.deepcopy(report)
        change(copied)
        yield copied


def main():
    schema = json.loads(SCHEMA.read_text())
    problems = []
    for path in sys.argv[1:]:
        report = json.loads(pathlib.Path(path).read_text())
        found = list(check(schema, report)) or list(check_metrics(report))
        problems += [f"{path}: {problem}" for problem in found]
        for i, bad in enumerate(damaged(report)):
            if not list(check(schema, bad)):
                problems.append(f"{path}: damage {i} was not noticed")
    print("\n".join(problems) if problems else f"{len(sys.argv) - 1} reports follow the schema")
    return 1 if problems or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
