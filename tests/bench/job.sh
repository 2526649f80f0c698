# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The job of the bench's host: every observer in turn, the baseline first and last. Prints a line
#   bench NAME id ID ticks T pairs N exits N counted N lost N bytes N memory KB
# for each, "switch NAME ticks T switches N" for what tasks that are no vCPUs pay at a switch, or "left-out NAME why", "broken NAME why".
# shellcheck source=tests/bench/observers.sh
. /lab/bench/observers.sh
export BENCH_PAIRS BENCH_PROFILE
mkdir -p /tmp/bench
insmod /lab/bench/invtsc.ko && modprobe kvm-amd || exit 1
id=0

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
		return
	fi
	[ -z "$BENCH_PROFILE" ] || grep -E 'kvm|bpf' /tmp/bench/ksyms
	echo "bench $name id $id $(tr '\n' ' ' </tmp/bench/pairs)" \
		"counted $counted lost $lost bytes $bytes memory $((kernel + $(cat /tmp/bench/resident)))"
}

observe_nothing() { "$@"; counted=$(awk '$1 == "exits" { print $2 }' /tmp/bench/pairs); }

# Pairs of a cpuid exit that kvmlat has counted
kvmlat_counted() {
	cat /sys/kernel/debug/kvmlat/data >/tmp/bench/data
	awk '$1 == "reason" && $4 == "cpuid" { key = $2 }
		$1 == "row" && $2 == "all" && $3 == key {
			for (b = 1; b <= NF && $b != "buckets"; b++)
				;
			while (++b <= NF) { split($b, p, ":"); n += p[2] }
		} END { print n + 0 }' /tmp/bench/data
}

# observe_kvmlat PARAMETERS COMMAND...
# A parameter @lived=N is the bench's: N vCPU threads, all at a time, live and end before the window.
observe_kvmlat() {
	parameters='' lived=0
	for p in $1; do
		case $p in @lived=*) lived=${p#*=} ;; *) parameters="$parameters $p" ;; esac
	done
	shift
	# shellcheck disable=SC2086
	insmod /lab/bench/kvmlat.ko $parameters || return 1
	[ "$lived" = 0 ] || /lab/bench/guest -v "$lived" -n 5 cpuid >/tmp/bench/lived || return 1
	counted=$(kvmlat_counted)
	"$@"
	counted=$(($(kvmlat_counted) - counted))
	kernel=$(($(awk '$1 == "info" && $2 == "memory_bytes" { print $3 }' /tmp/bench/data) / 1024))
	rmmod kvmlat || return 1
	# switched off it must count nothing, which is all that is asked of it
	case $parameters in
	*enabled=0*) [ "$counted" = 0 ] || return 1; counted=$(awk '$1 == "exits" { print $2 }' /tmp/bench/pairs) ;;
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
		modinfo -p /lab/bench/kvmlat.ko | grep -q "^${p%%=*}:" || { echo "${p%%=*}"; return 1; }
	done
}

for p in $BENCH_ONLY; do
	case " kvmlat $rivals " in *" $p "*) ;; *) echo "BENCH_ONLY: no observer $p; there are: kvmlat $rivals"; exit 1 ;; esac
done
# Debian's System.map is empty: the host itself tells where its functions are.
[ -z "$BENCH_PROFILE" ] || awk 'NF == 3 && $2 ~ /[tTwW]/ { print "ksym 0", $1, $2, $3 }' /proc/kallsyms
measure base_first observe_nothing
if wanted kvmlat; then
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
