#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Userspace tests: bucket rule, percentiles, and the formatter on good and damaged input.
# Each unit-NAME.sh is a part, run in this shell; UNIT_ONLY="parse views" runs some parts only,
# UNIT_GOLDEN=write writes the golden outputs anew instead of comparing (then read the diff).
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/unit
mkdir -p "$out"
n=0 failed=0
flags=(-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all)
# For tests that are built with files of the tool.
tools_include=(-I "$top/tools" -I "$top/include")
unset COLUMNS LINES

ok() { n=$((n + 1)); echo "ok $n $*"; }
not_ok() { n=$((n + 1)); failed=1; echo "not ok $n $*"; }
skip() { n=$((n + 1)); echo "ok $n $1 # SKIP $2"; }

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

# module_unit NAME SOURCE...: compile the module's own code against kernel.h; the headers it includes are empty, but for
# KVM's tables. gnu11: the kernel's language.
module_unit() {
	local name=$1 header
	shift
	for header in $(sed -n 's/^#include <\(\(linux\|asm\|trace\)\/.*\)>/\1/p' "$top"/module/*.[ch] "$top"/module/*/*.[ch]); do
		mkdir -p "$out/kernel/${header%/*}"
		case $header in
		asm/svm.h | asm/vmx.h) echo "#include_next <$header>" >"$out/kernel/$header" ;;
		*) : >"$out/kernel/$header" ;;
		esac
	done
	gcc "${flags[@]}" -std=gnu11 -Wno-sign-compare -Wno-unused-parameter -D__KERNEL__ -I "$out/kernel" -I "$top/module" \
		-include "$here/kernel.h" -o "$out/$name" "$@"
}

# equal WHAT GOT WANTED
equal() {
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: got '${2:0:300}', wanted '${3:0:300}'"; fi
}

# true_that WHAT COMMAND...
true_that() {
	local what=$1
	shift
	if "$@" >"$out/said" 2>&1; then ok "$what"; else
		not_ok "$what"
		sed 's/^/# /' "$out/said" | head -5
	fi
}

# golden NAME COMMAND...: the whole output, as it stood when somebody read it
golden() {
	local file=$here/golden/$1.txt
	shift
	"$@" >"$out/golden" 2>&1
	if [ "${UNIT_GOLDEN:-}" = write ]; then cp "$out/golden" "$file"; fi
	if diff -u "$file" "$out/golden" >"$out/diff"; then ok "golden: ${file##*/}"; else
		not_ok "golden: ${file##*/}"
		sed 's/^/# /' "$out/diff" | head -20
	fi
}

gcc "${flags[@]}" -o "$out/bucket" "$here/bucket.c" && "$out/bucket" | sed 's/^\(not \)*ok [0-9]* /&bucket: /'
[ "${PIPESTATUS[0]}" -eq 0 ] || failed=1
# The formatter, with the sanitizers, from the Makefile that builds the real one; and the real one.
make -s -C "$top/tools" B="$out/sanitized" CFLAGS="${flags[*]}" "$out/sanitized/kvmlat" || exit 1
make -s -C "$top/tools" B="$out/plain" || exit 1
K=$out/sanitized/kvmlat
good=$here/amd.data
synth=$out/synth.data later=$out/later.data reset=$out/reset.data huge=$out/huge
python3 "$here/synth.py" >"$synth"
python3 "$here/synth.py" --time 25 >"$later"
python3 "$here/synth.py" --time 5 --generation 00017a3cf20b91e5 >"$reset"
sed 's/sum [0-9]*/sum 18446744073709551615/;s/ \([0-9]*\):[0-9]*$/ \1:18446744073709551615/;s/buckets [0-9].* /buckets /' "$synth" >"$huge"

late=()	# what ends behind the other parts
for part in "$here"/unit-*.sh; do
	name=${part##*/unit-}
	[ -z "${UNIT_ONLY:-}" ] || [[ " $UNIT_ONLY " == *" ${name%.sh} "* ]] || continue
	# shellcheck source=/dev/null
	. "$part"
done
for end in "${late[@]}"; do $end; done
exit $failed
