#!/usr/bin/env python3
"""Validates a report.json against docs/report.schema.json, with the standard library alone.

    tests/golden/check_schema.py REPORT.json|FOLDER ...

Of a folder of golden outputs, all reports.

Knows the words that our schema uses and refuses a schema with any other, so that nothing is passed
over in silence. Checks also that each metric has low <= value <= high, that no name occurs twice, and
that the schema is strict: wherever a field is left out or added, or a value is of another kind or out of
range, the report is refused.
"""
import json
import pathlib
import re
import sys

SCHEMA = pathlib.Path(__file__).resolve().parent.parent.parent / "docs" / "report.schema.json"
KNOWN = {"$schema", "title", "type", "required", "additionalProperties", "properties", "items", "enum",
         "const", "pattern", "minimum", "maximum", "minItems", "maxItems"}
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float),
         "null": type(None)}


def is_same(a, b):
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def check_value(schema, value, place):
    """Problems of one value, its children left out."""
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if types and (isinstance(value, bool) or not any(isinstance(value, TYPES[t]) for t in types)):
        yield f"{place}: not of type {' or '.join(types)}"
        return
    if "enum" in schema and not any(is_same(value, item) for item in schema["enum"]):
        yield f"{place}: {value!r} is not one of {schema['enum']}"
        return
    if "const" in schema and not is_same(value, schema["const"]):
        yield f"{place}: {value!r} is not {schema['const']!r}"
        return
    if value is None:
        return
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


def wrong_values(schema):
    """Values that a leaf must not have."""
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    yield True
    yield ["x"]
    if "string" in types or "enum" in schema or "const" in schema:
        yield 5
    if "enum" in schema or "pattern" in schema or not {"string"} & set(types):
        yield "no such word"
    if types == ["integer"] or types == ["integer", "null"]:
        yield 1.5
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "null" not in types:
        yield None


def damages(schema, value, place):
    """(schema, damaged value, what was done) for every place of a report: a field left out, one too many,
    a value of another kind or beyond its range. Of lists the first two items stand for all."""
    if isinstance(value, dict):
        for name in value:
            yield schema, {other: item for other, item in value.items() if other != name}, f"{place}: no {name}"
        yield schema, {**value, "more": 1}, f"{place}: one more"
        yield schema, [value], f"{place}: a list"
        for name, item in value.items():
            yield from damages(schema["properties"][name], item, f"{place}.{name}")
    elif isinstance(value, list):
        yield schema, {"0": value}, f"{place}: an object"
        for i, item in enumerate(value[:2]):
            yield from damages(schema["items"], item, f"{place}[{i}]")
    else:
        for wrong in wrong_values(schema):
            yield schema, wrong, f"{place}: {wrong!r}"


def unnoticed(schema, report):
    for part, value, what in damages(schema, report, "report"):
        if not list(check(part, value)):
            yield f"damage was not noticed: {what}"


def open_ends(schema, place="report"):
    """Objects that may lack a field or have others."""
    if "properties" in schema:
        if schema.get("additionalProperties") is not False or set(schema["required"]) != set(schema["properties"]):
            yield f"schema, {place}: expected all fields required, and no others"
        for name, part in schema["properties"].items():
            yield from open_ends(part, f"{place}.{name}")
    if "items" in schema:
        yield from open_ends(schema["items"], place + "[]")


def paths_of(words):
    for word in map(pathlib.Path, words):
        yield from sorted(word.glob("*report[.-]json")) if word.is_dir() else [word]


def main():
    schema = json.loads(SCHEMA.read_text())
    problems = list(open_ends(schema))
    paths = list(paths_of(sys.argv[1:]))
    for path in paths:
        report = json.loads(path.read_text())
        found = list(check(schema, report)) or list(check_metrics(report))
        problems += [f"{path}: {problem}" for problem in found]
        problems += [f"{path}: {problem}" for problem in unnoticed(schema, report)]
    print("\n".join(problems) if problems else f"{len(paths)} reports follow the schema")
    return 1 if problems or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
