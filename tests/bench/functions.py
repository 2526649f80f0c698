#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Instructions an observer adds per pair, by kernel function: functions.py BOOT.

BOOT (a path without suffix) was booted with BENCH_PROFILE=1. The first baseline is taken off.
"""
import bisect
import collections
import sys

BASELINE = "base_first"
LEAST = 0.5     # instructions per pair that are worth a line


def read_body(path):
    """{id: (observer, pairs)}, {id: symbols of modules and BPF programs then; 0: the kernel's}"""
    runs, symbols = {}, collections.defaultdict(list)
    with open(path, encoding="utf-8", errors="replace") as f:
        for words in map(str.split, f):
            if words[:1] == ["ksym"]:
                symbols[int(words[1])].append((int(words[2], 16), " ".join(words[4:])))
            elif words[:1] == ["bench"]:
                values = dict(zip(words[2::2], words[3::2]))
                runs[int(values["id"])] = (words[1], int(values["pairs"]))
    return runs, symbols


def by_function(path, runs, symbols):
    """{id: {function: instructions per pair}}"""
    result = collections.defaultdict(lambda: collections.defaultdict(float))
    tables = {}
    with open(path, encoding="ascii") as f:
        for number, address, count in map(str.split, f):
            number, address = int(number), int(address, 16)
            if number not in runs:
                continue
            if number not in tables:
                table = sorted(symbols[0] + symbols[number])
                tables[number] = [a for a, _ in table], [n for _, n in table]
            addresses, names = tables[number]
            at = bisect.bisect_right(addresses, address) - 1
            result[number][names[at]] += int(count) / runs[number][1]
    return result


def main(boot):
    runs, symbols = read_body(boot + ".body")
    counts = by_function(boot + ".profile", runs, symbols)
    base = next(counts[number] for number, (name, _) in runs.items() if name == BASELINE)
    for number, (name, _) in runs.items():
        added = {f: counts[number][f] - base.get(f, 0) for f in set(counts[number]) | set(base)}
        print(f"{name}: {sum(added.values()):.1f} instructions per pair added")
        for function in sorted(added, key=added.get, reverse=True):
            if abs(added[function]) >= LEAST:
                print(f"{added[function]:10.1f}  {function}")
        print()


main(*sys.argv[1:])
