#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Print a valid `data` file (docs/data-format.md) of any size, the same bytes for the same options.

  synth.py [--cpus N] [--reasons N] [--causes N] [--vcpus N] [--outliers N] [--seed N]
           [--time SECONDS] [--slow REASON:FACTOR] [--generation HEX] [--hostile-names]

--time: the figures grow with it, so two files of one seed are two moments of one run.
--slow: latencies of reason number REASON (from 0) are FACTOR times as long.
Written apart from the formatter: only docs/data-format.md and the bucket rule are shared.
"""
import argparse
import random

NAMES = [
    "MSR_WRITE", "EPT_MISCONFIG", "EXTERNAL_INTERRUPT", "CPUID", "IO_INSTRUCTION",
    "PREEMPTION_TIMER", "APIC_WRITE", "EPT_VIOLATION", "MSR_READ", "PAUSE_INSTRUCTION",
    "INTERRUPT_WINDOW", "VMCALL"
]
CAUSES = ["kernel", "preempted", "blocked", "user"]
SCALE = {"kernel": 10, "preempted": 17, "blocked": 15, "user": 14}
PER_S = {"kernel": 400, "preempted": 9, "blocked": 30, "user": 50}


def bucket(ns):
    if ns < 8:
        return ns
    if ns >= 1 << 43:
        return 328
    log2 = ns.bit_length() - 1
    return 8 * (log2 - 3) + (ns >> (log2 - 3))


def pow2(ns):
    return min(ns.bit_length(), 44)


class Hist:
    def __init__(self):
        self.fine, self.low, self.high, self.sum, self.runq = {}, None, 0, 0, 0

    def add(self, ns, count, runq):
        self.fine[ns] = self.fine.get(ns, 0) + count
        self.low = ns if self.low is None else min(self.low, ns)
        self.high = max(self.high, ns)
        self.sum += ns * count
        self.runq += runq * count

    def merge(self, other):
        for ns, count in other.fine.items():
            self.fine[ns] = self.fine.get(ns, 0) + count
        self.low = other.low if self.low is None else min(self.low, other.low)
        self.high = max(self.high, other.high)
        self.sum += other.sum
        self.runq += other.runq

    def text(self, rule):
        cells = {}
        for ns, count in self.fine.items():
            cells[rule(ns)] = cells.get(rule(ns), 0) + count
        return (f"sum {self.sum} min {self.low} max {self.high} runq {self.runq} offcpu - buckets "
                + " ".join(f"{b}:{n}" for b, n in sorted(cells.items())))


def arguments():
    p = argparse.ArgumentParser()
    for name, default in (("cpus", 2), ("reasons", 6), ("causes", 4), ("vcpus", 4), ("outliers", 3),
                          ("seed", 1)):
        p.add_argument("--" + name, type=int, default=default)
    p.add_argument("--time", type=float, default=10)
    p.add_argument("--slow", default="")
    p.add_argument("--generation", default="00017a3cf20b91e4")
    p.add_argument("--hostile-names", action="store_true")
    return p.parse_args()


def histogram(a, place, reason, cause):
    rng = random.Random(f"{a.seed} {place} {reason} {cause}")
    hist = Hist()
    slow = [float(f) for r, f in [a.slow.split(":")] if int(r) == reason] if a.slow else []
    for step in range(12):
        rate = PER_S[cause] * rng.random() / (1 + step * step / 4)
        count = int(rate * a.time)
        ns = int(2**(SCALE[cause] + reason % 5 + step * 0.7 + rng.random()) *
                 (slow[0] if slow else 1))
        runq = ns * 3 // 4 if cause == "preempted" else 0
        if count:
            hist.add(ns, count, runq)
    if not hist.fine:
        hist.add(1000, 1, 0)
    return hist


def main():
    a = arguments()
    reasons = [
        (i, "idle" if i == 0 else "busy",
         "HLT" if i == 0 else NAMES[(i - 1) % len(NAMES)] + (f"_{i}" if i > len(NAMES) else ""))
        for i in range(a.reasons)
    ]
    if a.hostile_names:
        reasons = [(c, k, n if k == "idle" else 'a "quoted\\name\\" <&> {x=1}, caf\u00e9')
                   for c, k, n in reasons]
    keys = {i: hex(0xC if i == 0 else 0x20 + i) for i, _, _ in reasons}
    causes = CAUSES[:a.causes]
    cells = [(i, c) for i, _, _ in reasons for c in causes]
    per_cpu = [{cell: histogram(a, cpu, *cell) for cell in cells} for cpu in range(a.cpus)]
    totals = []
    for code, kind, name in reasons:
        totals.append(f"reason {keys[code]} {kind} {name}")
        for cause in causes:
            whole = Hist()
            for rows in per_cpu:
                whole.merge(rows[(code, cause)])
            totals.append(f"row all {keys[code]} {cause} {whole.text(bucket)}")
    pairs = sum(sum(h.fine.values()) for rows in per_cpu for h in rows.values())
    head = [
        f"info {n}"
        for n in ("version 0.1.0", "kernel 6.1.0-synthetic", "isa vmx", "state attached",
                  "clock local_clock", f"time_ns {int(5e9 + a.time * 1e9)}", "since_ns 5000000000",
                  "outlier_ns 1000000", f"possible_cpus {a.cpus}", "memory_bytes 4194304",
                  "cpus all")
    ]
    counts = {
        "exits": pairs + 3,
        "entries": pairs + 2,
        "paired": pairs,
        "abandoned": 1,
        "in_flight": 2,
        "no_slot": 0,
        "carried": 0,
        "overwritten": 0,
        "stale": 0,
        "stale_entry": 0,
        "backward": 0,
        "entry_without_exit": 2,
        "migrated": pairs // 100,
        "catch_all": 0,
        "outliers": a.outliers,
        "outliers_dropped": 0
    }
    head += [f"count {name} {n}" for name, n in counts.items()] + totals
    print(f"kvmlat-data 1 generation {a.generation}\ntotals {len(head)}")
    print("\n".join(head))
    for cpu, rows in enumerate(per_cpu):
        print(f"cpu {cpu}")
        for (code, cause), hist in rows.items():
            print(f"row {cpu} {keys[code]} {cause} {hist.text(bucket)}")
    for v in range(a.vcpus):
        vmm = 4000 + v // 2
        state = "gone" if v == 3 else "live"
        comm = 'q "e\\m\\\\u' if a.hostile_names else "qemu-system-x86"
        print(
            f"vcpu {v} vmm {vmm} vm {vmm % 7} tid {9000 + v} vcpu {v % 2} state {state} comm {comm}"
        )
        for cell in cells:
            print(f"vrow {v} {keys[cell[0]]} {cell[1]} {histogram(a, f'v{v}', *cell).text(pow2)}")
    if a.vcpus:
        for rest in ("other", "departed"):
            print(f"vcpu {rest}")
            print(
                f"vrow {rest} {keys[0]} {causes[0]} {histogram(a, rest, 0, causes[0]).text(pow2)}")
        print(
            f"inflight vmm 4000 vm 3 tid 9001 vcpu 1 reason {keys[a.reasons - 1]} cause user "
            f"age_ns 12345678901 cpu 1 comm CPU 1/KVM"
        )
        print(
            f"inflight vmm 4001 vm - tid 9002 vcpu - reason {keys[0]} cause blocked age_ns "
            f"2345678 cpu 0 comm "
        )
    for n in range(a.outliers):
        cause = causes[n % len(causes)]
        latency = 1000000 * (n + 1) + 17
        at = int(5e9 + a.time * 1e9 - n * 1e8)
        print(
            f"outlier time_ns {at} real_ns {int(1.7e18) - 5 * 10**9 + at} exit_cpu {n % a.cpus} "
            f"cpu {(n + 1) % a.cpus} "
            f"tid {9000 + n % 4} vmm {4000 + n % 4 // 2} vm 3 vcpu {n % 2} reason "
            f"{keys[min(1, a.reasons - 1) + n % max(1, a.reasons - 1)]} "
            f"cause {cause} latency_ns {latency} runq_ns "
            f"{latency // 2 if cause == 'preempted' else 0} offcpu_ns "
            f"{'-' if n % 2 else latency // 3} info1 0x{n:x} info2 0x0 intr_info 0x80000000 "
            f"error_code 0x0 "
            f"rip {'n/a' if n % 3 == 2 else hex(0xffffffff81000000 + n)} comm CPU {n % 2}/KVM")
    print(f"end {a.generation}")


if __name__ == "__main__":
    main()
