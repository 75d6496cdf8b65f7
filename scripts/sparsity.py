#!/usr/bin/env python3
"""Write docs/sparsity.md from runs of the bench `sparsity` and of `egret count`.

    scripts/sparsity.py BIN          BIN: the folder of the programs, as build/release/bin

Takes some minutes. The numbers are the same on every machine; benches/results.csv holds one of the
points exactly (published-20x), tests/valid/test_published_macs.cpp the MACs.
"""
import csv
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "sparsity.md"
POINT = ("0.15", "0.2375")
DEPLOYED = ("0.05", "0.1")  # the published deployment's density; an activity such as trained networks have

# Units, activity (1 - the published sparsity), published effective MACs in millions (arXiv:2206.06178v1, Table 1).
DVS = [("EGRU 512", 512, "0.1621", 4.19), ("EGRU 1024", 1024, "0.1747", 10.54),
       ("EGRU 1024, augmented data", 1024, "0.2123", 10.77), ("GRU 1024, dense", 1024, "1", 15.73)]


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, check=True).stdout


def dvs_rows(programs):
    rows = []
    for name, units, activity, published in DVS:
        macs = 0
        for inputs in (2048, units):
            report = json.loads(run(programs / "egret", "count", "--chip", "spinnaker2", "--any-memory", "--layers",
                                    f"{inputs},{units}", "--rates", f"1,{activity}", "--format", "json"))
            macs += next(m["value"] for m in report["metrics"] if m["name"] == "macs_both") / 1e6
        rows.append(f"| {name} | {activity} | {macs:.3f} M | {published} M | {100 * (macs / published - 1):+.2f} % |")
    return "\n".join(rows)


class Points:
    """The rows of a CSV by format, density and activity; figures of a row by short names."""

    def __init__(self, path):
        with open(path, encoding="ascii") as file:
            self.row = {(r["network"], r["format"], r["density"], r["activity"]): r for r in csv.DictReader(file)}

    def of(self, key, form="source", network="published"):
        row = {k: float(v) for k, v in self.row[(network, form, *key)].items()
               if k not in ("network", "precision", "format")}
        row["time_share"] = 100 * row["time_reduction"] / row["law_reduction"]
        row["energy_share"] = 100 * row["energy_reduction"] / row["law_reduction"]
        return row

    def fitting(self):
        return max((float(r["density"]) for r in self.row.values()
                    if r["network"] == "published" and r["format"] == "source" and r["fits"] == "1"), default=0)

    def break_even(self, activity, form, figure):
        """Density at which the sparse run costs as much as the dense one, by straight lines in logarithms;
        None: none that was run is as cheap."""
        cost = self.of(("1", activity), form)[figure]
        runs = sorted(((float(d), self.of((d, a))[figure]) for n, f, d, a in self.row
                       if (n, f, a) == ("published", "source", activity)), reverse=True)
        for (dense, high), (sparse, low) in zip(runs, runs[1:]):
            if low <= cost < high:
                part = math.log(high / cost) / math.log(high / low)
                return dense ** (1 - part) * sparse ** part
        return None

    def extreme(self):
        return min(((float(d), float(a)), (d, a)) for n, f, d, a in self.row if n == "published" and f == "source")[1]


PAGE_TEXT = """# Weight and activity sparsity: the law, time and energy

Written by `scripts/sparsity.py build/release/bin`, which runs `bin/sparsity` and `egret count`. Nothing here was measured
on silicon, and figures are nominal: times rest on the software costs of the chip description, most of which are guesses
with wide ranges (`egret run` prints intervals). Ratios within a table share these costs and depend on them much less.

## What is found

Mukherji et al. (arXiv:2311.07625) say that MACs fall by both sparsities at once, E = (1 - s)(D_in + a D_rest): weight
sparsity s, activity a, D_in the first layer's product with its dense input, D_rest all others. For the published shape
750-1350-1350-750 D_in is 3.04 and D_rest 21.13 M MACs, so density {d} and activity {a} leave {law:.3f} of 24.165 M:
**{ideal:.2f}x**. Counted over drawn events it is {counted:.3f} M, as int8 rounds 1 % of the weights to zero.

* **At that point {time_share:.0f} % of the law survive**, in int8 on the cores of SpiNNaker2: {time:.1f}x less time ({time_share:.0f} % of the
  {ideal:.0f}x) and {energy:.1f}x less energy ({energy_share:.0f} %). Energy follows time: state power of cores and chip is {state:.0f} % of it, active
  cycles nearly all the rest, and a core that is done sooner is paid for less long. The network-on-chip is {noc:.1f} %.
* **Activity is realised almost wholly, density is not.** At density 1 activity alone keeps {worst_activity:.0f} % or more of its part of
  the law; at activity 1 density {d15} keeps {only15:.0f} %, {d05} {only05:.0f} %, {d005} {only005:.0f} %. A silent unit saves its packet and its weights; an absent
  weight saves only itself. A core spends {receive:g} cycles on reading an event, however few weights follow, and {synapse:g} on a weight, and
  unstructured weights leave hardly a core that an event need not reach. Packets take {packets:.0f} % of the cycles at the published
  point, {packets2:.0f} % at density {d2} and activity {a2} ({time_share2:.0f} % of {ideal2:.0f}x left).
* **The floor is the dense input.** {n_inputs} inputs at {receive:g} cycles are {input_us:.0f} us a token on every core that has some weight of each,
  and at density {d3} and activity {a3} a token takes {latency3:.0f} us: {time_reduction3:.0f}x where the law says {ideal3:.0f}x. Updates of all
  units, which no sparsity spares, are {update3:.0f} % of the cycles there.
* **A dense run on the MAC arrays would win, had it the memory.** An array does {per_core:.1f} int8 MACs a cycle on a vector, a core one
  in {synapse:g}. With its 24.2 MB of weights on the chip the dense network would take {array:.0f} us and {array_uj:.0f} uJ a token at activity {a},
  {array_faster:.1f}x faster than the sparse run of the published point. Only below density {even:.3f} would that be the faster one (activity 1:
  {even_full:.3f}; {a_low}: {even_low:.3f}). By then packets bind both.
* **It has not.** The chip's {cores:g} cores have {room:.1f} MB. From DRAM the weights of one token take at least {dram:.0f} us and {dram_uj:.0f} uJ, {dram_slower:.1f}x
  the time and {dram_more:.1f}x the energy of the sparse run, which stays on the chip (densities up to {fits} of those run). There the
  sparse run wins at every activity. What weight sparsity buys on this chip is first of all that the network fits.

## The published point, and all others

`bin/sparsity --csv sparsity.csv` prints this and writes all its figures.
{columns}

```text
{int8}```

One point alone, up to the first step, in which nothing recurs yet and which the bench leaves out:

```sh
egret gen egru --layers 750,1350,1350,750 --density 0.15 --seed 1 -o net
egret run net --chip spinnaker2 --quantize int8 --format source --activity "rates=1,0.2375,0.2375,0.2375 steps=18 seed=1"
```

with `--format dense-mla` for the MAC arrays, `--share-cores` where the CSV says so, and `--set core.data_bytes=16777216
--set core.system_bytes=1048576` for what is marked `*`.

## In single precision

The published deployment computes in fp32. `bin/sparsity --precision fp32 {fp32_words}`:

```text
{fp32}```

## Effective MACs of the DVS gesture models

Two layers on 2,048 inputs (arXiv:2206.06178v1, Table 1). Between them goes a trace that is never 0, so layer 2's input counts
dense: each layer is counted as a network of its own with a dense input,
`egret count --chip spinnaker2 --any-memory --layers 2048,512 --rates 1,0.1621` and the same with `--layers 512,512`, summed.

| model | activity | counted | published | deviation |
|---|---|---|---|---|
{dvs}

`tests/valid/test_published_macs.cpp` holds these within 0.2 %, and the same counted over drawn events and rows.

## What stands for what

* *Dense LSTM 400-1150-1150-400* (AWD-LSTM): MACs by the closed form of its four gates. Egret has no LSTM cell: times and
  energies are those of the EGRU of that shape with every weight and every event, three gates as a GRU; the fourth would
  add a third to the weights and little to the packets. So the LSTM's own figures are higher, up to a third.
* *Activity* is the same in all layers and drawn independently for each unit and step; trained networks have units that
  are always or never active. The input, an embedding, is dense.
* *Weights* are drawn, every target with as many. Trained networks pruned globally have denser and sparser layers.
* *MAC arrays*: cores gather the operand from events, as the sparse run does; most of their time goes into these packets.
  A dense deployment would send blocks of values and be faster still.
* *Weights from DRAM*: the least it can take. The transfer's rate is a guess, 2.4 [2 .. 5] GB/s; all else is hidden behind it.
* *Marked `*`*: the cores got more memory, all else is the chip's; two chips or more would have to share such a network.
* Embedding and decoder are left out, as in the papers' counts of recurrent layers.
"""

COLUMNS = ("`law` and `counted` are MACs, `less` is how many times less than with density 1 and activity 1 on the cores,\n"
           "`share` that of what the law promises. The last columns say what the cycles of all cores go into. Where more\n"
           "than 5 % of them are idle, slices of all layers on every core (`--share-cores`) are tried too; the faster counts.")
FP32_WORDS = ["--densities", "1,0.15,0.05", "--activities", "1,0.2375,0.1"]


def chip_numbers():
    chip = yaml.safe_load((ROOT / "arch" / "chips" / "spinnaker2.yaml").read_text(encoding="utf-8"))
    core, software, cores = chip["core"], chip["software"], chip["grid"]["usable_cores"]
    receive = software["receive_event_cycles"]["value"]
    return {"receive": receive, "synapse": software["synapse_int_cycles"]["value"], "cores": cores,
            "room": cores * core["data_bytes"]["value"] / 1e6, "n_inputs": 750,
            "input_us": 750 * receive / chip["operating_points"]["low"]["hz"]["value"] * 1e6,
            "per_core": core["mac_array_macs_per_cycle"]["value"] * core["mac_array_vector_utilisation_frac"]["value"]}


def figures(points):
    point, deployed, extreme = points.of(POINT), points.of(DEPLOYED), points.of(points.extreme())
    array, dram = points.of(("1", POINT[1]), "dense-mla"), points.of(("1", POINT[1]), "dense-mla-from-dram")
    activities = [a for n, f, d, a in points.row if (n, f, d) == ("published", "source", "1")]
    lowest = activities[-1]
    out = {"d": POINT[0], "a": POINT[1], "law": point["macs_law"] / 1e6, "counted": point["macs_counted"] / 1e6,
           "time": point["time_reduction"], "energy": point["energy_reduction"],
           "noc": 100 * point["noc_uj"] / point["energy_uj"],
           "state": 100 * point["state_uj"] / point["energy_uj"], "fits": f"{points.fitting():g}",
           "worst_activity": min(min(row["time_share"], row["energy_share"])
                                 for row in (points.of(("1", a)) for a in activities)),
           "latency3": extreme["latency_us"], "time_reduction3": extreme["time_reduction"],
           "array": array["latency_us"], "array_uj": array["energy_uj"],
           "array_faster": point["latency_us"] / array["latency_us"], "dram": dram["latency_us"],
           "dram_uj": dram["energy_uj"], "dram_slower": dram["latency_us"] / point["latency_us"],
           "dram_more": dram["energy_uj"] / point["energy_uj"], "a_low": lowest}
    for name, activity in (("even", POINT[1]), ("even_full", "1"), ("even_low", lowest)):
        out[name] = points.break_even(activity, "dense-mla", "latency_us")
    for density in ("0.15", "0.05", "0.005"):
        out["only" + density[2:]], out["d" + density[2:]] = points.of((density, "1"))["time_share"], density
    for mark, row in (("", point), ("2", deployed), ("3", extreme)):
        out |= {"packets" + mark: 100 * row["packets_share"], "time_share" + mark: row["time_share"],
                "energy_share" + mark: row["energy_share"], "ideal" + mark: row["law_reduction"],
                "update" + mark: 100 * row["update_share"], "d" + mark: f"{row['density']:g}",
                "a" + mark: f"{row['activity']:g}"}
    return out | chip_numbers()


def main(arguments):
    if len(arguments) != 1:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    programs = Path(arguments[0])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "int8.csv"
        int8 = run(programs / "sparsity", "--csv", path)
        points = Points(path)
    fp32 = run(programs / "sparsity", "--precision", "fp32", *FP32_WORDS)
    PAGE.write_text(PAGE_TEXT.format(int8=int8, fp32=fp32, fp32_words=" ".join(FP32_WORDS), dvs=dvs_rows(programs),
                                     columns=COLUMNS, **figures(points)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
