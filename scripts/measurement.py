"""Published measurements (tests/valid/*.yaml): what was measured, and the runs that predict it.

    id: V2
    title: power of the EGRU language model
    role: held out                    # calibration: chip numbers were fitted to it; held out: never
    source: "N23: ..."
    uncertain: [what the source leaves open, one sentence each]
    measured:                         # one or more quantities
      - {name: power, value: 387, low: 384, high: 390, unit: mW, within: 0.10}
    runs:                             # egret commands, run in a scratch folder; the last makes a folder or JSON
      csr: [gen egru ... -o net, run net ... -o csr]
      chip: [numbers spinnaker2]      # no command: the numbers of a chip description
    readings:                         # of the workload, where the source leaves it open
      - name: tokens one by one
        predict: {power: csr.power_mw}

A prediction is an expression over the runs: `csr.power_mw` is a metric of the report with its
interval (of `egret power` also with what all numbers at their low and at their high ends come to),
`csr.mapping.fullest_network_bytes` a whole number; + - * / with numbers move intervals along, and a sum of two times or energies adds their ends, as both rest on the same numbers. Of a quotient of
two predictions only the nominal value is taken: much of the interval cancels, how much is not known.
"""
import json
import operator
import re
import shlex
import subprocess
from pathlib import Path

import yaml

CHIPS = Path(__file__).resolve().parent.parent / "arch" / "chips"
REQUIRED = {"id", "title", "role", "source", "uncertain", "measured", "runs", "readings"}
OPTIONAL = {"conclusion"}
ROLES = ("calibration", "held out")
MEASURED_REQUIRED, MEASURED_OPTIONAL = {"name", "value", "unit"}, {"low", "high", "within", "limit"}


class MeasurementError(Exception):
    """One line: file, what is wrong, what was expected."""


class Estimate:
    """A predicted quantity: nominal value, the ends of its interval or None, and its extremes or None."""

    def __init__(self, value, low=None, high=None, extremes=None):
        self.value, self.low, self.high, self.extremes = value, low, high, extremes

    def _with(self, other, op, swap=False):
        apply = (lambda a, b: op(b, a)) if swap else op
        if isinstance(other, Estimate) and op is operator.add and None not in (self.low, other.low):
            return Estimate(self.value + other.value, self.low + other.low, self.high + other.high)
        if isinstance(other, Estimate):
            return Estimate(apply(self.value, other.value))
        if self.low is None:
            return Estimate(apply(self.value, other))
        ends = sorted((apply(self.low, other), apply(self.high, other)))
        return Estimate(apply(self.value, other), *ends)

    def __add__(self, other):
        return self._with(other, operator.add)

    def __sub__(self, other):
        return self._with(other, operator.sub)

    def __mul__(self, other):
        return self._with(other, operator.mul)

    def __truediv__(self, other):
        return self._with(other, operator.truediv)

    def __radd__(self, other):
        return self._with(other, operator.add, swap=True)

    def __rsub__(self, other):
        return self._with(other, operator.sub, swap=True)

    def __rmul__(self, other):
        return self._with(other, operator.mul, swap=True)

    def __rtruediv__(self, other):
        return self._with(other, operator.truediv, swap=True)


class Fields:
    """The JSON of a run: metrics by name, and every section with its numbers."""

    def __init__(self, tree):
        for key, value in tree.items():
            if isinstance(value, dict):
                setattr(self, key, Fields(value))
            elif isinstance(value, (int, float)):
                setattr(self, key, Estimate(value))
        for metric in tree.get("metrics", []):
            counted = metric["kind"] == "counted"
            extremes = (metric["least"], metric["most"]) if "least" in metric else None
            setattr(self, metric["name"],
                    Estimate(metric["value"]) if counted
                    else Estimate(metric["value"], metric["low"], metric["high"], extremes))


def _check_keys(where, node, required, optional):
    if not isinstance(node, dict):
        raise MeasurementError(f"{where}: expected a map")
    missing, unknown = required - node.keys(), node.keys() - required - optional
    if missing or unknown:
        raise MeasurementError(f"{where}: missing {sorted(missing)}, unknown {sorted(unknown)}")


def load(path):
    """One file, checked. Raises MeasurementError."""
    try:
        node = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise MeasurementError(f"{path}: {' '.join(str(error).split())}") from error
    _check_keys(path, node, REQUIRED, OPTIONAL)
    if not re.fullmatch(r"[A-Z]\d+", str(node["id"])):
        raise MeasurementError(f"{path}: id '{node['id']}'; expected a letter and a number")
    if node["role"] not in ROLES:
        raise MeasurementError(f"{path}: role '{node['role']}'; expected one of {', '.join(ROLES)}")
    for quantity in node["measured"]:
        _check_keys(f"{path}: measured", quantity, MEASURED_REQUIRED, MEASURED_OPTIONAL)
    names = {quantity["name"] for quantity in node["measured"]}
    for reading in node["readings"]:
        _check_keys(f"{path}: readings", reading, {"name", "predict"}, {"set"})
        if not reading["predict"].keys() <= names:
            raise MeasurementError(f"{path}: reading '{reading['name']}' predicts what is not measured")
    return node


def chip_numbers(path):
    """Nominal values of a chip description, by section."""
    def plain(node):
        if isinstance(node, dict):
            return plain(node["value"]) if "value" in node else {key: plain(value) for key, value in node.items()}
        try:
            return float(node)
        except (TypeError, ValueError):
            return None
    return plain(yaml.safe_load(path.read_text(encoding="utf-8")))


class Runner:
    """Runs egret commands in a scratch folder, each command once however many files name it."""

    def __init__(self, program, folder):
        self.program, self.folder = Path(program).resolve(), Path(folder)
        self.settings, self.done = {}, {}  # numbers of the chip that are set otherwise; what was printed

    def call(self, command):
        """Returns what the command printed. Raises MeasurementError with its message."""
        for key, value in self.settings.items():
            command = re.sub(r"--chip \S+", rf"\g<0> --set {key}={value!r}", command)
        if command not in self.done:
            done = subprocess.run([self.program, *shlex.split(command)], cwd=self.folder,
                                  capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise MeasurementError(f"egret {command}: exit {done.returncode}: {done.stderr.strip()}")
            self.done[command] = done.stdout
        return self.done[command]

    def fields(self, commands):
        """The fields of the last command: the report of its -o folder, or the JSON it prints."""
        words = shlex.split(commands[-1])
        if words[0] == "numbers":
            return Fields(chip_numbers(CHIPS / f"{words[1]}.yaml"))
        printed = [self.call(command) for command in commands][-1]
        if "-o" in words:
            printed = (self.folder / words[words.index("-o") + 1] / "report.json").read_text(encoding="utf-8")
        return Fields(json.loads(printed))


def predict(node, runner):
    """[(reading, {quantity: Estimate})] of a measurement."""
    runs = {name: runner.fields(commands) for name, commands in node["runs"].items()}
    result = []
    for reading in node["readings"]:
        estimates = {}
        for name, expression in reading["predict"].items():
            try:
                value = eval(expression, {"__builtins__": {}}, runs)  # pylint: disable=eval-used
            except (AttributeError, NameError, SyntaxError, TypeError) as error:
                raise MeasurementError(f"{node['id']}: '{expression}': {error}") from error
            estimates[name] = value if isinstance(value, Estimate) else Estimate(value)
        result.append((reading, estimates))
    return result
