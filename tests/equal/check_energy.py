#!/usr/bin/env python3
"""Every joule of many runs, recomputed from counts and chip by scripts/recompute_energy.py.

    tests/equal/check_energy.py golden EGRET    all runs of tests/golden/cases.txt
    tests/equal/check_energy.py random EGRET    networks, chips and options of many kinds
    tests/equal/check_energy.py damage EGRET    changed reports must be refused

The runs of cases.txt go into folders of their own (`-o`).
"""
import importlib.util
import json
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GOLDEN, CHIPS = ROOT / "tests" / "golden", ROOT / "arch" / "chips"
TIMEOUT_S = 300

# Networks: layers, density, seed, words (0: vectors).
NETWORKS = {"text": ("6,16,12,6", 0.3, 11, 40), "wide": ("12,70,40", 0.2, 21, 0),
            "deep": ("5,20,20,20,8", 0.4, 22, 0)}
STATISTICS = {"wide": "rates=0.6,0.3,0.2 steps=9 seed=4", "deep": "rates=1,0.3,0.2,0.4,0.5 steps=7"}
RANDOM_RUNS = [ # network, chip, options
    ("text", "tiny-2x2", "--point fast"),
    ("text", "tiny-2x2", "--point slow --set energy.router_lookup_pj=123.5 --draws 0"),
    ("text", "tiny-mesh", "--share-cores"),
    ("text", "tiny-2x2", "--point auto --share-cores --set software.dvfs_packets=3"),
    ("text", "tiny-board", "--point auto --fidelity count"),
    ("deep", "spinnaker2", "--point auto --quantize int8 --format dense-mla"),
    ("text", "tiny-2x2", "--sync tick --tick-ns 9000 --sim-steps 8"),
    ("text", "tiny-board", ""),
    ("text", "tiny-2x2", "--fold-embedding --no-pipelined"),
    ("text", "tiny-board", "--fold-embedding --decoder dram"),
    ("text", "tiny-2x2", "--quantize int8 --decoder dram"),
    ("text", "tiny-2x2", "--fidelity count --share-cores"),
    ("text", "tiny-board", "--fidelity flit --sim-steps 5"),
    ("text", "spinnaker2", "--quantize int8 --format dense-mla --sim-steps 6"),
    ("text", "spinnaker2-board", "--sync barrier --sim-steps 6"),
    ("wide", "spinnaker2", "--point low"),
    ("wide", "quad-mesh", "--point high --format target"),
    ("wide", "loihi-like", "--format bitmap"),
    ("deep", "tiny-board", "--share-cores --set links.frame_bits=80"),
    ("text", "tiny-boards", "--share-cores"),
    ("deep", "tiny-boards", "--fidelity count --cores-per-layer 12,12,12,8"),
    ("deep", "tiny-boards", "--cores-per-layer 12,12,12,8 --set fabric.board[1]=2 --point auto"),
    ("deep", "spinnaker1", "--fidelity count"),
    ("deep", "spinnaker2", "--quantize int8 --format dense-mla --share-cores --cores-per-layer 2,2,2,2"),
]


def load_script():
    path = ROOT / "scripts" / "recompute_energy.py"
    spec = importlib.util.spec_from_file_location("recompute_energy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run_egret(egret, words, folder):
    done = subprocess.run([egret, *words], cwd=folder, env={"EGRET_CHIPS": str(CHIPS)},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=False)
    return "" if done.returncode == 0 else done.stderr.decode(errors="replace").strip()


def check_run(script, egret, words, folder, output):
    """Problems of one run and its energies."""
    problem = run_egret(egret, words, folder)
    if problem:
        return [f"{shlex.join(words)}: {problem}"]
    chip = words[words.index("--chip") + 1]
    compare = script.recompute(folder / output, CHIPS / f"{chip}.yaml")
    print(f"{compare.n_values:6} numbers, deviation {compare.worst[0]:.1e}: {shlex.join(words)}")
    return [f"{shlex.join(words)}: {text}" for _, text in sorted(compare.problems)[-3:]]


def golden_runs(script, egret, folder):
    shutil.copytree(GOLDEN / "inputs", folder, dirs_exist_ok=True)
    problems = []
    for line in (GOLDEN / "cases.txt").read_text().splitlines():
        if line.startswith(("#", "=")) or not line.strip():
            continue
        name, text = line.split(":", 1)
        words = shlex.split(text)
        if words[0] in ("run", "sim") and "-o" not in words:
            words += ["-o", f"of-{name}"]
        if words[0] in ("run", "sim") and "--chip" in words:
            problems += check_run(script, egret, words, folder, words[words.index("-o") + 1])
        elif words[0] in ("gen", "compile"):
            problem = run_egret(egret, words, folder)
            problems += [f"{name}: {problem}"] if problem else []
    return problems


def make_networks(egret, folder):
    shutil.copytree(GOLDEN / "inputs", folder, dirs_exist_ok=True)
    for name, (layers, density, seed, n_words) in NETWORKS.items():
        words = ["gen", "egru", "--layers", layers, "--density", str(density), "--seed", str(seed),
                 "--gain", "3", "-o", name]
        problem = run_egret(egret, words + (["--words", str(n_words)] if n_words else []), folder)
        if problem:
            sys.exit(f"gen {name}: {problem}")


def random_runs(script, egret, folder):
    make_networks(egret, folder)
    problems = []
    for i, (network, chip, options) in enumerate(RANDOM_RUNS):
        source = (["--activity", STATISTICS[network]] if network in STATISTICS
                  else ["--input", "tokens.ids"])
        words = ["run", network, "--chip", chip, *source, *shlex.split(options), "-o", f"out{i}"]
        problems += check_run(script, egret, words, folder, f"out{i}")
    return problems


def change_line(report, scope):
    for line in report["energy"]:
        if line["scope"] == scope and line["count"] > 0:
            line["count"] += 1
            return


def damaged_reports(script, egret, folder):
    """A run, then changes of its report of which each must be found."""
    make_networks(egret, folder)
    words = ["run", "text", "--chip", "tiny-2x2", "--input", "tokens.ids", "-o", "out"]
    problems = check_run(script, egret, words, folder, "out")
    path = folder / "out" / "report.json"
    whole = path.read_text()

    def scale(report, name):
        for metric in report["metrics"]:
            if metric["name"] == name:
                metric["value"] *= 1 + 1e-8

    changes = {f"a count of scope {scope}": lambda r, scope=scope: change_line(r, scope)
               for scope in ("run", "chip", "layer", "phase")}
    changes |= {f"metric {name}": lambda r, name=name: scale(r, name)
                for name in ("energy_per_token_uj", "energy_router_uj", "energy_host_uj", "power_mw",
                             "energy_per_token_pipelined_uj", "price_share_guess")}
    changes["look-ups"] = lambda r: r["run"].update(router_lookups=r["run"]["router_lookups"] + 1)
    changes["host bits"] = lambda r: r["run"].update(host_bits=r["run"]["host_bits"] + 1)
    changes["a price"] = lambda r: r["energy"][0].update(price="energy.dram_bit_pj")
    for what, change in changes.items():
        report = json.loads(whole)
        change(report)
        path.write_text(json.dumps(report))
        if not script.recompute(folder / "out", CHIPS / "tiny-2x2.yaml").problems:
            problems.append(f"changed {what}: not noticed")
    return problems


def main():
    kinds = {"golden": golden_runs, "random": random_runs, "damage": damaged_reports}
    if len(sys.argv) != 3 or sys.argv[1] not in kinds:
        print(__doc__, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="egret_energy_") as folder:
        problems = kinds[sys.argv[1]](load_script(), str(pathlib.Path(sys.argv[2]).resolve()),
                                      pathlib.Path(folder))
    print("\n".join(problems) if problems else "all equal")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
