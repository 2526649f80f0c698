#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make check: every test, one closing line. CHECK_ONLY="unit amd" runs some stages only.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
cd "$top" || exit 1
mkdir -p build/check
passed=0 failed=0 skipped=0
start=$SECONDS

# A stage's log holds results as KTAP lines and perhaps a closing line of its own.
count() {
	local name=$1 status=$2 log=build/check/$1.log p f s
	p=$(grep -c '^ok ' "$log")
	s=$(grep -c '^ok .*# SKIP' "$log")
	f=$(grep -c '^not ok ' "$log")
	read -r cp cf cs < <(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed, \([0-9]*\) skipped$/\1 \2 \3/p' "$log" | tail -n 1)
	p=$((p - s + ${cp:-0})) f=$((f + ${cf:-0})) s=$((s + ${cs:-0}))
	# A stage that failed without a failed result, or had no result at all, failed.
	[ "$status" -eq 0 ] || [ $f -gt 0 ] || f=1
	[ $((p + f + s)) -gt 0 ] || f=1
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	echo "check: $name: $p ok, $f not ok, $s left out, status $status ($((SECONDS - start)) s)"
	if [ $f -gt 0 ] || [ "$status" -ne 0 ]; then
		grep -E '^not ok |^# |kvmlat:' "$log" | sed 's/^/    /'
		tail -n 15 "$log" | sed 's/^/    /'
	elif [ $s -gt 0 ]; then
		grep '# SKIP' "$log" | sed 's/^/    /'
	fi
}

wanted() { [ -z "${CHECK_ONLY:-}" ] || [[ " $CHECK_ONLY " == *" $1 "* ]]; }

stage() {
	local name=$1 status=0
	shift
	wanted "$name" || return 0
	echo "check: $name ... ($((SECONDS - start)) s)"
	"$@" >"build/check/$name.log" 2>&1 || status=$?
	count "$name" $status
}

tests_of() { (cd tests && grep -lE "^# hosts:(.* )?$1( |$)" [0-9]*.sh | tr '\n' ' '); }

# The emulated CPU does not say that its TSC can be trusted; told so, the kernel and kvmlat use it.
amd_tsc() {
	# shellcheck disable=SC2046
	LAB_APPEND=tsc=reliable tests/lab/host.sh amd $(tests_of amd-tsc)
}

host() {
	if [ "$1" = real ]; then
		local test rc=0
		for test in $(tests_of full); do (cd tests && "./$test") || rc=1; done
		return $rc
	fi
	# shellcheck disable=SC2046
	tests/lab/host.sh "$1" $(tests_of "$1")
}

build() {
	make modules tools tests-bin tests-modules && echo "ok 1 module, tool, guest and the tests' modules build"
}

demo() {
	local out=build/check/demo.out
	tests/demo.sh >$out 2>&1 || { cat $out; return 1; }
	cat $out
	# A real guest booted: thousands of exits of its I/O, and both identities hold.
	[ "$(awk '/^total/ { print $2; exit }' $out)" -gt 5000 ] && echo "ok 1 demo: a Linux guest's exits" ||
		echo "not ok 1 demo: a Linux guest's exits"
	[ "$(grep -c ' holds$' $out)" -eq 2 ] && echo "ok 2 demo: identities" || echo "not ok 2 demo: identities"
	grep -q '^Core: ' $out && echo "ok 3 demo: histogram of a CPU" || echo "not ok 3 demo: histogram of a CPU"
}

# A real hypervisor takes the place of the emulated ones: each test runs on it once.
hosts="amd full intel"
! why=$(tests/lab/real.sh) || hosts=real
echo "check: hosts: $hosts${why:+ ($why)}"
echo "check: installing what is missing"
tests/lab/deps.sh build unit prometheus amd full intel style || exit 1
stage build build
# Bochs has one thread and takes minutes: it runs beside the other stages.
if wanted intel && [ "$hosts" != real ]; then
	(host intel >build/check/intel.log 2>&1; echo $? >build/check/intel.status) &
fi
stage unit tests/unit/run.sh
stage prometheus tests/prometheus/run.sh
stage verdict tests/lab/selftest.sh
stage referee tests/referee/selftest.sh
stage bench-judge tests/bench/selftest.sh
stage style tests/style.sh
if [ "$hosts" = real ]; then
	stage real host real
else
	stage amd host amd
	stage amd-tsc amd_tsc
	stage full host full
fi
stage scale tests/scale/run.sh
stage demo demo
if wanted intel && [ "$hosts" != real ]; then
	echo "check: waiting for intel ... ($((SECONDS - start)) s)"
	wait
	count intel "$(cat build/check/intel.status)"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
