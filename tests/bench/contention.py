#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge the contention boot: contention.py BOOT (a path without .body and .window).

Prints a table and a closing line. Status 0: neither a second vCPU nor a reader changes what a pair
costs, and no line is shared; 1: one does; 2: the boot is void.
"""
import sys

LIMIT = 0.02        # of the instructions in kvmlat's code of a pair, alone on the machine
READS = 3           # reports read in a window, at least, or nothing was tried
RUNS = {
    "alone": 1,
    "two": 2,
    "two_read": 2,
    "two_other": 2,
    "two_written": 2,
    "two_outliers": 2
}  # guests


class Void(Exception):
    """The boot's figures cannot be trusted."""


def fields(words):
    return dict(zip(words[::2], map(int, words[1::2])))


def read_boot(path):
    """{run: its fields, with `cpus` and `lines` of the plugin}"""
    runs = {}
    with open(path + ".body", encoding="utf-8", errors="replace") as f:
        for words in map(str.split, f):
            if words[:1] == ["contend"]:
                runs[words[1]] = {**fields(words[2:]), "cpus": [], "lines": []}
    by_id = {run["id"]: run for run in runs.values()}
    with open(path + ".window", encoding="ascii") as f:
        for words in map(str.split, f):
            if words[0] in ("cpu", "lines"):
                values = fields(words[1:])
                by_id[values["id"]]["cpus" if words[0] == "cpu" else "lines"].append(values)
    for name, guests in RUNS.items():
        if name not in runs:
            raise Void(f"{path}: no run {name}")
        run = runs[name]
        if len(run["cpus"]) != guests or len(run["lines"]) != 1:
            raise Void(f"{path}: {name}: the guests' windows did not overlap")
        run["lines"] = run["lines"][0]
        run["own"] = max(cpu["own"] / cpu["pairs"] for cpu in run["cpus"])
    return runs


def judge(path, runs):
    """What is wrong, a list of lines. Void: a control shows that the method did not see."""
    if runs["two_read"]["reads"] < READS:
        raise Void(f"{path}: the reports were read {runs['two_read']['reads']} times only")
    if not runs["two_read"]["lines"]["reader_read"] or runs["two"]["lines"]["reader_read"]:
        raise Void(f"{path}: the plugin does not see what a reader reads")
    if not runs["two_written"]["lines"]["reader_wrote"]:
        raise Void(f"{path}: the plugin does not see what another CPU writes")
    if not runs["two_outliers"]["lines"]["shared"]:
        raise Void(f"{path}: the plugin does not see that a ring is shared")
    faults = []
    for name in ("two", "two_read", "two_other"):
        run, lines = runs[name], runs[name]["lines"]
        more = run["own"] / runs["alone"]["own"] - 1
        if abs(more) > LIMIT:
            faults.append(f"{name}: {100 * more:.1f} % more instructions per pair")
        if lines["shared"]:
            faults.append(
                f"{name}: {lines['shared']} cache lines are shared by the probes of two CPUs")
        if lines["reader_wrote"]:
            faults.append(
                f"{name}: a reader wrote {lines['reader_wrote']} cache lines that probes touch")
    return faults


def main(path):
    runs = read_boot(path)
    faults = judge(path, runs)
    print("| run | CPU | own | median | off it | kernel | shared | r. wrote | r. read | reads "
          "| IPIs |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in RUNS:
        run, lines = runs[name], runs[name]["lines"]
        for cpu in run["cpus"]:
            print(
                f"| {name} | {cpu['cpu']} | {cpu['own'] / cpu['pairs']:.1f} | {cpu['median']} | "
                f"{cpu['unusual']} of "
                f"{cpu['pairs']} | {cpu['kernel'] / cpu['pairs']:.0f} | {lines['shared']} | "
                f"{lines['reader_wrote']} | "
                f"{lines['reader_read']} | {run['reads']} | {run['tlb']}, {run['call']}, "
                f"{run['resched']} |"
            )
    print()
    for fault in faults:
        print(f"FAULT: {fault}")
    alone, read = runs["alone"]["own"], runs["two_read"]["own"]
    lines = runs["two_read"]["lines"]
    print(f"contention: {alone:.1f} instructions of kvmlat per pair alone, {read:.1f} "
          f"({100 * (read / alone - 1):+.1f} %) beside another vCPU\n"
          f"and a reader of every report; {lines['shared']} cache lines shared, "
          f"{lines['reader_wrote']} written by the reader")
    return 1 if faults else 0


try:
    sys.exit(main(sys.argv[1]))
except Void as void:
    print(f"VOID: {void}")
    sys.exit(2)
