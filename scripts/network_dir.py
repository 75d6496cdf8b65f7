"""Network directories from Python: write and read `network.yaml` + `weights.safetensors`.

The format is described in docs/formats.md. Needs numpy only. Matrices are given dense, [sources,
3 * units], and stored as sparse triples where at most half of them is not zero.
"""
import json
import os
import struct

import numpy

DTYPES = {"F32": numpy.float32, "F16": numpy.float16, "U16": numpy.uint16, "U32": numpy.uint32,
          "U64": numpy.uint64}
NAMES = {numpy.dtype(kind): name for name, kind in DTYPES.items()}


def write_safetensors(path, tensors):
    """tensors: name -> numpy array; written in order of name, row-major, little-endian."""
    header, parts, offset = {}, [], 0
    for name in sorted(tensors):
        data = numpy.ascontiguousarray(tensors[name])
        raw = data.astype(data.dtype.newbyteorder("<")).tobytes()
        header[name] = {"dtype": NAMES[data.dtype], "shape": list(data.shape),
                        "data_offsets": [offset, offset + len(raw)]}
        parts.append(raw)
        offset += len(raw)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path + ".part", "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(parts))
    os.replace(path + ".part", path)


def read_safetensors(path):
    """name -> numpy array; BF16 is widened to float32."""
    with open(path, "rb") as source:
        raw = source.read()
    (n_header,) = struct.unpack("<Q", raw[:8])
    tensors = {}
    for name, about in json.loads(raw[8:8 + n_header]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + n_header + offset for offset in about["data_offsets"])
        if about["dtype"] == "BF16":
            wide = numpy.frombuffer(raw[begin:end], "<u2").astype(numpy.uint32) << 16
            data = wide.view(numpy.float32)
        else:
            data = numpy.frombuffer(raw[begin:end], DTYPES[about["dtype"]])
        tensors[name] = data.reshape(about["shape"])
    return tensors


def sparse_tensors(name, matrix):
    """The matrix as one dense tensor or as three sparse ones, whichever is smaller."""
    kept = matrix != 0
    if 2 * kept.sum() > matrix.size:
        return {name: matrix.astype(numpy.float32)}
    row_start = numpy.concatenate(([0], kept.sum(1).cumsum()))
    col = numpy.nonzero(kept)[1]
    narrow = numpy.uint16 if matrix.shape[1] <= 65536 else numpy.uint32
    return {name + ".row_start": row_start.astype(numpy.uint32), name + ".col": col.astype(narrow),
            name + ".weight": matrix[kept].astype(numpy.float32)}


def dense_matrix(tensors, name, shape):
    """The matrix called `name` in dense form, however it is stored."""
    if name in tensors:
        return tensors[name].astype(numpy.float32)
    matrix = numpy.zeros(shape, numpy.float32)
    starts = tensors[name + ".row_start"]
    rows = numpy.repeat(numpy.arange(shape[0]), numpy.diff(starts.astype(numpy.int64)))
    matrix[rows, tensors[name + ".col"].astype(numpy.int64)] = tensors[name + ".weight"]
    return matrix


def quote(text):
    return json.dumps(str(text), ensure_ascii=True)


def write_network(folder, name, layers, description="", embedding=None, vocabulary=None,
                  decoder_bias=None, decoder=None, carry="full", reset_steps=70, provenance=None,
                  accuracy=None):
    """Write a network directory.

    layers: list of dicts with kernel [sources, gates * units], recurrent_kernel, bias,
    recurrent_bias, threshold (numpy arrays), and optionally cell, threshold_form, zoneout or beta,
    activity, name. A layer with beta is lif: of its matrices and biases it needs the kernel only.
    With convolution, a dict of channels, height, width, kernel and perhaps pool, stride, padding,
    the kernel is [gates * channels out, channels, kernel, kernel].
    embedding [words, inputs] may be float16. decoder: weight of an untied decoder.
    """
    os.makedirs(folder, exist_ok=True)
    first = layers[0].get("convolution")
    n_inputs = (first["channels"] * first["height"] * first["width"] if first
                else layers[0]["kernel"].shape[0])
    lines = ["format: egret-network", "version: 1", f"name: {quote(name)}"]
    if description:
        lines.append(f"description: {quote(description)}")
    lines.append(f"inputs: {n_inputs}")
    tensors = {}
    if embedding is not None:
        tensors["embedding.weight"] = embedding
        lines += ["embedding:", f"  words: {embedding.shape[0]}"]
        if vocabulary is not None:
            lines.append("  vocabulary: vocabulary.txt")
            with open(os.path.join(folder, "vocabulary.txt"), "w", encoding="utf-8") as out:
                out.write("".join(word + "\n" for word in vocabulary))
        lines += ["decoder:", f"  tied: {'true' if decoder is None else 'false'}"]
        if decoder is not None:
            tensors["decoder.weight"] = decoder
        if decoder_bias is not None:
            tensors["decoder.bias"] = decoder_bias.astype(numpy.float32)
    lines += ["state:", f"  carry: {carry}"]
    if carry == "events":
        lines.append(f"  reset_steps: {reset_steps}")
    lines.append("layers:")
    for i, layer in enumerate(layers):
        lines += [f"  - name: {quote(layer.get('name', f'layer{i}'))}",
                  f"    cell: {layer.get('cell', 'lif' if 'beta' in layer else 'egru')}",
                  f"    units: {layer['threshold'].shape[0]}",
                  f"    threshold: {layer.get('threshold_form', 'value')}"]
        if layer.get("zoneout"):
            lines.append(f"    zoneout: {layer['zoneout']!r}")
        if "beta" in layer:
            lines.append(f"    beta: {layer['beta']!r}")
        if "convolution" in layer:
            shape = ", ".join(f"{key}: {size}" for key, size in layer["convolution"].items())
            lines.append(f"    convolution: {{{shape}}}")
        if "activity" in layer:
            lines.append(f"    activity: {layer['activity']:.6f}")
        for matrix in ("kernel", "recurrent_kernel"):
            if layer.get(matrix) is not None and layer[matrix].ndim == 4:
                tensors[f"layers.{i}.{matrix}"] = layer[matrix].astype(numpy.float32)
            elif matrix in layer or "beta" not in layer:
                tensors.update(sparse_tensors(f"layers.{i}.{matrix}", layer[matrix]))
        for vector in ("bias", "recurrent_bias", "threshold"):
            if vector in layer or "beta" not in layer:
                tensors[f"layers.{i}.{vector}"] = layer[vector].astype(numpy.float32)
    if provenance:
        lines += ["provenance:"] + [f"  {key}: {quote(text)}" for key, text in provenance.items()]
    if accuracy:
        lines += ["accuracy:"] + [f"  {key}: {value!r}" for key, value in accuracy.items()]
    write_safetensors(os.path.join(folder, "weights.safetensors"), tensors)
    with open(os.path.join(folder, "network.yaml.part"), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    os.replace(os.path.join(folder, "network.yaml.part"), os.path.join(folder, "network.yaml"))
