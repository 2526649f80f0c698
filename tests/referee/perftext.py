# SPDX-License-Identifier: GPL-2.0
"""Read what `perf script -F trace:pid,tid,cpu,time,event,trace --ns --show-lost-events` prints."""
import re
from collections import namedtuple

Event = namedtuple("Event", "pid tid cpu ns kind vcpu reason")

# "  143/147   [001]    78.875546794:  kvm:kvm_exit: vcpu 0 reason npf rip 0xfff0 info1 ..."
LINE = re.compile(r"(?:^|\s)(\d+)/(\d+)\s+\[(\d+)\]\s+(\d+)\.(\d{9}):\s+kvm:(kvm_exit|kvm_entry):\s+(.*)$")
# The kernel prints the vCPU and "reason NAME rip"; a name may hold a space, VMX flags follow it.
EXIT = re.compile(r"vcpu (\d+) reason (.+?)(?: FAILED_VMENTRY)? rip 0x")
ENTRY = re.compile(r"vcpu (\d+)\b")
LOST = re.compile(r"\blost\b(?!\s+0\b)|\bLOST(?:_SAMPLES)? events:", re.IGNORECASE)


class Lost(Exception):
    """perf lost events: the recording proves nothing."""


class NotUnderstood(Exception):
    """A line that is neither an event nor a note of perf."""


def find_lost(text, where):
    """Raise Lost when a text of perf says that anything was lost."""
    for line in text.splitlines():
        if LOST.search(line):
            raise Lost(f"{where}: {line.strip()}")


def parse(lines):
    """The events, in the order of the text, which is that of time."""
    for number, line in enumerate(lines, 1):
        line = line.rstrip("\n")
        if not line.strip() or line.startswith("#"):
            continue
        found = LINE.search(line)
        if not found:
            find_lost(line, f"line {number}")
            raise NotUnderstood(f"line {number}: {line.strip()}")
        pid, tid, cpu, seconds, nanos, kind, trace = found.groups()
        rest = (EXIT if kind == "kvm_exit" else ENTRY).match(trace)
        if not rest:
            raise NotUnderstood(f"line {number}: {line.strip()}")
        yield Event(int(pid), int(tid), int(cpu), int(seconds) * 10**9 + int(nanos),
                    kind[4:], int(rest.group(1)), rest.group(2) if kind == "kvm_exit" else None)


def pow2(ns):
    """Plain power of two: 0 is [0, 1), n is [2^(n-1), 2^n)."""
    return ns.bit_length()
