#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# In a lab host: guests of all kinds that the tests run, the same amount of work each time;
# deaths.sh counts how it ends.
#   load.sh guests|events|module|storm ROUNDS
# guests: kvmlat is not there, and tracing is switched on once, as the tests do; events: the
# tracepoints that kvmlat attaches to go on and off in each round; module: kvmlat is loaded, reset,
# switched off and on, read and unloaded; storm: those tracepoints go on and off all the time, so
# that the kernel patches its code while guests run.
cd "$(dirname "$0")/.." || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/causes.sh
. ./causes.sh
how=$1 rounds=$2

load_kvm || exit 1
hooked="kvm/kvm_exit kvm/kvm_entry kvm/kvm_userspace_exit sched/sched_switch"
switch_to() { for event in $hooked; do echo "$1" >"$T/events/$event/enable" || return 1; done; }
observe() {
	case $how in
	events) switch_to 1 ;;
	module) load_kvmlat ;;
	esac
}
again() {
	case $how in
	events) switch_to 0 && switch_to 1 ;;
	module)
		set_param enabled 0 && set_param enabled 1 || return 1
		set_param reset 1 && cat $D/* >/dev/null
		;;
	esac
}
leave() {
	case $how in
	events) switch_to 0 ;;
	module) cat $D/* >/dev/null && unload_kvmlat ;;
	esac
}
run() { "$GUEST" "$@" >"$work/guest" || { echo "kvmlat: load: guest $* failed" >&2; exit 1; }; }

[ "$how" = events ] || [ "$how" = storm ] || trace_on 1000 || exit 1
storm() { while :; do switch_to 1; switch_to 0; done; }
storming=
[ "$how" != storm ] || { storm & storming=$!; }
trap '[ -z "$storming" ] || kill $storming; cleanup' EXIT
round=0
while [ $((round += 1)) -le "$rounds" ]; do
	observe || exit 1
	run -n 500 -c 0
	run -n 200 -v 4
	run -n 50 -m 20 -c 0 cpuid
	run -t -a -n 100 -c 0 cpuid io
	run -n 100 -M io cpuid
	again || exit 1
	run -x -e -m 3 -n 50 cpuid
	run -i -v 2 -n 100 cpuid io hlt
	# Killed while they run, and stopped before that
	"$GUEST" -v 6 -n 1000000000 cpuid io >/dev/null &
	busy=$!
	sleep 1
	kill -STOP $busy
	again || exit 1
	kill -CONT $busy
	sleep 1
	kill -KILL $busy
	wait $busy 2>/dev/null
	busy=
	leave || exit 1
	echo "round $round of $rounds"
done
