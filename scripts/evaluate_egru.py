#!/usr/bin/env python3
"""Evaluate a network directory on a text with PyTorch: the independent figures that Egret must match.

    scripts/evaluate_egru.py models/egru-ptb-small --text ptb.test.txt [--carry full|events|both]

Prints one JSON object a state rule: perplexity, activity per layer and the effective
multiply-accumulates per layer and step, from fp32 matrix products over whole sequences.
"""
import argparse
import json
import os

import numpy
import torch

from egru_torch import EgruLanguageModel, evaluate, read_tokens
from network_dir import dense_matrix, read_safetensors


def load_network(folder):
    """Network directory -> (model, vocabulary). Word-level networks of cell egru only."""
    tensors = read_safetensors(os.path.join(folder, "weights.safetensors"))
    with open(os.path.join(folder, "vocabulary.txt"), encoding="utf-8") as source:
        words = source.read().split("\n")[:-1]
    sizes = []
    while f"layers.{len(sizes)}.threshold" in tensors:
        sizes.append(tensors[f"layers.{len(sizes)}.threshold"].size)
    embedding = tensors["embedding.weight"].astype(numpy.float32)
    model = EgruLanguageModel(embedding.shape[0], embedding.shape[1], sizes)
    with torch.no_grad():
        model.embedding.copy_(torch.from_numpy(embedding))
        if "decoder.bias" in tensors:
            model.decoder_bias.copy_(torch.from_numpy(tensors["decoder.bias"].copy()))
        n_sources = embedding.shape[1]
        for i, layer in enumerate(model.layers):
            for name, rows in (("kernel", n_sources), ("recurrent_kernel", sizes[i])):
                matrix = dense_matrix(tensors, f"layers.{i}.{name}", (rows, 3 * sizes[i]))
                getattr(layer, name).copy_(torch.from_numpy(matrix))
            for name in ("bias", "recurrent_bias", "threshold"):
                values = tensors[f"layers.{i}.{name}"].copy()
                getattr(layer, name).copy_(torch.from_numpy(values))
            layer.threshold.clamp_(0, 1)
            n_sources = sizes[i]
    return model, {word: i for i, word in enumerate(words)}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", help="network directory")
    parser.add_argument("--text", required=True, help="text, one sentence a line")
    parser.add_argument("--carry", choices=("full", "events", "both"), default="both")
    parser.add_argument("--chunk", type=int, default=70, help="steps per chunk (default 70)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model, vocabulary = load_network(options.network)
    tokens, _ = read_tokens(options.text, vocabulary)
    for carry in ("full", "events") if options.carry == "both" else (options.carry,):
        counts = {}
        perplexity, activity = evaluate(model, tokens, chunk_steps=options.chunk, carry=carry,
                                        counts=counts)
        print(json.dumps({"carry": carry, "tokens": tokens.numel(), "perplexity": perplexity,
                          "activity": activity, "macs_both": counts["macs_both"]}), flush=True)


if __name__ == "__main__":
    main()
