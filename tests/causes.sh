# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Helpers about causes and vCPUs; sourced after lib.sh.

CAUSES="kernel preempted blocked user mixed"

# cause_of NAME CAUSE [FILE]: pairs of a reason with that cause, all CPUs
cause_of() { count_lines row all "$(reason_key "$1" "${3:-$DATA}")" "${3:-$DATA}" "$2"; }

# field_of NAME CAUSE FIELD [FILE]: sum of a field (runq, sum) over the rows of a reason (or any)
# and cause (or any)
field_of() {
	awk -v k="$([ "$1" = any ] || reason_key "$1" "${4:-$DATA}")" -v c="$2" -v name="$3" \
		"$rows_awk"'
	$1 == "row" && $2 == "all" && (k == "" || $3 == k) && (c == "any" || $4 == c) {
		line_fields()
		n += f[name]
	}
	END { printf "%.0f\n", n }' "${4:-$DATA}"
}

# vcpus_sum_up [FILE]: per reason, cause and power of two the vCPUs, others and departed add up to
# the CPUs. Rows that causes or reasons share are shared differently on either side: then per power
# of two only.
vcpus_sum_up() {
	awk "$rows_awk"'
	$1 == "row" && $2 != "all" || $1 == "vrow" {
		if ($3 == "other" || $4 == "mixed") shared = 1
		line_fields()
		total[$1] += f["count"]
		for (b in bucket) {
			power = $1 == "row" ? bucket_pow2(b) : b
			sum[$1, $3 " " $4 " " power] += bucket[b]; sum[$1, power] += bucket[b]
			keys[$3 " " $4 " " power]; keys[power]
		}
	}
	END {
		for (k in keys) {
			if (shared && k ~ / /) continue
			if (sum["row", k] + 0 != sum["vrow", k] + 0) {
				print k ": CPUs " sum["row", k] + 0 ", vCPUs " sum["vrow", k] + 0
				bad = 1
			}
		}
		print total["row"] + 0 " pairs"
		exit bad || !total["row"]
	}' "${1:-$DATA}"
}

# An observer of its own: ftrace writes down every kvm and sched event, and the causes are derived
# from the text.
TRACED="kvm/kvm_exit kvm/kvm_entry kvm/kvm_userspace_exit sched/sched_switch"
# trace_on [KB [CLOCK]]: room on each CPU; `counter` is a clock that orders the events of all CPUs,
# and tells no time
trace_on() {
	echo 0 >$T/tracing_on
	echo "${2:-local}" >$T/trace_clock
	echo "${1:-20000}" >$T/buffer_size_kb
	echo >$T/trace
	# Enabled once and left so: each change patches the scheduler, which TCG may not survive
	# (hold_vm() in lib.sh).
	for event in $TRACED; do
		[ "$(cat $T/events/$event/enable)" = 1 ] || echo 1 >$T/events/$event/enable ||
			return 1
	done
	echo 1 >$T/tracing_on
}
# trace_off FILE: stop, and keep the text; fails when ftrace lost events
trace_off() {
	echo 0 >$T/tracing_on
	cat $T/trace >"$1"
	! grep -hE '^(overrun|dropped events|commit overrun): *[1-9]' $T/per_cpu/cpu*/stats
}

# What both who read the trace begin with: of a line, pid, cpu (where it was), event and text.
traced='
function hex(x) { sub(/^0x0*/, "0x", x); return x == "0x" ? "0x0" : x }
function field(name) {
	v = substr(text, index(text, name) + length(name))
	sub(/ .*/, "", v)
	return v
}
{
	# "comm-PID  [CPU] flags time: event: text"; a comm may hold anything
	if (!match($0, /-[0-9]+ +\[[0-9]+\] [^ ]+ +[0-9.]+: [a-z_]+: /)) next
	head = substr($0, RSTART, RLENGTH); text = substr($0, RSTART + RLENGTH)
	pid = substr(head, 2) + 0
	cpu = head; sub(/^[^[]*\[/, "", cpu); cpu += 0
	event = head; sub(/: $/, "", event); sub(/.*: /, "", event)
}'
# pairs_traced TRACE [NO_RIP]: a line for each pair, "PID NTH_OF_IT exit_cpu CPU cpu CPU vcpu ID
# cause CAUSE info1 H info2 H intr_info H error_code H rip H reason NAME", as kvm_exit, sched_switch
# and kvm_userspace_exit tell them; NO_RIP stands for the rip where kvmlat keeps none
pairs_traced() {
	awk -v no_rip="${2:-}" "$traced"'
	event == "kvm_exit" {
		open[pid] = 1; slept[pid] = pushed[pid] = user[pid] = 0; exit_cpu[pid] = cpu
		# "vcpu N reason NAME rip ..."; the name may hold a space
		name = text; sub(/.*reason /, "", name); sub(/ rip 0x.*/, "", name)
		# An entry that fails: VMX adds a flag, and for that of SVM, -1, the event has no
		# name.
		sub(/ FAILED_VMENTRY$/, "", name)
		if (name == "0xffffffff") name = "invalid_guest_state"
		vcpu[pid] = field("vcpu ")
		context[pid] = "info1 " hex(field(" info1 ")) " info2 " hex(field(" info2 ")) \
			" intr_info " hex(field(" intr_info ")) \
			" error_code " hex(field(" error_code ")) \
			" rip " (no_rip ? no_rip : hex(field(" rip "))) " reason " name
	}
	event == "kvm_userspace_exit" { user[pid] = 1 }
	event == "sched_switch" {
		if (text ~ /prev_state=R\+? /) pushed[pid] = 1; else slept[pid] = 1
	}
	event == "kvm_entry" && open[pid] {
		open[pid] = 0
		cause = pushed[pid] ? "preempted" : "kernel"
		cause = user[pid] ? "user" : slept[pid] ? "blocked" : cause
		print pid, ++n[pid], "exit_cpu", exit_cpu[pid], "cpu", cpu, "vcpu", vcpu[pid],
			"cause", cause, context[pid]
	}' "$1" | sort -k1,1n -k2,2n
}
# causes_traced TRACE: lines "NAME CAUSE COUNT"
causes_traced() {
	pairs_traced "$1" | awk '{ c = $10; sub(/.* reason /, ""); n[$0 " " c]++ } END {
		for (k in n) print k, n[k] }' | sort
}
# pairs_kept [FILE]: the pairs of the ring, of all pairs that there were, by the same words
pairs_kept() {
	awk "$rows_awk"'
	$1 == "reason" { name[$2] = line_reason() }
	$1 == "outlier" {	# newest first
		line_fields()
		of[++all] = f["tid"]
		line[all] = "exit_cpu " f["exit_cpu"] " cpu " f["cpu"] " vcpu " f["vcpu"] \
			" cause " f["cause"] " info1 " f["info1"] " info2 " f["info2"] \
			" intr_info " f["intr_info"] " error_code " f["error_code"] \
			" rip " f["rip"] " reason " name[f["reason"]]
	}
	END {
		for (; all; all--) print of[all], ++n[of[all]], line[all]
	}' "${1:-$DATA}" | sort -k1,1n -k2,2n
}
# all_kept [FILE]: each pair is in the ring
all_kept() {
	echo "$(audit paired "${1:-$DATA}") pairs, $(audit outliers "${1:-$DATA}") outliers"
	[ "$(audit outliers "${1:-$DATA}")" = "$(audit paired "${1:-$DATA}")" ] &&
		[ "$(audit outliers_overwritten "${1:-$DATA}") $(audit outliers_dropped \
		"${1:-$DATA}")" = "0 0" ]
}
# same_lines FILE FILE: they are, and there are some; else shows where not
same_lines() {
	diff "$1" "$2" >"$work/diff" || { head -n 20 "$work/diff"; return 1; }
	[ -s "$1" ]
}
# causes_told [FILE]: the same from the module
causes_told() {
	awk "$rows_awk"'
	$1 == "reason" { name[$2] = line_reason() }
	$1 == "row" && $2 == "all" && (n = line_pairs()) {
		print name[$3], $4, n
	}' "${1:-$DATA}" | sort
}
