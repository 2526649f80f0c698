#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: a kernel whose debugfs is off: everything by /proc/kvmlat, the tool too
# hosts: no-debugfs
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

grep -qw 'debugfs=off' /proc/cmdline || skip_all "for a kernel booted with debugfs=off"
plan 14
DATA=/proc/kvmlat
load_kvm
check "the module loads" load_kvmlat
equal "the log says once that there is no debugfs, and where to look" \
	"$(dmesg | grep -c 'kvmlat: no debugfs (error -[0-9]*): read /proc/kvmlat')" 1
check "there is no debugfs" sh -c "! grep -qw debugfs /proc/mounts && [ ! -e $D ]"
equal "probes are attached without debugfs" "$(info state)" attached

"$GUEST" -n 500 -c 0 >"$work/guest"
cat $DATA >"$work/data"
while read -r name n; do
	case $name in vms | threads | left_open | moved | hlt | HLT) ;;
		*) equal "each exit $name of a guest is counted" \
			"$(count_of "$name" "$work/data")" "$n" ;; esac
done <"$work/guest"
check "both identities hold" identities_hold "$work/data"

# The number of a VM is that of its directory in debugfs: not known then, and VMs in turn are told
# apart all the same.
set_param reset 1
"$GUEST" -n 50 -m 5 -c 0 cpuid >"$work/guest"
cat $DATA >"$work/data"
equal "VMs in turn: each of their exits is counted" "$(count_of "$(name_of cpuid)" "$work/data")" \
	250
equal "VMs in turn: exits of dead VMs are stale" \
	"$(audit stale "$work/data") $(audit stale_entry "$work/data")" "4 4"
equal "VMs have no numbers without debugfs" "$(fields_of vcpu vm "$work/data" | sort -u)" -
check "the tool finds /proc/kvmlat by itself" sh -c "'$KVMLAT' summary | grep -qiE '^cpuid +250 '"
check "the module unloads" unload_kvmlat
finish
