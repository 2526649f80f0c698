#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make check: every test, one closing line. CHECK_ONLY="unit amd" runs some stages only; the stage `dkms`, which takes
# minutes, runs when it is named there.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
cd "$top" || exit 1
mkdir -p build/check
# shellcheck source=tests/count.sh
. "$here/count.sh"

wanted() { [ -z "${CHECK_ONLY:-}" ] || [[ " $CHECK_ONLY " == *" $1 "* ]]; }

stage() {
	local name=$1 status=0
	shift
	wanted "$name" || return 0
	echo "check: $name ... ($SECONDS s)"
	"$@" >"build/check/$name.log" 2>&1 || status=$?
	count "$name" $status "build/check/$name.log"
}

tests_of() { (cd tests && grep -lE "^# hosts:(.* )?$1( |$)" [0-9]*.sh | tr '\n' ' '); }

# The emulated CPU does not say that its TSC can be trusted; told so, the kernel and kvmlat use it. Two NUMA nodes, too.
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
# What lab hosts load is built for the kernel they boot, whatever runs here.
[ "$hosts" = real ] || { KDIR=$(tests/kernel.sh headers) || exit 1; export KDIR; }
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
stage kernel tests/kernel-selftest.sh
stage tree tests/tree.sh
if [ "$hosts" = real ]; then
	stage real host real
else
	stage amd host amd
	stage amd-tsc amd_tsc
	stage no-debugfs no_debugfs
	stage full host full
fi
stage scale tests/scale/run.sh
stage demo demo
[ -z "${CHECK_ONLY:-}" ] || stage dkms make dkms-test
if wanted intel && [ "$hosts" != real ]; then
	echo "check: waiting for intel ... ($SECONDS s)"
	wait
	count intel "$(cat build/check/intel.status)" build/check/intel.log
fi
total
