#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Userspace tests: bucket rule, percentiles, and the formatter on good and damaged input.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/unit
mkdir -p "$out"
n=0 failed=0
flags=(-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all)

ok() { n=$((n + 1)); echo "ok $n $*"; }
not_ok() { n=$((n + 1)); failed=1; echo "not ok $n $*"; }

gcc "${flags[@]}" -o "$out/bucket" "$here/bucket.c" && "$out/bucket" | sed 's/^\(not \)*ok [0-9]* /&bucket: /'
[ "${PIPESTATUS[0]}" -eq 0 ] || failed=1
gcc "${flags[@]}" -DKVMLAT_VERSION='"test"' -o "$out/kvmlat" "$top"/tools/*.c || exit 1
K=$out/kvmlat
good=$here/amd.data

# says STATUS TEXT COMMAND...: exit status and a part of what it says
says() {
	local want=$1 text=$2 status=0
	shift 2
	"$@" >"$out/said" 2>&1 || status=$?
	if [ $status -eq "$want" ] && grep -qF -- "$text" "$out/said"; then ok "$text"; else
		not_ok "wanted status $want and '$text'; status $status and:"
		sed 's/^/# /' "$out/said" | head -5
	fi
}

# bad TEXT SED-SCRIPT: the good file, damaged
bad() {
	sed "$2" "$good" >"$out/bad"
	says 1 "$out/bad:$1" "$K" -f "$out/bad"
}

for view in summary hist status "hist -C 0-1"; do
	# shellcheck disable=SC2086
	"$K" -f "$good" $view >"$out/view" 2>&1
	golden=$here/golden-$(echo "$view" | tr -d ' ').txt
	if diff -u "$golden" "$out/view" >"$out/diff"; then ok "golden: $view"; else
		not_ok "golden: $view"
		sed 's/^/# /' "$out/diff"
	fi
done

says 0 "usage: kvmlat" "$K" --help
says 0 "kvmlat test" "$K" --version
says 1 "'frobnicate': no such command" "$K" frobnicate
says 1 "not a CPU list" "$K" -f "$good" hist -C 1-
says 1 "no such reason or CPU" "$K" -f "$good" hist -r nonsense
says 0 "cpuid" "$K" -f "$good" hist -r CPUID
says 0 "cpuid" "$K" -f "$good" hist -r 0x72
says 2 "No such file" "$K" -f "$out/none" summary
says 2 "is a directory" "$K" -f "$out" summary
says 2 "No space left" sh -c "'$K' -f '$good' >/dev/full"
[ -d /sys/module/kvmlat ] || says 2 "the module is not loaded" "$K"
: >"$out/bad"
says 1 "empty" "$K" -f "$out/bad"
bad "1: does not begin" '1s/kvmlat/kvmlot/'
bad "1: unknown format version" '1s/data 1/data 2/'
bad "1: no generation" '1s/.$/x/'
bad "2: no line 'totals N'" '2d'
bad "2: 'x' is not a number" '2s/ .*/ x/'
bad "3: 'INFO' begins no kind of line" '3s/info/INFO/'
bad "3: a field is missing" '3s/ .*//'
row=$(grep -n -m 1 '^row all' "$good" | cut -d: -f1)
bad "$row: '-1' is not a number" "${row}s/sum [0-9]*/sum -1/"
bad "$row: '99999999999999999999' is not a number" "${row}s/sum [0-9]*/sum 99999999999999999999/"
bad "$row: '329' is not a number from 0 to 328" "${row}s/\$/ 329:1/"
bad "$row: bucket 0 is not in ascending order" "${row}s/\$/ 0:1/"
bad "$row: 'x' is no bucket" "${row}s/\$/ x/"
bad "$row: min is above max" "${row}s/min [0-9]*/min 18446744073709551615/"
bad "$row: reason" "$((row - 1))p"
bad "$((row + 1)): this row stands twice" "${row}p"
bad "$((row - 1)): a row of a reason that has no reason line" "$((row - 1))d"
bad "$(wc -l <"$good"): the end is of another generation" '$s/ .*/ 0000000000000000/'
bad "$(($(wc -l <"$good") + 1)): more after the end" '$p'
sed "${row}s/sum/s\x00m/" "$good" >"$out/bad"
says 1 "NUL byte" "$K" -f "$out/bad"
{ head -n 2 "$good"; printf 'info x %020000d\n' 0; } >"$out/bad"
says 1 "line too long" "$K" -f "$out/bad"

# Every truncation is noticed; no single damaged byte brings the parser down.
size=$(stat -c %s "$good") step=$((size / 100 + 1)) accepted=0 crashed=0
for ((at = 1; at < size; at += step)); do
	head -c $at "$good" >"$out/bad"
	"$K" -f "$out/bad" >/dev/null 2>&1 && accepted=$((accepted + 1))
	{ head -c $((at - 1)) "$good"; printf '\x39'; tail -c +$((at + 1)) "$good"; } >"$out/bad"
	"$K" -f "$out/bad" status >"$out/said" 2>&1
	case $? in 0 | 1) ;; *) crashed=$((crashed + 1)) ;; esac
done
head -c $((size - 1)) "$good" >"$out/bad"
"$K" -f "$out/bad" >/dev/null 2>&1 && accepted=$((accepted + 1))
if [ $accepted -eq 0 ]; then ok "truncations are errors"; else not_ok "$accepted truncations were accepted"; fi
if [ $crashed -eq 0 ]; then ok "damaged bytes"; else not_ok "$crashed damaged bytes crashed it"; fi
exit $failed
