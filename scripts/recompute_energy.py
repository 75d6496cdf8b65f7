#!/usr/bin/env python3
"""Recompute every joule of a report from its counts and the chip description, and compare.

    scripts/recompute_energy.py REPORT_DIR CHIP.yaml

REPORT_DIR is what `egret run -o` wrote; CHIP.yaml the description that it ran on (arch/chips/NAME.yaml).
Nothing of Egret is used: prices are read from the YAML (`extends`, and `--set` from the report's own
options, included), energies follow from physics - cycles, MACs, hops, look-ups and bits times joules,
time times watts - and shares of every scope must add up to the run, count by count. Counts of the run
are held against those that the report and its tables state elsewhere.

Exit: 0 all equal to 1e-9 relative, and counts exactly; 1 not, and the worst line is printed.
"""
import csv
import json
import math
import pathlib
import re
import shlex
import sys

import yaml

TOLERANCE = 1e-9
PICO, MICRO, MILLI = 1e-12, 1e-6, 1e-3
BITS_PER_BYTE, PS_PER_S = 8, 10**12
UNIT_OF = {"core_active_cycle_pj": "cycles", "mac_array_mac_pj": "macs", "core_sleep_uw": "ps",
           "flit_hop_payload_pj": "flit_hops", "flit_hop_event_pj": "flit_hops",
           "on_board_link_bit_pj": "bits", "off_board_link_bit_pj": "bits", "router_lookup_pj": "lookups",
           "host_bit_pj": "bits", "dram_idle_uw": "ps",
           "dram_bit_pj": "bits", "chip_floor_uw": "ps", "extra_rail_uw": "ps",
           "level_switch_pj": "changes"}
PART_METRIC = {"active": "energy_active_uj", "mac_array": "energy_mac_array_uj",
               "sleep": "energy_sleep_uj", "noc": "energy_noc_uj", "links": "energy_links_uj",
               "off_board_links": "energy_off_board_links_uj",
               "router": "energy_router_uj", "host": "energy_host_uj", "dram": "energy_dram_uj", "floor": "energy_floor_uj",
               "extra_rail": "energy_extra_rail_uj", "level_switch": "energy_level_switch_uj"}


class Comparison:
    """What was compared, and the worst of it."""

    def __init__(self):
        self.n_values = 0
        self.worst = (0.0, "nothing")
        self.problems = []

    def joules(self, what, reported, recomputed):
        self.n_values += 1
        size = max(abs(reported), abs(recomputed))
        deviation = abs(reported - recomputed) / size if size > 0 else 0.0
        self.worst = max(self.worst, (deviation, what))
        if deviation > TOLERANCE:
            self.problems.append((deviation, f"{what}: reported {reported!r}, recomputed {recomputed!r}"))

    def count(self, what, reported, implied):
        self.n_values += 1
        if reported != implied:
            self.problems.append((math.inf, f"{what}: counted {reported}, expected {implied}"))


# ---- the chip --------------------


def is_number(item):
    return isinstance(item, dict) and "value" in item


def put_together(base, over):
    """The file that extends another wins, key by key; numbers are replaced as a whole."""
    if not isinstance(base, dict) or not isinstance(over, dict) or is_number(base) or is_number(over):
        return over
    return {key: put_together(base[key], over[key]) if key in base and key in over
            else over.get(key, base.get(key)) for key in {**base, **over}}


def load_chip(path):
    chip = yaml.safe_load(path.read_text())
    if "extends" in chip:
        base = path.parent / chip["extends"]
        chip = put_together(load_chip(base), {k: v for k, v in chip.items() if k != "extends"})
    return chip


def apply_settings(chip, options):
    words = shlex.split(options)
    for option, value in zip(words, words[1:]):
        if option != "--set":
            continue
        key, number = value.split("=", 1)
        place = chip
        *sections, field = key.split(".")
        for section in sections:
            place = place.setdefault(section, {})
        item = re.fullmatch(r"(\w+)\[(\d+)\]", field)  # of a list: fabric.board[0]
        if item:
            place[item[1]] = [float(number) if i == int(item[2]) else x
                              for i, x in enumerate(place[item[1]])]
        elif is_number(place.get(field)):
            place[field] = {**place[field], "value": float(number)}


def price_of(chip, key):
    place = chip
    for word in key.split("."):
        place = place[word]
    return float(place["value"])


def line_joules(chip, key, count):
    """Energy of so many at the price of that key, in joules."""
    price = price_of(chip, key)
    if key.endswith("_uw"):
        return price * MICRO * (count * PICO)
    return price * PICO * count


# ---- report.json --------------------


def check_lines(report, chip, compare):
    for line in report["energy"]:
        what = f"energy of {line['scope']} {line['of']}, {line['price']}"
        compare.count(f"unit of {what}", line["unit"], UNIT_OF[line["price"].split(".")[-1]])
        compare.joules(what, line["pj"] * PICO, line_joules(chip, line["price"], line["count"]))


def counts_of(report, scope, of=None):
    """Sum of the counts of each price over a scope, or over one of its rows."""
    counts = {}
    for line in report["energy"]:
        if line["scope"] == scope and of in (None, line["of"]):
            counts[line["price"]] = counts.get(line["price"], 0) + line["count"]
    return {key: count for key, count in counts.items() if count > 0}


def check_shares(report, compare):
    run = counts_of(report, "run", "sequential")
    for scope in ("chip", "layer", "phase"):
        shares = counts_of(report, scope)
        for key in run.keys() | shares.keys():
            compare.count(f"all of scope {scope}, {key}", shares.get(key, 0), run.get(key, 0))


def check_run_counts(report, compare):
    """Counts of the run that the report states elsewhere too."""
    run, counts = report["run"], counts_of(report, "run", "sequential")
    at_points = {}
    for key, count in counts.items():
        at_points[key.split(".")[-1]] = at_points.get(key.split(".")[-1], 0) + count
    stated = {"flit_hop_payload_pj": run["payload_flit_hops"],
              "flit_hop_event_pj": run["flit_hops"] - run["payload_flit_hops"],
              "router_lookup_pj": run["router_lookups"],
              "host_bit_pj": run["host_bits"],
              "dram_bit_pj": run["dram_bytes"] * BITS_PER_BYTE,
              "core_sleep_uw": report["mapping"]["cores_used"] * run["run_ps"]}
    for field, count in stated.items():
        compare.count(f"run, {field}", at_points.get(field, 0), count)
    at_work = {line["of"] for line in report["energy"]
               if line["scope"] == "chip" and line["price"] == "energy.chip_floor_uw"}
    compare.count("run, chip_floor_uw", at_points.get("chip_floor_uw", 0),
                  len(at_work) * run["run_ps"])


def run_joules(report, chip, of):
    """Of each part of a run."""
    parts = dict.fromkeys(PART_METRIC, 0.0)
    for line in report["energy"]:
        if line["scope"] == "run" and line["of"] == of:
            parts[line["part"]] += line_joules(chip, line["price"], line["count"])
    return parts


def check_kinds(report, chip, metrics, compare):
    """Shares of the energy by the kind of their prices."""
    by_kind, total = {}, 0.0
    for line in report["energy"]:
        if line["scope"] != "run" or line["of"] != "sequential":
            continue
        place = chip
        for word in line["price"].split("."):
            place = place[word]
        joules = line_joules(chip, line["price"], line["count"])
        by_kind[place["kind"]] = by_kind.get(place["kind"], 0.0) + joules
        total += joules
    for kind in ("measured", "datasheet", "derived", "guess"):
        share = by_kind.get(kind, 0.0) / total if total > 0 else 0.0
        compare.joules(f"metric price_share_{kind}", metrics[f"price_share_{kind}"], share)


def check_metrics(report, chip, compare):
    metrics = {metric["name"]: metric["value"] for metric in report["metrics"]}
    steps = report["run"]["simulated_steps"]
    parts = run_joules(report, chip, "sequential")
    for part, name in PART_METRIC.items():
        if name in metrics:
            compare.joules(f"metric {name}", metrics[name] * MICRO, parts[part] / steps)
        else:
            compare.joules(f"part {part}, which has no metric", 0.0, parts[part])
    total = sum(parts.values())
    compare.joules("metric energy_per_token_uj", metrics["energy_per_token_uj"] * MICRO, total / steps)
    if "power_mw" in metrics:
        compare.joules("metric power_mw", metrics["power_mw"] * MILLI,
                       total / (report["run"]["run_ps"] * PICO))
    if "energy_per_token_pipelined_uj" in metrics:
        pipelined = sum(run_joules(report, chip, "pipelined").values())
        compare.joules("metric energy_per_token_pipelined_uj",
                       metrics["energy_per_token_pipelined_uj"] * MICRO, pipelined / steps)
    check_kinds(report, chip, metrics, compare)


# ---- the tables --------------------


def read_table(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def core_counts(row, report):
    """Counts of a core by part and price: at one operating point, or at the slow and the fast one."""
    run = report["run"]
    cycles = sum(int(row[name]) for name in ("receive_cycles", "update_cycles", "emit_cycles"))
    macs, time_ps = int(row["mac_array_macs"]), run["run_ps"]
    if not report["levels"]:
        point = "operating_points." + report["provenance"]["operating_point"]
        return {"active": {f"{point}.core_active_cycle_pj": cycles},
                "mac_array": {f"{point}.mac_array_mac_pj": macs},
                "sleep": {f"{point}.core_sleep_uw": time_ps}, "level_switch": {}}
    slow, fast = ("operating_points." + level["name"] for level in report["levels"])
    high = {name: int(row[name] or 0) for name in  # without a time axis all stands at the slow one
            ("high_cycles", "high_active_cycles", "high_array_macs", "level_switches")}
    edge_ps = (2 * high["high_cycles"] * PS_PER_S + run["core_hz"]) // (2 * run["core_hz"])
    fast_ps = min(edge_ps, time_ps)
    return {"active": {f"{slow}.core_active_cycle_pj": cycles - high["high_active_cycles"],
                       f"{fast}.core_active_cycle_pj": high["high_active_cycles"]},
            "mac_array": {f"{slow}.mac_array_mac_pj": macs - high["high_array_macs"],
                          f"{fast}.mac_array_mac_pj": high["high_array_macs"]},
            "sleep": {f"{slow}.core_sleep_uw": time_ps - fast_ps, f"{fast}.core_sleep_uw": fast_ps},
            "level_switch": {"energy.level_switch_pj": high["level_switches"]}}


def check_cores(folder, report, chip, compare):
    run, found = counts_of(report, "run", "sequential"), {}
    for row in read_table(folder / "cores.csv"):
        total = 0.0
        for part, counts in core_counts(row, report).items():
            joules = sum(line_joules(chip, key, count) for key, count in counts.items())
            compare.joules(f"core {row['core']}, {part}", float(row[f"{part}_pj"]) * PICO, joules)
            total += joules
            for key, count in counts.items():
                found[key] = found.get(key, 0) + count
        compare.joules(f"core {row['core']}", float(row["energy_pj"]) * PICO, total)
    for key, count in found.items():
        compare.count(f"all cores, {key}", count, run.get(key, 0))


def chip_link_price(chip, name):
    """Key of the price of a bit between chips: "chip (0,1)->(1,1)", on one board or on two."""
    board = chip["fabric"].get("board", chip["fabric"]["chips"])
    ends = [[int(number) for number in end] for end in re.findall(r"\((\d+),(\d+)\)", name)]
    first, second = ([n // size for n, size in zip(end, board)] for end in ends)
    return "energy.on_board_link_bit_pj" if first == second else "energy.off_board_link_bit_pj"


def check_links(folder, report, chip, compare):
    frame_bits = int(price_of(chip, "links.frame_bits"))
    run, found = counts_of(report, "run", "sequential"), {}
    for row in read_table(folder / "links.csv"):
        flits, payload = int(row["flits"]), int(row["payload_flits"])
        if row["name"].startswith("chip ") and ": " not in row["name"]:  # between chips
            counts = {chip_link_price(chip, row["name"]): flits * frame_bits}
        else:
            counts = {"energy.flit_hop_payload_pj": payload,
                      "energy.flit_hop_event_pj": flits - payload}
        joules = sum(line_joules(chip, key, count) for key, count in counts.items())
        compare.joules(f"link {row['name']}", float(row["energy_pj"]) * PICO, joules)
        for key, count in counts.items():
            found[key] = found.get(key, 0) + count
    for key, count in found.items():
        compare.count(f"all links, {key}", count, run.get(key, 0))


def check_steps(folder, report, chip, compare):
    run, found = counts_of(report, "run", "sequential"), {}
    units = {line["price"]: line["unit"] for line in report["energy"]}
    for row in read_table(folder / "steps.csv"):
        joules = 0.0
        for column, value in row.items():
            unit, at, key = column.partition("_at_")
            if not at:
                continue
            compare.count(f"unit of steps.csv, {key}", unit, units[key])
            joules += line_joules(chip, key, int(value))
            found[key] = found.get(key, 0) + int(value)
        compare.joules(f"step {row['step']}", float(row["energy_pj"]) * PICO, joules)
    for key in run.keys() | found.keys():
        compare.count(f"all steps, {key}", found.get(key, 0), run.get(key, 0))


def recompute(folder, chip_path):
    """Compare a folder of reports with what its counts cost on the chip."""
    compare = Comparison()
    report = json.loads((folder / "report.json").read_text())
    chip = load_chip(chip_path)
    apply_settings(chip, report["provenance"]["options"])
    if chip["name"] != report["provenance"]["chip"]:
        compare.count("chip", report["provenance"]["chip"], chip["name"])
        return compare
    check_lines(report, chip, compare)
    check_shares(report, compare)
    check_run_counts(report, compare)
    check_metrics(report, chip, compare)
    check_cores(folder, report, chip, compare)
    check_links(folder, report, chip, compare)
    check_steps(folder, report, chip, compare)
    return compare


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    compare = recompute(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    if compare.problems:
        _, worst = max(compare.problems)
        print(f"{len(compare.problems)} of {compare.n_values} numbers differ; the worst: {worst}")
        return 1
    deviation, what = compare.worst
    print(f"{compare.n_values} numbers recomputed; largest deviation {deviation:.1e} ({what})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
