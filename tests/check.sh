#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make check: every test, one closing line. CHECK_ONLY="unit amd" runs some stages only; the stage
# `dkms`, which takes minutes, runs when it is named there.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
cd "$top" || exit 1
mkdir -p build/check
rm -f build/check/*.status
# shellcheck source=tests/count.sh
. "$here/count.sh"
# shellcheck source=tests/tap.sh
. "$here/tap.sh"

wanted() { [ -z "${CHECK_ONLY:-}" ] || [[ " $CHECK_ONLY " == *" $1 "* ]]; }

stage() {
	local name=$1 status=0
	shift
	wanted "$name" || return 0
	echo "check: $name ... ($SECONDS s)"
	("$@") >"build/check/$name.log" 2>&1 || status=$?
	echo $status >"build/check/$name.status"
	count "$name" $status "build/check/$name.log"
}

# gather NAME...: add up what ran beside; it has told its results
gather() {
	local name status
	for name; do
		wanted "$name" || continue
		status=$(cat "build/check/$name.status") || status=1
		count "$name" "$status" "build/check/$name.log" >/dev/null
	done
}

tests_of() { (cd tests && grep -lE "^# hosts:(.* )?$1( |$)" [0-9]*.sh | tr '\n' ' '); }

# The emulated CPU does not say that its TSC can be trusted; told so, the kernel and kvmlat use it.
# Two NUMA nodes, too.
amd_tsc() {
	# shellcheck disable=SC2046
	LAB_APPEND="tsc=reliable numa=fake=2" tests/lab/host.sh amd $(tests_of amd-tsc)
}

# Its debugfs is off for good, so it takes a boot.
no_debugfs() {
	# shellcheck disable=SC2046
	LAB_APPEND=debugfs=off tests/lab/host.sh amd $(tests_of no-debugfs)
}

host() {
	if [ "$1" = real ]; then
		# shellcheck disable=SC2046
		(cd tests && run_here $(tests_of "(full|real)"))
		return
	fi
	# shellcheck disable=SC2046
	tests/lab/host.sh "$1" $(tests_of "$1")
}

build() {
	tap_said=build/check/build.out
	check "the module, the tool, the guest and the tests' modules build" make modules tools \
		tests-bin tests-modules
	finish
}

demo() {
	local out=build/check/demo.out
	tap_said=build/check/demo.said
	tests/demo.sh >$out 2>&1 || { cat $out; return 1; }
	cat $out
	# A real guest booted: thousands of exits of its I/O, and both identities hold.
	check "the demo's Linux guest has more than 5,000 exits" \
		[ "$(awk '/^total/ { print $2; exit }' $out)" -gt 5000 ]
	equal "both identities hold in the demo" "$(grep -c ' holds$' $out)" 2
	check "the demo shows the histogram of a CPU" grep '^Core: ' $out
	finish
}

# A real hypervisor takes the place of the emulated ones: each test runs on it once.
hosts="amd full intel"
! why=$(tests/lab/real.sh) || hosts=real
echo "check: hosts: $hosts${why:+ ($why)}"
echo "check: installing what is missing"
tests/lab/deps.sh build unit prometheus amd full intel style || exit 1
# What lab hosts load is built for the kernel they boot, whatever runs here.
[ "$hosts" = real ] || { KDIR=$(tests/kernel.sh headers) || exit 1; export KDIR; }
stage build build
stage layers tests/layers.sh
# Stages that run beside the others, each lane one after another. Bochs has one thread and takes
# minutes; the hosts in the front have times in which they wait, and the lane behind them is of
# stages that take one CPU and go by no clock.
[ "$hosts" = real ] || (stage intel host intel) &
(
	stage style tests/style.sh
	stage tree tests/tree.sh
	stage verdict tests/lab/selftest.sh
	stage prometheus tests/prometheus/run.sh
	stage scale tests/scale/run.sh
) &
stage unit tests/unit/run.sh
stage referee tests/referee/selftest.sh
stage bench-judge tests/bench/selftest.sh
stage kernel tests/kernel-selftest.sh
if [ "$hosts" = real ]; then
	stage real host real
else
	stage amd host amd
	stage amd-tsc amd_tsc
	stage no-debugfs no_debugfs
	stage full host full
fi
stage demo demo
[ -z "${CHECK_ONLY:-}" ] || stage dkms make dkms-test
echo "check: waiting for what runs beside ... ($SECONDS s)"
wait
[ "$hosts" = real ] || gather intel
gather style tree verdict prometheus scale
total
