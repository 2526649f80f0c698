#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: statistics of vCPUs, while VMs come and go on the same thread ids with little room for them
# hosts: amd full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 33
load_kvm
rounds=120

# Two processes of two VMs each, one after another on the same threads.
check "module loads" load_kvmlat
"$GUEST" -v 2 -n 100 cpuid >"$work/guest" &
one=$!
"$GUEST" -m 2 -n 70 msr >"$work/guest2" &
two=$!
wait $one $two
cat $DATA >"$work/data"
# vcpu_count PID: blocks of a process; vcpu_pairs PID KEY: their pairs of a reason, one line each
vcpu_count() { grep -c "^vcpu [0-9]* vmm $1 " "$work/data"; }
vcpu_pairs() {
	awk -v p="$1" -v k="$2" '
	function end() { if (mine) print n }
	$1 == "vcpu" { end(); mine = $4 == p; n = 0 }
	$1 == "vrow" && mine && $3 == k {
		for (b = 1; b <= NF && $b != "buckets"; b++)
			;
		while (++b <= NF) { split($b, q, ":"); n += q[2] }
	}
	$1 == "outlier" || $1 == "end" || $1 == "inflight" { end(); mine = 0 }' "$work/data" | tr '\n' ' '
}
cpuid=$(sed -n '1s/ .*//p' "$work/guest") msr=$(sed -n '1s/ .*//p' "$work/guest2")
equal "a block for each vCPU thread" "$(vcpu_count $one)" 2
equal "each has its own pairs" "$(vcpu_pairs $one "$(reason_key "$cpuid" "$work/data")")" "100 100 "
equal "a block for each VM in turn on one thread" "$(vcpu_count $two)" 2
equal "each has its own pairs" "$(vcpu_pairs $two "$(reason_key "$msr" "$work/data")")" "70 70 "
equal "VMs of a process have numbers of their own" "$(awk -v p=$two '$1 == "vcpu" && $4 == p { print $6 }' "$work/data" | sort -u | wc -l)" 2
equal "all are gone" "$(grep -c '^vcpu [0-9]* .* state live ' "$work/data")" 0
check "vCPUs add up to CPUs" vcpus_sum_up "$work/data"
check "the report for people reads" sh -c "grep -q '^VM: VMM $one, ' $D/vcpus"
unload_kvmlat

# Little room, many VMs: VM i runs 1000 + i exits of kind i % 4, so what a block holds says whose it is.
check "loads with max_vcpus=8" load_kvmlat max_vcpus=8 slots=64
memory=$(info memory_bytes)
pid_max=$(cat /proc/sys/kernel/pid_max)
kinds="cpuid io msr hypercall"
# whose_blocks NAMES: every block holds pairs of one kind only, of a VM that its process had, and no more than that ran:
# less only where the VM found no room at first. No VM has two blocks. $work/vms has lines "PID i".
whose_blocks() {
	awk -v kinds="$1" '
	BEGIN { split(kinds, name, " ") }
	NR == FNR { vms[$1] = vms[$1] " " $2; next }
	$1 == "count" && $2 == "vcpus_other" { may_lack = $3 }
	$1 == "reason" { key = $2; $1 = $2 = $3 = ""; of[key] = substr($0, 4) }
	$1 == "vcpu" { now = $2; vmm[now] = $4; vm[now] = $4 "/" $6 }
	$1 == "vrow" && $2 == now && now ~ /^[0-9]/ {
		for (k = 1; k <= 4; k++) {
			if (of[$3] != name[k]) continue
			for (b = 1; b <= NF && $b != "buckets"; b++)
				;
			while (++b <= NF) { split($b, q, ":"); n[now, k] += q[2] }
			blocks[now]
		}
	}
	END {
		for (v in blocks) {
			kind = 0
			for (k = 1; k <= 4; k++) {
				if (!((v, k) in n)) continue
				if (kind) { print "block " v " has pairs of two VMs"; exit 1 }
				kind = k
			}
			fits = lacks = 0
			for (m = split(vms[vmm[v]], ran, " "); m; m--) {
				if (ran[m] % 4 != kind - 1) continue
				fits += n[v, kind] == 1000 + ran[m]
				lacks += n[v, kind] < 1000 + ran[m]
			}
			if (!fits && !lacks) { print "block " v " of process " vmm[v] ": " n[v, kind] " pairs of " name[kind]; exit 1 }
			lack += !fits
			if (seen[vm[v]]++) { print "VM " vm[v] " has two blocks"; exit 1 }
			count++
		}
		print count + 0 " blocks, " lack + 0 " of VMs without room at first, of whom there were " may_lack + 0
		exit !count || lack > may_lack
	}' "$work/vms" "$work/data"
}
kernel_names=$([ "$(vendor)" = kvm-amd ] && echo "cpuid io msr hypercall" || echo "CPUID IO_INSTRUCTION MSR_READ VMCALL")
pids="" n=0 wrong=0
while [ $n -lt $rounds ]; do
	# As few pids as the kernel allows: they come round again and again.
	[ $((n % 20)) -ne 0 ] || echo 400 >/proc/sys/kernel/pid_max 2>/dev/null
	# shellcheck disable=SC2086
	set -- $kinds
	shift $((n % 4))
	"$GUEST" -n $((1000 + n)) "$1" >/dev/null &
	pid=$!
	echo "$pid $n" >>"$work/vms"
	wait $pid
	case " $pids " in *" $pid "*) again=yes ;; esac
	pids="$pids $pid"
	if [ $((n % 10)) -eq 9 ]; then
		cat $DATA >"$work/data"
		whose_blocks "$kernel_names" >"$work/whose" || { wrong=$((wrong + 1)); diag "after VM $n: $(cat "$work/whose")"; }
		vcpus_sum_up "$work/data" >"$work/sum" || { wrong=$((wrong + 1)); diag "after VM $n: $(tail -n 3 "$work/sum")"; }
		# What is gone is read, and cleared when room runs short, in process context.
		sleep 0.2
	fi
	n=$((n + 1))
done
echo "$pid_max" >/proc/sys/kernel/pid_max
cat $DATA >"$work/data"
diag "at the last look: $(tail -n 1 "$work/whose")"
equal "no VM has another's pairs, at any look" $wrong 0
equal "thread ids came round" "$again" yes
check "identities hold" identities_hold "$work/data"
check "vCPUs, others and departed add up to CPUs" vcpus_sum_up "$work/data"
equal "memory is what it was" "$(info memory_bytes)" "$memory"
check "rooms were used again" grep -q '^vrow departed ' "$work/data"
want=0 n=0
while [ $n -lt $rounds ]; do [ $((n % 4)) -ne 0 ] || want=$((want + 1000 + n)); n=$((n + 1)); done
equal "all cpuid exits of all VMs are there" "$(count_of "${kernel_names%% *}" "$work/data")" $want
unload_kvmlat

# An open report, and a room that is to be used again: not while it is read, for some seconds; then rather an error than
# a vCPU that is in it twice.
check "loads with max_vcpus=8" load_kvmlat max_vcpus=8
small_vms() { "$GUEST" -m "$1" -n 20 cpuid >/dev/null; }
# pairs of vCPUs whose room was used again
departed() { count_lines vrow departed any; }
small_vms 8
exec 3<$DATA
head -c 1 <&3 >"$work/held"
others=$(audit vcpus_other) was=$(departed)
small_vms 12
equal "no room is used again while a report is open" "$(departed)" "$was"
check "but others are counted" test "$(audit vcpus_other)" -gt "$others"
cat <&3 >>"$work/held"
exec 3<&-
check "which is whole" sh -c "tail -n 1 '$work/held' | grep -q '^end '"
small_vms 1
cat $DATA >/dev/null	# readers take back what may be
check "then they are" test "$(departed)" -gt "$was"
exec 3<$DATA
head -c 1 <&3 >"$work/held"
sleep 11
small_vms 9
is_stale() { small_vms 2; cat $DATA >/dev/null; ! cat <&3 >/dev/null 2>"$work/error"; }
check "a report that is open for longer ends" eventually 10 is_stale
check "and says why" grep -qi stale "$work/error"
exec 3<&-
check "vCPUs, others and departed add up to CPUs" vcpus_sum_up
unload_kvmlat

# More vCPUs at once than rooms, and than slots.
check "loads with max_vcpus=2" load_kvmlat max_vcpus=2 slots=32
"$GUEST" -v 6 -n 1000000000 cpuid >/dev/null &
busy=$!
others_counted() { [ "$(audit vcpus_other)" -ge 4 ]; }
eventually 20 others_counted
sleep 1
set_param enabled 0
cat $DATA >"$work/data"
kill $busy
wait $busy 2>/dev/null
busy=
equal "vCPUs without a room are counted" "$(audit vcpus_other "$work/data")" 4
check "and kept as others: all adds up" sh -c "grep -q '^vrow other ' $work/data"
check "vCPUs and others add up to CPUs" vcpus_sum_up "$work/data"

# A vCPU that got no room has one when there is one again, though it goes on as it did: also when
# what takes rooms back took its CPU from it between an exit and its entry.
unload_kvmlat
load_kvmlat max_vcpus=2
"$GUEST" -v 2 -n 1000000000 cpuid >/dev/null &
one=$!
rooms_taken() { [ "$(audit vcpu_blocks_used)" = 2 ]; }
busy=$one
check "two vCPUs take all rooms" eventually 20 rooms_taken
"$GUEST" -n 1000000000 msr >/dev/null &
busy="$one $!"
two=$!
is_other() { [ "$(audit vcpus_other)" = 1 ]; }
check "a third gets none" eventually 20 is_other
kill $one
wait $one 2>/dev/null
has_room() { grep -q "^vcpu [0-9]* vmm $two .* state live " $DATA; }
check "until they are gone" eventually 60 has_room
set_param enabled 0
cat $DATA >"$work/data"
kill $two
wait $two 2>/dev/null
busy=
check "no pair is lost by that" vcpus_sum_up "$work/data"
finish
