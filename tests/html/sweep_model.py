"""What the page of a sweep must say, computed anew from its CSV files, without egret's own code.

plan.csv has the values of each point, results.csv a row a task, sweep.json objectives, limits and
fidelity. Fronts are found by comparing each point with each other one.
"""
import collections
import csv
import functools
import json
import math

MOST_BINS, LEAST_KNEE = 10, 0.02


def number(text):
    """A number, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def ranks(values):
    """Mean ranks, from 1 on."""
    at = {}
    for i, value in enumerate(sorted(values)):
        at.setdefault(value, []).append(i + 1)
    return [sum(at[value]) / len(at[value]) for value in values]


def correlation(a, b):
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    both = math.fsum((x - mean_a) * (y - mean_b) for x, y in zip(a, b))
    own = math.fsum((x - mean_a) ** 2 for x in a) * math.fsum((y - mean_b) ** 2 for y in b)
    return both / math.sqrt(own) if own > 0 else math.nan


class Sweep:
    """Plan and results, and what follows from them."""

    def __init__(self, folder):
        about = json.loads((folder / "sweep.json").read_text())
        self.objectives, self.limits = about["objectives"], about["limits"]
        self.fidelity, self.multi, self.confirm = about["fidelity"], about["multi"], about["confirm"]
        self.left_out = about["left_out"]
        with open(folder / "plan.csv", newline="", encoding="utf-8") as stream:
            rows = list(csv.reader(stream))
        self.keys = rows[0][1:1 + about["n_varied"]]
        self.plan = [row[1:1 + about["n_varied"]] for row in rows[1:]]
        with open(folder / "results.csv", newline="", encoding="utf-8") as stream:
            self.results = {(int(row["point"]), row["fidelity"]): row for row in csv.DictReader(stream)}
        self.kinds = [self.kind(point) for point in range(len(self.plan))]
        self.front = self.find_front(self.fidelity)
        for point in self.front:
            self.kinds[point] = "on the front"

    # ---- points --------------------

    def told(self, point):
        """The row that the page tells of."""
        row = self.results.get((point, self.fidelity))
        counted = self.results.get((point, "count"))
        return counted if row is None and self.multi and counted is not None and counted["status"] != "ok" else row

    def outside(self, limit, row):
        metric, low, high = limit
        value = number(row[metric])
        return value is None or (low is not None and value < low) or (high is not None and value > high)

    def kind(self, point):
        row = self.told(point)
        if row is None:
            return "not yet"
        if row["status"] == "screened":
            return "screened"
        if row["status"] != "ok":
            return "failed"
        return "outside the limits" if any(self.outside(limit, row) for limit in self.limits) else "behind the front"

    def simulated(self):
        return [i for i, kind in enumerate(self.kinds) if kind in ("on the front", "behind the front", "outside the limits")]

    def costs(self, point, fidelity):
        """Of a point that may be on the front: smaller is better; else None."""
        row = self.results.get((point, fidelity))
        if row is None or row["status"] != "ok" or any(self.outside(limit, row) for limit in self.limits):
            return None
        values = [number(row[metric]) for metric, _ in self.objectives]
        return None if None in values else [-v if larger else v for v, (_, larger) in zip(values, self.objectives)]

    def find_front(self, fidelity):
        if not self.objectives:
            return []
        costs = {i: cost for i in range(len(self.plan)) if (cost := self.costs(i, fidelity)) is not None}
        ordered = sorted(costs.items(), key=lambda item: (item[1][0], item[0]))
        return [i for i, mine in ordered
                if not any(all(a <= b for a, b in zip(other, mine)) and other != mine for _, other in ordered)]

    # ---- sensitivities --------------------

    def axis(self):
        """Is there but one axis?"""
        first = [number(row[0]) for row in self.plan] if self.keys else []
        if not first or None in first or len(set(first)) != len(first) or len(first) < 2:
            return False
        order = sorted(range(len(first)), key=lambda i: first[i])
        for k in range(1, len(self.keys)):
            values = [self.plan[i][k] for i in order]
            numbers = [number(value) for value in values]
            if None in numbers:
                if len(set(values)) > 1:
                    return False
            elif numbers not in (sorted(numbers), sorted(numbers, reverse=True)):
                return False
        return True

    def known(self, metric):
        """Points and values that speak of what matters."""
        fidelity = "count" if self.multi else self.fidelity
        rows = [(i, self.results.get((i, fidelity))) for i in range(len(self.plan))]
        return [(i, float(row[metric])) for i, row in rows if row is not None and row["status"] == "ok" and row[metric]]

    @functools.lru_cache(maxsize=None)
    def effect(self, metric, key):
        known = self.known(metric)
        texts = [self.plan[i][key] for i, _ in known]
        y = [value for _, value in known]
        numeric = all(number(row[key]) is not None for row in self.plan)
        levels = [number(text) for text in texts] if numeric else texts
        binned = numeric and not self.axis() and 2 * len(set(levels)) > len(y)
        rank = correlation(ranks(levels), ranks(y)) if numeric else math.nan
        if binned:
            n_bins, before, of = max(1, min(MOST_BINS, len(y) // 4)), 0, {}
            for level, count in sorted(collections.Counter(levels).items()):
                of[level] = min((2 * before + count) * n_bins // (2 * len(y)), n_bins - 1)
                before += count
            levels = [of[level] for level in levels]
        groups = {}
        for level, value in zip(levels, y):
            groups.setdefault(level, []).append(value)
        mean = math.fsum(y) / len(y)
        means = {level: math.fsum(values) / len(values) for level, values in groups.items()}
        total = math.fsum((value - mean) ** 2 for value in y)
        share = math.fsum(len(groups[level]) * (m - mean) ** 2 for level, m in means.items()) / total \
            if total > 0 and len(groups) > 1 else math.nan
        if binned and total > 0 and len(groups) > 1:
            share = max(0, 1 - (1 - share) * (len(y) - 1) / (len(y) - len(groups)))
        return {"share": share, "rank": rank, "lowest": min(means.values()), "highest": max(means.values()),
                "levels": len(groups)}

    # ---- along the axis --------------------

    def curve(self, metric):
        points = sorted(self.simulated(), key=lambda i: float(self.plan[i][0]))
        return [(float(self.plan[i][0]), float(self.told(i)[metric])) for i in points]

    def knee(self, objective):
        """(x, y) of the point farthest from the chord on the better side, or None."""
        metric, larger = self.objectives[objective]
        curve = self.curve(metric)
        if len(curve) < 3:
            return None
        log = min(x for x, _ in curve) > 0 and min(y for _, y in curve) > 0 and curve[-1][0] >= 10 * curve[0][0]
        scaled = [(math.log(x), math.log(y)) if log else (x, y) for x, y in curve]
        low, high = min(y for _, y in scaled), max(y for _, y in scaled)
        if low == high:
            return None
        wide = scaled[-1][0] - scaled[0][0]
        scaled = [((x - scaled[0][0]) / wide, (y - low) / (high - low)) for x, y in scaled]
        (x0, y0), (x1, y1) = scaled[0], scaled[-1]
        length = math.hypot(x1 - x0, y1 - y0)
        off = [((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / length * (1 if larger else -1) for x, y in scaled]
        return curve[off.index(max(off))] if max(off) >= LEAST_KNEE else None

    def stretches(self):
        """[first x, last x, points, what binds] along the axis."""
        out = []
        for i in sorted(range(len(self.plan)), key=lambda i: float(self.plan[i][0])):
            row, x = self.told(i), float(self.plan[i][0])
            what = row["status"] if self.kinds[i] == "failed" else row["binding"] if i in self.simulated() else self.kinds[i]
            if out and out[-1][3] == what:
                out[-1][1:3] = [x, out[-1][2] + 1]
            else:
                out.append([x, x, 1, what])
        return out

    # ---- names of the page --------------------

    def value(self, name):
        """The number that a name of the page stands for."""
        word = name.lstrip("=").split(".")
        return getattr(self, "value_" + word[0])(*word[1:])

    def value_points(self, point=None, field=None, end="value"):
        if point is None:
            return len(self.plan)
        column = field if end == "value" else f"{field}_{end}"
        return float(self.told(int(point))[column])

    def value_flit(self, point, field, _):
        return float(self.results[int(point), "flit"][field])

    def value_varied(self):
        return len(self.keys)

    def value_left_out(self):
        return self.left_out

    def value_count(self, what):
        names = {"front": "on the front", "beyond": "outside the limits", "missing": "not yet"}
        if what == "simulated":
            return len(self.simulated())
        if what == "saved":
            return sum((i, self.fidelity) not in self.results or self.results[i, self.fidelity]["status"] == "screened"
                       for i in range(len(self.plan)))
        return self.kinds.count(names.get(what, what))

    def value_best(self, metric, what):
        larger = dict(self.objectives)[metric]
        values = [(float(self.told(i)[metric]) * (-1 if larger else 1), i) for i in self.simulated()
                  if self.kinds[i] != "outside the limits"]
        cost, point = min(values)
        return point if what == "point" else -cost if larger else cost

    def value_limit(self, limit, what):
        limit = self.limits[int(limit)]
        if what == "outside":
            return sum(self.outside(limit, self.told(i)) for i in self.simulated())
        return limit[1] if what == "min" else limit[2]

    def value_effect(self, metric, key, what):
        return self.effect(metric, int(key))[what]

    def value_knee(self, objective, what):
        return self.knee(int(objective))["xy".index(what)]

    def value_binding(self, row, what):
        return self.stretches()[int(row)][["from", "to", "points"].index(what)]

    def value_reason(self, row, what):
        return self.reasons()[int(row)]

    def reasons(self):
        """Counts of equal reasons, numbers aside, in the order of the page."""
        order = ["no-fit", "invalid", "unsupported", "timeout", "out-of-memory", "crashed", "failed"]
        groups = {}
        for i, kind in enumerate(self.kinds):
            if kind == "failed":
                row = self.told(i)
                text = "".join("0" if c.isdigit() else c for c in row["error"].replace(",", ""))
                while "00" in text:
                    text = text.replace("00", "0")
                groups.setdefault((order.index(row["status"]), text), []).append(i)
        return [len(groups[reason]) for reason in sorted(groups)]
