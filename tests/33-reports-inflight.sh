#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the open exit of a VMM that is stopped is in flight, grows old, and ends as an
#   outlier or abandoned
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 11
load_kvm
check "the module loads" load_kvmlat

# The vCPU's thread is the process's second.
vcpu_thread() {
	for task in /proc/"$1"/task/*; do
		[ "${task##*/}" = "$1" ] || echo "${task##*/}"
	done
}
# stopped VMM...: their vCPU threads are. Of a thread, and of its process: T is stopped
stopped() {
	for vmm; do
		grep -q '^State:.T' "/proc/$vmm/task/$(vcpu_thread "$vmm")/status" || return 1
	done
}

# Stopped by SIGSTOP between exit and entry.
set_param reset 1
"$GUEST" -n 1000000000 io >/dev/null &
busy=$!
runs() { [ "$(audit paired)" -gt 200 ]; }
eventually 20 runs
kill -STOP $busy
age() { fields_of inflight age_ns $DATA $busy; }
waits() { was=$(age); [ -n "$was" ] && grep -q "^inflight vmm $busy .* cause user " $DATA; }
eventually 10 waits
check "the open exit of a stopped VMM is in flight" test -n "$was"
check "the open exit of a stopped VMM is of the cause user" grep -q \
	"^inflight vmm $busy .* cause user " $DATA
sleep 1
is=$(age)
check "the age of an exit in flight grows" test "$is" -gt "$was"
kill -CONT $busy
longest() {
	awk -v p=$busy "$rows_awk"'
	$1 == "outlier" {
		line_fields()
		if (f["vmm"] == p && f["cause"] == "user" &&
			f["latency_ns"] + 0 > n) n = f["latency_ns"] + 0
	}
	END { printf "%.0f\n", n }' $DATA
}
is_outlier() {
	longest=$(longest)
	awk -v a="$longest" -v b="$is" 'BEGIN { exit !(b > 0 && a >= b) }'
}
eventually 10 is_outlier
kill $busy
wait $busy 2>/dev/null
busy=
diag "in flight for $was, then $is ns; then an outlier of $longest ns"
check "an exit that was in flight is an outlier of the cause user when its VMM goes on" awk -v \
	a="$longest" -v b="$is" 'BEGIN { exit !(b > 0 && a >= b) }'

# Three VMMs, stopped: each of their vCPU threads has an exit open, since it cannot stop in the
# guest, and nobody else has. A look first: it frees the slot of the one that ended, which is none
# of theirs.
cat $DATA >/dev/null
set_param reset 1
vmms=
for n in 1 2 3; do
	"$GUEST" -n 1000000000 io cpuid >/dev/null &
	vmms="$vmms $!"
done
busy=$vmms
all_count() {
	[ "$(awk '$1 == "vrow" && $2 ~ /^[0-9]/ { print $2 }' $DATA | sort -u | wc -l)" -ge 3 ]
}
check "three VMMs are counted" eventually 20 all_count
kill -STOP $vmms
# shellcheck disable=SC2086
eventually 10 stopped $vmms || diag "they do not stop"
for vmm in $vmms; do echo "$vmm $(vcpu_thread $vmm)"; done | sort >"$work/stopped"
cat $DATA >"$work/data"
equal "of three stopped VMMs three exits are in flight" "$(audit in_flight "$work/data")" 3
awk "$rows_awk"'
	$1 == "inflight" {
		line_fields()
		print f["vmm"], f["tid"]
	}' "$work/data" | sort >"$work/flying"
check "exits in flight are those of the stopped threads" same_lines "$work/stopped" "$work/flying"
check "both identities hold with exits in flight" identities_hold "$work/data"
kill -KILL $vmms
wait $vmms 2>/dev/null
busy=
cat $DATA >"$work/data"
equal "of three killed VMMs no exit is in flight, and three are abandoned" \
	"$(audit in_flight "$work/data") $(audit abandoned "$work/data")" "0 3"
check "both identities hold when exits were abandoned" identities_hold "$work/data"
finish
