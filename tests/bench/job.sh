# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The job of the bench's host: every observer in turn, the baseline first and last. Prints a line
#   bench NAME id ID ticks T pairs N exits N counted N lost N bytes N memory KB
# for each, or "left-out NAME why", "broken NAME why".
# shellcheck source=tests/bench/observers.sh
. /lab/bench/observers.sh
export BENCH_PAIRS
mkdir -p /tmp/bench
modprobe kvm-amd || exit 1
failed=0
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
		failed=1
		return
	fi
	echo "bench $name id $id $(tr '\n' ' ' </tmp/bench/pairs)" \
		"counted $counted lost $lost bytes $bytes memory $((kernel + $(cat /tmp/bench/resident)))"
}

observe_nothing() { "$@"; counted=$(awk '$1 == "exits" { print $2 }' /tmp/bench/pairs); }

# observe_kvmlat PARAMETERS COMMAND...
observe_kvmlat() {
	parameters=$1
	shift
	# shellcheck disable=SC2086
	insmod /lab/bench/kvmlat.ko $parameters || return 1
	"$@"
	cat /sys/kernel/debug/kvmlat/data >/tmp/bench/data
	rmmod kvmlat || return 1
	counted=$(awk '$1 == "reason" && $4 == "cpuid" { key = $2 }
		$1 == "row" && $2 == "all" && $3 == key {
			for (b = 1; b <= NF && $b != "buckets"; b++)
				;
			while (++b <= NF) { split($b, p, ":"); n += p[2] }
		} END { print n + 0 }' /tmp/bench/data)
	kernel=$(($(awk '$1 == "info" && $2 == "memory_bytes" { print $3 }' /tmp/bench/data) / 1024))
	case $parameters in
	*enabled=0*) [ "$counted" = 0 ] || return 1; counted=$(awk '$1 == "exits" { print $2 }' /tmp/bench/pairs) ;;
	esac
}

known_parameters() {
	for p in $1; do
		modinfo -p /lab/bench/kvmlat.ko | grep -q "^${p%%=*}:" || { echo "${p%%=*}"; return 1; }
	done
}

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
fi
for rival in $rivals; do
	! wanted "$rival" || measure "$rival" "observe_$rival"
done
measure base_last observe_nothing
exit $failed
