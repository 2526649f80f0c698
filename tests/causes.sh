# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Helpers about causes and vCPUs; sourced after lib.sh.

CAUSES="kernel preempted blocked user mixed"

# cause_of NAME CAUSE [FILE]: pairs of a reason with that cause, all CPUs
cause_of() {
	awk -v k="$(reason_key "$1" "${3:-$DATA}")" -v c="$2" '$1 == "row" && $2 == "all" && $3 == k && $4 == c {
		for (b = 1; b <= NF && $b != "buckets"; b++)
			;
		while (++b <= NF) { split($b, p, ":"); n += p[2] }
	} END { print n + 0 }' "${3:-$DATA}"
}

# field_of NAME CAUSE FIELD [FILE]: sum of a field (runq, sum) over the rows of a reason (or any) and cause (or any)
field_of() {
	awk -v k="$([ "$1" = any ] || reason_key "$1" "${4:-$DATA}")" -v c="$2" -v f="$3" '
	$1 == "row" && $2 == "all" && (k == "" || $3 == k) && (c == "any" || $4 == c) {
		for (b = 5; b < NF && $b != f; b += 2)
			;
		n += $(b + 1)
	} END { printf "%.0f\n", n }' "${4:-$DATA}"
}

# vcpus_sum_up [FILE]: per reason, cause and power of two the vCPUs, others and departed add up to the CPUs.
# Rows that causes or reasons share are shared differently on either side: then per power of two only.
vcpus_sum_up() {
	awk '
	function pow2(b) { if (b == 0) return 0; if (b < 8) { n = 0; while (b >= 1) { b /= 2; n++ } return n } return int(b / 8) + 3 }
	$1 == "row" && $2 != "all" || $1 == "vrow" {
		if ($3 == "other" || $4 == "mixed") shared = 1
		for (b = 1; b <= NF && $b != "buckets"; b++)
			;
		while (++b <= NF) {
			split($b, p, ":")
			key = $1 == "row" ? pow2(p[1]) : p[1]
			sum[$1, $3 " " $4 " " key] += p[2]; sum[$1, key] += p[2]
			keys[$3 " " $4 " " key]; keys[key]
			total[$1] += p[2]
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

# An observer of its own: ftrace writes down every kvm and sched event, and the causes are derived from the text.
TRACED="kvm/kvm_exit kvm/kvm_entry kvm/kvm_userspace_exit sched/sched_switch"
trace_on() {
	echo 0 >$T/tracing_on
	echo "${1:-20000}" >$T/buffer_size_kb
	echo >$T/trace
	# Enabled once and left so: each change patches the scheduler, which TCG may not survive (hold_vm() in lib.sh).
	for event in $TRACED; do
		[ "$(cat $T/events/$event/enable)" = 1 ] || echo 1 >$T/events/$event/enable || return 1
	done
	echo 1 >$T/tracing_on
}
# trace_off FILE: stop, and keep the text; fails when ftrace lost events
trace_off() {
	echo 0 >$T/tracing_on
	cat $T/trace >"$1"
	! grep -hE '^(overrun|dropped events|commit overrun): *[1-9]' $T/per_cpu/cpu*/stats
}

# causes_traced TRACE PID_OF_PROCESS...: lines "NAME CAUSE COUNT" as sched_switch and kvm_userspace_exit tell them
causes_traced() {
	awk '
	{
		# "comm-PID  [CPU] flags time: event: text"; a comm may hold anything
		if (!match($0, /-[0-9]+ +\[[0-9]+\] [^ ]+ +[0-9.]+: [a-z_]+: /)) next
		head = substr($0, RSTART, RLENGTH); text = substr($0, RSTART + RLENGTH)
		pid = substr(head, 2) + 0
		event = head; sub(/: $/, "", event); sub(/.*: /, "", event)
	}
	event == "kvm_exit" {
		open[pid] = 1; slept[pid] = pushed[pid] = user[pid] = 0
		# "[vcpu N] reason NAME rip ..."; the name may hold a space
		sub(/.*reason /, "", text); sub(/ rip 0x.*/, "", text)
		reason[pid] = text
	}
	event == "kvm_userspace_exit" { user[pid] = 1 }
	event == "sched_switch" {
		if (text ~ /prev_state=R\+? /) pushed[pid] = 1; else slept[pid] = 1
	}
	event == "kvm_entry" && open[pid] {
		open[pid] = 0
		cause = user[pid] ? "user" : slept[pid] ? "blocked" : pushed[pid] ? "preempted" : "kernel"
		n[reason[pid] " " cause]++
	}
	END { for (k in n) print k, n[k] }' "$1" | sort
}
# causes_told [FILE]: the same from the module
causes_told() {
	awk '
	$1 == "reason" { key = $2; $1 = $2 = $3 = ""; name[key] = substr($0, 4) }
	$1 == "row" && $2 == "all" {
		n = 0
		for (b = 1; b <= NF && $b != "buckets"; b++)
			;
		while (++b <= NF) { split($b, p, ":"); n += p[2] }
		if (n) print name[$3], $4, n
	}' "${1:-$DATA}" | sort
}
