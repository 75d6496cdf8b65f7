#!/usr/bin/env python3
"""Turn a PyTorch checkpoint of an EGRU model into a network directory.

    scripts/import_evnn.py EGRU_best_model.cpt -o models/my-model [--vocabulary words.txt]

Accepts what `torch.save(model.state_dict())` wrote, in the layout of the public EvNN checkpoints:

  language model   embeddings.weight [words, width], decoder.decoder.weight (the same tensor, tied, or
                   another), decoder.decoder.bias, and for each layer `rnns.<l>.` + the keys below
  a single layer   kernel [inputs, 3H], recurrent_kernel [H, 3H], bias [3H], recurrent_bias [3H], gates in
                   the order z, r, g, and `thr` [H] (used as clamp(thr, 0, 1)) or `thr_reparam` (sigmoid)

Pruned tensors may stand as a pair `NAME_orig`, `NAME_mask` (torch.nn.utils.prune). Keys that only
training needs (_max_norm, dampening_factor, pseudo_derivative_support) are ignored; unknown keys are
refused. The published evaluation carries only the events from one chunk of 70 steps to the next, so
that is the state rule written, unless --carry full.
"""
import argparse
import os
import re
import sys

import numpy
import torch

from network_dir import write_network

TRAINING_ONLY = {"_max_norm", "dampening_factor", "pseudo_derivative_support"}
LAYER_KEYS = {"kernel", "recurrent_kernel", "bias", "recurrent_bias", "thr", "thr_reparam"}
MODEL_KEYS = {"embeddings.weight", "decoder.decoder.weight", "decoder.decoder.bias"}


class CheckpointError(Exception):
    """The checkpoint is not in a layout that can be imported."""


def merge_masks(state):
    """Replace every pair NAME_orig, NAME_mask by NAME = orig * mask."""
    merged = {}
    for key, tensor in state.items():
        if key.endswith("_mask"):
            if key[:-5] + "_orig" not in state:
                raise CheckpointError(f"tensor '{key}' has no partner '{key[:-5]}_orig'")
        elif key.endswith("_orig"):
            mask = state.get(key[:-5] + "_mask")
            if mask is None:
                raise CheckpointError(f"tensor '{key}' has no partner '{key[:-5]}_mask'")
            if mask.shape != tensor.shape:
                raise CheckpointError(f"'{key}' and its mask differ in shape")
            merged[key[:-5]] = torch.where(mask != 0, tensor, torch.zeros_like(tensor))
        else:
            merged[key] = tensor
    return merged


def split_layers(state):
    """State dict -> (model tensors, list of layers as dicts of key -> tensor)."""
    model, layers = {}, {}
    for key, tensor in state.items():
        match = re.fullmatch(r"(?:rnns\.(\d+)\.)?(\w+)", key)
        if key in MODEL_KEYS:
            model[key] = tensor
        elif match and match[2] in LAYER_KEYS:
            layers.setdefault(int(match[1] or 0), {})[match[2]] = tensor
        elif not (match and match[2] in TRAINING_ONLY):
            hint = " (a projection between layers and decoder is not supported)" \
                if key.startswith("decoder.projection") else ""
            raise CheckpointError(f"unknown tensor '{key}'{hint}")
    if sorted(layers) != list(range(len(layers))) or not layers:
        raise CheckpointError("layers must be numbered 0, 1, 2, ... without gaps")
    return model, [layers[i] for i in range(len(layers))]


def expect_shape(name, tensor, shape):
    if tuple(tensor.shape) != tuple(shape):
        raise CheckpointError(f"tensor '{name}' has shape {list(tensor.shape)}, "
                              f"expected {list(shape)}")


def convert_layer(index, tensors):
    name = f"layer {index}"
    missing = {"kernel", "recurrent_kernel", "bias", "recurrent_bias"} - set(tensors)
    if missing:
        raise CheckpointError(f"{name}: tensor '{sorted(missing)[0]}' is missing")
    if ("thr" in tensors) == ("thr_reparam" in tensors):
        raise CheckpointError(f"{name}: exactly one of 'thr' and 'thr_reparam' is expected")
    form = "value" if "thr" in tensors else "sigmoid"
    threshold = tensors["thr" if form == "value" else "thr_reparam"]
    n_units = threshold.numel()
    n_inputs = tensors["kernel"].shape[0]
    expect_shape(f"{name} kernel", tensors["kernel"], (n_inputs, 3 * n_units))
    expect_shape(f"{name} recurrent_kernel", tensors["recurrent_kernel"], (n_units, 3 * n_units))
    for bias in ("bias", "recurrent_bias"):
        expect_shape(f"{name} {bias}", tensors[bias], (3 * n_units,))
    layer = {key: tensors[key].detach().float().cpu().numpy()
             for key in ("kernel", "recurrent_kernel", "bias", "recurrent_bias")}
    layer["threshold"] = threshold.detach().float().cpu().numpy().reshape(-1)
    layer["threshold_form"] = form
    return layer


def load_state(path):
    try:
        state = torch.load(path, map_location="cpu")
    except Exception as error:
        reason = str(error).split("\n", 1)[0]
        raise CheckpointError(f"not a PyTorch checkpoint: {reason}") from None
    if isinstance(state, dict) and "state_dict" in state:
        state = state["state_dict"]
    if not isinstance(state, dict) or not all(isinstance(t, torch.Tensor) for t in state.values()):
        raise CheckpointError("expected a state_dict: a dictionary of tensors")
    return state


def import_checkpoint(options):
    model, layers = split_layers(merge_masks(load_state(options.checkpoint)))
    layers = [convert_layer(i, tensors) for i, tensors in enumerate(layers)]
    for i in range(1, len(layers)):
        expect_shape(f"layer {i} kernel", layers[i]["kernel"],
                     (layers[i - 1]["threshold"].size, layers[i]["kernel"].shape[1]))
    extra = {}
    if "embeddings.weight" in model:
        embedding = model["embeddings.weight"].detach().float().cpu().numpy()
        decoder = model.get("decoder.decoder.weight")
        decoder = embedding if decoder is None else decoder.detach().float().cpu().numpy()
        expect_shape("decoder.decoder.weight", decoder,
                     (embedding.shape[0], layers[-1]["threshold"].size))
        tied = decoder.shape == embedding.shape and numpy.array_equal(decoder, embedding)
        extra = {"embedding": embedding, "decoder": None if tied else decoder}
        if "decoder.decoder.bias" in model:
            extra["decoder_bias"] = model["decoder.decoder.bias"].detach().float().cpu().numpy()
        if options.vocabulary:
            with open(options.vocabulary, encoding="utf-8") as source:
                extra["vocabulary"] = source.read().split("\n")[:-1]
            if len(extra["vocabulary"]) != embedding.shape[0]:
                raise CheckpointError(f"{options.vocabulary} has {len(extra['vocabulary'])} words, "
                                      f"the embedding has {embedding.shape[0]} rows")
    write_network(options.output, options.name, layers, carry=options.carry,
                  reset_steps=options.reset_steps,
                  provenance={"source": os.path.basename(options.checkpoint)}, **extra)
    kept = sum(int((layer[m] != 0).sum()) for layer in layers for m in ("kernel", "recurrent_kernel"))
    size = sum(layer[m].size for layer in layers for m in ("kernel", "recurrent_kernel"))
    print(f"{options.output}: {len(layers)} layers, {kept} of {size} weights kept "
          f"({100 * kept / size:.2f} %)")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", help="file written by torch.save(state_dict)")
    parser.add_argument("-o", "--output", required=True, help="network directory to write")
    parser.add_argument("--name", default="imported", help="name of the network")
    parser.add_argument("--vocabulary", help="one word a line, in the order of the token ids")
    parser.add_argument("--carry", choices=("events", "full"), default="events", help="state rule")
    parser.add_argument("--reset-steps", type=int, default=70, help="chunk length of --carry events")
    options = parser.parse_args()
    try:
        import_checkpoint(options)
    except (CheckpointError, OSError) as error:
        sys.exit(f"import_evnn: {options.checkpoint}: {error}")


if __name__ == "__main__":
    main()
