#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The figures of job.sh as a table for docs/cost.md."""
import sys

figures, late = {}, {}
for line in sys.stdin:
    kind, *words = line.split() or [""]
    if kind in ("figures", "late"):
        values = dict(zip(words[1::2], words[2::2]))
        (figures if kind == "figures" else late)[words[0]] = values

print("| file | bytes | instr., millions | in open() | memory, KiB | CPU kept, thousands |")
print("|---|---:|---:|---:|---:|---:|")
for name, v in figures.items():
    kept = f"{int(late[name]['late_ns']) / 1e3:.0f}" if name in late else ""
    print(
        f"| {name} | {int(v['bytes']):,} | {int(v['ns']) / 1e6:.1f} | "
        f"{int(v['open_ns']) / 1e6:.1f} | {v['peak_kib']} | {kept} |"
    )
