#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: what shaped the figures is kept with them, and every report shows it
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
plan 24
load_kvm
check "the module loads" load_kvmlat

# Every parameter that can be written is in `data` as it was written, but those that do something.
as_data_says() {
	for f in "$P"/*; do
		f=${f##*/}
		name=$f
		case $f in reset | calibrate | direct) continue ;; esac
		[ "$f" != clock ] || name=clock_wanted
		value=$(info $name)
		case $f in enabled | offcpu | guest_rip) value=$(echo "$value" | tr 01 NY) ;; esac
		[ "$value" = "$(cat "$P/$f")" ] || echo "$f: $value, not $(cat "$P/$f");"
	done
}
equal "data has every parameter's value at the defaults" "$(as_data_says)" ""
all_set() { for good; do set_param "${good%%=*}" "${good#*=}"; done; }
all_set offcpu=1 guest_rip=0 clock=local outlier_ns=12345 outlier_skip=cpuid,CPUID cpus=0
all_set vms=1,$$ enabled=0
equal "data has every parameter's value when each was changed" "$(as_data_says)" ""
all_set offcpu=0 guest_rip=1 clock=auto outlier_ns=1000000 cpus=all vms=all enabled=1
set_param reset 1

# The line under the titles, and the counts. @1: what it is, or nothing.
texts="summary histogram percpu vcpus inflight outliers"
lines_are() {
	for f in $texts; do sed -n "2{/^# filter: /p}" $D/$f; done | sort | uniq -c | sed 's/^ *//'
}
# The lines that `totals` announces are those there are before the other sections.
totals_right() {
	awk '$1 == "totals" { n = $2 + 2 }
		/^(cpu|vcpu|inflight|outlier|end) / { exit NR - 1 != n }' $DATA
}
began() { echo "$(info began_cpus) $(info began_vms) $(info began_enabled)"; }
changes() { echo "$(info filter_changes) $(began)" | sed 's/ *$//'; }
now() { echo "$(info cpus) $(info vms) $(info enabled)"; }
shown() {
	equal "$1: data tells what is filtered and what was when the figures began" \
		"$(now); $(changes)" "$2"
	equal "$1: every report says so under its title" "$(lines_are)" "${3:+6 # filter: $3}"
	check "$1: the totals of data have the lines they say" totals_right
}
since="times since these figures began, with"
none="cpus all, vms all, enabled 1"
shown "no filter" "all all 1; 0" ""
set_param cpus 0
one="cpus 0, vms all, enabled 1; changed 1 $since $none"
shown "cpus=0" "0 all 1; 1 all all 1" "$one"
set_param cpus 0
set_param enabled 1
set_param vms all
shown "the same value written again" "0 all 1; 1 all all 1" "$one"
set_param cpus all
shown "cpus=0 and back" "all all 1; 2 all all 1" "$none; changed 2 $since $none"
set_param reset 1
shown "after a reset without a filter" "all all 1; 0" ""
set_param vms 1
set_param enabled 0
set_param reset 1
shown "after a reset with two filters" "all 1 0; 0" "cpus all, vms 1, enabled 0"
set_param enabled 1
shown "one of two filters goes" "all 1 1; 1 all 1 0" \
	"cpus all, vms 1, enabled 1; changed 1 $since cpus all, vms 1, enabled 0"
set_param vms all
set_param reset 1
finish
