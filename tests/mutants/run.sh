#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make mutants: every fault in *.patch, put into a copy of the tree, must break the result that
# its first line names, "Breaks: TEST: RESULT". TEST is `unit`, of which the part that RESULT
# begins with is run (the buckets' are always), `layers`, or a test run in the AMD host. The
# unpatched tree passes these tests in make check. MUTANTS_ONLY="a b": only these. A fault that is
# a race need not show in every run: one that survives is tried once more, and that is said. What
# a host would do after the result is not waited for.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$top" || exit 1
passed=0 failed=0
start=$SECONDS
tests/lab/deps.sh build amd || exit 1
KDIR=$(tests/kernel.sh headers) || exit 1
export KDIR

# The test of the fault $name, in the copy that has it.
test_it() {
	cd "$copy" || exit 1
	if [ "$test" = layers ]; then
		make modules >build.log 2>&1 || { cat build.log; echo "does not build"; exit 1; }
		tests/layers.sh
	elif [ "$test" = unit ]; then
		UNIT_ONLY=${what%%[: ]*} tests/unit/run.sh
	else
		targets="modules tools tests-bin"
		case $test in 13-pairing-twins.sh | 22-loading-refuses.sh) \
			targets+=" tests-modules" ;; esac
		# shellcheck disable=SC2086
		make $targets >build.log 2>&1 || { cat build.log; echo "does not build"; exit 1; }
		tests/lab/host.sh amd "$test"
	fi
}
export -f test_it
noticed() { cat "$log" "$console" 2>/dev/null | grep -qE "^not ok [0-9]+ .*$what"; }

# In a session of its own, which is ended as a whole once the result is there.
try_it() {
	setsid bash -c test_it >"$log" 2>&1 &
	local session=$!
	while kill -0 $session 2>/dev/null; do
		noticed && pkill -s $session
		sleep 1
	done
	wait $session 2>/dev/null
	noticed
}

for patch in "$here"/*.patch; do
	name=$(basename "$patch" .patch)
	[ -z "${MUTANTS_ONLY:-}" ] || [[ " $MUTANTS_ONLY " == *" $name "* ]] || continue
	read -r _ test what <"$patch"
	test=${test%:}
	copy=build/mutants/$name
	log=build/mutants/$name.log console=$copy/build/lab/amd/console
	rm -rf "$copy"
	mkdir -p "$copy"
	git ls-files | cpio -pdm --quiet "$copy"
	echo "mutants: $name: $test must fail at '$what' ... ($((SECONDS - start)) s)"
	if ! patch -s -p1 -d "$copy" <"$patch"; then
		echo "mutants: $name: the patch does not apply any more"
		failed=$((failed + 1))
		continue
	fi
	export copy test what
	for try in 1 2; do
		try_it && break
		echo "mutants: $name: survived try $try, or failed in another way:"
		grep -E '^not ok|kvmlat:' "$log" | sed 's/^/    /'
		tail -n 5 "$log" | sed 's/^/    /'
	done
	if noticed; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
