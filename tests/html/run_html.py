#!/usr/bin/env python3
"""Pages of runs of all kinds: the same from the run and from its directory, the same numbers in page, text,
JSON and CSV, below 2 MB also for 152 cores x 10,000 steps, and no damage that goes unnoticed.

    tests/html/run_html.py EGRET CHIPS [KEEP]     KEEP: a folder in which the runs are left
"""
import csv
import io
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from check_html import MOST_BYTES, check_page
from page_model import Run, number_text, read_csv, real_text

INPUTS = pathlib.Path(__file__).resolve().parent.parent / "golden" / "inputs"
WORDS = ["gen", "egru", "--layers", "6,16,12,6", "--density", "0.3", "--seed", "11", "--words", "40", "--gain", "3"]
MIDDLE = ["gen", "egru", "--layers", "60,200,160,60", "--density", "0.2", "--seed", "3"]
RATES = ["--activity", "rates=1,0.1,0.1,0.1 steps=12 seed=1"]
TOKENS = ["--input", str(INPUTS / "tokens.ids")]
FEW = ["--draws", "200", "--retimings", "3"]
RUNS = {  # name: (network, words of the command)
    "plain": ("words", ["--chip", "tiny-2x2", *TOKENS]),
    "board": ("middle", ["--chip", "tiny-board", *RATES, *FEW]),
    "mesh": ("words", ["--chip", "tiny-mesh", *TOKENS, *FEW]),
    "chip": ("middle", ["--chip", "spinnaker2", *RATES, *FEW]),
    "quads": ("middle", ["--chip", "quad-mesh", "--cores-per-layer", "40,40,40", *RATES, "--draws", "0"]),
    "counted": ("middle", ["--chip", "spinnaker2", "--fidelity", "count", *RATES, *FEW]),
    "tick": ("words", ["--chip", "tiny-2x2", *TOKENS, "--sync", "tick", "--tick-ns", "2000", "--draws", "0"]),
    "barrier": ("words", ["--chip", "tiny-2x2", *TOKENS, "--sync", "barrier", "--draws", "0"]),
    "auto": ("middle", ["--chip", "spinnaker2", "--point", "auto", *RATES, "--draws", "0"]),
    "auto-counted": ("middle", ["--chip", "spinnaker2", "--point", "auto", "--fidelity", "count", *RATES, "--draws", "0"]),
    "decoder": ("words", ["--chip", "tiny-2x2", *TOKENS, "--decoder", "dram", "--fold-embedding", "--draws", "0"]),
    "name": ("<b>&\"odd\" 'name'", ["--chip", "tiny-2x2", *TOKENS, "--draws", "0", "--no-pipelined"]),
}
TEXT_LINES = {  # lines of the screen that show a metric and its interval
    "latency, mean": "latency_mean_us", "95th percentile": "latency_p95_us", "worst": "latency_worst_us",
    "tokens, pipelined": "tokens_per_second_pipelined", "energy, one at a time": "energy_per_token_uj",
    "active cycles": "energy_active_uj", "network-on-chip": "energy_noc_uj", "chip floor": "energy_floor_uj",
    "router look-ups": "energy_router_uj", "host link": "energy_host_uj", "mean power": "power_mw", "energy, pipelined": "energy_per_token_pipelined_uj"}
TEXT_LINE = re.compile(r"  +(\S.*?)  +(?:>=|<=)? *([\d.,e+-]+) (?:us|uJ|mW|/s)"
                       r"(?: +[\d.]+ %)?(?: +([\d.,e+-]+) \.\. +([\d.,e+-]+))?$")


def egret(program, chips, *words):
    done = subprocess.run([program, *words], capture_output=True, env={"EGRET_CHIPS": chips}, check=False, timeout=600)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit {done.returncode}: {done.stderr.decode()}")
    return done.stdout


def shown_numbers(page):
    return dict(re.findall(rb'data-of="([^"]*)">([^<]*)</data>', page))


def check_texts(run, page, text, table):
    """Page, screen and `--format csv` against report.json."""
    shown, found = shown_numbers(page), 0
    for line in text.splitlines():
        match = TEXT_LINE.match(line)
        name = TEXT_LINES.get(match.group(1)) if match else None
        if name is None:
            continue
        found += 1
        for end, word in zip(("value", "low", "high"), match.groups()[1:]):
            on_page = shown.get(f"metrics.{name}.{end}".encode(), b"").decode()
            if word is None:  # without intervals the screen has but the nominal value
                continue
            if word != on_page or word != real_text(run.metrics[name][end]):
                yield f"{name} {end}: the screen says {word}, the page {on_page}"
    if found < 6:
        yield f"{found} lines of the screen were understood; expected more"
    busiest = run.report["busiest_core"]
    if f"BUSIEST CORE {busiest['core']} at ({busiest['x']},{busiest['y']})" not in text:
        yield "the screen names another busiest core"
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(table))}
    if rows.keys() != run.metrics.keys():
        yield "the metrics of CSV and JSON are not the same"
    for name, row in rows.items():
        if any(abs(float(row[end]) - run.metrics[name][end]) > 1e-13 * abs(run.metrics[name][end])
               for end in ("value", "low", "high")):
            yield f"{name}: CSV and JSON differ"


def check_damage(folder):
    """Changes of a page that must be found."""
    page = (folder / "report.html").read_bytes()
    first = re.search(rb'<data value="([\d.]+)" data-of="metrics.latency_mean_us.value">([^<]*)', page)
    changes = {
        "another value": (first.group(1), b"1.5"),
        "another text": (b">" + first.group(2) + b"</data>", b">" + first.group(2) + b"1</data>"),
        "no legend entry closed": (b"</ul>", b""),
        "a style sheet from elsewhere": (b"</style>", b"@import 'x.css'</style>"),
        "a metric less": (b"metrics.macs_both.value", b"metrics.macs_dense.value"),
        "another core": (b"<title>core 0 at", b"<title>core 1 at"),
        "a core less": (b'<path class="a', b'<path class="z'),
        "a hash": (b'<dd data-of="provenance.chip_hash">', b'<dd data-of="provenance.chip_hash">0'),
        "a leg": (b"=leg.0.takes", b"=leg.1.takes"),
        "a bin": (b"=bin.0.steps", b"=bin.99.steps"),
    }
    for name, (old, new) in changes.items():
        if old not in page:
            yield f"damage: {name}: nothing to change"
        elif not check_page(folder, page.replace(old, new, 1)):
            yield f"damage: {name}: was not found"
    table = re.search(rb'data-file="cores.csv".*?<tbody>(.*?)</tbody>', page, re.S).group(1)
    for cell in re.findall(rb"<td>(?:<data value=\"([\d.]+)\">)?([\d,.]+)<", table)[:40]:
        old = cell[0] or cell[1]
        if not check_page(folder, page.replace(table, table.replace(b">" + old + b"<", b">7" + old + b"<")
                                               .replace(b'"' + old + b'"', b'"7' + old + b'"'))) and old in table:
            yield f"damage: a cell {old.decode()} of the cores: was not found"


def write_rows(path, fields, rows):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows)


def blow_up(folder, target, n_steps):
    """The same run with more steps, each a little longer than the last, and as many spans as a timeline has."""
    target.mkdir()
    for name in ("report.json", "cores.csv", "links.csv"):
        (target / name).write_bytes((folder / name).read_bytes())
    steps = read_csv(folder / "steps.csv")
    rows = []
    for i in range(n_steps):
        row = dict(steps[i % len(steps)], step=i)
        row["latency_ps"] = int(row["latency_ps"]) + 997 * i
        rows.append(list(row.values()))
    write_rows(target / "steps.csv", steps[0].keys(), rows)
    timeline = read_csv(folder / "timeline.csv")
    begin, end = (int(timeline[0][name]) for name in ("begin_ps", "end_ps"))
    kept = [list(row.values()) for row in timeline if row["row"] in ("step", "path")]
    cores = [core["core"] for core in read_csv(folder / "cores.csv")]
    spans = 40000 // len(cores)
    phases = ("receive", "update", "wait", "emit", "stall")
    for core in cores:
        edges = [begin + (end - begin) * i // spans for i in range(spans + 1)]
        kept += [["core", phases[(i + int(core)) % 5], core, "", "", "", "", edges[i], edges[i + 1], 1, "", "", ""]
                 for i in range(spans)]
    write_rows(target / "timeline.csv", timeline[0].keys(), kept)


def check_large(program, chips, folder):
    """As many cores as a chip has and 10,000 steps: below 2 MB, and the numbers are those of all steps."""
    large = folder / "large"
    blow_up(folder / "chip", large, 10000)
    page = egret(program, chips, "report", str(large), "--format", "html")
    (large / "report.html").write_bytes(page)
    if number_text(10000).encode() + b" steps in bins" not in page:
        yield "large: does not say how many steps there are"
    print(f"{len(read_csv(large / 'cores.csv'))} cores x 10,000 steps: {len(page):,} of {MOST_BYTES:,} bytes")
    for problem in check_page(large):
        yield f"large: {problem}"


def check_huge(program, chips, folder):
    """A mesh of 16,384 cores: squares of tiles instead of cores, and all cores are in one of them."""
    huge, side = folder / "huge", 64
    blow_up(folder / "chip", huge, 10)
    report = json.loads((huge / "report.json").read_text())
    report["floor_plan"].update(routing="mesh", x_min=0, y_min=0, x_max=side - 1, y_max=side - 1, cores_per_tile=4,
                                usable_cores_of_chip=4 * side * side, holes=[], router_cells=[])
    (huge / "report.json").write_text(json.dumps(report))
    cores = read_csv(huge / "cores.csv")
    rows = [list(dict(cores[i % len(cores)], core=i, tile=i // 4, x=i // 4 // side, y=i // 4 % side).values())
            for i in range(4 * side * side)]
    write_rows(huge / "cores.csv", cores[0].keys(), rows)
    page = egret(program, chips, "report", str(huge), "--format", "html")
    ElementTree.fromstring(page.split(b"\n", 1)[1])
    squares = [int(n) for n in re.findall(rb'aria-label="tiles from \(\d+,\d+\), (\d+) cores in use', page)]
    print(f"{len(rows):,} cores in {len(squares)} squares: {len(page):,} bytes")
    if sum(squares) != len(rows) or b"Too many cores to draw one by one" not in page:
        yield f"huge: {sum(squares)} of {len(rows)} cores are in a square"
    if len(page) > MOST_BYTES:
        yield f"huge: {len(page)} bytes"


def main():
    program, chips = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else temporary)
        folder.mkdir(exist_ok=True)
        problems = []
        egret(program, chips, *WORDS, "-o", str(folder / "words"))
        egret(program, chips, *WORDS, "--name", RUNS["name"][0], "-o", str(folder / "odd"))
        egret(program, chips, *MIDDLE, "-o", str(folder / "middle"))
        for name, (network, words) in RUNS.items():
            network = "odd" if name == "name" else network
            out = folder / name
            egret(program, chips, "run", str(folder / network), *words, "-o", str(out), "--quiet")
            page = (out / "report.html").read_bytes()
            if page != egret(program, chips, "report", str(out), "--format", "html"):
                problems.append(f"{name}: the run's page and the directory's differ")
            text = egret(program, chips, "report", str(out)).decode()
            table = egret(program, chips, "report", str(out), "--format", "csv").decode()
            problems += [f"{name}: {problem}" for problem in (*check_page(out), *check_texts(Run(out), page, text, table))]
        problems += [*check_damage(folder / "plain"), *check_large(program, chips, folder),
                     *check_huge(program, chips, folder)]
    for problem in problems[:40]:
        print(problem)
    print(f"{len(RUNS) + 1} pages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
