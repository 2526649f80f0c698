#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The method kvmlat replaces, as published: pair kvm_exit and kvm_entry by CPU.

  article.py TEXT                              the pairs over 1 ms that are not HLT, then a histogram
                                               for each core and reason
  article.py TEXT --against RESULT equal       is it what the referee derived?
  article.py TEXT --against RESULT differ      is it wrong as it must be when vCPUs share a CPU: other
                                               pairs per reason, other buckets, pairs across threads?

Its known faults are kept: the last exit on a CPU is paired with the next entry on that CPU,
whoever's they are, and a pair of 0 ns is in no bucket. Status: 0 yes, 1 no, 2 unreadable input.
"""
import argparse
import sys
from collections import Counter, defaultdict

import perftext
import referee

OUTLIER_NS = 1000000


def pair_by_cpu(events):
    open_exit = {}      # cpu -> exit
    for event in events:
        if event.kind == "exit":
            open_exit[event.cpu] = event
            continue
        begin = open_exit.pop(event.cpu, None)
        if begin:
            yield begin, event


def report(pairs):
    histogram = defaultdict(lambda: defaultdict(Counter))
    for begin, end in pairs:
        ns = end.ns - begin.ns
        if ns > OUTLIER_NS and begin.reason.upper() != "HLT":
            print(f"outlier: core {end.cpu} reason {begin.reason} {ns} ns")
        histogram[end.cpu][begin.reason][perftext.pow2(ns)] += 1
    for core in sorted(histogram):
        print(f"Core: {core}")
        for reason, buckets in sorted(histogram[core].items()):
            print(f"Reason: {reason}")
            for bucket in sorted(b for b in buckets if b):
                print(f"[{1 << (bucket - 1):16d}, {1 << bucket:16d}) {buckets[bucket]}")


def per_reason(rows):
    sums = Counter()
    for (reason, _), buckets in rows.items():
        sums[reason] += sum(buckets.values())
    return sums


def against(pairs, result, wanted):
    rows = defaultdict(Counter)
    crossed = 0
    for begin, end in pairs:
        rows[begin.reason, end.cpu][min(perftext.pow2(end.ns - begin.ns), referee.OPEN_BUCKET)] += 1
        crossed += begin.tid != end.tid
    _, true_rows = referee.load(result)
    mine, true = per_reason(rows), per_reason(true_rows)
    reasons = [name for name in sorted(set(mine) | set(true)) if mine[name] != true[name]]
    buckets = [key for key in set(rows) | set(true_rows)
               if rows.get(key, Counter()) != true_rows.get(key, Counter())]
    for name in reasons:
        print(f"reason {name}: {mine[name]} pairs by CPU, {true[name]} by thread")
    print(f"{sum(mine.values())} pairs by CPU, {sum(true.values())} by thread; {crossed} join two threads; "
          f"{len(reasons)} reasons and {len(buckets)} histograms of {len(true_rows)} differ")
    if wanted == "equal":
        return bool(reasons or buckets or crossed or not mine)
    return not (reasons and buckets and crossed)


def main():
    parser = argparse.ArgumentParser(description="pair the exits and entries of a perf recording by CPU")
    parser.add_argument("text")
    parser.add_argument("--against", nargs=2, metavar=("RESULT", "equal|differ"))
    args = parser.parse_args()
    if args.against and args.against[1] not in ("equal", "differ"):
        parser.error("--against RESULT equal|differ")
    try:
        with open(args.text, encoding="utf-8", errors="replace") as text:
            pairs = pair_by_cpu(perftext.parse(text))
            if args.against:
                return int(against(pairs, *args.against))
            report(pairs)
            return 0
    except (OSError, ValueError, KeyError, perftext.Lost, perftext.NotUnderstood) as error:
        print(f"kvmlat: article: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
