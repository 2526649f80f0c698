#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: off-CPU time while it is measured, and pairs that are open while modes, filters and
#   the generation change
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 15
load_kvm
load_kvmlat outlier_ring=1

"$GUEST" -n 50 cpuid >/dev/null
equal "off-CPU time is not guessed while it is not measured" \
	"$(grep -c '^row all .* offcpu - ' $DATA)" "$(grep -c '^row all ' $DATA)"
set_param offcpu 1
set_param reset 1
halt_poll=$(cat /sys/module/kvm/parameters/halt_poll_ns)
echo 0 >/sys/module/kvm/parameters/halt_poll_ns
"$GUEST" -i -n 200 hlt cpuid >"$work/guest"
cat $DATA >"$work/data"
echo "$halt_poll" >/sys/module/kvm/parameters/halt_poll_ns
told=$(field_of any any offcpu "$work/data")
check "pairs of a guest that sleeps have off-CPU time" test "$told" -gt 0
check "a pair that never left its CPU has no off-CPU time" awk "$rows_awk"'
	$1 == "row" && $4 == "kernel" {
		line_fields()
		if (f["offcpu"] != 0) { print; exit 1 }
	}' "$work/data"
check "run-queue time is a part of off-CPU time" awk "$rows_awk"'
	$1 == "row" {
		line_fields()
		if (f["runq"] + 0 > f["offcpu"] + 0) { print; exit 1 }
	}' "$work/data"
set_param offcpu 0
equal "offcpu=0 ends the measuring" "$(info offcpu)" 0

# A VMM stopped between exit and entry, on a CPU of its own, while modes, filters and the set
# change. Off-CPU time of its pair is not known, and a reset does not make it so.
last=$(($(nproc) - 1))
set_param outlier_skip ""
set_param outlier_ns 500000000	# only the pair of the stop: the ring has one place
stopped() { grep -q "^inflight vmm $busy .* cause user " $DATA; }
stopped_vmm() {
	set_param reset 1
	"$GUEST" -c $last -n 1000000000 io >/dev/null &
	busy=$!
	runs() { [ "$(audit paired)" -gt 50 ]; }
	eventually 20 runs
	kill -STOP $busy
	eventually 10 stopped
}
let_it_go() {
	sleep 1
	kill -CONT $busy
	eventually 10 "$@"
	set_param enabled 0
	cat $DATA >"$work/data"
	kill $busy
	wait $busy 2>/dev/null
	busy=
	set_param enabled 1
}
paired_again() { [ "$(audit paired)" -gt 0 ]; }
its_offcpu() { fields_of outlier offcpu_ns "$work/data"; }
check "a VMM is stopped before offcpu=1 and reset" stopped_vmm
set_param offcpu 1
set_param reset 1
# Not always of the port: the stop is an interrupt, and finds the guest running now and then.
its_reason=$(fields_of inflight reason $DATA $busy)
equal "the reason of an exit in flight has a line, though no pair of it is there" \
	"$(grep -cE "^reason $its_reason (idle|busy) ." $DATA) $(count_rows all "$its_reason")" \
	"1 0"
check "the line of a reason that is only in flight is one of the totals" awk '
	$1 == "totals" {
		n = $2
	}
	NR > 2 && NR <= n + 2 && $1 !~ /^(info|count|reason|row)$/ { print; bad = 1 }
	NR == n + 3 && $1 !~ /^(cpu|vcpu)$/ { print; bad = 1 } END { exit bad }' $DATA
let_it_go paired_again
equal "offcpu=1 and reset while a VMM is stopped: the off-CPU time of its pair is not known" \
	"$(its_offcpu) $(audit offcpu_unknown "$work/data")" "- 1"
check "off-CPU time that is not known is counted as none" awk "$rows_awk"'
	$1 == "row" && $4 == "user" {
		line_fields()
		if (f["offcpu"] + 0 > 1000000000) { print; exit 1 }
	}' "$work/data"
check "a VMM is stopped before offcpu goes off and on" stopped_vmm
sleep 1
set_param offcpu 0
set_param offcpu 1
more_paired() { [ "$(audit paired)" -gt "$was_paired" ]; }
was_paired=$(audit paired)
let_it_go more_paired
equal "offcpu off and on while a VMM is stopped: the off-CPU time of its pair is not known" \
	"$(its_offcpu)" "-"
set_param offcpu 0
set_param outlier_ns 1000000
check "a VMM is stopped before cpus and reset" stopped_vmm
set_param cpus "$([ $last -eq 0 ] && echo all || echo 0)"
set_param reset 1
left_out() { [ $last -eq 0 ] || [ "$(audit stale)" -gt 0 ]; }
let_it_go left_out
equal "cpus and reset while a VMM is stopped: its open exit is carried" \
	"$(audit carried "$work/data")" 1
check "cpus and reset while a VMM is stopped: both identities hold" identities_hold "$work/data"
set_param cpus all
finish
