# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The job of the bench's host: every observer in turn, the baseline first and last. Prints a line
#   bench NAME id ID ticks T pairs N exits N counted N lost N bytes N memory KB
# for each, "switch NAME ticks T switches N" for what tasks that are no vCPUs pay at a switch, or
# "left-out NAME why", "broken NAME why".
# shellcheck source=tests/bench/observers.sh
. /lab/bench/observers.sh
# shellcheck source=tests/bench/text.sh
. /lab/bench/text.sh
export BENCH_PAIRS BENCH_PROFILE
mkdir -p /tmp/bench
insmod /lab/bench/invtsc.ko && modprobe kvm-amd || exit 1
id=0 parked=''

wanted() { [ -z "$BENCH_ONLY" ] || case " $BENCH_ONLY " in *" $1 "*) true ;; *) false ;; esac; }

# measure NAME FUNCTION [ARGUMENT...]: FUNCTION gets the command to run behind its own arguments
measure() {
	name=$1
	shift
	id=$((id + 1))
	rm -rf /tmp/bench/*
	sleep 2
	counted=0 lost=0 bytes=0 kernel=0
	if ! "$@" /lab/bench/run.sh $id || [ ! -s /tmp/bench/pairs ]; then
		echo "broken $name"
		[ -z "$parked" ] || unpark
		[ ! -d /sys/module/kvmlat ] || rmmod kvmlat
		return
	fi
	[ -z "$BENCH_PROFILE" ] || grep -E 'kvm|bpf' /tmp/bench/ksyms
	echo "bench $name id $id $(tr '\n' ' ' </tmp/bench/pairs)" \
		"counted $counted lost $lost bytes $bytes memory $((kernel + $(cat \
		/tmp/bench/resident)))"
}

observe_nothing() { "$@"; counted=$(awk '$1 == "exits" { print $2 }' /tmp/bench/pairs); }

# Pairs of a cpuid exit that kvmlat has counted
kvmlat_counted() {
	cat /sys/kernel/debug/kvmlat/data >/tmp/bench/data
	awk "$(cat /lab/bench/rows.awk)"'
		$1 == "reason" && $4 == "cpuid" { key = $2 }
		$1 == "row" && $2 == "all" && $3 == key { n += line_pairs() }
		END { print n + 0 }' /tmp/bench/data
}

# park N: N vCPU threads live from now on, and do nothing, until unpark
park() {
	: >/tmp/bench/parked
	/lab/bench/pairs -p "$1" -w 5 >/tmp/bench/parked &
	parked=$!
	until grep -q "parked $1" /tmp/bench/parked; do
		kill -0 $parked 2>/dev/null || return 1
		sleep 1
	done
}
unpark() {
	kill "$parked"
	wait "$parked"
	parked=''
}
observe_parked() {
	park "$1" || return 1
	shift
	observe_nothing "$@"
	unpark
}

# window_of_vms COMMAND...: with only the window's guest let through by kvmlat, and all others left
# out
# shellcheck disable=SC2016
window_of_vms() { sh -c 'echo $$ >/sys/module/kvmlat/parameters/vms && exec "$@"' sh "$@"; }

# live N: the data that kvmlat_counted read lists at least N vCPUs that live
live() {
	[ "$(awk '$1 == "vcpu" && / state live / { n++ } END { print n + 0 }' \
		/tmp/bench/data)" -ge "$1" ]
}

# observe_kvmlat PARAMETERS COMMAND...
# Parameters that begin with @ are the bench's, see kvmlat.conf.
observe_kvmlat() {
	parameters='' parked_now=0 ko=/lab/bench/kvmlat.ko within='' before=0
	for p in $1; do
		case $p in
		@parked=*) parked_now=${p#*=} ;;
		@before=*) before=${p#*=} ;;
		@vms) within=window_of_vms ;;
		@percpu) ko=/lab/bench/percpu/kvmlat.ko ;;
		*) parameters="$parameters $p" ;;
		esac
	done
	shift
	# shellcheck disable=SC2086
	insmod $ko $parameters && tell_text || return 1
	[ "$parked_now" = 0 ] || park "$parked_now" || return 1
	while [ "$before" -gt 0 ]; do
		/lab/bench/pairs -n 5000 >/dev/null && sleep 30 || return 1
		before=$((before - 1))
	done
	counted=$(kvmlat_counted)
	# shellcheck disable=SC2086
	$within "$@"
	counted=$(($(kvmlat_counted) - counted))
	kernel=$(($(awk '$1 == "info" && $2 == "memory_bytes" { print $3 }' \
		/tmp/bench/data) / 1024))
	[ "$parked_now" = 0 ] || live "$parked_now" || return 1
	[ "$parked_now" = 0 ] || unpark
	rmmod kvmlat && tell_text || return 1
	# switched off it must count nothing, which is all that is asked of it
	case $parameters in
	*enabled=0*) [ "$counted" = 0 ] || return 1
	counted=$(awk '$1 == "exits" { print $2 }' /tmp/bench/pairs) ;;
	esac
}

# switch NAME [PARAMETER]: with kvmlat attached, or without it
switch() {
	[ $# = 1 ] || insmod /lab/bench/kvmlat.ko "$2" || return 1
	echo "switch $1 $(/lab/bench/switches | tr '\n' ' ')"
	[ $# = 1 ] || rmmod kvmlat
}

known_parameters() {
	for p in $1; do
		case $p in @*) continue ;; esac
		modinfo -p /lab/bench/kvmlat.ko | grep -q "^${p%%=*}:" || {
			echo "${p%%=*}"
			return 1
		}
	done
}

for p in $BENCH_ONLY; do
	case " kvmlat $rivals " in *" $p "*) ;;
		*) echo "BENCH_ONLY: no observer $p; there are: kvmlat $rivals"; exit 1 ;; esac
done
# Debian's System.map is empty: the host itself tells where its functions are.
[ -z "$BENCH_PROFILE" ] || awk 'NF == 3 && $2 ~ /[tTwW]/ { print "ksym 0", $1, $2, $3 }' \
	/proc/kallsyms
measure base_first observe_nothing
if wanted kvmlat; then
	measure base_1000 observe_parked 1000
	sed '/^#/d; /^$/d' /lab/bench/kvmlat.conf >/tmp/conf
	while read -r conf parameters; do
		if unknown=$(known_parameters "$parameters"); then
			measure "kvmlat_$conf" observe_kvmlat "$parameters"
		else
			echo "left-out kvmlat_$conf this module has no parameter $unknown"
		fi
	done </tmp/conf
	switch none_first
	switch offcpu_0 offcpu=0
	switch offcpu_1 offcpu=1
	switch none_last
fi
for rival in $rivals; do
	! wanted "$rival" || measure "$rival" "observe_$rival"
done
measure base_last observe_nothing
exit 0
