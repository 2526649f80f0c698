#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: what shaped the figures is kept with them and shown; `vms` takes living processes
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
plan 43
load_kvm
check "module loads" load_kvmlat

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
equal "at the defaults data has them all" "$(as_data_says)" ""
all_set() { for good; do set_param "${good%%=*}" "${good#*=}"; done; }
all_set offcpu=1 guest_rip=0 clock=local outlier_ns=12345 outlier_skip=cpuid,CPUID cpus=0
all_set vms=1,$$ enabled=0
equal "and when each was changed" "$(as_data_says)" ""
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
	equal "$1: data" "$(now); $(changes)" "$2"
	equal "$1: every report says so" "$(lines_are)" "${3:+6 # filter: $3}"
	check "$1: the totals have the lines they say" totals_right
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
shown "the same again is no change" "0 all 1; 1 all all 1" "$one"
set_param cpus all
shown "and back" "all all 1; 2 all all 1" "$none; changed 2 $since $none"
set_param reset 1
shown "reset: figures of no filter" "all all 1; 0" ""
set_param vms 1
set_param enabled 0
set_param reset 1
shown "reset: figures of two" "all 1 0; 0" "cpus all, vms 1, enabled 0"
set_param enabled 1
shown "one goes" "all 1 1; 1 all 1 0" \
	"cpus all, vms 1, enabled 1; changed 1 $since cpus all, vms 1, enabled 0"
set_param vms all
set_param reset 1

# `vms`: what is no living process, and only that, is refused, and why is said; nothing changes.
said() { dmesg | sed -n 's/.*kvmlat: parameter vms//p' | tail -n 1; }
refuses() {
	set_param vms 1
	env echo "$2" 2>"$work/refused" >$P/vms
	error=$(sed -n 's/.*Invalid argument.*/EINVAL/p' "$work/refused")
	equal "$1: refused, and why" "$error$(said) $(cat $P/vms)" "EINVAL=$2 refused: $3 1"
}
refuses "no such pid" 4194000 "no such process"
"$GUEST" -v 2 -n 1000000000 cpuid >/dev/null &
busy=$!
threads() { [ "$(ls /proc/$busy/task | wc -l)" -ge 3 ]; }
eventually 20 threads
for thread in /proc/$busy/task/*; do
	thread=${thread##*/}
	[ "$thread" = $busy ] || break
done
refuses "a thread id" "$thread" "a thread, not a process"
sh -c 'sleep 0 & echo $! >'"$work/zombie"'; exec sleep 100' &
parent=$!
is_zombie() { grep -q '^State:.Z' "/proc/$(cat "$work/zombie")/status"; }
check "there is a zombie" eventually 10 is_zombie
refuses "a zombie" "$(cat "$work/zombie")" "a process that has ended"
kill $parent
refuses "one of several" "1,4194000" "no such process"
refuses "nobody's container" "1@4194000" "no such process"
refuses "half a name" "1@" "not a list of pids"

# By its pid in a container, as the container has it.
mkdir -p "$work/ns"
cat >"$work/ns/init" <<-EOF
	"$GUEST" -n 1000000000 io >/dev/null &
	echo \$! >$work/ns/guest
	sleep 1000
EOF
unshare -p -f sh "$work/ns/init" &
unshared=$!
inner() { [ -s "$work/ns/guest" ]; }
eventually 10 inner
child() { tr ' ' '\n' <"/proc/$1/task/$1/children" | head -n "$2" | tail -n 1; }
init=$(child $unshared 1)
host_pid=$(child "$init" 1)
check "PID@PID of its init" set_param vms "$(cat "$work/ns/guest")@$init"
equal "is that process of the host" "$(cat $P/vms)" "$host_pid"
set_param reset 1
of_vmms() { awk '$1 == "vcpu" && $3 == "vmm" { print $4 }' $DATA | sort -u | tr '\n' ' '; }
counted() { [ -n "$(of_vmms)" ]; }
check "it is counted" eventually 20 counted
equal "and nobody else" "$(of_vmms)" "$host_pid "
kill -KILL "$host_pid" "$init" $busy 2>/dev/null	# who is pid 1 there takes no other signal
wait $unshared $busy 2>/dev/null
busy=

# A pid that is given out again is another process.
"$GUEST" -n 1000000000 cpuid >/dev/null &
first=$!
set_param vms $first
set_param reset 1
check "a VMM is counted" eventually 20 counted
kill $first
wait $first 2>/dev/null
again() {
	echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
	"$GUEST" -n 1000000000 cpuid >/dev/null &
	busy=$!
	[ $busy = $first ] && return 0
	kill $busy
	wait $busy 2>/dev/null
	return 1
}
check "another gets its pid" eventually 10 again
set_param reset 1
sleep 2
equal "which is not counted" "$(cat $P/vms) $(audit exits)$(of_vmms)" "$first 0"
set_param vms $first
check "until it is named itself" eventually 20 counted
kill $busy
wait $busy 2>/dev/null
busy=
unload_kvmlat
check "at load it is only warned of" load_kvmlat vms=4194000
equal "the log says it" "$(said)" ": 4194000: no such process: no VM is taken for its"
"$GUEST" -n 50 cpuid >/dev/null
equal "and nothing is counted" "$(audit exits)" 0
equal "as every report says" "$(lines_are)" "6 # filter: cpus all, vms 4194000, enabled 1"
finish
