#!/usr/bin/env python3
"""A checkpoint in EvNN's layout, imported, gives PyTorch's perplexity in `egret run`.

    check_import_evnn.py EGRET SCRIPTS_DIR CHIP

Makes a random three-layer model with both threshold forms and an `_orig`/`_mask` pair, and computes its
perplexity here with plain matrix products. Exit code 77 (skipped) without torch.
"""
import json
import math
import os
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: python3-torch is not installed")
    sys.exit(77)

WORDS, WIDTH, UNITS, CHUNK, TOKENS = 20, 6, 8, 5, 60
SIZES = [(WIDTH, UNITS), (UNITS, UNITS), (UNITS, WIDTH)]


def make_state():
    torch.manual_seed(4)
    embedding = torch.randn(WORDS, WIDTH)
    state = {"embeddings.weight": embedding, "decoder.decoder.weight": embedding,
             "decoder.decoder.bias": torch.randn(WORDS)}
    for number, (n_inputs, n_units) in enumerate(SIZES):
        prefix = f"rnns.{number}."
        state[prefix + "_max_norm"] = torch.tensor([-1.0])
        kernel = torch.randn(n_inputs, 3 * n_units)
        if number == 1:
            state[prefix + "kernel_orig"] = kernel
            state[prefix + "kernel_mask"] = (torch.rand_like(kernel) < 0.3).float()
        else:
            state[prefix + "kernel"] = kernel
        state[prefix + "recurrent_kernel"] = torch.randn(n_units, 3 * n_units)
        state[prefix + "bias"] = torch.randn(3 * n_units)
        state[prefix + "recurrent_bias"] = torch.randn(3 * n_units)
        state[prefix + "dampening_factor"] = torch.tensor([0.7])
        state[prefix + "pseudo_derivative_support"] = torch.tensor([1.0])
        state[prefix + ("thr" if number else "thr_reparam")] = torch.randn(n_units)
    return state


def matrix(state, prefix, name):
    if prefix + name in state:
        return state[prefix + name].double()
    return (state[prefix + name + "_orig"] * state[prefix + name + "_mask"]).double()


def perplexity(state, tokens):
    """The published evaluation: events carried over chunk borders, stored state not."""
    events = [torch.zeros(n_units, dtype=torch.float64) for _, n_units in SIZES]
    stored = [torch.zeros_like(y) for y in events]
    nll = 0.0
    for step in range(len(tokens) - 1):
        x = state["embeddings.weight"][tokens[step]].double()
        for number, (_, n_units) in enumerate(SIZES):
            prefix = f"rnns.{number}."
            if step % CHUNK == 0:
                stored[number] = torch.zeros(n_units, dtype=torch.float64)
            fed = x @ matrix(state, prefix, "kernel") + state[prefix + "bias"].double()
            back = (events[number] @ matrix(state, prefix, "recurrent_kernel")
                    + state[prefix + "recurrent_bias"].double())
            z, r, g = (slice(i * n_units, (i + 1) * n_units) for i in range(3))
            update = torch.sigmoid(fed[z] + back[z])
            reset = torch.sigmoid(fed[r] + back[r])
            candidate = torch.tanh(fed[g] + reset * back[g])
            c = update * stored[number] + (1 - update) * candidate
            threshold = (state[prefix + "thr"].double().clamp(0, 1) if number
                         else torch.sigmoid(state[prefix + "thr_reparam"].double()))
            fired = (c > threshold).double()
            events[number] = x = fired * c
            stored[number] = c - fired * threshold
        logits = (state["decoder.decoder.weight"].double() @ x
                  + state["decoder.decoder.bias"].double())
        nll -= torch.log_softmax(logits, 0)[tokens[step + 1]].item()
    return math.exp(nll / (len(tokens) - 1))


def main():
    egret, scripts, chip = sys.argv[1:4]
    state = make_state()
    tokens = torch.randint(0, WORDS, (TOKENS,)).tolist()
    with tempfile.TemporaryDirectory() as folder:
        checkpoint, network, out = (os.path.join(folder, name) for name in ("c.cpt", "net", "run"))
        ids = os.path.join(folder, "input.ids")
        torch.save(state, checkpoint)
        with open(ids, "w", encoding="ascii") as text:
            text.write(" ".join(map(str, tokens)) + "\n")
        subprocess.run([sys.executable, os.path.join(scripts, "import_evnn.py"), checkpoint, "-o",
                        network, "--reset-steps", str(CHUNK)], check=True)
        subprocess.run([egret, "run", network, "--chip", chip, "--input", ids, "-o", out, "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(out, "report.json"), encoding="utf-8") as report:
            metrics = {m["name"]: m["value"] for m in json.load(report)["metrics"]}
    expected, found = perplexity(state, tokens), metrics["perplexity"]
    print(f"perplexity: egret {found:.9g}, PyTorch {expected:.9g}")
    sys.exit(abs(found - expected) > 1e-5 * expected)


if __name__ == "__main__":
    main()
