#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge kvmlat's `data` against a perf recording of the same run.

  perf script -F tid,cpu,time,event,trace --ns | referee.py [--article same|differs] DATA

Written apart from kvmlat and from its formatter: pairs kvm_exit with kvm_entry per thread, charges
a pair to the CPU of the entry, and compares counts per reason and per (CPU, reason) exactly, and
buckets of plain powers of two. --article also pairs by CPU, as the method kvmlat replaces does,
and demands that this gives the same histograms per (CPU, reason), or that it does not.

perf's word is not taken for everything. An event that the recording holds twice, the same in
thread, CPU, nanosecond and text, was no second event: a thread enters and exits in turn. Such a
recording is void. Where perf and kvmlat differ, each event of it that is out of turn is named.
Exit status: 0 equal; 1 not; 2 the recording is void (lost events, unreadable, an event twice).
"""
import re
import sys
from collections import Counter

LINE = re.compile(r"^\s*(\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}):\s+kvm:(kvm_entry|kvm_exit):\s+(.*)$")
REASON = re.compile(r"reason (.+?) rip 0x")


def pow2(ns):
    return ns.bit_length()


def events(stream):
    for line in stream:
        if not line.strip():
            continue
        if "LOST" in line or "lost" in line:
            print("void: perf lost events:", line.strip())
            sys.exit(2)
        match = LINE.match(line)
        if not match:
            print("void: not a line of perf script:", line.strip()[:120])
            sys.exit(2)
        tid, cpu, sec, nsec, kind, text = match.groups()
        reason = None
        if kind == "kvm_exit":
            found = REASON.search(text)
            if not found:
                print("void: no reason in:", text[:120])
                sys.exit(2)
            reason = found.group(1)
        yield int(tid), int(cpu), int(sec) * 10**9 + int(nsec), reason, text


def told(event):
    tid, cpu, time, reason, _ = event
    kind = "entry" if reason is None else f"exit, {reason}"
    return f"{kind} of thread {tid} on CPU {cpu} at {time} ns"


def out_of_turn(stream):
    """Of each thread, events that follow one of their own kind: (the one before, the event)."""
    last = {}
    for event in stream:
        tid, reason = event[0], event[3]
        before = last.get(tid)
        if before and (before[3] is None) == (reason is None):
            yield before, event
        last[tid] = event


def name_odd(odd):
    for before, event in odd[:20]:
        print(f"out of turn: {told(event)}; of that thread, before it: {told(before)}")
    print(f"out of turn: {len(odd)} events of the recording follow one of their own kind")


def pair(stream, key):
    """Pairs (cpu, reason, ns) of events in order; key: what an exit waits for, thread or CPU."""
    waiting, pairs, exits, entries = {}, [], 0, 0
    for event in stream:
        tid, cpu, time, reason, _ = event
        slot = tid if key == "thread" else cpu
        if reason is not None:
            exits += 1
            waiting[slot] = (reason, time)
        else:
            entries += 1
            if slot in waiting:
                name, begin = waiting.pop(slot)
                pairs.append((cpu, name, time - begin))
    return pairs, exits, entries


def read_data(path):
    names, totals, per_cpu, buckets, counts = {}, Counter(), Counter(), {}, {}
    for line in open(path, encoding="ascii"):
        word = line.split()
        if word[0] == "reason":
            names[word[1]] = line.rstrip("\n").split(" ", 3)[3]
        elif word[0] == "count":
            counts[word[1]] = int(word[2])
        elif word[0] == "row":
            name = names[word[2]]
            cells = [c.split(":") for c in word[word.index("buckets") + 1:]]
            number = sum(int(n) for _, n in cells)
            if word[1] == "all":
                totals[name] += number
                # one row for each cause
                buckets.setdefault(name, Counter())
                for index, n in cells:
                    index = int(index)
                    power = index.bit_length() if index < 8 else index // 8 + 3
                    buckets[name][power] += int(n)
            else:
                per_cpu[(int(word[1]), name)] += number
    return totals, per_cpu, buckets, counts


def same(what, ours, theirs):
    if ours == theirs:
        print(f"equal: {what}: {len(ours)} rows, {sum(ours.values())} pairs")
        return True
    for key in sorted(set(ours) | set(theirs), key=str):
        if ours.get(key, 0) != theirs.get(key, 0):
            print(f"differs: {what}: {key}: perf {ours.get(key, 0)}, kvmlat {theirs.get(key, 0)}")
    return False


def near(mine, theirs):
    """How many of two equal-sized samples lie within one power of two, rank by rank."""
    a, b = sorted(mine.elements()), sorted(theirs.elements())
    return sum(abs(x - y) <= 1 for x, y in zip(a, b)), len(a)


def main():
    args = sys.argv[1:]
    article = None
    if args and args[0] == "--article":
        article, args = args[1], args[2:]
    recorded = list(events(sys.stdin))
    odd = list(out_of_turn(recorded))
    twice = [event for before, event in odd if before == event]
    if twice:
        for event in twice[:20]:
            print(f"void: twice: {told(event)}")
        entries = sum(event[3] is None for event in twice)
        print(f"void: the recording holds {entries} entries and {len(twice) - entries} exits twice")
        sys.exit(2)
    pairs, exits, entries = pair(recorded, "thread")
    totals, per_cpu, buckets, counts = read_data(args[0])
    by_reason = Counter(name for _, name, _ in pairs)
    by_cpu = Counter((cpu, name) for cpu, name, _ in pairs)
    good = same("per reason", by_reason, totals)
    good &= same("per CPU and reason", by_cpu, per_cpu)
    for what, number in (("exits", exits), ("entries", entries)):
        if counts[what] != number:
            print(f"differs: {what}: perf {number}, kvmlat {counts[what]}")
            good = False
    mine = {}
    for _, name, ns in pairs:
        mine.setdefault(name, Counter())[pow2(max(ns, 0))] += 1
    close = all_pairs = 0
    for name in mine:
        c, n = near(mine[name], buckets.get(name, Counter()))
        close, all_pairs = close + c, all_pairs + n
    print(f"buckets: {close} of {all_pairs} pairs within one power of two")
    if not all_pairs or close < 0.95 * all_pairs:
        good = False
    if article:
        by_article = Counter((c, n, pow2(max(t, 0))) for c, n, t in pair(recorded, "cpu")[0])
        by_thread = Counter((c, n, pow2(max(t, 0))) for c, n, t in pairs)
        is_same = by_article == by_thread
        wrong = sum((by_article - by_thread).values())
        said = "same" if is_same else f"{wrong} pairs in other buckets"
        print(f"article's pairing by CPU: {said}")
        if is_same != (article == "same"):
            print(f"differs: the article's pairing was to be: {article}")
            good = False
    if not good:
        name_odd(odd)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
