"""Changes of the prepared folder, for cases.py: each returns a function of the folder's path.

`limit` and `stdout_to` change how the command runs instead: they carry an attribute that run_errors.py
looks at.
"""
import json
import struct


def edit(name, old, new):
    """Replace a text that must occur, at its first place."""
    def change(folder):
        path = folder / name
        data = path.read_bytes()
        if old.encode() not in data:
            raise ValueError(f"{name} does not hold {old!r}")
        path.write_bytes(data.replace(old.encode(), new.encode(), 1))
    return change


def overwrite(name, data):
    return lambda folder: (folder / name).write_bytes(data)


def append(name, data):
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + data)


def cut(name, where):
    """Keep the first `where` bytes, all but the last -`where`, or what stands before a text."""
    def change(folder):
        path = folder / name
        data = path.read_bytes()
        path.write_bytes(data[:data.index(where.encode()) if isinstance(where, str) else where])
    return change


def flip(name, position):
    """Flip one bit of a byte."""
    def change(folder):
        data = bytearray((folder / name).read_bytes())
        data[position] ^= 0x10
        (folder / name).write_bytes(data)
    return change


def remove(name):
    return lambda folder: (folder / name).unlink()


def make_folder(name):
    return lambda folder: (folder / name).mkdir(parents=True)


def report(name, change_report):
    """Change what a report.json holds."""
    def change(folder):
        path = folder / name
        content = json.loads(path.read_text())
        change_report(content)
        path.write_text(json.dumps(content, indent=2) + "\n")
    return change


def split_safetensors(data):
    n_bytes = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8:8 + n_bytes]), data[8 + n_bytes:]


def header(name, change_entries):
    """Change the entries of a safetensors header, leave the data."""
    def change(folder):
        path = folder / name
        entries, data = split_safetensors(path.read_bytes())
        change_entries(entries)
        text = json.dumps(entries).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return change


def raw_header(name, text):
    return lambda folder: (folder / name).write_bytes(struct.pack("<Q", len(text)) + text)


def fill(name, tensor, value):
    """Overwrite the second element of a tensor."""
    def change(folder):
        path = folder / name
        data = bytearray(path.read_bytes())
        entries, _ = split_safetensors(bytes(data))
        base = 8 + struct.unpack("<Q", data[:8])[0]
        begin = base + entries[tensor]["data_offsets"][0] + len(value)
        data[begin:begin + len(value)] = value
        path.write_bytes(data)
    return change


def limit(n_bytes):
    """No file may grow beyond this: a full disk."""
    def change(folder):
        del folder
    change.limit_bytes = n_bytes
    return change


def stdout_to(path):
    def change(folder):
        del folder
    change.stdout_path = path
    return change
