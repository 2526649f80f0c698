#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""check_export.py DATA KVMLAT: what `export` prints is valid in its language and is what DATA
holds."""
import csv
import io
import json
import re
import subprocess
import sys

data, tool = sys.argv[1], sys.argv[2]
names, kinds, rows, vrows, counts, who, live = {}, {}, {}, {}, {}, {}, set()
for line in open(data, encoding="utf-8"):
    word = line.split()
    if word[0] == "reason":
        kinds[word[1]], names[word[1]] = word[2], line.rstrip("\n").split(" ", 3)[3]
    elif word[0] == "count":
        counts[word[1]] = int(word[2])
    elif word[0] == "vcpu":
        who[word[1]] = (word[3], word[5]) if len(word) > 2 else f"({word[1]})"
        if word[1] == "other" or (len(word) > 2 and word[11] == "live"):
            live.add(who[word[1]])
    elif word[0] in ("row", "vrow"):
        fields = dict(zip(word[4:14:2], word[5:14:2]))
        cells = {
            int(b): int(n)
            for b, n in (c.split(":") for c in word[word.index("buckets") + 1:])
        }
        (rows if word[0] == "row" else vrows)[(word[1], word[2], word[3])] = (fields, cells)
totals = {k[1:]: v for k, v in rows.items() if k[0] == "all"}


def low(b):
    return b if b < 8 else (8 + b % 8) << (b // 8 - 1)


def run(*args):
    return subprocess.run([tool, "export", *args, data], check=True, capture_output=True,
                          text=True).stdout


def same(what, got, want):
    if got != want:
        sys.exit(f"{what}: printed {got!r}, the data says {want!r}")


# JSON
whole = json.loads(run("--format", "json", "--per-cpu", "--per-vm"))
same("json count", whole["count"], counts)
code = {int(k, 16): k for k in names if k != "other"}
same(
    "json totals",
    {(code[r["code"]], r["cause"]): (r["sum_ns"], r["max_ns"], r["runq_ns"], r["offcpu_ns"],
                                     {int(b): n
                                      for b, n in r["buckets"].items()})
     for r in whole["totals"]}, {
         k: (int(f["sum"]), int(f["max"]), int(f["runq"]),
             None if f["offcpu"] == "-" else int(f["offcpu"]), {low(b): n
                                                                for b, n in c.items()})
         for k, (f, c) in totals.items()
     })
same("json names", {r["reason"] for r in whole["totals"]}, set(names.values()))
same("json cpus", sum(r["count"] for r in whole["cpus"]),
     sum(sum(c.values()) for k, (_, c) in rows.items() if k[0] != "all"))
same("json vcpus", sum(r["count"] for r in whole["vcpus"]),
     sum(sum(c.values()) for _, c in vrows.values()))
same("json outliers", len(whole["outliers"]),
     sum(l.startswith("outlier ") for l in open(data, encoding="utf-8")))
same("json inflight", len(whole["inflight"]),
     sum(l.startswith("inflight ") for l in open(data, encoding="utf-8")))

# CSV
table = list(csv.DictReader(io.StringIO(run("--format", "csv", "--per-cpu", "--per-vm"))))
same("csv totals", {(r["code"], r["cause"], int(r["low_ns"])): int(r["count"])
                    for r in table if r["where"] == "all"}, {(k[0], k[1], low(b)): n
                                                             for k, (_, c) in totals.items()
                                                             for b, n in c.items()})
same("csv names", {r["reason"] for r in table}, set(names.values()))
same("csv all", sum(int(r["count"]) for r in table),
     sum(sum(c.values()) for _, c in list(rows.values()) + list(vrows.values())))

# OpenMetrics
text = run("--format", "openmetrics", "--per-cpu", "--per-vm")
if not text.endswith("\n# EOF\n"):
    sys.exit("openmetrics: no # EOF at the end")
sample = re.compile(
    r'^(kvmlat_[a-z0-9_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$')
types, series, edges, family = {}, {}, {}, None
for line in text.splitlines()[:-1]:
    if line.startswith("# "):
        kind, family, rest = line[2:].split(" ", 2)
        if kind == "TYPE":
            same("openmetrics: a family once", family in types, False)
            types[family] = rest
        continue
    match = sample.match(line)
    if not match:
        sys.exit(f"openmetrics: no sample: {line}")
    name, labels, value = match.group(1), match.group(2) or "", float(match.group(3))
    suffix = name[len(family):]
    if not name.startswith(family) or suffix not in {
            "counter": ["_total"],
            "gauge": [""],
            "histogram": ["_bucket", "_sum", "_count"]
    }[types[family]]:
        sys.exit(f"openmetrics: {name} is no sample of {types[family]} {family}")
    same("openmetrics: a series once: " + line, (name, labels) in series, False)
    series[(name, labels)] = value
    if suffix == "_bucket":
        key, le = re.match(r'(.*),le="([^"]+)"$', labels).groups()
        edges.setdefault(key, []).append((float(le), value))
same("openmetrics: one set of edges, exact", {tuple(e for e, _ in v) for v in edges.values()},
     {tuple(2 ** p / 1e9 for p in range(8, 31)) + (float("inf"),)})
for key, steps in edges.items():
    if sorted(steps) != steps or [n for _, n in steps] != sorted(n for _, n in steps):
        sys.exit(f"openmetrics: not cumulative: {key}")
    same("openmetrics: +Inf is the count", steps[-1],
         (float("inf"), series[("kvmlat_exit_duration_seconds_count", key)]))
    reason = re.search(r'code="([^"]+)"', key).group(1)
    mine = {}
    for (k, _), (_, cells) in totals.items():
        for b, n in cells.items():
            mine[b] = mine.get(b, 0) + n if k == reason else mine.get(b, 0)
    for le, n in steps[:-1]:
        same(f"openmetrics: {key} le {le}", n,
             sum(m for b, m in mine.items() if low(b + 1) <= round(le * 1e9)))
same("openmetrics: exits", sum(v for (n, _), v in series.items() if n == "kvmlat_exits_total"),
     sum(sum(c.values()) for _, c in totals.values()))
busy = {k for k, kind in kinds.items() if kind == "busy"}
same("openmetrics: of CPUs",
     sum(v for (n, _), v in series.items() if n == "kvmlat_cpu_exits_total"),
     sum(sum(c.values()) for k, (_, c) in rows.items() if k[0] != "all" and k[1] in busy))
for name, alive in ("kvmlat_vm_exits_total", True), ("kvmlat_ended_exits", False):
    same(
        f"openmetrics: {name}", sum(v for (n, _), v in series.items() if n == name),
        sum(
            sum(c.values()) for k, (_, c) in vrows.items()
            if k[1] in busy and (who[k[0]] in live) == alive))
for name, alive in ("kvmlat_vm_exit_time_seconds_total", True), ("kvmlat_ended_exit_time_seconds",
                                                                 False):
    same(
        f"openmetrics: {name}", round(sum(v for (n, _), v in series.items() if n == name), 6),
        round(
            sum(
                int(f["sum"])
                for k, (f, _) in vrows.items() if k[1] in busy and (who[k[0]] in live) == alive) /
            1e9, 6))

# Prometheus' own text: the same samples, announced in its way
older = run("--format", "prometheus", "--per-cpu", "--per-vm")
same("prometheus: samples", [l for l in older.splitlines() if l[0] != "#"],
     [l for l in text.splitlines() if l[0] != "#"])
same("prometheus: announced", [l for l in older.splitlines() if l[0] == "#"],
     [re.sub(r"^(# \w+ \S+)", r"\1_total", l) if types[l.split()[2]] == "counter" else l
      for l in text.splitlines()[:-1] if l[0] == "#" and not l.startswith("# UNIT ")])
print(len(series), "series")
