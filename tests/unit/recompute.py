#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""recompute.py DATA KVMLAT: read the data anew and hold what the views print against it."""
import re
import subprocess
import sys

data, tool = sys.argv[1], sys.argv[2]
names, totals, per_cpu, per_vm, per_vcpu, vmm_of = {}, {}, {}, {}, {}, {}
idle, inflight, outliers = set(), [], []
for line in open(data, encoding="utf-8"):
    word = line.split()
    if word[0] == "reason":
        names[word[1]] = line.rstrip("\n").split(" ", 3)[3]
        if word[2] == "idle":
            idle.add(names[word[1]])
    elif word[0] == "vcpu":
        vmm_of[word[1]] = (word[3] if len(word) > 3 else None)
        tid = word[7] if len(word) > 7 else word[1]
    elif word[0] in ("inflight", "outlier"):
        (inflight if word[0] == "inflight" else outliers).append(
            dict(zip(word[1:-1:2], word[2::2])) | {"reason": names[word[word.index("reason") + 1]]})
    elif word[0] in ("row", "vrow"):
        pairs = dict(zip(word[4:14:2], word[5:14:2]))
        cells = [tuple(map(int, c.split(":"))) for c in word[word.index("buckets") + 1:]]
        entry = (pairs, cells, word[3])
        if word[1] == "all":
            totals.setdefault(names[word[2]], []).append(entry)
        elif word[0] == "row":
            per_cpu.setdefault((word[1], names[word[2]]), []).append(entry)
        if word[0] == "vrow" and names[word[2]] not in idle:
            per_vcpu.setdefault(tid, []).append(entry)
        if word[0] == "vrow" and vmm_of[word[1]]:
            per_vm.setdefault((vmm_of[word[1]], names[word[2]]), []).append(entry)


def low(b):
    return b if b < 8 else (8 + b % 8) << (b // 8 - 1)


def power(b):
    return (b.bit_length() if b < 8 else b // 8 + 3)


def merge(entries, rule=lambda b: b):
    cells = {}
    for _, found, _ in entries:
        for b, n in found:
            cells[rule(b)] = cells.get(rule(b), 0) + n
    return cells


def percentile(entries, permille):
    cells = merge(entries)
    rank, seen = -(-sum(cells.values()) * permille // 1000), 0
    for b in sorted(cells):
        seen += cells[b]
        if seen >= rank:
            break
    middle = low(b) + (low(b + 1) - low(b)) // 2
    return max(min(int(p["min"]) for p, _, _ in entries),
               min(middle, max(int(p["max"]) for p, _, _ in entries)))


def run(*args):
    return subprocess.run([tool, *args, "--file", data],
                          check=True,
                          timeout=60,
                          capture_output=True,
                          text=True).stdout


def same(what, got, want):
    if got != want:
        sys.exit(f"{what}: printed {got}, the data says {want}")


lines = {
    l[:20].split()[0]: l.split()
    for l in run("summary", "--ns").splitlines()[1:] if len(l.split()) > 5 and "%" in l
}
same("reasons", set(lines), set(totals))
head = run("summary", "--ns").splitlines()[0].replace("VM-EXIT (ns)", "VM-EXIT").replace(
    "Min Time", "min").replace("Max Time", "max").replace("Avg time", "avg").split()
busy = sum(int(p["sum"]) for name, e in totals.items() if name not in idle for p, _, _ in e)
for name, entries in totals.items():
    shown = dict(zip(head, lines[name]))
    count, total = sum(merge(entries).values()), sum(int(p["sum"]) for p, _, _ in entries)
    same(name + " samples", int(shown["Samples"]), count)
    same(name + " mean", int(shown["avg"]), total // count)
    same(name + " min", int(shown["min"]), min(int(p["min"]) for p, _, _ in entries))
    same(name + " max", int(shown["max"]), max(int(p["max"]) for p, _, _ in entries))
    for p in (500, 900, 990, 999):
        same(f"{name} {p}", int(shown["p" + f"{p / 10:g}"]), percentile(entries, p))
    if name not in idle:
        same(name + " share", shown["Time%"], f"{100 * total / busy:.2f}%")
    for cause, column in (("kernel", "kern"), ("preempted", "preem"), ("blocked", "block"),
                          ("user", "user")):
        part = 100 * sum(int(p["sum"]) for p, _, c in entries if c == cause) / total
        want = "-" if not part else "<1%" if part < 0.5 else f"{part:.0f}%"
        same(f"{name} {cause}", shown.get(column, "-"), want)


told = []


def histogram(text):
    core, reason, found = None, None, {}
    for l in text.splitlines():
        if l.startswith("Core: "):
            core = l[6:]
        elif l.startswith("Reason: "):
            reason = re.match(r"Reason: \[\w+\] ([^,:]+)", l).group(1)
        elif l.startswith("Outlier: "):
            when, cpu, code, reason, ns = re.match(
                r"Outlier: \[(\d+\.\d{9})\] Core: (\d+) Reason: \[(\w+)\] (.*) Latency: (\d+)$",
                l).groups()
            told.append((when.replace(".", ""), cpu, reason, ns))
        elif l:
            begin, end, n = re.match(r"\[ *(\d+), *(\w+)\) *(\d+)", l).groups()
            if int(n):
                found.setdefault((core, reason), {})[int(begin)] = int(n)
    return found


def powers(entries, rule):
    return {(1 << p - 1 if p else 0): n for p, n in merge(entries, rule).items()}


same("hist", histogram(run("hist")), {(None, k): powers(e, power) for k, e in totals.items()})
same("hist --article", histogram(run("hist", "--article")),
     {k: powers(e, power)
      for k, e in per_cpu.items()})
same("outliers of the article's layout", [(str(int(t)), c, r, n) for t, c, r, n in told],
     [(o["time_ns"], o["cpu"], o["reason"], o["latency_ns"]) for o in reversed(outliers)])
same("hist -C", histogram(run("hist", "-C", "0-9999")),
     {k: powers(e, power)
      for k, e in per_cpu.items()})

# The order, worst first, the idle ones below; and the line of the total
order = [
    l.split()[0] for l in run("summary").splitlines()[1:] if not l.startswith(("idle,", "total "))
]
same("order", order,
     sorted(totals, key=lambda n: (n in idle, -sum(int(p["sum"]) for p, _, _ in totals[n]))))
pairs = sum(sum(merge(e).values()) for e in totals.values())
same("total", run("summary").splitlines()[-1].split(), ["total", str(pairs)])

# vcpus: samples, mean and max of each thread; percentiles are edges of powers of two, within min
# and max
shown = {}
for l in run("vcpus", "--ns").splitlines()[1:]:
    w = l.split()
    if w[0] == "vcpu" and "tid" in w:
        shown[w[w.index("tid") + 1]] = [x for x in w[w.index("tid") + 2:] if x != "gone"]
    elif w[0] in ("other", "departed"):
        shown[w[0]] = w[2:]
same("vcpus", set(shown), set(per_vcpu))
for tid, entries in per_vcpu.items():
    cells, high = merge(entries), max(int(p["max"]) for p, _, _ in entries)
    count, total = sum(cells.values()), sum(int(p["sum"]) for p, _, _ in entries)
    rank, seen = -(-count * 99 // 100), 0
    for b in sorted(cells):
        seen += cells[b]
        if seen >= rank:
            break
    same(f"vcpu {tid}", [int(shown[tid][i]) for i in (0, 4, 5)] + [int(shown[tid][8].lstrip("<="))],
         [count, high, total // count, min(high, (1 << b) - 1)])

lines = run("inflight", "-a").splitlines()[1:-1]
same("inflight", [[l.split()[i] for i in (2, 3, 4, 5, 6)] for l in lines],
     [[i["vcpu"], i["tid"], i["cpu"], i["cause"], i["reason"]] for i in inflight])
lines = [l.split() for l in run("outliers", "--ns").splitlines()[1:]]
same("outliers", [[l[i] for i in (2, 3, 4, 5, 7, 8, 9, 10, 11, 13)] for l in lines], [[
    o[k].replace("n/a", "-") for k in ("latency_ns", "cause", "runq_ns", "offcpu_ns", "vcpu", "tid",
                                       "exit_cpu", "cpu", "reason", "rip")
] for o in sorted(outliers, key=lambda o: int(o["time_ns"]))])
vm = next(iter(per_vm))[0]
same("hist --vm", histogram(run("hist", "--vm", vm)),
     {(None, k[1]): powers(e, lambda b: b) for k, e in per_vm.items() if k[0] == vm})
