#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What the probes call: probe-calls.py kvmlat.o. Status 1 when it is more than they may.

From the functions that are registered as probes on, every function of the module that one calls or
jumps to is walked, in whatever file it was written and whatever was inlined. Kernel functions that
they reach must be in ALLOWED: none of those waits for a lock, allocates, prints or sleeps. A call
through a pointer shows as its thunk only.
"""
import bisect
import collections
import re
import subprocess
import sys

PROBES = ("probe_exit_vmx", "probe_exit_svm_call", "probe_exit_svm_direct", "probe_entry",
          "kvmlat_probe_userspace", "kvmlat_probe_switch")
# irq_work_queue(): what has to print, allocate or take a lock is put off to a work of its own.
ALLOWED = {
    "sched_clock_cpu", "ktime_get_real_fast_ns", "copy_from_kernel_nofault", "memcmp", "memcpy",
    "memset", "irq_work_queue", "__SCT__preempt_schedule_notrace", "__fentry__", "__stack_chk_fail",
    "__x86_return_thunk"
}
THUNK = "__x86_indirect_thunk_"


def calls(path):
    """{function: what it calls or jumps to, by name}"""
    text = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", path],
                          check=True,
                          capture_output=True,
                          text=True).stdout
    begins, references, section, name, branch = collections.defaultdict(list), [], None, None, False
    for line in text.splitlines():
        if at := re.match(r"Disassembly of section (.+):$", line):
            section = at[1]
        elif at := re.match(r"([0-9a-f]+) <(.+)>:$", line):
            name, branch = at[2], False
            begins[section].append((int(at[1], 16), name))
        elif at := re.match(r"\s+[0-9a-f]+: R_X86_64_\S+\s+([^-+]+)(?:([-+]0x[0-9a-f]+))?$", line):
            if branch:  # its operand is made by the relocation
                references[-1] = (name, at[1], int(at[2] or "0", 16) + 4)
        elif at := re.match(r"\s+[0-9a-f]+:\s+(\w+)\s*(.*)$", line):
            branch = at[1] == "call" or at[1].startswith("j")
            if branch:
                to = re.match(r"([0-9a-f]+) <", at[2])
                references.append((name, section,
                                   int(to[1], 16)) if to else (name, "a pointer: " + at[2], 0))
    result = collections.defaultdict(set)
    for caller, to, offset in references:
        if to in begins:
            table = sorted(begins[to])
            to = table[bisect.bisect_right(table, (offset, "\x7f")) - 1][1]
        if to != caller:
            result[caller].add(to)
    return result, {name for table in begins.values() for _, name in table}


def main(path):
    called, own = calls(path)
    reached = {probe: [probe] for probe in PROBES}
    queue, faults, used = list(PROBES), [], set()
    faults += [f"no function {probe}" for probe in PROBES if probe not in own]
    while queue:
        caller = queue.pop()
        for to in called[caller]:
            if to in own:
                if to not in reached:
                    reached[to] = reached[caller] + [to]
                    queue.append(to)
            elif to in ALLOWED or to.startswith(THUNK):
                used.add(to)
            else:
                faults.append(f"{' -> '.join(reached[caller] + [to])}: not in ALLOWED")
    for fault in sorted(faults):
        print(fault)
    print(
        f"{len(reached)} functions of the module are reached by probes, {len(used)} of the kernel")
    return 1 if faults else 0


sys.exit(main(sys.argv[1]))
