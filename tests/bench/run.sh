#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run.sh ID: the guest's window, run while an observer is on. Leaves in /tmp/bench what it printed
# and `resident`, the kB resident of the programs that observe at that time.
total=0
for status in /proc/[0-9]*/status; do
	case $(sed -n '1s/Name:[[:space:]]*//p' "$status" 2>/dev/null) in
	perf | bpftrace | trace-cmd) total=$((total + $(sed -n \
		's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "$status"))) ;;
	esac
done
echo $total >/tmp/bench/resident
# Where the code of modules and BPF programs lies now, for a profile.
[ -z "$BENCH_PROFILE" ] || grep ' t .*\[\| T .*\[' /proc/kallsyms |
	sed "s/^/ksym $1 /" >/tmp/bench/ksyms
exec /lab/bench/pairs -n "$BENCH_PAIRS" -i "$1" >/tmp/bench/pairs
