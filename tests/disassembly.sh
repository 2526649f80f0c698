#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# disassembly.sh MODULE.ko...: what the probes of each were compiled to, in a form that two builds
# can be compared in: no addresses and no names, for each instruction its bytes' meaning and the
# places in a structure that it goes to; by name, whatever their order. A change that is to cost
# nothing shows no difference:
#   diff <(tests/disassembly.sh before.ko) <(tests/disassembly.sh kvmlat.ko)
# Functions: those that KVM's tracepoints and the scheduler call, and the slow paths they call.
set -eu
functions='^(probe_[a-z_]*|kvmlat_(exit_slow|entry_slow|probe_userspace|probe_switch))$'
for module; do
	objdump -d --no-show-raw-insn --no-addresses "$module" |
		awk -v wanted="$functions" '
		/^<.*>:$/ {
			name = substr($1, 2, length($1) - 3)
			sub(/\.constprop.*/, "", name)
			on = name ~ wanted
			next
		}
		on && NF {
			sub(/#.*/, "")
			gsub(/<[^>]*>/, "")			# names, and places in them
			if ($1 ~ /^(j|call)/) $2 = ""		# targets move with what is before
			sub(/0x[0-9a-f]+\(%rip\)/, "(%rip)")
			gsub(/[ \t]+$/, "")
			print name ": " $0
		}' | sort -s -t : -k 1,1
done
