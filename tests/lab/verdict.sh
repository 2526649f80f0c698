#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# verdict.sh VERDICT NONCE [BASELINE]: judge what a lab host sent.
# verdict.sh --died VERDICT NONCE CONSOLE: did the host die before it had sent all? Status
#   0  yes, and in silence, as when its emulator hangs: it may be tried again
#   1  no
#   2  yes, and its kernel had complained or panicked, in the lines printed: that is not to be tried
#      again, for it may happen one time in three, and be kvmlat's doing
#   3  yes, of a corrupted stack end, with no frame of kvmlat's and no other complaint: once
#      it may be tried again, not twice. docs/lab.md has what is known of it.
# Prints the job's output; status 0 when it came whole, the job succeeded and the kernel log has,
# since the job began, no complaint that the log in the verdict BASELINE (a run without the module)
# does not have; 1 when not; 3 when the only fault is complaints and there was no BASELINE to
# compare with.
set -u
complaint='WARNING:|BUG:|Oops|general protection|Call Trace|lockup|detected stall|hung_task'
complaint+='|blocked for more than|UBSAN:|KASAN:'
whole() { [ -s "$1" ] && [ "$(tail -n 1 "$1")" = "LAB-END $2" ]; }
if [ "$1" = --died ]; then
	! whole "$2" "$3" || exit 1
	[ -e "$4" ] || exit 0	# it did not even begin
	said=$(tr -d '\r' <"$4" | grep -E "$complaint|Kernel panic|\[kvmlat") || exit 0
	echo "$said"
	panic='Kernel panic - not syncing: corrupted stack end detected inside scheduler'
	[[ $said == *"$panic"* ]] && ! grep -qvE "$panic|\] Call Trace:\$" <<<"$said" || exit 2
	exit 3
fi
verdict=$1 nonce=$2 baseline=${3:-}

fail() {
	echo "kvmlat: lab: verdict: $*" >&2
	exit 1
}

[ -s "$verdict" ] || fail "none arrived"
body=$(mktemp)
trap 'rm -f "$body"' EXIT
read -r begin got sum <"$verdict"
[ "$begin" = LAB-BEGIN ] || fail "does not begin with LAB-BEGIN"
[ "$got" = "$nonce" ] || fail "is of another run: nonce $got"
whole "$verdict" "$nonce" || fail "truncated: no LAB-END"
sed '1d;$d' "$verdict" >"$body"
[ "$(md5sum <"$body" | cut -c1-32)" = "$sum" ] || fail "damaged: checksum differs"

grep -v '^LAB-' "$body"
complaints() {
	grep '^LAB-DMESG' "$1" | awk '/ lab: the job begins$/ { n = 0; next } { line[n++] = $0 }
		END { for (i = 0; i < n; i++) print line[i] }' | grep -E "$complaint" |
		sed -E -e 's/^LAB-DMESG (<[0-9]+>)?\[[^]]*\] //' \
			-e 's/(PID|CPU): [0-9]+/\1/g; s/0x[0-9a-f]+/0x/g' | sort -u
}
found=$(complaints "$body")
status=0
if [ -n "$found" ]; then
	[ -n "$baseline" ] || { echo "$found" >&2; status=3; }
	if [ -n "$baseline" ]; then
		new=$(comm -23 <(echo "$found") <(complaints "$baseline"))
		[ -z "$new" ] || fail "the kernel complained, and does not without the module: $new"
	fi
fi
exit_line=$(grep '^LAB-JOB-EXIT ' "$body")
[ "$exit_line" = "LAB-JOB-EXIT 0" ] || fail "the job failed: ${exit_line:-no exit status}"
exit $status
