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
tap_said=$out/said
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"
flags=(-std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined
	-fno-sanitize-recover=all)
# For tests that are built with files of the tool.
tools_include=(-I "$top/tools" -I "$top/include")
unset COLUMNS LINES

# says STATUS TEXT COMMAND...: exit status and a part of what it says
says() {
	local want=$1 text=$2 status=0 what
	shift 2
	"$@" >"$out/said" 2>&1 || status=$?
	what=$(tr '\n' ' ' <<<"$*")
	what=${what//$out\//} what=${what//$here\//} what=${what//$top\//} what=${what//sanitized\/}
	what="${what:0:90} says '$text' with status $want"
	if [ $status -eq "$want" ] && grep -qF -- "$text" "$out/said"; then ok "$what"; else
		not_ok "$what"
		diag "status $status, and it said:"
		diag_file "$out/said" 5
	fi
}

# c_unit NAME SOURCE...: a program that prints results
c_unit() {
	local name=$1
	shift
	rm -f "$out/$name"
	gcc "${flags[@]}" -o "$out/$name" "$here/tap.c" "$@"
}

# module_unit NAME SOURCE...: the same of the module's own code, against kernel.h; the headers it
# includes are empty, but for KVM's tables. gnu11: the kernel's language.
module_unit() {
	local name=$1 header
	shift
	rm -f "$out/$name"
	for header in $(sed -n 's/^#include <\(\(linux\|asm\|trace\)\/.*\)>/\1/p' \
		"$top"/module/*/*.[ch]); do
		mkdir -p "$out/kernel/${header%/*}"
		case $header in
		asm/svm.h | asm/vmx.h) echo "#include_next <$header>" >"$out/kernel/$header" ;;
		*) : >"$out/kernel/$header" ;;
		esac
	done
	gcc "${flags[@]}" -std=gnu11 -Wno-sign-compare -Wno-unused-parameter -D__KERNEL__ \
		-I "$out/kernel" -I "$top/module" -I "$top/include" \
		-include "$here/kernel.h" -o "$out/$name" "$here/tap.c" "$@"
}

# golden NAME COMMAND...: the whole output, as it stood when somebody read it
golden() {
	local file=$here/golden/$1.txt
	shift
	"$@" >"$out/golden" 2>&1
	if [ "${UNIT_GOLDEN:-}" = write ]; then cp "$out/golden" "$file"; fi
	if diff -u "$file" "$out/golden" >"$out/diff"; then ok "golden: ${file##*/}"; else
		not_ok "golden: ${file##*/}"
		head -20 "$out/diff" | sed 's/^/# /'
	fi
}

c_unit bucket "$here/bucket.c"
tap_prefix="bucket: "
adopt "$out/bucket"
tap_prefix=
# The formatter, with the sanitizers, from the Makefile that builds the real one; and the real one.
make -s -C "$top/tools" B="$out/sanitized" CFLAGS="${flags[*]}" "$out/sanitized/kvmlat" || exit 1
make -s -C "$top/tools" B="$out/plain" || exit 1
K=$out/sanitized/kvmlat
good=$here/amd.data
synth=$out/synth.data later=$out/later.data reset=$out/reset.data huge=$out/huge
python3 "$here/synth.py" >"$synth"
python3 "$here/synth.py" --time 25 >"$later"
python3 "$here/synth.py" --time 5 --generation 00017a3cf20b91e5 >"$reset"
most=18446744073709551615
sed "s/sum [0-9]*/sum $most/;s/ \\([0-9]*\\):[0-9]*$/ \\1:$most/;s/buckets [0-9].* /buckets /" \
	"$synth" >"$huge"

late=()	# what ends behind the other parts
for part in "$here"/unit-*.sh; do
	name=${part##*/unit-}
	[ -z "${UNIT_ONLY:-}" ] || [[ " $UNIT_ONLY " == *" ${name%.sh} "* ]] || continue
	tap_prefix="${name%.sh}: "
	# shellcheck source=/dev/null
	. "$part"
done
for end in "${late[@]}"; do $end; done
finish
