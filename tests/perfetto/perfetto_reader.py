"""A strict reader of Perfetto traces, written from the documentation of both formats: the wire format of
Protocol Buffers (protobuf.dev, "Encoding") and Perfetto's messages (perfetto.dev, "Writing TrackEvent
Protos Synthetically").

read(bytes) returns the tracks, {uuid: Track}. It knows the fields that our traces use and refuses any
other, a field of another kind than its own, and what trace_processor would drop or show askew: an event of
a track that is not described, a track of an unknown group, slices that end before they begin or do not nest,
times that go back on a track, counters on a track of slices.
"""
import dataclasses
import struct

VARINT, EIGHT, LENGTH = 0, 1, 2

# Message: {number: (name, kind of the value)}; a message's name stands for a message.
SCHEMA = {
    "trace": {1: ("packet", "packet")},
    "packet": {8: ("timestamp", "uint"), 10: ("sequence", "uint"), 11: ("event", "event"),
               60: ("track", "track")},
    "track": {1: ("uuid", "uint"), 2: ("name", "text"), 3: ("process", "process"), 5: ("parent", "uint"),
              8: ("counter", "counter")},
    "process": {1: ("pid", "uint"), 6: ("name", "text")},
    "counter": {6: ("unit", "text")},
    "event": {4: ("annotation", "annotation"), 9: ("type", "uint"), 11: ("track", "uint"),
              23: ("name", "text"), 30: ("value", "uint"), 44: ("real", "double")},
    "annotation": {3: ("value", "uint"), 10: ("name", "text")},
}
REPEATED = {("trace", "packet"), ("event", "annotation")}
SLICE_BEGIN, SLICE_END, COUNTER = 1, 2, 4


class TraceError(Exception):
    pass


@dataclasses.dataclass
class Track:
    name: str
    group: str                  # of the group itself: its own name
    unit: str                   # of a counter, else None
    is_group: bool
    slices: list = dataclasses.field(default_factory=list)   # (begin ns, end ns, name, {annotation: value})
    values: list = dataclasses.field(default_factory=list)   # (ns, value)
    open: list = dataclasses.field(default_factory=list)
    last: int = 0


def varint(data, at):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise TraceError("a number is cut short")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, kind, value) of a message."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = varint(data, at)
        elif kind == EIGHT:
            value, at = data[at:at + 8], at + 8
        elif kind == LENGTH:
            n, at = varint(data, at)
            value, at = data[at:at + n], at + n
        else:
            raise TraceError(f"field {number} is of kind {kind}")
        if at > len(data):
            raise TraceError(f"field {number} is cut short")
        yield number, kind, value


def value_of(form, kind, value):
    wanted = {"uint": VARINT, "double": EIGHT}.get(form, LENGTH)
    if kind != wanted:
        raise TraceError(f"a {form} is of kind {kind}")
    if form == "uint":
        return value
    if form == "double":
        return struct.unpack("<d", value)[0]
    return value.decode() if form == "text" else message(form, value)


def message(name, data):
    """{field: value}, or a list for fields that may stand several times."""
    found = {}
    for number, kind, value in fields(data):
        if number not in SCHEMA[name]:
            raise TraceError(f"{name}: field {number} is not known")
        field, form = SCHEMA[name][number]
        if (name, field) in REPEATED:
            found.setdefault(field, []).append(value_of(form, kind, value))
        elif field in found:
            raise TraceError(f"{name}: {field} stands twice")
        else:
            found[field] = value_of(form, kind, value)
    return found


def need(found, *names):
    for name in names:
        if name not in found:
            raise TraceError(f"no {name} in {found}")


def add_track(tracks, track):
    need(track, "uuid")
    if track["uuid"] == 0 or track["uuid"] in tracks:
        raise TraceError(f"track {track['uuid']} is described twice, or is 0")
    if "process" in track:
        need(track["process"], "pid", "name")
        name = track["process"]["name"]
        tracks[track["uuid"]] = Track(name, name, None, True)
        return
    need(track, "name", "parent")
    parent = tracks.get(track["parent"])
    if parent is None or not parent.is_group:
        raise TraceError(f"{track['name']}: its group is not described before")
    unit = track["counter"].get("unit", "") if "counter" in track else None
    tracks[track["uuid"]] = Track(track["name"], parent.name, unit, False)


def add_slice(track, event, time):
    if track.unit is not None:
        raise TraceError(f"a slice on counter {track.name}")
    if event["type"] == SLICE_END:
        if not track.open:
            raise TraceError(f"{track.name}: a slice ends that has not begun")
        begin, name, notes = track.open.pop()
        track.slices.append((begin, time, name, notes))
        return
    need(event, "name")
    notes = {note["name"]: note["value"] for note in event.get("annotation", [])}
    track.open.append((time, event["name"], notes))


def add_event(tracks, event, time):
    need(event, "type", "track")
    track = tracks.get(event["track"])
    if track is None or track.is_group:
        raise TraceError(f"an event of track {event['track']}, which is not described before")
    if time < track.last:
        raise TraceError(f"{track.name}: time goes back to {time}")
    track.last = time
    if event["type"] in (SLICE_BEGIN, SLICE_END):
        add_slice(track, event, time)
    elif event["type"] == COUNTER and track.unit is not None:
        if ("value" in event) == ("real" in event):
            raise TraceError(f"{track.name}: not one value")
        track.values.append((time, event.get("value", event.get("real"))))
    else:
        raise TraceError(f"{track.name}: event of type {event['type']}")


def read(data):
    tracks = {}
    for packet in message("trace", data).get("packet", []):
        need(packet, "sequence")
        if ("track" in packet) == ("event" in packet):
            raise TraceError("a packet is neither a track nor an event, or both")
        if "track" in packet:
            add_track(tracks, packet["track"])
            continue
        need(packet, "timestamp")
        add_event(tracks, packet["event"], packet["timestamp"])
    for track in tracks.values():
        if track.open:
            raise TraceError(f"{track.name}: a slice does not end")
    names = [(track.group, track.name) for track in tracks.values() if not track.is_group]
    if len(names) != len(set(names)):
        raise TraceError("two tracks of a group have one name, and would be shown as one")
    return tracks
