#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""false_alarms.py RECORDED.gz KVMLAT DIR: how often does diff see a change where there was none?

The recording holds 24 runs of one load in a lab host, then 25 snapshots of one long run. Sets of
runs are drawn from it and compared, some as if each had been recorded in intervals; in the end a
change is put in, which must be found, and only where it is."""
import gzip
import itertools
import random
import re
import subprocess
import sys

import tap

recorded, tool, place = sys.argv[1:]
RUNS = 24
snapshots = re.findall(r"kvmlat-data .*?\nend [0-9a-f]{16}\n",
                       gzip.open(recorded, "rt").read(), re.S)
rng = random.Random(1)


def diff(a, b, *options):
    for name, snaps in (("a", a), ("b", b)):
        with open(f"{place}/alarm-{name}", "w", encoding="ascii") as f:
            f.write("".join(snaps))
    done = subprocess.run(
        [tool, "diff", *options, "--fail-if", "p99+20%", f"{place}/alarm-a", f"{place}/alarm-b"],
        capture_output=True,
        text=True)
    if done.returncode not in (0, 3, 4):
        sys.exit(done.stderr)
    return re.findall(r"^(\S+): .*(?:worse|better) by >=", done.stdout, re.M), done.returncode == 3


def rate(what, pairs, allowed, runs=snapshots):
    found = [diff([runs[i] for i in a], [runs[i] for i in b]) for a, b in pairs]
    alarms, met = sum(bool(f) for f, _ in found), sum(m for _, m in found)
    good = alarms <= allowed * len(found) and met <= allowed * len(found)
    tap.result(good, f"diffs of {what} see no change but by chance")
    tap.diag(f"{alarms} of {len(found)} diffs have a verdict, {met} meet p99+20%")


def share(n, of):
    """How many of n events fall into one of so many intervals, by chance."""
    if n < 100:
        return sum(rng.random() < 1 / of for _ in range(n))
    return min(n, max(0, round(rng.gauss(n / of, (n / of * (1 - 1 / of)) ** 0.5))))


def in_intervals(snapshot, nr):
    """The run as record -i would have it: nr snapshots of one generation, each event in any
    interval by chance."""
    head, lines = snapshot.splitlines()[0], snapshot.splitlines()[2:-1]
    since, until = (int(re.search(rf"^info {name} (\d+)$", snapshot, re.M).group(1))
                    for name in ("since_ns", "time_ns"))
    left = {}
    for line in lines:
        if line.startswith("row "):
            left[line] = [[b, int(n)]
                          for b, n in (c.split(":") for c in line.split(" buckets ")[1].split())]
    parts = []
    for of in range(nr, 0, -1):         # backwards: all but what the intervals from here on hold
        out = []
        for line in lines:
            if line.startswith("info time_ns "):
                line = f"info time_ns {since + (until - since) * of // nr}"
            elif line.startswith("row "):
                cells = [c for c in left[line] if c[1]]
                text = " ".join(f"{b}:{n}" for b, n in cells)
                fields = line.split(" buckets ")[0]
                for name in ("sum", "runq", "offcpu"):
                    fields = re.sub(rf"( {name} )(\d+)", lambda m: m[1] + str(int(m[2]) * of // nr),
                                    fields)
                line, was = f"{fields} buckets {text}", line
                for cell in left[was]:
                    cell[1] -= share(cell[1], of)
                if not cells:
                    continue
            out.append(line)
        parts.append("\n".join([head, f"totals {len(out)}", *out, f"end {head.split()[-1]}\n"]))
    return "".join(reversed(parts))


def slower(snapshot, key, steps):
    """Latencies of a reason in higher buckets, eight of them twice as long."""
    def move(row):
        head, cells = row.group(0).split(" buckets ")
        cells = [c.split(":") for c in cells.split()]
        return head + " buckets " + " ".join(f"{min(int(b) + steps * (int(b) > 16), 327)}:{n}"
                                             for b, n in cells)
    moved = re.sub(rf"^row all {key} .*$", move, snapshot, flags=re.M)
    return re.sub(rf"^(row all {key} .* max) \d+", r"\1 18446744073709551614", moved, flags=re.M)


drawn = [rng.sample(range(RUNS), 2 * n) for n in (6, 8, 10, 12) for _ in range(50)]
rate("runs of one load, drawn at random", [(s[:len(s) // 2], s[len(s) // 2:]) for s in drawn], 0.01)
rate("runs of one load, in their order", [(range(i, i + n), range(i + n, i + 2 * n))
                                          for n in (6, 8, 10, 12)
                                          for i in range(RUNS - 2 * n + 1)], 0.04)
rate("one run and another", [([i], [j]) for i, j in itertools.combinations(range(RUNS), 2)], 0.01)
rate("intervals of one run, in turn",
     [([i, i + 1], [i + 1, i + 2]) for i in range(RUNS, RUNS + 23)], 0.05)
# Nine intervals of a run are a run: the verdicts are those of the runs, none.
cut = [in_intervals(snapshots[i], 9) for i in range(RUNS)]
rate("runs in nine intervals each, one and another",
     [([i], [j]) for i, j in itertools.combinations(range(RUNS), 2)][::4], 0, cut)
rate("sets of runs in nine intervals each",
     [(s[:len(s) // 2], s[len(s) // 2:]) for s in drawn[::10]], 0, cut)
for key, name, steps in (("0x72", "cpuid", 4), ("0x7b", "io", 4), ("0x81", "hypercall", -4)):
    hits = exact = 0
    for s in drawn[50:150]:
        half = len(s) // 2
        found, _ = diff([snapshots[i] for i in s[:half]],
                        [slower(snapshots[i], key, steps) for i in s[half:]])
        hits += name in found
        exact += found == [name]
    good = hits >= 95 and exact >= 95
    tap.result(good, f"a change of {name} by {steps}/8 powers of two is found, and no other")
    tap.diag(f"found in {hits}, and nothing else in {exact}, of 100 diffs")
tap.finish()
