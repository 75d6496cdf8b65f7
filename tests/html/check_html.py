#!/usr/bin/env python3
"""Does a page say what the files of its run say? With the standard library alone.

    tests/html/check_html.py DIR ...

Checks report.html of a run directory: well-formed, without anything from outside, at most 2 MB, each number
equal to that of report.json, the CSV files or what follows from them (page_model.py), shown as its exact
value says, and complete: each metric, core, link, hole and layer is there.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

from page_model import Run, number_text, real_text, same

MOST_BYTES = 2_000_000
MOST_ROWS = 200   # of a table of cores or links
MOST_TITLES = 1024
FETCHING = re.compile(r"https?:|//[a-z0-9-]+\.[a-z]|url\(|@import|<link|<iframe|\bsrc=|fetch\(|XMLHttp", re.I)


def shown_forms(exact, text):
    """How a number may be shown."""
    value = float(exact)
    forms = {real_text(value), f"{100 * value:.1f} %"}
    if value == int(value):
        forms.add(number_text(int(value)))
    return text in forms


def check_form(page, root):
    """What holds of any page."""
    if len(page) > MOST_BYTES:
        yield f"{len(page)} bytes; at most {MOST_BYTES} were promised"
    outside = FETCHING.search(page.decode())
    if outside:
        yield f"refers to something outside: {page[outside.start():outside.start() + 60]!r}"
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    if len(ids) != len(set(ids)):
        yield "an id stands twice"
    for node in root.iter():
        target = node.get("href")
        if target is not None and target[1:] not in ids:
            yield f"a link leads to {target}, which is not there"
        if node.get("role") in ("img", "region") and not node.get("aria-label"):
            yield f"<{node.tag} role={node.get('role')}> has no name"
    levels = [int(node.tag[1]) for node in root.iter() if re.fullmatch("h[1-6]", node.tag)]
    if levels[:1] != [1] or levels.count(1) != 1 or any(b > a + 1 for a, b in zip(levels, levels[1:])):
        yield f"headings are not nested: {levels}"


def check_numbers(run, root):
    """Each number with a name; each metric is there."""
    seen = set()
    for node in root.iter("data"):
        exact, text, name = node.get("value"), node.text, node.get("data-of")
        if not shown_forms(exact, text):
            yield f"{name}: {exact} is shown as {text!r}"
        if name is None:
            continue
        seen.add(name)
        try:
            wanted = run.value(name)
        except (KeyError, IndexError, AttributeError, ValueError, TypeError) as problem:
            yield f"{name}: stands for nothing ({problem!r})"
            continue
        if not same(float(exact), wanted, name.startswith("=")):
            yield f"{name}: {exact}; expected {wanted!r}"
    for node in root.iter("dd"):
        wanted = run.value(node.get("data-of"))
        if (node.text or "") != wanted:
            yield f"{node.get('data-of')}: {node.text!r}; expected {wanted!r}"
    for metric in run.metrics:
        for end in ("value", "low", "high"):
            if f"metrics.{metric}.{end}" not in seen:
                yield f"metrics.{metric}.{end} is not on the page"
    for i, layer in enumerate(run.report["layers"]):
        for field in ("units", "cores", "slices", "synaptic_ops", "activity"):
            if f"layers.{i}.{field}" not in seen:
                yield f"{field} of {layer['name']} is not on the page"
    if run.path() and "=leg.0.takes" not in seen:
        yield "the critical path is not on the page"


def cell_value(node):
    data = node.find("data")
    return (node.text or "") if data is None else data.get("value")


def same_cell(cell, wanted):
    """As in the file; whole numbers may have commas, real ones another form, and empty cells a dash."""
    if wanted == "":
        return cell == "–"
    if cell == wanted or wanted.isdigit():
        return cell in (wanted, number_text(int(wanted))) if wanted.isdigit() else True
    try:
        return float(cell) == float(wanted)
    except ValueError:
        return False


def check_table(run, table):
    """A table of rows of a CSV file, whose first column is the number of the row's core or link."""
    rows = run.tables[table.get("data-file")]
    fields = [node.get("data-field") for node in table.find("thead").iter("th")]
    by_key = {row[fields[0]]: row for row in rows}
    listed = 0
    for line in table.find("tbody"):
        cells = [cell_value(node) for node in line]
        row = by_key.get(cells[0])
        listed += 1
        if row is None or len(cells) != len(fields):
            yield f"{table.get('data-file')}: a row of {cells[:3]} that is not in the file"
            continue
        for field, cell in zip(fields[1:], cells[1:]):
            if not same_cell(cell, row[field]):
                yield f"{table.get('data-file')} {cells[0]} {field}: {cell}; expected {row[field]}"
    if listed != min(len(rows), MOST_ROWS):
        yield f"{table.get('data-file')}: {listed} of {len(rows)} rows"


def heat_text(run, core):
    load, energy, memory, fifo = run.core_heat(core)
    timed = run.report["run"]["timed"]
    text = (f"utilisation {'' if timed else 'at most '}{load:.1f} %, energy {real_text(energy)} µJ a token, "
            f"data memory {number_text(memory)} bytes")
    return text + (f", FIFO {number_text(fifo)} packets at most" if timed else "")


def heat_level(run, heat, value):
    low, high = run.value(f"=scale.{heat}.low"), run.value(f"=scale.{heat}.high")
    return 0 if high <= low else min(8, int(9 * (value - low) / (high - low)))


def check_plan(run, root):
    """The drawing: cores with their values and colours, holes, links."""
    plan, cores, links = run.report["floor_plan"], run.tables["cores.csv"], run.tables["links.csv"]
    svg = next((node for node in root.iter("svg") if (node.get("class") or "").startswith("plan")), None)
    if svg is None:
        yield "there is no floor plan"
        return
    paths = list(svg.iter("path"))
    drawn_chips = len({int(core["core"]) // (run.report["mapping"]["cores_on_chip"] // len(plan["chips"]))
                       for core in cores})
    counts = {"hole": len(plan["holes"]) * drawn_chips, "router": len(plan["router_cells"]) * drawn_chips}
    for kind, wanted in counts.items():
        found = sum(path.get("class") == kind for path in paths)
        if found != wanted:
            yield f"{found} cells drawn as {kind}; expected {wanted}"
    drawn = [path for path in paths if re.fullmatch(r"a\d b\d c\d (d\d|x)", path.get("class") or "")]
    if len(drawn) != len(cores):
        yield f"{len(drawn)} cores drawn; expected {len(cores)}"
    if len(cores) > MOST_TITLES:
        return
    titles = {path.findtext("title"): path.get("class") for path in drawn}
    scales = [{} for _ in range(4)]
    for core in cores:
        title = f"core {core['core']} at ({core['x']},{core['y']}), layers {core['layers']}: {heat_text(run, core)}"
        if title not in titles:
            yield f"no core is drawn with {title!r}"
            continue
        if len(cores) > 40:
            continue
        for heat, (value, word) in enumerate(zip(run.core_heat(core), titles[title].split())):
            scales[heat][value] = word
            if word != "x" and int(word[1]) != heat_level(run, heat, value):
                yield f"core {core['core']}: colour {word}; expected step {heat_level(run, heat, value)}"
    shown = [path for path in paths if re.fullmatch(r"l\d", path.get("class") or "")]
    if drawn_chips == len(plan["chips"]) and len(shown) != len(links):
        yield f"{len(shown)} links drawn; expected {len(links)}"


def check_bins(run, root):
    """No step is missing in the histogram."""
    if not run.report["run"]["timed"]:
        return
    counts = [float(node.get("value")) for node in root.iter("data")
              if re.fullmatch(r"=bin\.\d+\.steps", node.get("data-of") or "")]
    if sum(counts) != len(run.tables["steps.csv"]):
        yield f"the histogram has {sum(counts)} steps; expected {len(run.tables['steps.csv'])}"


def check_page(folder, page=None):
    """All problems of a run directory's page, or of another page in its place."""
    folder = pathlib.Path(folder)
    page = (folder / "report.html").read_bytes() if page is None else page
    if not page.startswith(b"<!DOCTYPE html>\n"):
        return ["does not begin with its document type"]
    try:
        root = ElementTree.fromstring(page.split(b"\n", 1)[1])
    except ElementTree.ParseError as problem:
        return [f"not well-formed: {problem}"]
    run = Run(folder)
    problems = [*check_form(page, root), *check_numbers(run, root), *check_plan(run, root), *check_bins(run, root)]
    for table in root.iter("table"):
        if table.get("data-file"):
            problems += check_table(run, table)
    return problems


def main():
    failed = 0
    for folder in sys.argv[1:]:
        problems = check_page(folder)
        for problem in problems[:20]:
            print(f"{folder}: {problem}")
        failed += bool(problems)
    print(f"{len(sys.argv) - 1} pages, {failed} with problems")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
