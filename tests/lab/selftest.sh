#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The judge of the lab hosts must itself notice a verdict that is missing, cut, forged or bad.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 failed=0

# verdict FILE NONCE BODY
verdict() {
	printf '%b\n' "$3" >"$dir/body"
	{ echo "LAB-BEGIN $2 $(md5sum <"$dir/body" | cut -c1-32)"; cat "$dir/body"; echo "LAB-END $2"; } >"$1"
}

# judged STATUS WHAT ARGUMENTS-OF-VERDICT...
judged() {
	local want=$1 what=$2 status=0
	shift 2
	n=$((n + 1))
	"$here/verdict.sh" "$@" >/dev/null 2>&1 || status=$?
	if [ $status -eq "$want" ]; then echo "ok $n $what"; else
		echo "not ok $n $what: status $status, not $want"
		failed=1
	fi
}

good="ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] fine"
oops="ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] BUG: kernel NULL pointer dereference"
verdict "$dir/good" n1 "$good"
judged 0 "a good verdict" "$dir/good" n1
judged 1 "of another run" "$dir/good" n2
judged 1 "missing" "$dir/none" n1
: >"$dir/empty"
judged 1 "empty" "$dir/empty" n1
for cut in 10 40 90; do
	head -c $cut "$dir/good" >"$dir/cut"
	judged 1 "cut after $cut bytes" "$dir/cut" n1
done
sed 's/ok 1 a/ok 1 b/' "$dir/good" >"$dir/forged"
judged 1 "changed on the way" "$dir/forged" n1
verdict "$dir/failed" n1 "not ok 1 a\nLAB-JOB-EXIT 1"
judged 1 "a job that failed" "$dir/failed" n1
verdict "$dir/died" n1 "ok 1 a"
judged 1 "a job without an exit status" "$dir/died" n1
verdict "$dir/oops" n1 "$oops"
judged 3 "an oops, nothing to compare with" "$dir/oops" n1
judged 1 "an oops that the baseline lacks" "$dir/oops" n1 "$dir/good"
judged 0 "a complaint the baseline has too" "$dir/oops" n1 "$dir/oops"

# kselftest, as `make -C tests run_tests` uses it, gives a test the time that tests/settings names.
cat >"$dir/50-time.sh" <<'END'
#!/bin/sh
echo "may take $kselftest_timeout s"
END
chmod +x "$dir/50-time.sh"
want="may take $(sed -n 's/^timeout=//p' "$here/../settings") s"
n=$((n + 1))
if make -C "$here/.." run_tests TEST_PROGS="$dir/50-time.sh" 2>&1 | tee "$dir/out" | grep -q "$want"; then
	echo "ok $n kselftest: $want"
else
	echo "not ok $n kselftest: $want"
	sed 's/^/# /' "$dir/out"
	failed=1
fi
exit $failed
