#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judge the boots of the bench: report.py BOOT... (paths without .body and .window).

Prints the table and the closing line. Status 0: kvmlat keeps its limit; 1: it does not, or an
observer did not observe; 2: a boot is void. Figures are the median of the boots, per pair, less the
baseline.
"""
import statistics
import sys

LIMIT = 0.35        # of the best rival's instructions
TOLERANCE = 2       # instructions per pair: between baselines, between the two ways of counting
SWITCH_TOLERANCE = 10   # the same for a task switch, which takes thousands and meets more ticks
SWITCH_LIMIT = 100  # instructions that offcpu=1 may cost a switch between tasks that are no vCPUs
JUDGED = ("kvmlat_all", "kvmlat_default")   # the first that was measured
BASE = ("base_first", "base_last")
BASE_1000 = "base_1000"     # of a host where 1,000 vCPU threads live
# Cache lines that kvmlat may write more than the host does, by its own code. What is written with
# it less what is written without says the same but for LINE_RESOLUTION: the host's own objects lie
# a line more or less apart from run to run.
LINES = {"kvmlat_all": 6, "kvmlat_all_1000": 6, "kvmlat_all_later": 6, "kvmlat_percpu_only": 3}
LINE_RESOLUTION = 2
LOCKED = 0.05       # instructions with a lock prefix per pair; a timer tick may have some
SAME = {
    "kvmlat_all_1000": "kvmlat_all",
    "kvmlat_all_later": "kvmlat_all",  # cost the same, within TOLERANCE
    "kvmlat_cpus": "kvmlat_default",
    "kvmlat_vms": "kvmlat_default"
}


class Void(Exception):
    """The boot's figures cannot be trusted."""


def fields(words):
    return dict(zip(words[::2], map(float, words[1::2])))


def read_boot(path):
    """{observer: figures of the whole window}, {name: ticks per task switch}, notes, names of
    observers that failed"""
    with open(path + ".window", encoding="ascii") as f:
        windows = {w["id"]: w for w in (fields(line.split()[1:]) for line in f)}
    runs, switches, notes, broken = {}, {}, [], []
    with open(path + ".body", encoding="utf-8", errors="replace") as f:
        for words in map(str.split, f):
            if words[:1] == ["bench"]:
                run = fields(words[2:])
                window = windows.get(run["id"])
                if not window or window["pairs"] != run["pairs"]:
                    raise Void(f"{path}: the plugin saw no such window as {words[1]}'s")
                runs[words[1]] = {**window, **run}
            elif words[:1] == ["switch"]:
                run = fields(words[2:])
                switches[words[1]] = run["ticks"] / run["switches"]
            elif words[:1] == ["left-out"]:
                notes.append(" ".join(words[1:]))
            elif words[:1] == ["broken"]:
                broken.append(words[1])
    return runs, switches, notes, broken


def per_pair(path, runs):
    """{observer: added per pair}; checks what makes a boot void"""
    if not all(name in runs for name in BASE):
        raise Void(f"{path}: a baseline is missing")
    first, last = (runs[name] for name in BASE)
    drift = (last["ticks"] - first["ticks"]) / first["pairs"]
    if abs(drift) > TOLERANCE:
        raise Void(f"{path}: the baseline moved by {drift:.1f} instructions per pair")
    usual_base = {key: (first[key] + last[key]) / 2 for key in first}
    added = {}
    for name, run in runs.items():
        base = runs.get(BASE_1000) if name.endswith("_1000") else usual_base
        if not base:
            raise Void(f"{path}: {BASE_1000} is missing")
        pairs = run["pairs"]
        by_plugin = (run["kernel"] + run["user"] + run["guest"]) / pairs
        if abs(by_plugin - run["ticks"] / pairs) > TOLERANCE:
            raise Void(
                f"{path}: {name}: TSC {run['ticks'] / pairs:.1f}, plugin {by_plugin:.1f} per pair")
        added[name] = {
            "instructions": (run["ticks"] - base["ticks"]) / pairs,
            "less_rep": (run["ticks"] - run["rep"] - base["ticks"] + base["rep"]) / pairs,
            "user": run["user"] / pairs,
            "locked": (run["locked"] - base["locked"]) / pairs,
            "touched": run["touched"] - base["touched"],
            "written": run["written"] - base["written"],
            "own": run["own"],
            "written_mean": (run["written_mean"] - base["written_mean"]) / 1000,
            "bytes": run["bytes"] / run["exits"],
            "lost": run["lost"],
            "missed": max(0, run["exits"] - run["counted"]),
            "exits": run["exits"],
            "memory": run["memory"],
        }
    added["baseline"] = usual_base["ticks"] / usual_base["pairs"]
    return added


def per_switch(path, switches):
    """{name: added per task switch}"""
    if not switches:
        return {}
    drift = switches["none_last"] - switches["none_first"]
    if abs(drift) > SWITCH_TOLERANCE:
        raise Void(f"{path}: a task switch without kvmlat moved by {drift:.1f} instructions")
    base = (switches["none_last"] + switches["none_first"]) / 2
    return {"none": base, **{n: t - base for n, t in switches.items() if n.startswith("offcpu")}}


def median(boots, name, key):
    return statistics.median(boot[name][key] for boot in boots)


def broken_bounds(boots, names):
    """The bounds that kvmlat's configurations are held to: a line for each that is broken, or could
    not be looked at."""
    if JUDGED[0] not in names:
        return []
    faults = [
        f"{name} was not measured" for name in sorted({*LINES, *SAME, *SAME.values()} - set(names))
    ]
    for name in sorted(LINES.keys() & set(names)):
        own, written, locked = (median(boots, name, key) for key in ("own", "written", "locked"))
        if own > LINES[name]:
            faults.append(f"{name} writes {own:.0f} cache lines a pair, limit {LINES[name]}")
        if not own or abs(written - own) > LINE_RESOLUTION:
            faults.append(
                f"{name}: {own:.0f} cache lines written by its code, but {written:.1f} beside the "
                f"baseline"
            )
        if locked > LOCKED:
            faults.append(f"{name} takes {locked:.2f} instructions with a lock prefix a pair")
    for name, other in SAME.items():
        if name in names and other in names:
            more = median(boots, name, "instructions") - median(boots, other, "instructions")
            if abs(more) > TOLERANCE:
                faults.append(f"{name} costs {more:+.1f} instructions per pair beside {other}")
    return faults


def figure(value, digits=0):
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def table(boots, names):
    print("| observer | instr. | less str. | user | locked | written | own | touched | bytes "
          "| lost | KiB |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in names:
        m = {key: median(boots, name, key) for key in boots[0][name]}
        print(
            f"| {name} | {figure(m['instructions'])} | {figure(m['less_rep'])} | "
            f"{figure(m['user'])} | "
            f"{figure(m['locked'], 1)} | {figure(m['written'])} ({figure(m['written_mean'], 1)}) | "
            f"{figure(m['own']) if name.startswith('kvmlat_') else '-'} | "
            f"{figure(m['touched'])} | {figure(m['bytes'])} | {figure(m['missed'])} of "
            f"{figure(m['exits'])} | "
            f"{figure(m['memory'])} |")


def main(paths):
    boots, tasks, notes, faults = [], [], [], []
    for path in paths:
        runs, switches, more, broken = read_boot(path)
        tasks.append(per_switch(path, switches))
        boots.append(per_pair(path, runs))
        notes += [note for note in more if note not in notes]
        faults += [f"{name} did not work" for name in broken]
    names = [
        name for name in boots[0]
        if name not in BASE + (BASE_1000, "baseline") and all(name in b for b in boots)
    ]
    faults = list(dict.fromkeys(faults))
    base = statistics.median(boot["baseline"] for boot in boots)
    print(f"Baseline: {base:.0f} instructions per pair with no observer; {len(boots)} boots.\n")
    table(boots, names)
    print()
    if tasks[0]:
        added = {name: statistics.median(task[name] for task in tasks) for name in tasks[0]}
        print(f"A switch between two tasks that are no vCPUs ({figure(added['none'])} "
              f"instructions with what they do) costs\n{figure(added['offcpu_1'])} more with "
              f"offcpu=1, {figure(added['offcpu_0'])} with offcpu=0.\n")
        if abs(added["offcpu_0"]) > SWITCH_TOLERANCE:
            faults.append("tasks that are no vCPUs pay without offcpu=1")
        if added["offcpu_1"] > SWITCH_LIMIT:
            faults.append(f"with offcpu=1 every task pays more than {SWITCH_LIMIT} a switch")
    for note in notes:
        print(f"left out: {note}")
    rivals = {}
    for name in names:
        missed, exits = median(boots, name, "missed"), median(boots, name, "exits")
        if name.startswith("kvmlat_"):
            if missed:
                faults.append(f"{name} missed {missed:.0f} pairs")
        elif missed > exits / 1000:
            print(f"not compared: {name}, which lacks {missed:.0f} of {exits:.0f} pairs at the end")
        else:
            rivals[name] = median(boots, name, "instructions")
    if "kvmlat_off" in names and abs(median(boots, "kvmlat_off", "instructions")) > TOLERANCE:
        faults.append("enabled=0 is not free")
    faults += broken_bounds(boots, names)
    for fault in faults:
        print(f"FAULT: {fault}")
    judged = next((name for name in JUDGED if name in names), None)
    if not judged or not rivals:
        print("kvmlat: not judged: kvmlat or every rival is missing")
        return 1
    if judged != JUDGED[0]:
        print(f"{JUDGED[0]} was not measured, judged is {judged}")
    best = min(rivals, key=rivals.get)
    cost, limit = median(boots, judged, "instructions"), LIMIT * rivals[best]
    print(f"kvmlat: {cost:.0f} instructions per pair, limit {limit:.0f}; "
          f"best rival {rivals[best]:.0f} ({best}); ratio {rivals[best] / cost:.2f}")
    return 1 if faults or cost > limit else 0


try:
    sys.exit(main(sys.argv[1:]))
except Void as void:
    print(f"VOID: {void}")
    sys.exit(2)
