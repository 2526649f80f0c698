#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: whole outliers in a storm, the trace event, off-CPU time, the filters, slots that run out, the clocks
# hosts: amd amd-tsc real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 52
load_kvm
load_kvmlat outlier_ring=1 outlier_ns=0

# A storm: two processes write to a ring of one place, and every record read must be whole. One alternates between
# exits of different code; the other, of its own kind, is there for the records of two VMs.
"$GUEST" -c 0 -n 1000000000 -a cpuid io >/dev/null &
one=$!
"$GUEST" -c $(($(nproc) - 1)) -n 1000000000 -a msr hypercall >/dev/null &
two=$!
busy="$one $two"
# Three readers at once, one of them by way of /proc.
read_storm() {
	n=0
	while [ $n -lt 150 ]; do
		n=$((n + 1))
		grep '^outlier ' "$1"
		[ $((n % 10)) -ne 0 ] || cat $D/outliers >>"$2.people"
	done >"$2"
}
read_storm $DATA "$work/storm1" &
readers=$!
read_storm /proc/kvmlat "$work/storm2" &
readers="$readers $!"
read_storm $DATA "$work/storm3"
wait $readers
cat "$work"/storm[123] >"$work/storm"
cat "$work"/storm[123].people >"$work/people"
kill $one $two
wait $one $two 2>/dev/null
busy=
# Only now is a record whole for certain: in a storm a read may find the only place being written every time it asks.
cat $D/outliers >"$work/last"
cat "$work/last" >>"$work/people"
diag "$(wc -l <"$work/storm") records read; dropped $(audit outliers_dropped), overwritten $(audit outliers_overwritten)"
for n in 1 2 3; do check "many records were read, by reader $n" test "$(wc -l <"$work/storm$n")" -gt 70; done
names_of() { awk -v p="$1" '{ for (f = 2; f < NF; f++) v[$f] = $(f + 1) } v["vmm"] == p { print v["reason"] }' "$work/storm" | sort -u; }
ckey=$(reason_key cpuid)$(reason_key CPUID) mkey=$(reason_key msr)$(reason_key MSR_READ)
check "no record of one VM has the other's reason" sh -c "! { echo '$(names_of $one)' | grep -x '$mkey' || echo '$(names_of $two)' | grep -x '$ckey'; }"
# Each of the four reasons is of one instruction, whose place the record names (on AMD).
check "no record has one exit's reason and another's place" awk -v keys=" $ckey $mkey $(reason_key io)$(reason_key IO_INSTRUCTION) $(reason_key hypercall)$(reason_key VMCALL) " '
	{ for (f = 2; f < NF; f++) v[$f] = $(f + 1)
	  if (!index(keys, " " v["reason"] " ")) next
	  seen[v["reason"]]++
	  if (!(v["reason"] in rip)) rip[v["reason"]] = v["rip"]
	  if (rip[v["reason"]] != v["rip"]) { print; bad = 1 } }
	END { for (k in seen) n++; if (n < 2) { print n " of the reasons"; bad = 1 } exit bad }' "$work/storm"
check "no record has one VM's process and the other's thread" awk '
	{ for (f = 2; f < NF; f++) v[$f] = $(f + 1); if (!(v["tid"] in vmm)) vmm[v["tid"]] = v["vmm"] " " v["vm"]
	  if (vmm[v["tid"]] != v["vmm"] " " v["vm"]) { print; exit 1 } }' "$work/storm"
check "no record has a cause with the wrong times" awk '
	{ for (f = 2; f < NF; f++) v[$f] = $(f + 1)
	  if (v["cause"] == "kernel" && v["runq_ns"] > 0 || v["runq_ns"] + 0 > v["latency_ns"] + 0) { print; exit 1 } }' "$work/storm"
clocks='^ *[0-9]+\.[0-9]{9} 20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{9} '
check "people see a wall clock" grep -qE "$clocks" "$work/last"
check "beside every record, in the storm too" sh -c "! grep -E '^ *[0-9]+\.' '$work/people' | grep -vE '$clocks'"
wall=$(sed -n 's/^ *[0-9.]* \(20[0-9-]*T[0-9]*\):.*/\1/p' "$work/last" | tail -n 1)
case "$wall" in "$(date -u +%Y-%m-%dT%H)" | "$(date -u -d @$(($(date +%s) - 3600)) +%Y-%m-%dT%H)") ok "it is the host's" ;; *) not_ok "it is the host's: $wall" ;; esac
# The trace event.
E=$T/events/kvmlat/kvmlat_outlier
set_param reset 1
echo 'hist:keys=exit_reason' >$E/trigger
"$GUEST" -n 50 cpuid >/dev/null
fired=$(sed -n 's/.*hitcount: *\([0-9]*\)$/\1/p' $E/hist | awk '{ n += $1 } END { print n + 0 }')
equal "the trace event fires for each outlier" "$fired" "$(audit outliers)"
echo '!hist:keys=exit_reason' >$E/trigger
echo 1 >$T/tracing_on
echo 'traceoff:1 if latency_ns > 0' >$E/trigger
"$GUEST" -n 50 cpuid >/dev/null
equal "a traceoff trigger on it fires" "$(cat $T/tracing_on)" 0
echo '!traceoff:1 if latency_ns > 0' >$E/trigger 2>/dev/null || echo '!traceoff' >$E/trigger
set_param outlier_ns 18446744073709551615
before=$(audit outliers)
"$GUEST" -n 50 cpuid >/dev/null
equal "outlier_ns changes at run time" "$(audit outliers)" "$before"
set_param outlier_ns 0
set_param outlier_skip "cpuid,CPUID,hlt,HLT,interrupt,EXTERNAL_INTERRUPT,npf,EPT_VIOLATION,EXCEPTION_NMI"
"$GUEST" -n 50 cpuid >/dev/null
check "so does outlier_skip" sh -c "[ \$(($(audit outliers) - $before)) -lt 20 ]"
set_param outlier_ns 1000000

# Off-CPU time.
equal "off-CPU time is not guessed" "$(grep -c '^row all .* offcpu - ' $DATA)" "$(grep -c '^row all ' $DATA)"
set_param offcpu 1
set_param reset 1
halt_poll=$(cat /sys/module/kvm/parameters/halt_poll_ns)
echo 0 >/sys/module/kvm/parameters/halt_poll_ns
"$GUEST" -i -n 200 hlt cpuid >"$work/guest"
cat $DATA >"$work/data"
echo "$halt_poll" >/sys/module/kvm/parameters/halt_poll_ns
told=$(field_of any any offcpu "$work/data")
check "there is off-CPU time" test "$told" -gt 0
check "a pair that never left the CPU has none" awk '$1 == "row" && $4 == "kernel" { for (f = 5; f < NF; f += 2) if ($f == "offcpu" && $(f + 1) != 0) { print; exit 1 } }' "$work/data"
check "run-queue time is a part of it" awk '$1 == "row" { for (f = 5; f < NF; f += 2) v[$f] = $(f + 1); if (v["runq"] + 0 > v["offcpu"] + 0) { print; exit 1 } }' "$work/data"
set_param offcpu 0
equal "off again" "$(info offcpu)" 0

# A VMM stopped between exit and entry, on a CPU of its own, while modes, filters and the set change. Off-CPU time of
# its pair is not known, and a reset does not make it so.
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
its_offcpu() { awk '$1 == "outlier" { for (f = 2; f < NF; f++) if ($f == "offcpu_ns") print $(f + 1) }' "$work/data"; }
check "a VMM is stopped" stopped_vmm
set_param offcpu 1
set_param reset 1
# Not always of the port: the stop is an interrupt, and finds the guest running now and then.
its_reason=$(awk '$1 == "inflight" && $3 == p { for (f = 4; f < NF; f += 2) if ($f == "reason") print $(f + 1) }' p=$busy $DATA)
equal "its reason has a line, though no pair of it is there" "$(grep -cE "^reason $its_reason (idle|busy) ." $DATA) $(count_rows all "$its_reason")" "1 0"
check "such a line is one of the totals" awk '
	$1 == "totals" { n = $2 } NR > 2 && NR <= n + 2 && $1 !~ /^(info|count|reason|row)$/ { print; bad = 1 }
	NR == n + 3 && $1 !~ /^(cpu|vcpu)$/ { print; bad = 1 } END { exit bad }' $DATA
let_it_go paired_again
equal "offcpu=1 and reset while it is stopped: its off-CPU time is not known" "$(its_offcpu) $(audit offcpu_unknown "$work/data")" "- 1"
check "and is none" awk '$1 == "row" && $4 == "user" { for (f = 5; f < NF; f += 2) if ($f == "offcpu" && $(f + 1) + 0 > 1000000000) { print; exit 1 } }' "$work/data"
check "a VMM is stopped" stopped_vmm
sleep 1
set_param offcpu 0
set_param offcpu 1
more_paired() { [ "$(audit paired)" -gt "$was_paired" ]; }
was_paired=$(audit paired)
let_it_go more_paired
equal "off and on again while it is stopped: not known either" "$(its_offcpu)" "-"
set_param offcpu 0
set_param outlier_ns 1000000
check "a VMM is stopped" stopped_vmm
set_param cpus "$([ $last -eq 0 ] && echo all || echo 0)"
set_param reset 1
left_out() { [ $last -eq 0 ] || [ "$(audit stale)" -gt 0 ]; }
let_it_go left_out
equal "cpus and reset while it is stopped: its exit was carried" "$(audit carried "$work/data")" 1
check "and identities hold" identities_hold "$work/data"
set_param cpus all

# Filters: two VMMs at once.
"$GUEST" -n 1000000000 cpuid >/dev/null &
one=$!
"$GUEST" -n 1000000000 msr >/dev/null &
two=$!
busy="$one $two"
both_run() { [ "$(awk '$1 == "vcpu" && $3 == "vmm" { print $4 }' $DATA | sort -u | wc -l)" -ge 2 ] && [ "$(count_of msr)$(count_of MSR_READ)" -gt 0 ]; }
set_param reset 1
eventually 20 both_run
set_param vms $one
set_param reset 1
one_runs() { [ $(($(count_of cpuid) + $(count_of CPUID))) -gt 100 ]; }
eventually 20 one_runs
sleep 1
set_param enabled 0
cat $DATA >"$work/data"
equal "vms: only that VMM's vCPUs" "$(awk '$1 == "vcpu" && $3 == "vmm" { print $4 }' "$work/data" | sort -u)" $one
equal "vms: nothing of the other's" "$(count_of msr "$work/data")$(count_of MSR_READ "$work/data")" 00
check "vms: the one is counted" test "$(($(count_of cpuid "$work/data") + $(count_of CPUID "$work/data")))" -gt 100
check "vms: identities hold" identities_hold "$work/data"
set_param enabled 1
set_param vms all
set_param reset 1
both_again() {
	cat $DATA >"$work/data"
	vmms=$(awk '$1 == "vcpu" && $3 == "vmm" { print $4 }' "$work/data" | sort -n | tr '\n' ' ')
	[ "$vmms" = "$one $two " ]
}
eventually 10 both_again
equal "vms=all: both again" "$vmms" "$one $two "
kill $one $two
wait $one $two 2>/dev/null
busy=

# cpus: a guest on each CPU, one CPU left out, and back.
last=$(($(nproc) - 1))
set_param cpus 0
set_param reset 1
"$GUEST" -c $last -n 200 cpuid >/dev/null
cat $DATA >"$work/data"
equal "cpus: nothing of a CPU left out" "$(count_rows $last any "$work/data")" "$([ $last -eq 0 ] && count_rows 0 any "$work/data" || echo 0)"
check "cpus: identities hold" identities_hold "$work/data"
set_param cpus all
set_param reset 1
"$GUEST" -c $last -n 200 cpuid >/dev/null
equal "cpus=all: all of it" "$(($(count_of cpuid) + $(count_of CPUID)))" 200
unload_kvmlat

# The list of `vms` goes with the module, and with a load that fails. It takes half a page; how many of those are in use
# is known nearly to the piece when no CPU keeps any at hand.
halves() {
	for slab in /sys/kernel/slab/kmalloc-2k /sys/kernel/slab/kmalloc-2048; do [ ! -e $slab ] || echo 1 >$slab/shrink; done
	awk '$1 == "kmalloc-2k" || $1 == "kmalloc-2048" { print $2 }' /proc/slabinfo
}
loads() { n=50; while [ $((n -= 1)) -ge 0 ]; do "$@" || return 1; done; }
fails() { ! load_kvmlat vms=1 rows=0 2>/dev/null; }
comes_and_goes() { load_kvmlat vms=1 && unload_kvmlat; }
before=$(halves)
check "50 loads with vms and a bad parameter fail" loads fails
after_failed=$(halves)
check "50 loads with vms, and unloads, succeed" loads comes_and_goes
diag "in use of kmalloc-2k: $before, $after_failed after the failed loads, $(halves) after the others"
check "they leave nothing behind" test "$after_failed" -lt $((before + 40)) -a "$(halves)" -lt $((after_failed + 40))

# A failed VMRUN, whose code is the greatest, and rows that run out: what found none stays with the catch-all.
if [ "$(vendor)" = kvm-amd ]; then
	load_kvmlat rows=2
	last=$(($(nproc) - 1))
	"$GUEST" -x -m 3 -n 100 -c $last >"$work/guest"
	cat $DATA >"$work/data"
	for key in "$(reason_key invalid_guest_state "$work/data")" other; do
		equal "pairs of $key, by the totals and by the CPU" "$(count_rows all "$key" "$work/data")" "$(count_rows $last "$key" "$work/data")"
	done
	equal "each failed VMRUN is one" "$(count_of invalid_guest_state "$work/data")" "$(sed -n 's/^invalid_guest_state //p' "$work/guest")"
	check "what found no row is counted" test "$(audit catch_all "$work/data")" -ge 900
	check "the report for people says the same" sh -c "grep -qw '^(other) *$(audit catch_all "$work/data")' $D/summary"
	check "identities hold" identities_hold "$work/data"
	unload_kvmlat
else
	skip "a VMRUN that fails is counted under its code" "a VMRUN is AMD's" 6
fi

# Slots run out: more threads at once than the 32 there are.
load_kvmlat slots=32
"$GUEST" -v 40 -n 1000000000 io >/dev/null &
busy=$!
slots_ran_out() { [ "$(audit no_slot)" -ge 60 ]; }
eventually 20 slots_ran_out
kill $busy
wait $busy 2>/dev/null
busy=
cat $DATA >"$work/data"
diag "no_slot $(audit no_slot "$work/data"), paired $(audit paired "$work/data")"
check "vCPUs without a slot are counted" test "$(audit no_slot "$work/data")" -ge 60
check "identities hold" identities_hold "$work/data"

# What a pair costs here, on either clock.
for clock in auto local; do
	set_param clock $clock
	set_param calibrate 1
	check "the cost of a pair is known, clock=$clock" test "$(info pair_cost_ps)" -gt 0
	diag "$(grep '^cost:' $D/status)"
done
set_param clock auto

# The two clocks, chosen and changed under a running guest.
"$GUEST" -n 1000000000 io >/dev/null &
busy=$!
sleep 1
set_param reset 1
for n in 1 2 3 4 5 6; do set_param clock local; sleep 0.3; set_param clock auto; sleep 0.3; done
set_param enabled 0
cat $DATA >"$work/data"
diag "clock $(info clock), pairs that spanned a change: $(audit clock_switched "$work/data"), backward $(audit backward "$work/data")"
check "identities hold while clocks change" identities_hold "$work/data"
longest=$(awk '$1 == "row" { for (f = 5; f < NF; f += 2) if ($f == "max" && $(f + 1) > n) n = $(f + 1) } END { printf "%.0f\n", n }' "$work/data")
check "no pair is longer than the run" test "$longest" -lt "$(($(info time_ns) - $(info since_ns)))"
kill $busy
wait $busy 2>/dev/null
busy=
finish
