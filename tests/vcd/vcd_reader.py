"""A reader of VCD files (IEEE 1364-2005, clause 18), written from the standard.

read(path) returns {full name: [(time, value), ...]} with the changes of each variable ascending, and the last
time of the file. Values are integers; what is unknown (x, z) is None. It refuses what the
standard does not allow: changes of variables that are not declared, times that go back, scopes left open.
"""


class VcdError(Exception):
    pass


def tokens(path):
    with open(path, encoding="ascii") as stream:
        for line in stream:
            yield from line.split()


def section(words):
    """Words up to $end."""
    found = []
    for word in words:
        if word == "$end":
            return found
        found.append(word)
    raise VcdError("a section without $end")


def number(text):
    return int(text, 2) if set(text) <= {"0", "1"} else None


class Reader:
    def __init__(self, path):
        self.words = tokens(path)
        self.scope = []
        self.names = {}   # identifier: [names], as one may be declared in several scopes
        self.width = {}
        self.changes = {}
        self.timescale = None
        self.time = 0
        self.in_body = False
        self.last = {}

    def declare(self, words):
        kind, width, identifier, name = words[:4]
        if kind not in ("wire", "reg", "integer"):
            raise VcdError(f"variable of kind {kind}")
        full = ".".join(self.scope + [name])
        if full in self.changes:
            raise VcdError(f"{full} is declared twice")
        self.names.setdefault(identifier, []).append(full)
        self.width[identifier] = int(width)
        self.changes[full] = []

    def head(self, word):
        if word == "$scope":
            self.scope.append(section(self.words)[1])
        elif word == "$upscope":
            section(self.words)
            self.scope.pop()
        elif word == "$var":
            self.declare(section(self.words))
        elif word == "$timescale":
            self.timescale = "".join(section(self.words))
        elif word == "$enddefinitions":
            section(self.words)
            if self.scope:
                raise VcdError("a scope is left open")
            self.in_body = True
        elif word in ("$date", "$version", "$comment"):
            section(self.words)
        else:
            raise VcdError(f"{word} in the head")

    def change(self, identifier, text):
        if identifier not in self.names:
            raise VcdError(f"change of {identifier}, which is not declared")
        if len(text) > self.width[identifier]:
            raise VcdError(f"{text} is wider than {identifier}")
        value = number(text)
        for name in self.names[identifier]:
            changes = self.changes[name]
            if changes and changes[-1][0] == self.time:
                changes.pop()
            changes.append((self.time, value))

    def body(self, word):
        if word[0] == "#":
            time = int(word[1:])
            if time < self.time:
                raise VcdError(f"time goes back to {time}")
            self.time = time
        elif word in ("$dumpvars", "$end"):
            pass
        elif word == "$comment":
            section(self.words)
        elif word[0] in "01xXzZ":
            self.change(word[1:], word[0])
        elif word[0] in "bB":
            self.change(next(self.words), word[1:])
        else:
            raise VcdError(f"{word} in the body")

    def read(self):
        for word in self.words:
            (self.body if self.in_body else self.head)(word)
        if not self.in_body:
            raise VcdError("no $enddefinitions")
        return self.changes, self.time


def read(path):
    reader = Reader(path)
    changes, end = reader.read()
    if reader.timescale != "1ps":
        raise VcdError(f"timescale {reader.timescale}; expected 1ps")
    return changes, end


def value_at(changes, time):
    """Of a variable, after all changes of that time."""
    value = None
    for at, new in changes:
        if at > time:
            break
        value = new
    return value


def spans(changes, begin, end):
    """[(from, to, value)] of a variable between two times."""
    cut = [(begin, value_at(changes, begin))] + [c for c in changes if begin < c[0] < end]
    return [(at, cut[i + 1][0] if i + 1 < len(cut) else end, value)
            for i, (at, value) in enumerate(cut)]
