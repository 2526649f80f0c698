#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: statistics of vCPUs, while VMs come and go on the same thread ids and blocks are
#   recycled
# hosts: amd full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh

plan 17
load_kvm
rounds=120

# Two processes of two VMs each, one after another on the same threads.
check "the module loads" load_kvmlat
"$GUEST" -v 2 -n 100 cpuid >/dev/null &
one=$!
"$GUEST" -m 2 -n 70 msr >/dev/null &
two=$!
wait $one $two
cat $DATA >"$work/data"
pairs_of() {
	pairs_of_vmm "$1" "$(reason_key "$2" "$work/data")" any "$work/data" | cut -d ' ' -f 2 |
		tr '\n' ' '
}
blocks_of() { fields_of vcpu state "$work/data" "$1" | wc -l; }
cpuid=$(name_of cpuid) msr=$(name_of msr)
equal "each vCPU of a process has a block" "$(blocks_of $one)" 2
equal "the block of each vCPU has the vCPU's own pairs" "$(pairs_of $one "$cpuid")" "100 100 "
equal "each VM of a process that runs them in turn has a block" "$(blocks_of $two)" 2
equal "the block of each VM in turn has the VM's own pairs" "$(pairs_of $two "$msr")" "70 70 "
equal "VMs of a process have numbers of their own" \
	"$(fields_of vcpu vm "$work/data" $two | sort -u | wc -l)" 2
equal "no vCPU of a process that ended is shown as live" \
	"$(grep -c '^vcpu [0-9]* .* state live ' "$work/data")" 0
check "pairs of vCPUs add up to those of CPUs" vcpus_sum_up "$work/data"
check "the report for people has the process's VMs" sh -c "grep -q '^VM: VMM $one, ' $D/vcpus"
unload_kvmlat

# Few blocks, many VMs: VM i runs 1000 + i exits of kind i % 4, so what a block holds says whose it
# is.
check "the module loads with max_vcpus=8" load_kvmlat max_vcpus=8 slots=64
memory=$(info memory_bytes)
pid_max=$(cat /proc/sys/kernel/pid_max)
kinds="cpuid io msr hypercall"
# whose_blocks NAMES: every block holds pairs of one kind only, of a VM that its process had, and no
# more than that ran: less only where the VM found no block at first. No VM has two blocks.
# $work/vms has lines "PID i".
whose_blocks() {
	awk -v kinds="$1" "$rows_awk"'
	BEGIN { split(kinds, name, " ") }
	NR == FNR { vms[$1] = vms[$1] " " $2; next }
	$1 == "count" && $2 == "vcpus_other" { may_lack = $3 }
	$1 == "reason" { of[$2] = line_reason() }
	$1 == "vcpu" { now = $2; vmm[now] = $4; vm[now] = $4 "/" $6 }
	$1 == "vrow" && $2 == now && now ~ /^[0-9]/ {
		for (k = 1; k <= 4; k++) {
			if (of[$3] != name[k]) continue
			n[now, k] += line_pairs()
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
			if (!fits && !lacks) {
				print "block " v " of process " vmm[v] ": " n[v,
					kind] " pairs of " name[kind]
				exit 1
			}
			lack += !fits
			if (seen[vm[v]]++) { print "VM " vm[v] " has two blocks"; exit 1 }
			count++
		}
		print count + 0 " blocks, " lack + 0 " of VMs without one at first, of " \
			may_lack + 0
		exit !count || lack > may_lack
	}' "$work/vms" "$work/data"
}
kernel_names=$(for kind in $kinds; do name_of $kind; done | tr '\n' ' ')
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
		whose_blocks "$kernel_names" >"$work/whose" || {
			wrong=$((wrong + 1))
			diag "after VM $n: $(cat "$work/whose")"
		}
		vcpus_sum_up "$work/data" >"$work/sum" || {
			wrong=$((wrong + 1))
			diag "after VM $n: $(tail -n 3 "$work/sum")"
		}
		# What is gone is read, and cleared when room runs short, in process context.
		sleep 0.2
	fi
	n=$((n + 1))
done
echo "$pid_max" >/proc/sys/kernel/pid_max
cat $DATA >"$work/data"
diag "at the last look: $(tail -n 1 "$work/whose")"
equal "no VM has another's pairs, at any look" $wrong 0
equal "thread ids come round meanwhile" "$again" yes
check "both identities hold after many VMs" identities_hold "$work/data"
check "vCPUs, others and departed add up to CPUs after many VMs" vcpus_sum_up "$work/data"
equal "memory is what it was before many VMs" "$(info memory_bytes)" "$memory"
check "blocks are recycled" grep -q '^vrow departed ' "$work/data"
want=0 n=0
while [ $n -lt $rounds ]; do [ $((n % 4)) -ne 0 ] || want=$((want + 1000 + n)); n=$((n + 1)); done
equal "every cpuid exit of every VM is counted" "$(count_of "${kernel_names%% *}" "$work/data")" \
	$want
finish
