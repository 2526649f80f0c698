# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Helpers of the NN-*.sh tests. POSIX sh: busybox ash runs them in the small lab hosts.
# Environment, with defaults for a checkout: KVMLAT_KO, KVMLAT (formatter), GUEST.

top=$(cd .. && pwd)
: "${KVMLAT_KO:=$top/kvmlat.ko}" "${KVMLAT:=$top/build/kvmlat}" "${GUEST:=$top/build/guest}"
export KVMLAT
D=/sys/kernel/debug/kvmlat
P=/sys/module/kvmlat/parameters
T=/sys/kernel/tracing
DATA=$D/data
work=$(mktemp -d)
tap_said=$work/said
# shellcheck source=tests/tap.sh
. ./tap.sh

# eventually SECONDS COMMAND...: tried until it succeeds, soon at first, then once a second. A host
# may be slow to let a guest run, the more so an emulated one on a busy machine: it gets ten times
# the seconds, and what succeeds takes none of them.
eventually() {
	tries=$(($1 * 10))
	shift
	for pause in 0.1 0.1 0.2 0.3 0.5; do
		"$@" && return
		sleep $pause
	done
	until "$@"; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 1
	done
}

vendor() { if grep -qw vmx /proc/cpuinfo; then echo kvm-intel; else echo kvm-amd; fi; }
# KVM patches a branch into the scheduler with the first VM and out of it after the last, which an
# emulated host of several CPUs may not survive (boot_qemu() in lab/host.sh): a CPU loops in
# exc_int3 for ever, its run queue locked. One of some fifty such changes did that. So a lab host
# holds a VM from its first test on, and has one CPU while it comes or goes: 2000 changes did no
# harm then.
only_cpu() {
	for online in /sys/devices/system/cpu/cpu[1-9]*/online; do [ ! -e "$online" ] ||
		echo "$1" >"$online"; done
}
holder_file=/tmp/kvmlat-holder
holder_runs() { grep -qs '^State:.[^Z]' "/proc/$(cat $holder_file 2>/dev/null)/status"; }
holder_holds() { grep -q held $holder_file.said; }
hold_vm() {
	if ! grep -q 'lab\.host=' /proc/cmdline || holder_runs; then return 0; fi
	only_cpu 0
	: >$holder_file.said
	"$GUEST" -H >$holder_file.said 2>&1 3>&- 4>&- &
	echo $! >$holder_file
	eventually 20 holder_holds
	held=$?
	only_cpu 1
	return $held
}
holder_gone() { ! holder_runs; }
let_vm_go() {
	holder_runs || return 0
	only_cpu 0
	kill "$(cat $holder_file)"
	wait "$(cat $holder_file)" 2>/dev/null
	eventually 20 holder_gone
	gone=$?
	only_cpu 1
	return $gone
}
load_kvm() { [ -c /dev/kvm ] || modprobe "$(vendor)" && hold_vm; }
# On a hypervisor in use KVM is not ours to unload: false then.
unload_kvm() {
	let_vm_go
	modprobe -r "$(vendor)" 2>/dev/null && {
		[ ! -d /sys/module/kvm ] || modprobe -r kvm 2>/dev/null
	}
}
load_kvmlat() { insmod "$KVMLAT_KO" "$@"; }
unload_kvmlat() { [ ! -d /sys/module/kvmlat ] || rmmod kvmlat; }
set_param() { echo "$2" >"$P/$1"; }

busy=
cleanup() { [ -z "$busy" ] || kill "$busy" 2>/dev/null; unload_kvmlat; rm -rf "$work"; }
trap cleanup EXIT
for fs in debugfs:/sys/kernel/debug tracefs:$T; do
	[ -n "$(ls "${fs#*:}" 2>/dev/null)" ] || mount -t "${fs%%:*}" none "${fs#*:}" 2>/dev/null
done

rows_awk=$(cat ./rows.awk)
# audit NAME [FILE]: a `count` of the data format
audit() { awk -v n="$1" '$1 == "count" && $2 == n { print $3 }' "${2:-$DATA}"; }
info() {
	awk -v n="$1" '$1 == "info" && $2 == n { $1 = $2 = ""; print substr($0, 3) }' "${2:-$DATA}"
}
reason_key() { awk -v n="$1" '$1 == "reason" && $4 == n { print $2 }' "${2:-$DATA}"; }
# fields_of WORD FIELD [FILE [PID]]: a field of each such line (row, vcpu, inflight, outlier), or of
# those of a VMM
fields_of() {
	awk -v word="$1" -v name="$2" -v p="${4:-any}" "$rows_awk"'
	$1 == word {
		line_fields()
		if (name in f && (p == "any" || f["vmm"] == p)) print f[name]
	}' "${3:-$DATA}"
}
# vmms [FILE]: pids of VMMs that have a vCPU
vmms() { fields_of vcpu vmm "${1:-$DATA}" | sort -un | tr '\n' ' ' | sed 's/ $//'; }
# pairs_of_vmm PID [KEY [CAUSE [FILE]]]: "VCPU PAIRS" of each vCPU of a process, in the order of
# their ids
pairs_of_vmm() {
	awk -v p="$1" -v k="${2:-any}" -v c="${3:-any}" "$rows_awk"'
	$1 == "vcpu" || $1 == "end" { if (mine) print id, n; mine = 0 }
	$1 == "vcpu" { line_fields(); mine = f["vmm"] == p; id = f["vcpu"]; n = 0 }
	$1 == "vrow" && mine && (k == "any" || $3 == k) && (c == "any" || $4 == c) {
		n += line_pairs()
	}' "${4:-$DATA}" | sort -n
}

# count_lines WORD WHERE KEY [FILE [CAUSE]]: pairs in the lines of that WORD and WHERE, of a reason
# key and cause or of `any`
count_lines() {
	awk -v word="$1" -v w="$2" -v k="$3" -v c="${5:-any}" "$rows_awk"'
	$1 == word && $2 == w && (k == "any" || $3 == k) && (c == "any" || $4 == c) {
		n += line_pairs()
	}
	END { print n + 0 }' "${4:-$DATA}"
}
# name_of EXIT: the kernel's name for a kind of exit that a guest can make
name_of() {
	case $(vendor)/$1 in
	kvm-amd/*) echo "$1" ;;
	*/cpuid) echo CPUID ;;
	*/io) echo IO_INSTRUCTION ;;
	*/msr) echo MSR_READ ;;
	*/hypercall) echo VMCALL ;;
	*/hlt) echo HLT ;;
	esac
}
# count_rows WHERE KEY [FILE]: of a CPU or `all`
count_rows() { count_lines row "$@"; }
# count_of NAME [FILE]: pairs of a reason, all CPUs
count_of() { count_rows all "$(reason_key "$1" "${2:-$DATA}")" "${2:-$DATA}"; }
count_per_cpu() { awk '$1 == "row" && $2 != "all" { print $2 }' "${1:-$DATA}" | sort -un; }

# identities_hold [FILE]: both audit identities of the project, from the counts
identities_hold() {
	awk '$1 == "count" { c[$2] = $3 } END {
		l = c["exits"] + c["carried"]
		r = c["paired"] + c["overwritten"] + c["stale"] + c["backward"]
		r += c["abandoned"] + c["no_slot"] + c["in_flight"]
		e = c["paired"] + c["stale_entry"] + c["backward"] + c["entry_without_exit"]
		if (l != r || c["entries"] != e || !("exits" in c)) {
			printf "exit side %d = %d, entry side %d = %d\n", l, r, c["entries"], e
			exit 1
		}
	}' "${1:-$DATA}"
}
