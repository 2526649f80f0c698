#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""wrap.py DAYS: `data` of 1,000 idle vCPUs on 4 CPUs, up for DAYS; sums are modulo 2^64.
wrap.py --truth DAYS [BEFORE]: what the tool must say: count, sum, mean of hlt and cpuid, as JSON.
"""
import json
import sys

from synth import bucket, pow2

VCPUS, CPUS, DAY = 1000, 4, 86400 * 10**9
# latency in ns and share of the time: of hlt; cpuid takes but a little of it
HLT = [(3_900_000, 0.5), (4_100_017, 0.3), (20_000_000, 0.1999)]


def samples(days, key, cause):
    """Of one vCPU."""
    time = int(days * DAY)
    if key == "0x72":
        return {1500: time // 10**7}
    if cause == "preempted":
        return {7_000_000: time // 4 // 7_000_000}
    return {ns: int(time * share * 3 / 4) // ns for ns, share in HLT}


def whole(days, key, cause):
    return sum(ns * n for ns, n in samples(days, key, cause).items())


def text(word, where, key, cause, days, times, rule):
    cells = {}
    for ns, n in samples(days, key, cause).items():
        cells[rule(ns)] = cells.get(rule(ns), 0) + n * times
    runq = whole(days, key, cause) // 2 * times if cause == "preempted" else 0
    return (f"{word} {where} {key} {cause} sum {whole(days, key, cause) * times % 2**64}"
            f" min {min(samples(days, key, cause))} max {max(samples(days, key, cause))}"
            f" runq {runq % 2**64} offcpu {runq % 2**64} buckets "
            + " ".join(f"{b}:{n}" for b, n in sorted(cells.items())))


ROWS = [("0x72", "kernel"), ("0x78", "preempted"), ("0x78", "blocked")]


def data(days):
    now = int(days * DAY) + 5 * 10**9
    pairs = sum(sum(samples(days, *r).values()) for r in ROWS) * VCPUS
    head = [f"info {n}" for n in ("version 0.1.0", "kernel 6.1.0-wrap", "isa svm", "state attached",
                                  f"time_ns {now}", "since_ns 5000000000", f"possible_cpus {CPUS}",
                                  "memory_bytes 4194304", "cpus all")]
    head += [f"count {n} {pairs}" for n in ("exits", "entries", "paired")]
    head += ["count in_flight 0", "reason 0x72 busy cpuid"]
    head += [text("row", "all", *ROWS[0], days, VCPUS, bucket)]
    head += ["reason 0x78 idle hlt"]
    head += [text("row", "all", *r, days, VCPUS, bucket) for r in ROWS[1:]]
    out = ["kvmlat-data 1 generation 00017a3cf20b91e4", f"totals {len(head)}"] + head
    for cpu in range(CPUS):
        out.append(f"cpu {cpu}")
        out += [text("row", str(cpu), *r, days, VCPUS // CPUS, bucket) for r in ROWS]
    for v in range(VCPUS):
        out.append(f"vcpu {v} vmm {4000 + v // 500} vm {v // 500} tid {9000 + v} vcpu {v % 500}"
                   " state live comm q")
        out += [text("vrow", str(v), *r, days, 1, pow2) for r in ROWS]
    return "\n".join(out + ["end 00017a3cf20b91e4"])


def truth(days, before):
    found = {}
    for key, name in (("0x72", "cpuid"), ("0x78", "hlt")):
        count = total = 0
        for row in (r for r in ROWS if r[0] == key):
            for sign, at in (1, days), (-1, before):
                count += sign * VCPUS * sum(samples(at, *row).values())
                total += sign * VCPUS * whole(at, *row)
        found[name] = {"count": count, "sum": total, "mean": total // count}
    return found


if __name__ == "__main__":
    if sys.argv[1] == "--truth":
        print(json.dumps(truth(float(sys.argv[2]), float((sys.argv[3:] + ["0"])[0]))))
    else:
        print(data(float(sys.argv[1])))
