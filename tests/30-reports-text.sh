#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: every number of the reports for people is the one that `data` gives; what a pair
#   costs is told
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/reports.sh
. ./reports.sh
plan 23
load_kvm

# Nothing moves on a host whose one VMM is stopped, with its vCPU out in the VMM.
stopped() { grep -q '^State:.T' "/proc/$busy/status"; }
in_vmm() { [ "$(fields_of inflight cause)" = user ]; }
stop_in_vmm() {
	kill -STOP $busy && eventually 10 stopped && in_vmm && return 0
	kill -CONT $busy
	return 1
}
quiet() {
	"$GUEST" -n 300 -v 2 -m 2 >/dev/null
	"$GUEST" -n 60 -i hlt cpuid >/dev/null
	"$GUEST" -n 1000000000 io >/dev/null &
	busy=$!
	check "$1: a vCPU is out in its VMM, which is stopped" eventually 60 stop_in_vmm
	cat $DATA >"$work/data"
}
resume() {
	kill -KILL $busy
	wait $busy 2>/dev/null
	busy=
}

# same REPORT HEADS: how many lines are heads, which are of another test
same() {
	tail -n +$(($2 + 1)) "$D/$1" >"$work/got"
	[ "$1" != inflight ] || {
		cut -c18- "$work/got" >"$work/got.cut" && mv "$work/got.cut" "$work/got"
	}
	expected "$1" <"$work/data" >"$work/want"
	if [ -s "$work/want" ] && cmp -s "$work/got" "$work/want"; then
		ok "$1, $3: every line is as data says"; else
		not_ok "$1, $3: every line is as data says"
		diff "$work/got" "$work/want" | head -n 20 | sed 's/^/# /'
	fi
}
all_same() {
	for report in summary histogram percpu vcpus; do same $report 1 "$1"; done
	same inflight 2 "$1"
	same outliers 3 "$1"
}

check "the module loads" load_kvmlat outlier_ns=20000
quiet "defaults"
all_same "defaults"
resume

# What it costs here: that of a pair, where KVM is asked for the reason with what that takes, and
# the rate.
cost() { sed -n "s/^cost: .*$1.*/\\1/p" $D/status; }
pairs_a_second() { cost 'times \([0-9]*\) pairs a second'; }
cat $D/status >/dev/null
sleep 2
equal "the rate of pairs that status tells is 0 when no guest ran of late" "$(pairs_a_second)" 0
"$GUEST" -n 20000 cpuid >/dev/null
check "the rate of pairs that status tells is a guest's after it ran" test "$(pairs_a_second)" -gt 0
asked() { [ "$(info reason_from)" = get_exit_info ] && echo asked; }
equal "what asking KVM takes is told where KVM is asked" \
	"$([ "$(cost '(\([0-9]*\) of them KVM takes')" ] && echo asked)" "$(asked)"

# With off-CPU time, and with so few rows that causes share one and reasons the catch-all.
unload_kvmlat
check "the module loads with few rows" load_kvmlat outlier_ns=20000 offcpu=1 rows=3 max_vcpus=3 \
	direct=0
quiet "few rows, off-CPU time"
check "with few rows reasons share the overflow row" test "$(audit catch_all "$work/data")" -gt 0
all_same "few rows, off-CPU time"
equal "each reason that data speaks of has its name in data" \
	"$(awk "$rows_awk"'
	$1 == "reason" { known[$2] }
	$1 == "vrow" { used[$3] }
	$1 == "inflight" || $1 == "outlier" { line_fields(); used[f["reason"]] }
	END { for (key in used) if (!(key in known)) print key }' "$work/data")" ""
check "the totals of data are as many lines as it says" awk \
	'$1 == "totals" { n = NR + $2 } $1 == "cpu" && !at { at = NR } END { exit at != n + 1 }' \
	"$work/data"
resume
equal "with direct=0 KVM is asked, and what that takes is told" \
	"$(asked) $([ "$(cost '(\([0-9]*\) of them KVM takes')" ] && echo told)" "asked told"
finish
