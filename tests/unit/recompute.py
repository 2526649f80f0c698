#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""recompute.py DATA KVMLAT: read the data anew and hold what the views print against it."""
import re
import subprocess
import sys

data, tool = sys.argv[1], sys.argv[2]
names, totals, per_cpu, per_vm, vmm_of = {}, {}, {}, {}, {}
for line in open(data, encoding="utf-8"):
    word = line.split()
    if word[0] == "reason":
        names[word[1]] = line.rstrip("\n").split(" ", 3)[3]
    elif word[0] == "vcpu":
        vmm_of[word[1]] = (word[3] if len(word) > 3 else None)
    elif word[0] in ("row", "vrow"):
        pairs = dict(zip(word[4:14:2], word[5:14:2]))
        cells = [tuple(map(int, c.split(":"))) for c in word[word.index("buckets") + 1:]]
        entry = (pairs, cells, word[3])
        if word[1] == "all":
            totals.setdefault(names[word[2]], []).append(entry)
        elif word[0] == "row":
            per_cpu.setdefault((word[1], names[word[2]]), []).append(entry)
        elif vmm_of[word[1]]:
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
    return max(min(int(p["min"]) for p, _, _ in entries), min(middle, max(int(p["max"]) for p, _, _ in entries)))


def run(*args):
    return subprocess.run([tool, *args, "-f", data], check=True, capture_output=True, text=True).stdout


def same(what, got, want):
    if got != want:
        sys.exit(f"{what}: printed {got}, the data says {want}")


lines = {l[:20].split()[0]: l.split() for l in run("summary", "--ns").splitlines()[1:] if len(l.split()) > 5 and "%" in l}
same("reasons", set(lines), set(totals))
head = run("summary", "--ns").splitlines()[0].replace("VM-EXIT (ns)", "VM-EXIT").replace("Min Time", "min").replace(
    "Max Time", "max").replace("Avg time", "avg").split()
busy = sum(int(p["sum"]) for name, e in totals.items() if name != "HLT" for p, _, _ in e)
for name, entries in totals.items():
    shown = dict(zip(head, lines[name]))
    count, total = sum(merge(entries).values()), sum(int(p["sum"]) for p, _, _ in entries)
    same(name + " samples", int(shown["Samples"]), count)
    same(name + " mean", int(shown["avg"]), total // count)
    same(name + " min", int(shown["min"]), min(int(p["min"]) for p, _, _ in entries))
    same(name + " max", int(shown["max"]), max(int(p["max"]) for p, _, _ in entries))
    for p in (500, 900, 990, 999):
        same(f"{name} {p}", int(shown["p" + f"{p / 10:g}"]), percentile(entries, p))
    if name != "HLT":
        same(name + " share", shown["Time%"], f"{100 * total / busy:.2f}%")
    for cause, column in (("kernel", "kern"), ("preempted", "preem"), ("blocked", "block"), ("user", "user")):
        part = 100 * sum(int(p["sum"]) for p, _, c in entries if c == cause) / total
        same(f"{name} {cause}", shown[column], "<1%" if part < 0.5 else f"{part:.0f}%")


def histogram(text):
    core, reason, found = None, None, {}
    for l in text.splitlines():
        if l.startswith("Core: "):
            core = l[6:]
        elif l.startswith("Reason: "):
            reason = re.match(r"Reason: \[\w+\] ([^,:]+)", l).group(1)
        elif l:
            begin, end, n = re.match(r"\[ *(\d+), *(\w+)\) *(\d+)", l).groups()
            if int(n):
                found.setdefault((core, reason), {})[int(begin)] = int(n)
    return found


def powers(entries, rule):
    return {(1 << p - 1 if p else 0): n for p, n in merge(entries, rule).items()}


same("hist", histogram(run("hist")), {(None, k): powers(e, power) for k, e in totals.items()})
same("hist --article", histogram(run("hist", "--article")), {(None, k): powers(e, power) for k, e in totals.items()})
same("hist -C", histogram(run("hist", "-C", "0-9999")), {k: powers(e, power) for k, e in per_cpu.items()})
vm = next(iter(per_vm))[0]
same("hist --vm", histogram(run("hist", "--vm", vm)),
     {(None, k[1]): powers(e, lambda b: b) for k, e in per_vm.items() if k[0] == vm})
