#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""screen.py [OPTIONS] DATA <SCREEN: hold every number of a screen of `kvmlat top` against DATA.

  --before DATA  the figures are what DATA has more than this one
  --cpus N,N --vm PID --vcpu N,N --reasons NAME,NAME --causes CAUSE,CAUSE  the filters of the screen
  --by-cause --ns --sort KEY  how it is shown

All of it is made anew from docs/data-format.md; nothing is shared with the formatter.
"""
import argparse
import sys

CAUSES = ["kernel", "preempted", "blocked", "user", "mixed"]
HEADS = dict(zip(CAUSES, ["kern", "preem", "block", "user", "mixed"]))
FINE, PLAIN = 329, 45


def fine_low(b):
    return b if b < 8 else (8 + b % 8) << (b // 8 - 1)


def plain_low(b):
    return (1 << b) >> 1


class Row:
    def __init__(self, plain):
        self.plain, self.cells, self.sum, self.runq, self.low, self.high = plain, {}, 0, 0, None, 0

    @property
    def count(self):
        return sum(self.cells.values())

    def edge(self, b):
        return plain_low(b) if self.plain else fine_low(b)

    def add(self, other):
        for b, n in other.cells.items():
            self.cells[b] = self.cells.get(b, 0) + n
        self.sum, self.runq = self.sum + other.sum, self.runq + other.runq
        self.low = other.low if self.low is None else min(self.low, other.low)
        self.high = max(self.high, other.high)

    def take_away(self, before):
        self.cells = {b: n - before.cells.get(b, 0) for b, n in self.cells.items()
                      if n > before.cells.get(b, 0)}
        self.sum, self.runq = self.sum - before.sum, self.runq - before.runq
        if before.count and self.cells:
            self.low = max(self.low, self.edge(min(self.cells)))
            last = max(self.cells)
            if last < (PLAIN if self.plain else FINE) - 1:
                self.high = min(self.high, self.edge(last + 1) - 1)

    def percentile(self, permille):
        rank, seen = -(-self.count * permille // 1000), 0
        for b in sorted(self.cells):
            seen += self.cells[b]
            if seen >= rank:
                break
        if self.plain:
            return min(self.edge(b + 1) - 1, self.high)
        return max(self.low, min((self.edge(b) + self.edge(b + 1)) // 2, self.high))


def read(path, a):
    """Rows by (reason, cause), of the totals, CPUs or vCPUs; names; idle keys; now and since, in s.
    """
    rows, names, idle, times, mine = {}, {}, set(), {}, False
    for line in open(path, encoding="utf-8"):
        word = line.split()
        if word[0] == "info" and word[1] in ("time_ns", "since_ns"):
            times[word[1]] = int(word[2])
        elif word[0] == "reason":
            names[word[1]] = line.rstrip("\n").split(" ", 3)[3]
            idle |= {word[1]} if word[2] == "idle" else set()
        elif word[0] == "vcpu":
            mine = len(word) > 2 and a.vm in (None, word[3])
            mine = mine and (not a.vcpu or word[9] in a.vcpu.split(","))
        elif word[0] in ("row", "vrow"):
            if word[0] == "vrow":
                taken = (a.vm or a.vcpu) and mine
            else:
                asked = a.cpus.split(",") if a.cpus else ["all"]
                taken = not (a.vm or a.vcpu) and word[1] in asked
            if not taken:
                continue
            row = Row(word[0] == "vrow")
            f = dict(zip(word[4:14:2], word[5:14:2]))
            row.sum, row.low, row.high, row.runq = (int(f[k])
                                                    for k in ("sum", "min", "max", "runq"))
            parts = (c.split(":") for c in word[word.index("buckets") + 1:])
            row.cells = {int(b): int(n) for b, n in parts}
            rows.setdefault((word[2], word[3]), Row(row.plain)).add(row)
    return rows, names, idle, times["time_ns"] / 1e9, times["since_ns"] / 1e9


def ns(value, plain):
    if plain:
        return str(value)
    if value < 1000:
        return f"{value}ns"
    value, unit = float(value), 0
    while value >= 999.95 and unit < 3:
        value, unit = value / 1000, unit + 1
    digits = 3 if value < 9.9995 else 2 if value < 99.995 else 1 if value < 999.95 else 0
    return f"{value:.{digits}f}{['ns', 'us', 'ms', 's'][unit]}"


def cells(name, row, parts, whole, idle, a):
    """A line, column by column; @parts: the time of each cause of it."""
    p = {k: ("<=" if row.plain else "") + ns(row.percentile(v), a.ns)
         for k, v in (("p50", 500), ("p90", 900), ("p99", 990), ("p99.9", 999))}
    line = {
        "VM-EXIT": name,
        "Samples": str(row.count),
        "Samples%": "-" if idle else f"{100 * row.count / whole.count:.2f}%",
        "Time%": "-" if idle else f"{100 * row.sum / whole.sum:.2f}%",
        "Min Time": ns(row.low, a.ns),
        "Max Time": ns(row.high, a.ns),
        "Avg time": ns(row.sum // row.count, a.ns),
        **p, "runq%": f"{100 * row.runq / row.sum:.1f}%"
    }
    for cause in CAUSES:
        part = 100 * parts.get(cause, 0) / row.sum
        line[
            HEADS[cause]] = "-" if not parts.get(cause) else "<1%" if part < 0.5 else f"{part:.0f}%"
    return line


def expected(a):
    rows, names, idle, now, since = read(a.data, a)
    if a.before:
        before, _, _, since, _ = read(a.before, a)
        for key, row in rows.items():
            row.take_away(before.get(key, Row(row.plain)))
    plain = bool(a.vm or a.vcpu)
    reasons, whole, count = {}, Row(plain), 0
    for (key, cause), row in rows.items():
        if row.count and (not a.causes or cause in a.causes.split(",")) and (
                not a.reasons or names[key].lower() in a.reasons.lower().split(",")):
            reasons.setdefault(key, {})[cause] = row
            count += row.count
            if key not in idle:
                whole.add(row)
    lines = []
    for key, causes in reasons.items():
        total = Row(plain)
        for row in causes.values():
            total.add(row)
        rank = {"time": total.sum, "samples": total.count, "mean": total.sum // total.count,
                "p99": total.percentile(990), "max": total.high}[a.sort]
        parts = {c: r.sum for c, r in causes.items()}
        mine = [cells(names[key], total, parts, whole, key in idle, a)]
        if a.by_cause:
            mine += [cells(c, causes[c], {c: causes[c].sum}, whole, key in idle, a)
                     for c in CAUSES if c in causes]
        lines.append(((key in idle, -rank, int(key, 16)), mine))
    shown = sorted({c for causes in reasons.values() for c in causes}, key=CAUSES.index)
    columns = [c for c in cells("", whole, {}, whole, True, a)
               if c not in HEADS.values() or c in [HEADS[s] for s in shown]]
    out, idle_yet = [columns], False
    for (is_idle, _, _), mine in sorted(lines, key=lambda line: line[0]):
        if is_idle and not idle_yet:
            out.append(["idle, the guest asked to sleep:"])
            idle_yet = True
        out += [[line[c] for c in columns] for line in mine]
    out.append(["total", str(count)])
    return out, now - since, count


def main():
    p = argparse.ArgumentParser()
    for name in ("before", "cpus", "vm", "vcpu", "reasons", "causes"):
        p.add_argument("--" + name)
    p.add_argument("--sort", default="time")
    p.add_argument("--by-cause", action="store_true")
    p.add_argument("--ns", action="store_true")
    p.add_argument("data")
    a = p.parse_args()
    want, seconds, count = expected(a)
    head, *screen = [line.rstrip() for line in sys.stdin if line.strip()]
    if f"{seconds:.1f} s, {count / seconds:.0f} exits/s, by {a.sort}" not in head:
        sys.exit(f"the head is {head!r}, wanted {seconds:.1f} s, {count / seconds:.0f} exits/s")
    want = [" ".join(line) for line in want]
    got = [" ".join(line.replace("VM-EXIT (ns)", "VM-EXIT").split()) for line in screen]
    for shown, right in zip(got + [""] * len(want), want + [""] * len(got)):
        if shown != right:
            sys.exit(f"the screen says {shown!r},\nthe data  says {right!r}")


if __name__ == "__main__":
    main()
