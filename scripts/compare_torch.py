#!/usr/bin/env python3
"""Hold `egret run` against PyTorch on a text: perplexity, activity and effective MACs per layer.

    scripts/compare_torch.py models/egru-ptb-small --text ptb.test.txt [--egret build/release/bin/egret]

Runs both state rules. The chip is simulated for the first --sim-steps tokens only; the figures
compared are those of the reference run over the whole text. Exits 1 if a perplexity or an activity
differs by more than 1e-4 relative, or MACs by more than 1e-4 relative.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

TOLERANCE = 1e-4


def run_egret(options, carry):
    """report.json of one run."""
    rule = ["--carry", carry] + (["--reset-steps", str(options.chunk)] if carry == "events" else [])
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "run")
        subprocess.run([options.egret, "run", options.network, "--chip", options.chip, "--input",
                        options.text, "--sim-steps", str(options.sim_steps), "--quiet", "-o", out]
                       + rule, check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(out, "report.json"), encoding="utf-8") as source:
            return json.load(source)


def run_torch(options):
    """Figures of PyTorch by state rule."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "evaluate_egru.py")
    lines = subprocess.run([options.python, script, options.network, "--text", options.text,
                            "--chunk", str(options.chunk)], check=True, capture_output=True,
                           text=True).stdout.splitlines()
    return {figures["carry"]: figures for figures in map(json.loads, lines)}


def pairs(report, figures):
    """(what, Egret's figure, PyTorch's figure)."""
    metric = {m["name"]: m["value"] for m in report["metrics"]}
    yield "perplexity", metric["perplexity"], figures["perplexity"]
    for i, layer in enumerate(report["layers"]):
        yield f"layer {i} activity", layer["activity"], figures["activity"][i]
        yield f"layer {i} MACs", layer["macs_both"], figures["macs_both"][i]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="network directory")
    parser.add_argument("--text", required=True, help="text, one sentence a line")
    parser.add_argument("--chip", default="spinnaker2", help="chip (default spinnaker2)")
    parser.add_argument("--egret", default="build/release/bin/egret", help="the program")
    parser.add_argument("--python", default=sys.executable, help="Python that has torch")
    parser.add_argument("--chunk", type=int, default=70, help="steps per chunk of the second rule")
    parser.add_argument("--sim-steps", type=int, default=20, help="tokens simulated on the chip")
    options = parser.parse_args()
    torch_figures = run_torch(options)
    worst = 0.0
    print(f"{'state rule':<10} {'figure':<18} {'egret':>16} {'pytorch':>16} {'relative':>10}")
    for carry in ("full", "events"):
        for what, ours, theirs in pairs(run_egret(options, carry), torch_figures[carry]):
            relative = abs(ours - theirs) / max(abs(theirs), 1e-300)
            worst = max(worst, relative)
            print(f"{carry:<10} {what:<18} {ours:>16.9g} {theirs:>16.9g} {relative:>10.1e}")
    print(f"largest relative difference {worst:.1e}, allowed {TOLERANCE:.0e}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
