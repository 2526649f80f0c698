#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A tree in which nothing was built: kselftest builds what its tests need, and `make clean` leaves
# nothing.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.." || exit 1
copy=build/tree
tap_said=build/tree.out
# shellcheck source=tests/tap.sh
. "$here/tap.sh"

kselftest() {
	cat >$copy/tests/50-time.sh <<-'END'
		#!/bin/sh
		echo "may take $kselftest_timeout s"
	END
	chmod +x $copy/tests/50-time.sh
	make -C $copy/tests run_tests TEST_PROGS=50-time.sh >build/tree.tap || {
		cat build/tree.tap
		return 1
	}
	rm $copy/tests/50-time.sh
}
built() { ls $copy/kvmlat.ko $copy/build/{kvmlat,guest,twin/kvmlat_twin.ko,untrust/untrust.ko}; }
# checkpatch keeps names that it knows in the directory it is called in.
camelcase() {
	mkdir -p $copy/build
	echo 'int CamelCase;' >$copy/build/camel.c
	(cd $copy && perl ../kernel-tools/checkpatch.pl --strict --no-tree -f build/camel.c)
	ls $copy/.checkpatch-camelcase.git.*
}
# What git ignores counts, and so does a file that is changed, or gone.
left() { git -C $copy status --porcelain --ignored | grep -v '^A  '; }
nothing_left() { ! left; }

mkdir -p build
tests/get-checkpatch.sh || exit 1
rm -rf $copy
mkdir $copy
git ls-files --cached --others --exclude-standard | cpio -pdm --quiet $copy
git -C $copy init -q && git -C $copy add -A
check "make -C tests run_tests succeeds in a tree where nothing was built" kselftest
check "make -C tests run_tests builds what tests need" built
check "make -C tests run_tests gives a test the time that tests/settings names" \
	grep -q "may take $(sed -n 's/^timeout=//p' tests/settings) s" build/tree.tap
check "checkpatch leaves a file in the tree" camelcase
check "a tree that was used has more in it" left
check "make clean succeeds" make -C $copy clean
check "make clean leaves nothing" nothing_left
finish
