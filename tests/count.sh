# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What check.sh makes of a stage: its results, and what must not be passed over in silence.
passed=0 failed=0 skipped=0 died=0 void=0

# count NAME STATUS LOG: a log holds results as KTAP lines and perhaps a closing line of its own.
count() {
	local name=$1 status=$2 log=$3 p f s d v cp cf cs
	p=$(grep -c '^ok ' "$log")
	s=$(grep -c '^ok .*# SKIP' "$log")
	f=$(grep -c '^not ok ' "$log")
	d=$(grep -c 'TRYING ONCE MORE' "$log")
	v=$(grep -c 'VOID RECORDING' "$log")
	read -r cp cf cs < <(sed -n \
		's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" |
		tail -n 1)
	# a test left out as a whole has no result, but it is one left out
	p=$((p - s + ${cp:-0})) f=$((f + ${cf:-0})) \
		s=$((s + ${cs:-0} + $(grep -c '^1\.\.0 # SKIP' "$log")))
	# A stage that failed without a failed result, or had no result at all, failed.
	[ "$status" -eq 0 ] || [ $f -gt 0 ] || f=1
	[ $((p + f + s)) -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	died=$((died + d)) void=$((void + v))
	echo "check: $name: $p ok, $f not ok, $s left out, status $status ($SECONDS s)"
	[ $((d + v)) -eq 0 ] || grep -E 'TRYING ONCE MORE|VOID RECORDING' "$log" | sed 's/^/    /'
	if [ $f -gt 0 ] || [ "$status" -ne 0 ]; then
		grep -E '^not ok |^# |kvmlat:' "$log" | sed 's/^/    /'
		tail -n 15 "$log" | sed 's/^/    /'
	elif [ $s -gt 0 ]; then
		grep '# SKIP' "$log" | sed 's/^/    /'
	fi
}

# run_here TEST...: on this machine, in tests/; one that leaves itself out (status 4) has not failed
run_here() {
	local test rc=0
	for test; do
		"./$test"
		case $? in 0 | 4) ;; *) rc=1 ;; esac
	done
	return $rc
}

# The closing lines, and the status of all.
total() {
	[ $died -eq 0 ] ||
		echo "check: $died times an emulated host died and was tried again:" \
			"build/check/*.log"
	[ $void -eq 0 ] ||
		echo "check: $void recordings of perf were void and made again: build/check/*.log"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed -eq 0 ]
}
