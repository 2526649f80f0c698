#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: `vms` takes living processes, by their pid on the host or in a container
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 20
load_kvm
check "the module loads" load_kvmlat
texts="summary histogram percpu vcpus inflight outliers"
lines_are() {
	for f in $texts; do sed -n "2{/^# filter: /p}" $D/$f; done | sort | uniq -c | sed 's/^ *//'
}

# `vms`: what is no living process, and only that, is refused, and why is said; nothing changes.
said() { dmesg | sed -n 's/.*kvmlat: parameter vms//p' | tail -n 1; }
refuses() {
	set_param vms 1
	env echo "$2" 2>"$work/refused" >$P/vms
	error=$(sed -n 's/.*Invalid argument.*/EINVAL/p' "$work/refused")
	equal "vms of $1 is refused, and the log says why" "$error$(said) $(cat $P/vms)" \
		"EINVAL=$2 refused: $3 1"
}
refuses "a pid that is none" 4194000 "no such process"
"$GUEST" -v 2 -n 1000000000 cpuid >/dev/null &
busy=$!
threads() { [ "$(ls /proc/$busy/task | wc -l)" -ge 3 ]; }
eventually 20 threads
for thread in /proc/$busy/task/*; do
	thread=${thread##*/}
	[ "$thread" = $busy ] || break
done
refuses "a thread id" "$thread" "a thread, not a process"
sh -c 'sleep 0.5 & echo $! >'"$work/zombie"'; exec sleep 1000' &
parent=$!
is_zombie() { grep -q '^State:.Z' "/proc/$(cat "$work/zombie")/status"; }
check "a child that nobody waits for is a zombie" eventually 10 is_zombie
refuses "a zombie" "$(cat "$work/zombie")" "a process that has ended"
kill $parent
refuses "two pids of which one is no process" "1,4194000" "no such process"
refuses "a pid in a container that is none" "1@4194000" "no such process"
refuses "a pid in no container" "1@" "not a list of pids"

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
check "vms takes the pid that a process has in a container" set_param vms \
	"$(cat "$work/ns/guest")@$init"
equal "vms names a container's process by its pid on the host" "$(cat $P/vms)" "$host_pid"
set_param reset 1
counted() { [ -n "$(vmms)" ]; }
check "a VMM in a container is counted" eventually 20 counted
equal "nobody but the VMM in a container is counted" "$(vmms)" "$host_pid"
kill -KILL "$host_pid" "$init" $busy 2>/dev/null	# who is pid 1 there takes no other signal
wait $unshared $busy 2>/dev/null
busy=

# A pid that is given out again is another process.
"$GUEST" -n 1000000000 cpuid >/dev/null &
first=$!
set_param vms $first
set_param reset 1
check "a VMM named by its pid is counted" eventually 20 counted
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
check "another VMM gets the pid of one that ended" eventually 10 again
set_param reset 1
sleep 2
equal "another VMM with the pid of one that ended is not counted" \
	"$(cat $P/vms) $(audit exits)$(vmms)" "$first 0"
set_param vms $first
check "another VMM with the pid of one that ended is counted when it is named itself" eventually \
	20 counted
kill $busy
wait $busy 2>/dev/null
busy=
unload_kvmlat
check "the module loads with a pid that is none" load_kvmlat vms=4194000
equal "the log warns of a pid that is none at load" "$(said)" \
	": 4194000: no such process: no VM is taken for its"
"$GUEST" -n 50 cpuid >/dev/null
equal "nothing is counted with a pid that is none" "$(audit exits)" 0
equal "every report says that only a pid that is none is counted" "$(lines_are)" \
	"6 # filter: cpus all, vms 4194000, enabled 1"
finish
