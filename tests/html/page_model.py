"""What a page must say, computed anew from the files of its run directory, without egret's own code.

A number of the page names what it is: a path into report.json, or "=" and a name of something that is
derived; `Run.value` gives what must stand there. `real_text` and `number_text` are the formats.
"""
import csv
import json
import math

PARTS = ["active", "mac_array", "sleep", "level_switch", "noc", "links", "off_board_links", "router", "host", "dram", "floor", "extra_rail"]
REGIONS = ["code", "receive_fifo", "event_buffers", "stack", "weights", "indices", "row_pointers", "parameters",
           "state", "accumulators"]
DATA_REGIONS = REGIONS[3:]
LAYER_REGIONS = ["weights", "indices", "row_pointers", "parameters", "state"]
LEGS = ["receive", "update", "emit", "other", "mac_array", "stall", "network", "host", "output"]
MOST_BINS = 40


def number_text(value):
    return f"{value:,}"


def real_text(value):
    """Four significant digits; whole, with commas, from 1000 on; powers of ten beyond."""
    if value == 0:
        return "0"
    if not 0.001 <= value < 1e12:
        return f"{value:.3e}"
    if value >= 999.95:
        return number_text(int(value + 0.5))
    limits = (99.995, 9.9995, 0.99995, 0.099995, 0.0099995)
    return f"{value:.{1 + sum(value < limit for limit in limits)}f}"


def whole(text):
    return int(text) if text else None


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


class Run:
    """The files of a run directory, and what follows from them."""

    def __init__(self, folder):
        self.report = json.loads((folder / "report.json").read_text())
        self.tables = {name: read_csv(folder / name) for name in ("cores.csv", "links.csv", "steps.csv")}
        timeline = folder / "timeline.csv"
        self.timeline = read_csv(timeline) if timeline.exists() else []
        self.metrics = {row["name"]: row for row in self.report["metrics"]}
        self.steps = self.report["run"]["simulated_steps"]

    def value(self, name):
        """The number that a name of the page stands for."""
        if name.startswith("="):
            kind, *rest = name[1:].split(".", 1)
            return getattr(self, "derived_" + kind)(*rest)
        at = self.report
        words = name.split(".")
        if words[0] == "metrics":
            return self.metrics[words[1]][words[2]]
        for word in words:
            at = at[int(word)] if isinstance(at, list) else at[word]
        return at

    # ---- of cores and links --------------------

    def core_heat(self, core):
        """Utilisation in percent, energy in uJ a token, bytes of data memory, packets in the FIFO."""
        busy = sum(int(core[name + "_cycles"] or 0) for name in ("receive", "update", "emit", "slow"))
        cycles = self.report["run"]["run_cycles"]
        return (100 * busy / cycles if cycles else 0, float(core["energy_pj"]) / 1e6 / self.steps,
                sum(int(core[region + "_bytes"]) for region in DATA_REGIONS), whole(core["fifo_high_packets"]) or 0)

    def link_load(self, link):
        cycles = self.report["run"]["run_ps"] * 1e-12 * self.report["floor_plan"]["noc_hz"]
        return int(link["busy_noc_cycles"]) / cycles if cycles else 0

    def derived_scale(self, rest):
        heat, end = rest.split(".")
        if heat == "links":
            loads = [self.link_load(link) for link in self.tables["links.csv"] if (link["kind"] == "board") == (end == "1")]
            return max(loads)
        values = [self.core_heat(core)[int(heat)] for core in self.tables["cores.csv"]]
        low, high = min(values), max(values)
        return high if end == "high" else low if high / 2 < low < high else 0

    # ---- of the run --------------------

    def derived_tick_us(self):
        return self.report["run"]["tick_ps"] / 1e6

    def derived_barrier_share(self):
        return self.report["run"]["barrier_ps"] / self.report["run"]["run_ps"]

    def derived_fast_share(self):
        low, high = (level["cycles"] for level in self.report["levels"])
        return high / (low + high)

    def derived_switches(self):
        return sum(level["switches"] for level in self.report["levels"])

    def derived_fewer(self, metric):
        dense = "macs_dense" + ("_with_decoder" if metric.endswith("_with_decoder") else "")
        return self.metrics[dense]["value"] / self.metrics[metric]["value"]

    # ---- energy and memory --------------------

    def derived_share(self, metric):
        return self.metrics[metric]["value"] / self.metrics["energy_per_token_uj"]["value"]

    def derived_energy(self, rest):
        scope, row, part = rest.split(".")
        lines = [line for line in self.report["energy"] if line["scope"] == scope]
        of = list(dict.fromkeys(line["of"] for line in lines))[int(row)]
        return sum(line["pj"] for line in lines if line["of"] == of and
                   (part == "sum" or line["part"] == PARTS[int(part)])) / 1e6 / self.steps

    def layer_bytes(self, layer, region):
        return layer[region + "_bytes"] if region in LAYER_REGIONS else 0

    def derived_memory(self, rest):
        row, part = rest.split(".")
        regions = REGIONS if part == "sum" else [REGIONS[int(part)]]
        layers = self.report["layers"]
        if int(row) < len(layers):
            return sum(self.layer_bytes(layers[int(row)], region) for region in regions)
        return sum(int(core[region + "_bytes"]) for core in self.tables["cores.csv"] for region in regions) - \
            sum(self.layer_bytes(layer, region) for layer in layers for region in regions)

    def derived_fullest_share(self):
        mapping = self.report["mapping"]
        return mapping["fullest_data_bytes"] / mapping["available_data_bytes"]

    # ---- latency --------------------

    def histogram(self):
        """(first, width, counts) of the narrowest bins of 1, 2, 5, 10, .. ps that are few enough."""
        latencies = [int(row["latency_ps"]) for row in self.tables["steps.csv"]]
        low, high = min(latencies), max(latencies)
        widths = (factor * 10 ** power for power in range(20) for factor in (1, 2, 5))
        width = next(width for width in widths if high // width - low // width < MOST_BINS)
        first = low // width * width
        counts = [0] * ((high - first) // width + 1)
        for latency in latencies:
            counts[(latency - first) // width] += 1
        return first, width, counts

    def derived_bin(self, rest):
        row, what = rest.split(".")
        first, width, counts = self.histogram()
        if what == "steps":
            return counts[int(row)]
        return (first + (int(row) + (what == "to")) * width) / 1e6

    # ---- timeline --------------------

    def window(self):
        rows = [row for row in self.timeline if row["row"] == "step"]
        return min(int(row["begin_ps"]) for row in rows), max(int(row["end_ps"]) for row in rows)

    def path(self):
        return [row for row in self.timeline if row["row"] == "path"]

    def derived_timeline_us(self):
        begin, end = self.window()
        return (end - begin) / 1e6

    def derived_leg(self, rest):
        row, what = rest.split(".")
        leg = self.path()[int(row)]
        if what == "begin":
            return (int(leg["begin_ps"]) - self.window()[0]) / 1e6
        if what == "takes":
            return (int(leg["end_ps"]) - int(leg["begin_ps"])) / 1e6
        return int(leg[what])

    def derived_path(self, rest):
        part = rest.split(".")[1]
        return sum(int(leg["end_ps"]) - int(leg["begin_ps"]) for leg in self.path()
                   if part == "sum" or leg["what"] == LEGS[int(part)]) / 1e6


def same(exact, wanted, derived):
    """Numbers of files must be the same double; derived ones may be summed in another order."""
    return math.isclose(exact, wanted, rel_tol=1e-11, abs_tol=1e-11) if derived else exact == wanted
