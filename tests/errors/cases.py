"""The bad inputs: one row a case, (name, exit code, words of the command, changes).

Each case runs in a fresh copy of a folder that holds good files:

    chip.yaml    the chip tiny-2x2         words/       a network with vocabulary and decoder
    text.txt     words of its vocabulary   vectors/     a network that takes vectors
    tokens.ids   token ids                 good.egp     `words` compiled for chip.yaml
    frames.npy   vectors                   out/         a run directory (report.json, events.egt, ..)

Changes are functions of that folder from changes.py, applied in order. What is expected on stderr stands
in expected.txt under the name of the case.
"""
from changes import (append, cut, edit, fill, flip, header, limit, make_folder, overwrite, raw_header,
                     remove, stdout_to)

CHIP = "info chip.yaml"
RUN = "run words --chip chip.yaml --input tokens.ids"
TENSORS = "words/weights.safetensors"


def tensor(name, **changes):
    """Change the header entry of a tensor."""
    def change(entries):
        entries[name].update(changes)
    return header(TENSORS, change)


def drop_tensor(name):
    return header(TENSORS, lambda entries: entries.pop(name))


def rename_tensor(old, new):
    def change(entries):
        entries[new] = entries.pop(old)
    return header(TENSORS, change)


def network(old, new):
    return edit("words/network.yaml", old, new)


def chip(old, new):
    return edit("chip.yaml", old, new)


def fabric(keys):
    return chip("grid:\n", "fabric: {" + keys + ", source: TINY}\ngrid:\n")


USAGE_CASES = [
    ("no-command", 2, "", []),
    ("unknown-command", 2, "runn words", []),
    ("strange-command", 2, "zzzzzzzz", []),
    ("unknown-option", 2, RUN + " --steep 3", []),
    ("unknown-letter", 2, RUN + " -z", []),
    ("option-without-value", 2, "run words --chip", []),
    ("option-before-option", 2, "run words --chip --input tokens.ids", []),
    ("sync-unknown", 2, RUN + " --sync barier", []),
    ("stall-limit-of-zero", 2, RUN + " --stall-limit 0", []),
    ("sync-without-time", 4, "sim good.egp --network words --chip chip.yaml --input tokens.ids --replay out/events.egt --fidelity count --sync barrier", []),
    ("tick-without-period", 2, RUN + " --sync tick", []),
    ("tick-period-without-tick", 2, RUN + " --tick-ns 1000", []),
    ("tick-period-with-barrier", 2, RUN + " --sync barrier --tick-ns 1000", []),
    ("tick-period-zero", 2, RUN + " --sync tick --tick-ns 0", []),
    ("tick-without-time", 4, "sim good.egp --network words --chip chip.yaml --input tokens.ids --replay out/events.egt --fidelity count --sync tick --tick-ns 1000", []),
    ("tick-of-counts", 2, "count --chip chip.yaml --layers 4,4 --rates 1,1 --tick-ns 1000", []),
    ("tick-with-decoder-on-chip", 4, RUN + " --decoder dram --sync tick --tick-ns 1000", []),
    ("vcd-cores-alone", 2, RUN + " --vcd-cores 1", []),
    ("vcd-steps-alone", 2, RUN + " --vcd-steps 1:2", []),
    ("vcd-without-time", 2, "sim good.egp --network words --chip chip.yaml --input tokens.ids --replay out/events.egt --fidelity count --vcd t.vcd", []),
    ("vcd-core-beyond", 2, RUN + " --vcd t.vcd --vcd-cores 0,99", []),
    ("vcd-core-not-in-use", 1, RUN + " --cores-per-layer 1,1 --vcd t.vcd --vcd-cores 7", []),
    ("vcd-steps-backwards", 2, RUN + " --vcd t.vcd --vcd-steps 3:2", []),
    ("vcd-steps-beyond", 2, RUN + " --sim-steps 2 --vcd t.vcd --vcd-steps 1:2", []),
    ("vcd-steps-no-range", 2, RUN + " --vcd t.vcd --vcd-steps 1:", []),
    ("vcd-no-folder", 5, RUN + " --vcd none/t.vcd", []),
    ("vcd-is-a-folder", 5, RUN + " --vcd words", []),
    ("flag-with-value", 2, RUN + " --quiet=1", []),
    ("option-twice", 2, RUN + " --steps 3 --steps 4", []),
    ("too-many-operands", 2, RUN + " more", []),
    ("no-operand", 2, "run --chip chip.yaml --input tokens.ids", []),
    ("no-chip", 2, "run words --input tokens.ids", []),
    ("no-input", 2, "run words --chip chip.yaml", []),
    ("input-and-activity", 2, RUN + " --activity rates=1,1,1", []),
    ("steps-not-a-number", 2, RUN + " --steps many", []),
    ("steps-zero", 2, RUN + " --steps 0", []),
    ("sim-steps-fraction", 2, RUN + " --sim-steps 1.5", []),
    ("unknown-format", 2, RUN + " --format sorce", []),
    ("dense-of-floats", 2, RUN + " --format dense-mla", []),
    ("indices-of-bitmaps", 2, RUN + " --format bitmap --index-bits 8", []),
    ("unknown-index-bits", 2, RUN + " --index-bits 24", []),
    ("count-no-rates", 2, "count --layers 4,5 --chip chip.yaml", []),
    ("count-one-layer", 2, "count --layers 4 --rates 1 --chip chip.yaml", []),
    ("count-rates", 2, "count --layers 4,5 --rates 1 --chip chip.yaml", []),
    ("count-rate-above-1", 2, "count --layers 4,5 --rates 1,1.5 --chip chip.yaml", []),
    ("count-cores", 2, "count --layers 4,5 --rates 1,1 --cores-per-layer 1,1 --chip chip.yaml", []),
    ("count-more-cores-than-units", 1,
     "count --layers 4,5 --rates 1,1 --cores-per-layer 6 --chip chip.yaml", []),
    ("count-too-large", 3, "count --layers 400,5000 --rates 1,1 --chip chip.yaml", []),
    ("count-memory", 3,
     "count --layers 400,5000 --rates 1,1 --cores-per-layer 8 --chip chip.yaml", []),
    ("unknown-fidelity", 2, RUN + " --fidelity evnt", []),
    ("unknown-placement", 2, RUN + " --placement spiral", []),
    ("effort-0", 2, RUN + " --placement anneal --effort 0", []),
    ("unknown-precision", 2, RUN + " --precision fp16", []),
    ("unknown-quantize", 2, RUN + " --quantize int4", []),
    ("scales-alone", 2, RUN + " --scales per-layer", []),
    ("full-scale-alone", 2, RUN + " --full-scale 2 --quantize bf16", []),
    ("full-scale-of-words", 2, RUN + " --quantize int8 --full-scale 2", []),
    ("int8-in-double", 2, RUN + " --quantize int8 --precision fp64", []),
    ("int8-of-the-paper-cell", 4, "compile words --chip chip.yaml --quantize int8",
     [network("cell: egru", "cell: egru-paper")]),
    ("sim-in-another-precision", 1,
     "sim good.egp --network words --chip chip.yaml --input tokens.ids --quantize bf16", []),
    ("fold-of-vectors", 4, "run vectors --chip chip.yaml --input frames.npy --fold-embedding", []),
    ("fold-in-double", 2, RUN + " --fold-embedding --precision fp64", []),
    ("decoder-of-vectors", 4, "run vectors --chip chip.yaml --input frames.npy --decoder dram", []),
    ("decoder-nowhere", 2, RUN + " --decoder chip", []),
    ("decoder-without-dram", 4, RUN + " --decoder dram --set dram.bytes=0", []),
    ("decoder-beyond-the-dram", 3, RUN + " --decoder dram --set dram.bytes=20", []),
    ("fold-beyond-the-dram", 3, RUN + " --fold-embedding --set dram.bytes=100", []),
    ("unknown-carry", 2, RUN + " --carry state", []),
    ("reset-steps-alone", 2, RUN + " --reset-steps 3", []),
    ("carry-without-interval", 2, RUN + " --carry events", []),
    ("bounds-twice", 2, RUN + " --bounds --no-bounds", []),
    ("unknown-point", 2, RUN + " --point medium", []),
    ("auto-point-of-one", 2, RUN + " --point auto", [cut("chip.yaml", "  fast:\n")]),
    ("cores-not-numbers", 2, RUN + " --cores-per-layer 2,two", []),
    ("cores-of-other-layers", 2, RUN + " --cores-per-layer 2,2,2", []),
    ("cores-more-than-units", 2, RUN + " --cores-per-layer 3,5", []),
    ("cores-more-than-usable", 2, RUN + " --cores-per-layer 5,4", []),
    ("cores-shared-more-than-usable", 2,
     RUN + " --cores-per-layer 5,4 --share-cores --set grid.usable_cores=4", []),
    ("split-unknown", 2, RUN + " --split spiral", []),
    ("objective-unknown", 2, RUN + " --objective speed", []),
    ("rates-few", 2, RUN + " --rates 1,1", []),
    ("rates-no-number", 2, RUN + " --rates 1,x,1", []),
    ("rates-missing-file", 5, RUN + " --rates none.egt", []),
    ("rates-measured-and-given", 2, RUN + " --rates 1,1,1 --measure-activity 2", []),
    ("partition-missing-file", 5, RUN + " --partition none.txt", []),
    ("partition-and-split", 2, RUN + " --partition p.txt --split equal", []),
    ("partition-short", 1, RUN + " --partition p.txt", [overwrite("p.txt", b"0\n1\n0\n")]),
    ("partition-long", 1, RUN + " --partition p.txt", [overwrite("p.txt", b"0\n" * 13)]),
    ("partition-no-number", 1, RUN + " --partition p.txt", [overwrite("p.txt", b"0\n1.5\n")]),
    ("partition-many-parts", 2, RUN + " --partition p.txt",
     [overwrite("p.txt", "".join("%d\n" % i for i in range(12)).encode())]),
    ("setting-without-value", 2, RUN + " --set grid.usable_cores", []),
    ("setting-unknown", 2, RUN + " --set grid.usable_cors=4", []),
    ("setting-impossible", 1, RUN + " --set grid.usable_cores=400", []),
    ("dump-unknown-letter", 2, "compile words --chip chip.yaml --dump X", []),
    ("activity-nonsense", 2, "run words --chip chip.yaml --activity full", []),
    ("activity-few-rates", 2, "run words --chip chip.yaml --activity rates=1,1", []),
    ("activity-large-rate", 2, "run words --chip chip.yaml --activity rates=1,1.5,1", []),
    ("activity-with-steps", 2, "run words --chip chip.yaml --activity rates=1,1,1 --steps 3", []),
    ("report-unknown-format", 2, "report out --format html", []),
    ("gen-unknown-kind", 2, "gen lstm --layers 3,4 -o new", []),
    ("gen-one-layer", 2, "gen egru --layers 3 -o new", []),
    ("gen-no-layers", 2, "gen egru -o new", []),
    ("gen-no-output", 2, "gen egru --layers 3,4", []),
    ("gen-density", 2, "gen egru --layers 3,4 --density 1.5 -o new", []),
    ("gen-fan-in-and-density", 2, "gen egru --layers 3,4 --fan-in 2 --density 0.5 -o new", []),
    ("gen-two-structures", 2, "gen egru --layers 3,4 --ring 2 --grid 1 -o new", []),
    ("gen-inside-alone", 2, "gen egru --layers 3,4 --inside 0.5 -o new", []),
    ("gen-order-alone", 2, "gen egru --layers 3,4 --keep-order -o new", []),
    ("gen-small-communities", 2, "gen egru --layers 8,8 --fan-in 8 --communities 4 -o new", []),
    ("gen-words-width", 2, "gen egru --layers 3,4 --words 9 -o new", []),
    ("power-cores", 2, "power --chip spinnaker2 --cores 153", []),
    ("power-duty", 2, "power --chip spinnaker2 --duty 1.5", []),
    ("power-no-core", 2, "power --chip spinnaker2 --cores 0 --array-macs 1e9", []),
    ("power-no-chip", 2, "power --duty 1", []),
    ("noc-size", 2, "noc --size 8", []),
    ("noc-size-text", 2, "noc --size 8x8x8", []),
    ("noc-size-zero", 2, "noc --size 0x8", []),
    ("noc-size-large", 2, "noc --size 300x300", []),
    ("noc-traffic", 2, "noc --traffic unifrom", []),
    ("noc-transpose", 2, "noc --size 8x4 --traffic transpose", []),
    ("noc-rate-zero", 2, "noc --rate 0.1,0", []),
    ("noc-rate-many", 2, "noc --rate 5", []),
    ("noc-rate-text", 2, "noc --rate 0.1,,0.2", []),
    ("noc-vcs", 2, "noc --vcs 0", []),
    ("noc-vcs-many", 2, "noc --vcs 13", []),
    ("noc-buffer", 2, "noc --buffer-flits 0", []),
    ("noc-switch-cycles", 2, "noc --switch-cycles 0", []),
    ("noc-delays", 4, "noc --link-cycles 16 --crossbar-cycles 16 --credit-cycles 16", []),
    ("noc-hotspot-alone", 2, "noc --hotspot-node 3", []),
    ("noc-hotspot-node", 2, "noc --traffic hotspot --hotspot-node 64", []),
    ("noc-exclude-self", 2, "noc --traffic neighbour --exclude-self", []),
    ("noc-lonely", 2, "noc --size 1x1 --exclude-self", []),
    ("noc-trace-and-rate", 2, "noc --trace trace.csv --rate 0.2", []),
    ("noc-table-and-routing", 2, "noc --table table.csv --routing yx", []),
    ("noc-operand", 2, "noc 8x8", []),
    ("noc-no-trace", 5, "noc --trace trace.csv", []),
    ("noc-trace-empty", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"cycle,source,dest,flits\n")]),
    ("noc-trace-fields", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"1,2,3\n")]),
    ("noc-trace-many", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"1,2,3,4,5\n")]),
    ("noc-trace-number", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"# one\n1,a,3,4\n")]),
    ("noc-trace-node", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"1,2,64,4\n")]),
    ("noc-trace-order", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"5,2,3,4\n4,2,3,4\n")]),
    ("noc-trace-flits", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"5,2,3,0\n")]),
    ("noc-trace-twice", 1, "noc --trace trace.csv", [overwrite("trace.csv", b"5,2,3+3,1\n")]),
    ("noc-trace-tree", 2, "noc --trace trace.csv", [overwrite("trace.csv", b"5,2,3+4,9\n")]),
    ("noc-trace-bytes", 1, "noc --trace frames.npy", []),
    ("noc-table-pair", 1, "noc --size 2x1 --table table.csv", [overwrite("table.csv", b"0,1,+x\n")]),
    ("noc-table-port", 1, "noc --size 2x1 --table table.csv", [overwrite("table.csv", b"0,1,east\n")]),
    ("noc-table-twice", 1, "noc --size 2x1 --table table.csv",
     [overwrite("table.csv", b"0,1,+x\n0,1,+x\n")]),
    ("noc-table-self", 1, "noc --size 2x1 --table table.csv", [overwrite("table.csv", b"0,0,+x\n")]),
    ("noc-table-leaves", 1, "noc --size 2x1 --table table.csv",
     [overwrite("table.csv", b"0,1,-x\n1,0,-x\n")]),
    ("noc-table-circle", 1, "noc --size 3x1 --table table.csv",
     [overwrite("table.csv", b"0,1,+x\n0,2,+x\n1,2,-x\n1,0,-x\n2,0,-x\n2,1,-x\n")]),
    ("noc-table-ring", 1, "noc --size 2x2 --table table.csv --rate 0.9",
     [overwrite("table.csv", b"0,1,+x\n0,2,+x\n0,3,+x\n1,0,+y\n1,2,+y\n1,3,+y\n"
                             b"2,0,-y\n2,1,-y\n2,3,-y\n3,0,-x\n3,1,-x\n3,2,-x\n")]),
    ("noc-table-large", 4, "noc --size 65x64 --table table.csv", [overwrite("table.csv", b"0,1,+x\n")]),
    ("noc-full-disk", 5, "noc --rate 0.05 --measure 100", [stdout_to("/dev/full")]),
    ("sim-without-network", 2, "sim good.egp --chip chip.yaml --input tokens.ids", []),
    ("help-unknown", 2, "help sweep", []),
    ("command-of-later", 2, "sweep a.yaml", []),
]

CHIP_CASES = [
    ("chip-missing-file", 5, "info nothing.yaml", []),
    ("chip-unknown-name", 5, "run words --chip spinaker2 --input tokens.ids", []),
    ("chip-empty", 1, CHIP, [overwrite("chip.yaml", b"")]),
    ("chip-not-yaml", 1, CHIP, [overwrite("chip.yaml", b"{[}")]),
    ("chip-binary", 1, CHIP, [overwrite("chip.yaml", bytes(range(256)))]),
    ("chip-a-list", 1, CHIP, [overwrite("chip.yaml", b"- 1\n- 2\n")]),
    ("chip-other-format", 1, CHIP, [chip("egret-chip", "other-chip")]),
    ("chip-other-version", 1, CHIP, [chip("version: 1", "version: 2")]),
    ("chip-unknown-key", 1, CHIP, [chip("hop_cycles:", "hop_cycle:")]),
    ("chip-wrong-unit", 1, CHIP, [chip("latency_ns: {value: 500", "latency_us: {value: 500")]),
    ("chip-missing-key", 1, CHIP, [chip("  hop_cycles: {value: 3, kind: datasheet, source: TINY}\n", "")]),
    ("chip-point-named-auto", 1, CHIP, [chip("  fast:\n", "  auto:\n")]),
    ("chip-missing-section", 1, CHIP, [cut("chip.yaml", "operating_points:")]),
    ("chip-duplicate-key", 1, CHIP, [chip("  hop_cycles:", "  hz: {value: 1, kind: guess, source: TINY}\n"
                                          "  hop_cycles:")]),
    ("chip-text-for-number", 1, CHIP, [chip("lookup_cycles: {value: 3", "lookup_cycles: {value: three")]),
    ("chip-fraction", 1, CHIP, [chip("lookup_cycles: {value: 3", "lookup_cycles: {value: 3.5")]),
    ("chip-number-with-unit", 1, CHIP, [chip("value: 200000000", "value: 200MHz")]),
    ("chip-negative", 1, CHIP, [chip("lookup_cycles: {value: 3", "lookup_cycles: {value: -3")]),
    ("chip-out-of-range", 1, CHIP, [chip("key_bits: {value: 24", "key_bits: {value: 64")]),
    ("chip-value-outside-its-range", 1, CHIP, [chip("range: [900, 1100]", "range: [1050, 1100]")]),
    ("chip-range-backwards", 1, CHIP, [chip("range: [900, 1100]", "range: [1100, 900]")]),
    ("chip-fabric-unknown-routing", 1, CHIP, [fabric("routing: star, sides: 4, wrap: false")]),
    ("chip-fabric-five-sides", 1, CHIP, [fabric("routing: central, sides: 5, wrap: false, chips: [2, 2]")]),
    ("chip-fabric-unknown-turns", 1, CHIP, [fabric("routing: central, sides: 4, wrap: false, turns: y-first, "
                                                   "chips: [2, 2]")]),
    ("chip-fabric-odd-even-of-six-sides", 1, CHIP, [fabric("routing: central, sides: 6, wrap: false, "
                                                           "turns: odd-even-rows, chips: [2, 2]")]),
    ("chip-fabric-without-chips", 1, CHIP, [fabric("routing: central, sides: 4, wrap: false")]),
    ("chip-fabric-in-pieces", 1, CHIP, [fabric("routing: central, sides: 4, wrap: false, chips: [2, 1], "
                                               "dead_links: [[0, 0, E]]")]),
    ("chip-fabric-dead-core-beyond", 1, CHIP, [fabric("routing: central, sides: 4, wrap: false, chips: [2, 1], "
                                                      "dead_cores: [16]")]),
    ("chip-fabric-host-nowhere", 1, CHIP, [fabric("routing: central, sides: 4, wrap: false, chips: [2, 1], "
                                                  "host: [2, 0]")]),
    ("chip-mesh-with-a-central-router", 1, CHIP, [fabric("routing: mesh, sides: 4, wrap: false")]),
    ("chip-mesh-of-several-chips", 1, CHIP, [fabric("routing: mesh, sides: 4, wrap: false, chips: [2, 2]"),
                                             chip("router: [[1, 0], [1, 1]]", "router: []")]),
    ("chip-extends-nothing", 1, CHIP, [chip("version: 1", "version: 1\nextends: nothing.yaml")]),
    ("chip-extends-itself", 1, CHIP, [chip("version: 1", "version: 1\nextends: chip.yaml")]),
    ("chip-unknown-kind", 1, CHIP, [chip("kind: measured", "kind: rumour")]),
    ("chip-unknown-source", 1, CHIP, [chip("range: [900, 1100], kind: measured, source: TINY",
                                           "range: [900, 1100], kind: measured, source: TINNY")]),
    ("chip-no-source", 1, CHIP, [chip("kind: measured, source: TINY", "kind: measured")]),
    ("chip-guess-without-range", 1, CHIP, [chip("{value: 6, range: [3, 12], kind: guess",
                                                "{value: 6, kind: guess")]),
    ("chip-router-off-the-grid", 1, CHIP, [chip("router: [[1, 0], [1, 1]]", "router: [[1, 0], [1, 7]]")]),
    ("chip-router-on-a-hole", 1, CHIP, [chip("holes: []", "holes: [[1, 1]]")]),
    ("chip-tile-cut-off", 1, CHIP, [chip("x: [0, 2]", "x: [0, 4]"), chip("holes: []",
                                                                        "holes: [[3, 0], [3, 1]]")]),
    ("chip-more-usable-than-cores", 1, CHIP, [chip("usable_cores: 8", "usable_cores: 9")]),
    ("chip-anchor", 1, CHIP, [chip("holes: []", "holes: &a []")]),
    ("chip-two-documents", 1, CHIP, [append("chip.yaml", b"---\nformat: egret-chip\n")]),
    ("chip-deep", 1, CHIP, [chip("holes: []", "holes: " + "[" * 40 + "]" * 40)]),
    ("chip-huge-grid", 1, CHIP, [chip("x: [0, 2]", "x: [0, 4000000000]")]),
]

NETWORK_CASES = [
    ("network-missing", 5, "info nowhere/", []),
    ("network-a-file", 5, "run chip.yaml --chip chip.yaml --input tokens.ids", []),
    ("network-empty-folder", 1, "info empty", [make_folder("empty")]),
    ("network-no-yaml", 5, RUN, [remove("words/network.yaml")]),
    ("network-no-weights", 5, RUN, [remove(TENSORS)]),
    ("network-no-vocabulary", 5, RUN, [remove("words/vocabulary.txt")]),
    ("network-unknown-key", 1, RUN, [network("inputs: 4", "inputs: 4\ninput: 4")]),
    ("network-missing-key", 1, RUN, [network("inputs: 4\n", "")]),
    ("network-unknown-cell", 1, RUN, [network("cell: egru", "cell: egruu")]),
    ("network-no-layers", 1, RUN, [cut("words/network.yaml", "layers:"),
                                   append("words/network.yaml", b"layers: []\n")]),
    ("network-units-zero", 1, RUN, [network("units: 8", "units: 0")]),
    ("network-units-not-those-of-the-tensors", 1, RUN, [network("units: 8", "units: 9")]),
    ("network-zoneout", 1, RUN, [network("units: 8", "units: 8\n    zoneout: 1.5")]),
    ("network-threshold-form", 1, RUN, [network("threshold: value", "threshold: tanh")]),
    ("network-reset-without-events", 1, RUN, [network("carry: full", "carry: full\n  reset_steps: 3")]),
    ("network-decoder-width", 1, RUN, [network("inputs: 4", "inputs: 5")]),
    ("network-vocabulary-elsewhere", 1, RUN, [network("vocabulary.txt", "../vocabulary.txt")]),
    ("network-few-words", 1, RUN, [overwrite("words/vocabulary.txt", b"a\nb\n")]),
    ("network-word-twice", 1, RUN, [edit("words/vocabulary.txt", "three\n", "two\n")]),
    ("network-tab", 1, RUN, [network("inputs: 4", "\tinputs: 4")]),
]

TENSOR_CASES = [
    ("tensors-empty", 1, RUN, [overwrite(TENSORS, b"")]),
    ("tensors-short-length", 1, RUN, [overwrite(TENSORS, b"\x10\0\0")]),
    ("tensors-huge-header", 1, RUN, [overwrite(TENSORS, b"\xff" * 8 + b"{}")]),
    ("tensors-header-not-json", 1, RUN, [raw_header(TENSORS, b"{nonsense}")]),
    ("tensors-header-a-list", 1, RUN, [raw_header(TENSORS, b"[1, 2, 3]")]),
    ("tensors-header-deep", 1, RUN, [raw_header(TENSORS, b"[" * 5000 + b"]" * 5000)]),
    ("tensors-truncated", 1, RUN, [cut(TENSORS, -5)]),
    ("tensors-extra-bytes", 1, RUN, [append(TENSORS, b"12345")]),
    ("tensors-missing", 1, RUN, [drop_tensor("layers.0.bias")]),
    ("tensors-unknown", 1, RUN, [rename_tensor("layers.1.recurrent_bias", "layers.1.recurent_bias")]),
    ("tensors-other-type", 1, RUN, [tensor("layers.0.bias", dtype="I32")]),
    ("tensors-unknown-type", 1, RUN, [tensor("layers.0.bias", dtype="F31")]),
    ("tensors-other-shape", 1, RUN, [tensor("layers.0.bias", shape=[3, 8])]),
    ("tensors-lying-shape", 1, RUN, [tensor("layers.0.bias", shape=[25])]),
    ("tensors-overflowing-shape", 1, RUN, [tensor("layers.0.bias", shape=[1 << 62, 1 << 62])]),
    ("tensors-negative-shape", 1, RUN, [tensor("layers.0.bias", shape=[-24])]),
    ("tensors-outside", 1, RUN, [tensor("layers.0.bias", data_offsets=[0, 1 << 40])]),
    ("tensors-backwards", 1, RUN, [tensor("layers.0.bias", data_offsets=[96, 0])]),
    ("tensors-overlap", 1, RUN, [tensor("layers.0.bias", data_offsets=[0, 96])]),
    ("tensors-nan", 1, RUN, [fill(TENSORS, "layers.0.bias", b"\x00\x00\xc0\x7f")]),
    ("tensors-infinity", 1, RUN, [fill(TENSORS, "layers.0.threshold", b"\x00\x00\x80\x7f")]),
]

INPUT_CASES = [
    ("input-missing", 5, "run words --chip chip.yaml --input nothing.txt", []),
    ("input-a-folder", 5, "run words --chip chip.yaml --input out", []),
    ("text-empty", 1, "run words --chip chip.yaml --input text.txt", [overwrite("text.txt", b"")]),
    ("text-one-token", 1, RUN, [overwrite("tokens.ids", b"3\n")]),
    ("text-unknown-word-without-unk", 1, "run words --chip chip.yaml --input text.txt",
     [edit("words/vocabulary.txt", "<unk>", "other"), append("text.txt", b"one martian\n")]),
    ("text-without-eos", 1, "run words --chip chip.yaml --input text.txt",
     [edit("words/vocabulary.txt", "<eos>", "other")]),
    ("text-for-vectors", 1, "run vectors --chip chip.yaml --input text.txt", []),
    ("text-binary", 1, "run words --chip chip.yaml --input text.txt", [append("text.txt", bytes(range(256)))]),
    ("ids-too-large", 1, RUN, [append("tokens.ids", b"12\n")]),
    ("ids-not-a-number", 1, RUN, [append("tokens.ids", b"7x\n")]),
    ("ids-negative", 1, RUN, [append("tokens.ids", b"-1\n")]),
    ("npy-for-words", 1, "run words --chip chip.yaml --input frames.npy", []),
    ("npy-empty", 1, "run vectors --chip chip.yaml --input frames.npy", [overwrite("frames.npy", b"")]),
    ("npy-magic", 1, "run vectors --chip chip.yaml --input frames.npy", [flip("frames.npy", 1)]),
    ("npy-other-width", 1, "run vectors --chip chip.yaml --input frames.npy",
     [edit("frames.npy", "(12, 4)", "(16, 3)")]),
    ("npy-truncated", 1, "run vectors --chip chip.yaml --input frames.npy", [cut("frames.npy", -4)]),
    ("npy-huge-shape", 1, "run vectors --chip chip.yaml --input frames.npy",
     [edit("frames.npy", "(12, 4), ", "(99999999999, 4), ")]),
    ("npy-fortran-order", 1, "run vectors --chip chip.yaml --input frames.npy",
     [edit("frames.npy", "'fortran_order': False", "'fortran_order': True")]),
    ("npy-integers", 1, "run vectors --chip chip.yaml --input frames.npy", [edit("frames.npy", "<f4", "<i4")]),
    ("npy-nan", 1, "run vectors --chip chip.yaml --input frames.npy",
     [cut("frames.npy", -4), append("frames.npy", b"\x00\x00\xc0\x7f")]),
]

SIM = "sim good.egp --network words --chip chip.yaml --input tokens.ids"
PROGRAM_CASES = [
    ("program-missing", 5, "info nothing.egp", []),
    ("program-empty", 1, SIM, [overwrite("good.egp", b"")]),
    ("program-text", 1, SIM, [overwrite("good.egp", b"this is no program, only some text\n" * 9)]),
    ("program-truncated", 1, SIM, [cut("good.egp", -9)]),
    ("program-half", 1, "info good.egp", [cut("good.egp", 100)]),
    ("program-extra-bytes", 1, SIM, [append("good.egp", b"more")]),
    ("program-flipped-bit", 1, SIM, [flip("good.egp", 500)]),
    ("program-other-version", 1, SIM, [flip("good.egp", 8)]),
    ("program-of-another-network", 1, "sim good.egp --network vectors --chip chip.yaml --input frames.npy", []),
    ("program-of-another-chip", 1, SIM + " --set router.table_entries=65", []),
    ("program-of-another-rule", 1, SIM + " --carry events --reset-steps 3", []),
    ("events-truncated", 1, SIM + " --replay out/events.egt", [cut("out/events.egt", -3)]),
    ("events-flipped-bit", 1, "info out/events.egt", [flip("out/events.egt", 60)]),
    ("events-of-other-steps", 1, SIM + " --replay out/events.egt", [append("tokens.ids", b"1 2 3\n")]),
    ("events-of-more-steps", 1, SIM + " --replay out/events.egt --steps 3", []),
    ("report-damaged", 1, "report out", [cut("out/report.json", 300)]),
    ("report-of-no-folder", 5, "report nowhere", []),
    ("report-other-version", 1, "report out", [edit("out/report.json", '"version": 1', '"version": 9')]),
    ("report-unknown-field", 1, "info out", [edit("out/report.json", '"executed"', '"exequted"')]),
]

FIT_CASES = [
    ("fit-data-memory", 3, RUN + " --set core.data_bytes=1200 -o new", []),
    ("fit-system-memory", 3, RUN + " --set core.system_bytes=2100", []),
    ("fit-index-bits", 2, "run vectors --chip chip.yaml --activity 'rates=1,1,1 steps=2' --index-bits 8"
     " --format source --cores-per-layer 1,1 -o new", []),
    ("fit-router-table", 3, RUN + " --set router.table_entries=2", []),
    ("fit-router-table-of-many", 3, RUN + " --set router.table_entries=5 --cores-per-layer 4,4", []),
    ("unsupported-cell", 4, RUN + " -o new", [network("cell: egru", "cell: egru-paper")]),
]

OUTPUT_CASES = [
    ("output-a-file", 5, RUN + " -o tokens.ids", []),
    ("output-no-parent", 5, RUN + " -o no/such/folder", []),
    ("output-under-a-file", 5, RUN + " -o tokens.ids/out", []),
    ("output-unwritable", 5, RUN + " -o /proc/egret-output", []),
    ("output-full-disk-new-folder", 5, RUN + " -o new", [limit(600)]),
    ("output-full-disk-old-folder", 5, RUN + " -o out", [limit(600)]),
    ("output-name-taken", 5, RUN + " -o new", [make_folder("new/steps.csv")]),
    ("output-compile-full-disk", 5, "compile words --chip chip.yaml -o new.egp", [limit(600)]),
    ("output-compile-a-folder", 5, "compile words --chip chip.yaml -o out", []),
    ("output-compile-no-parent", 5, "compile words --chip chip.yaml -o no/new.egp", []),
    ("output-compile-full-device", 5, "compile words --chip chip.yaml -o /dev/full", []),
    ("output-gen-full-disk", 5, "gen egru --layers 8,16 -o new", [limit(600)]),
    ("output-gen-a-file", 5, "gen egru --layers 8,16 -o tokens.ids", []),
    ("output-gen-no-parent", 5, "gen egru --layers 8,16 -o no/new", []),
    ("output-stdout-full", 5, "info words", [stdout_to("/dev/full")]),
    ("output-stdout-full-run", 5, RUN, [stdout_to("/dev/full")]),
    ("output-stdout-full-help", 5, "help", [stdout_to("/dev/full")]),
]

CASES = (USAGE_CASES + CHIP_CASES + NETWORK_CASES + TENSOR_CASES + INPUT_CASES + PROGRAM_CASES + FIT_CASES +
         OUTPUT_CASES)
