#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge kvmlat by perf: pair the events of a perf recording per thread, compare with kvmlat's data.

  referee.py derive TEXT RESULT [-s STATS] [-l LOG]...   from `perf script` text (see perftext.py)
  referee.py show RESULT                                  what was derived, for people
  referee.py compare RESULT DATA CHECK                    one of: totals reasons cpus buckets audit

Rules, taken from the project's design and from no code of it:
 - an exit is open on its thread until the thread's next entry; a second exit overwrites it;
 - an entry with no exit open is counted as such;
 - the entry of another vCPU than the exit's, and the first entry ever of a vCPU, close no pair:
   the open exit is stale. (Two VMs of one process with equal vCPU numbers look alike to perf.)
 - a pair belongs to the CPU of its entry; buckets are plain powers of two, [0, 1) the first.

Status: 0 agreed, 1 not, 2 usage or unreadable input, 3 void: perf lost events, or a clock ran
backward under kvmlat, so nothing is proven and the run is to be made again.
"""
import argparse
import json
import re
import sys
from collections import Counter, defaultdict

import perftext

AGREE, DIFFER, UNREADABLE, VOID = 0, 1, 2, 3
OPEN_BUCKET = 44        # 2^43 ns and more, where kvmlat stops telling them apart
BUCKET_SHARE = 0.95     # of the pairs whose buckets are to be at most one power of two apart


def derive(events):
    count = Counter(dict.fromkeys(("exits", "entries", "paired", "overwritten", "stale", "migrated",
                                   "entry_without_exit"), 0))
    pairs = defaultdict(Counter)        # (reason, cpu) -> bucket -> pairs
    open_exit = {}                      # tid -> its exit event
    entered = set()                     # (pid, vcpu) seen at an entry
    for event in events:
        if event.kind == "exit":
            count["exits"] += 1
            count["overwritten"] += event.tid in open_exit
            open_exit[event.tid] = event
            continue
        count["entries"] += 1
        vcpu = (event.pid, event.vcpu)
        first = vcpu not in entered
        entered.add(vcpu)
        begin = open_exit.pop(event.tid, None)
        if begin is None:
            count["entry_without_exit"] += 1
        elif first or (begin.pid, begin.vcpu) != vcpu:
            count["stale"] += 1
        else:
            count["paired"] += 1
            count["migrated"] += begin.cpu != event.cpu
            bucket = min(perftext.pow2(event.ns - begin.ns), OPEN_BUCKET)
            pairs[begin.reason, event.cpu][bucket] += 1
    count["open"] = len(open_exit)
    return count, pairs


def save(path, count, pairs):
    rows = [{"reason": reason, "cpu": cpu, "buckets": sorted(buckets.items())}
            for (reason, cpu), buckets in sorted(pairs.items())]
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"count": count, "rows": rows}, out)


def load(path):
    with open(path, encoding="utf-8") as text:
        result = json.load(text)
    rows = {(row["reason"], row["cpu"]): Counter(dict(map(tuple, row["buckets"])))
            for row in result["rows"]}
    return Counter(result["count"]), rows


def kvmlat_pow2(index):
    """The power of two of a bucket of kvmlat's data: 0..7 exact, then 8 to each power of two."""
    return index.bit_length() if index < 8 else min(index // 8 + 3, OPEN_BUCKET)


class Data:
    """kvmlat's `data`, format 1: counts, and pairs per (reason, cpu) in plain powers of two."""

    def __init__(self, path):
        self.count, self.rows, self.total, names = {}, {}, {}, {}
        with open(path, encoding="utf-8", errors="replace") as text:
            lines = text.read().splitlines()
        if not lines or not lines[0].startswith("kvmlat-data 1 "):
            raise ValueError("no kvmlat data of version 1")
        if not lines[-1].startswith("end "):
            raise ValueError("data has no end")
        raw = []
        for line in lines:
            word = line.split(" ")
            if word[0] == "count":
                self.count[word[1]] = int(word[2])
            elif word[0] == "reason":
                names[word[1]] = line.split(" ", 3)[3]
            elif word[0] == "row":
                buckets = Counter()
                for item in word[word.index("buckets") + 1:]:
                    index, number = item.split(":")
                    buckets[kvmlat_pow2(int(index))] += int(number)
                raw.append((word[1], word[2], buckets))
        self.key_names = {int(key, 16): name for key, name in names.items() if key != "other"}
        for where, key, buckets in raw:
            if where == "all":
                self.total[names[key]] = sum(buckets.values())
            else:
                self.rows[names[key], int(where)] = buckets

    def name(self, perf_reason):
        """perf's reason as kvmlat calls it: what perf has only a number for may have a name."""
        if re.fullmatch(r"0x[0-9a-f]+|\d+", perf_reason):
            return self.key_names.get(int(perf_reason, 0), perf_reason)
        return perf_reason


def tell(title, wanted, got):
    """Compare two mappings; say what differs and return how many keys do."""
    bad = [key for key in sorted(set(wanted) | set(got), key=str) if wanted.get(key, 0) != got.get(key, 0)]
    for key in bad:
        print(f"differs: {title} {key}: perf {wanted.get(key, 0)}, kvmlat {got.get(key, 0)}")
    if not bad:
        print(f"same: {title}: {len(wanted)} figures, {sum(wanted.values())} in all")
    return len(bad)


def within_one(left, right):
    """Pairs, lowest with lowest and so on, whose buckets are at most one power of two apart."""
    left, right = sorted(left.elements()), sorted(right.elements())
    return sum(abs(a - b) <= 1 for a, b in zip(left, right))


def compare(count, rows, data, what):
    rows = {(data.name(reason), cpu): buckets for (reason, cpu), buckets in rows.items()}
    sizes = {f"{reason}, CPU {cpu}": sum(b.values()) for (reason, cpu), b in rows.items()}
    if not count["paired"]:
        print("differs: perf saw no pair, nothing is proven")
        return DIFFER
    if data.count.get("backward"):
        print(f"void: {data.count['backward']} pairs ran backward on kvmlat's clock")
        return VOID
    if what == "totals":
        names = ("exits", "entries", "paired")
        bad = tell("total", {n: count[n] for n in names}, {n: data.count.get(n, -1) for n in names})
    elif what == "audit":
        same = ("overwritten", "stale", "entry_without_exit", "migrated")
        wanted = {n: count[n] for n in same}
        got = {n: data.count.get(n, -1) for n in same}
        wanted["stale_entry"], got["stale_entry"] = count["stale"], data.count.get("stale_entry", -1)
        wanted["open"] = count["open"]
        got["open"] = data.count.get("abandoned", 0) + data.count.get("in_flight", 0)
        bad = tell("audit", wanted, got)
    elif what == "reasons":
        wanted = Counter()
        for (reason, _), buckets in rows.items():
            wanted[reason] += sum(buckets.values())
        bad = tell("reason", wanted, data.total)
    elif what == "cpus":
        bad = tell("reason", sizes, {f"{reason}, CPU {cpu}": sum(b.values())
                                     for (reason, cpu), b in data.rows.items()})
    else:
        near = sum(within_one(b, data.rows.get(key, Counter())) for key, b in rows.items())
        share = near / count["paired"]
        bad = share < BUCKET_SHARE
        print(f"{'differs' if bad else 'same'}: buckets of {near} of {count['paired']} pairs are within "
              f"one power of two ({100 * share:.2f} %, {100 * BUCKET_SHARE:.0f} % are wanted)")
    return DIFFER if bad else AGREE


def show(count, rows):
    for name in sorted(count):
        print(f"{name} {count[name]}")
    for (reason, cpu), buckets in sorted(rows.items()):
        text = " ".join(f"{bucket}:{number}" for bucket, number in sorted(buckets.items()))
        print(f"pairs {sum(buckets.values())} cpu {cpu} reason {reason} buckets {text}")


def derive_files(args):
    for path in args.log + ([args.stats] if args.stats else []):
        with open(path, encoding="utf-8", errors="replace") as text:
            perftext.find_lost(text.read(), path)
    with open(args.text, encoding="utf-8", errors="replace") as text:
        count, pairs = derive(perftext.parse(text))
    if args.stats:
        with open(args.stats, encoding="utf-8") as text:
            samples = re.search(r"SAMPLE events:\s*(\d+)", text.read())
        if not samples or int(samples.group(1)) != count["exits"] + count["entries"]:
            raise ValueError("the text has not all the events that the recording holds")
    save(args.result, count, pairs)
    return AGREE


def main():
    parser = argparse.ArgumentParser(description="judge kvmlat by a perf recording of the same run")
    commands = parser.add_subparsers(dest="command", required=True)
    sub = commands.add_parser("derive")
    sub.add_argument("text")
    sub.add_argument("result")
    sub.add_argument("-s", "--stats", help="what perf report --stats printed")
    sub.add_argument("-l", "--log", action="append", default=[], help="what perf said; may be repeated")
    sub = commands.add_parser("show")
    sub.add_argument("result")
    sub = commands.add_parser("compare")
    sub.add_argument("result")
    sub.add_argument("data")
    sub.add_argument("check", choices=("totals", "reasons", "cpus", "buckets", "audit"))
    args = parser.parse_args()
    try:
        if args.command == "derive":
            return derive_files(args)
        count, rows = load(args.result)
        if args.command == "show":
            show(count, rows)
            return AGREE
        return compare(count, rows, Data(args.data), args.check)
    except perftext.Lost as lost:
        print(f"kvmlat: referee: events were lost: {lost}", file=sys.stderr)
        return VOID
    except (OSError, ValueError, KeyError, IndexError, perftext.NotUnderstood) as error:
        print(f"kvmlat: referee: {error}", file=sys.stderr)
        return UNREADABLE


if __name__ == "__main__":
    sys.exit(main())
