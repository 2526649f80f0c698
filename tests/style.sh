#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# checkpatch --strict, sparse, W=1, shellcheck, spelling, what documents name, and the project's own
# rules. style.sh PATTERN: only the checks whose name it matches, such as `style.sh columns`.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
cd "$top" || exit 1
git ls-files >/dev/null || {
	echo "kvmlat: style: the files to check are those git knows: no git, or no checkout" >&2
	exit 1
}
only=${1:-}
tools=build/kernel-tools
mkdir -p build
tap_said=build/style.out
# shellcheck source=tests/tap.sh
. tests/tap.sh

# result WHAT COMMAND...: right when the command succeeds
result() { [[ ! $1 =~ $only ]] || check "$@"; }

# Exceptions, and why. Both: kernel versions are what compat.h is for; X-macro lists and tables
# cannot be wrapped as wished; names of the kernel's own macros; wide lines are looked for below, in
# all files.
both=LONG_LINE,LONG_LINE_COMMENT,LONG_LINE_STRING,LINUX_VERSION_CODE,COMPLEX_MACRO
both+=,MACRO_ARG_REUSE,TRAILING_STATEMENTS,FILE_PATH_CHANGES
both+=,MULTISTATEMENT_MACRO_USE_DO_WHILE,PREFER_KERNEL_TYPES,CAMELCASE,CONSTANT_COMPARISON
# const_structs.checkpatch lists kvm_x86_ops-like names; the array of counter names is const already
# and shared; bucket.h is userspace's too; two bounds of parameters stand together.
module=$both,STATIC_CONST_CHAR_ARRAY,BRACKET_SPACE,BIT_MACRO,LINE_SPACING
# The layout of TRACE_EVENT is the kernel's own, which checkpatch does not take.
trace=$both,PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE,SPACING
# Userspace: the kernel's macros for attributes, arrays and bits do not exist there; nor has C a
# name for 128 bits; lists of X-macros are in arrays and enums here too.
user=$both,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE,BIT_MACRO,STATIC_CONST_CHAR_ARRAY
user+=,EMBEDDED_FUNCTION_NAME,UNNECESSARY_PARENTHESES,NEW_TYPEDEFS,BRACKET_SPACE,LINE_SPACING
checkpatch() {
	local ignore=$1 out
	shift
	out=$(perl $tools/checkpatch.pl --strict --no-tree --terse --no-summary \
		--ignore "$ignore" -f "$@" | grep -v '^total:')
	echo "$out"
	[ -z "$out" ]
}

# The faults of `make mutants` are patches: one that does not apply any more shows nothing.
mutants_apply() {
	local patch copy=build/style-mutants bad=0
	rm -rf $copy
	mkdir -p $copy
	cp -r module include tools tests Kbuild $copy/
	for patch in tests/mutants/*.patch; do
		patch -s -f --dry-run -p1 -d $copy <"$patch" || { echo "$patch"; bad=1; }
	done
	return $bad
}

kdir=$(tests/kernel.sh headers)
module_copy() {
	rm -rf "$1"
	mkdir -p "$1"
	cp -r module include Kbuild dkms.conf "$1"/
	find "$1" \( -name '*.o' -o -name '.*.cmd' \) -delete
}
kernel_build() {
	local dir=build/style-module out
	module_copy $dir
	out=$(make -C "$kdir" M="$top/$dir" "$@" modules 2>&1) || { echo "$out"; return 1; }
	! grep -E 'warning|error' <<<"$out"
}

# drift_is_seen OBJECT HEADER CHANGE SAYS: the object builds; with that change of a kernel header it
# does not, and says so
drift_is_seen() {
	local object=$1 header=$2 change=$3 says=$4 dir=build/style-drift source out
	source=$(sed -n 's,^include \(.*\)/Makefile$,\1,p' "$kdir/Makefile")
	module_copy $dir
	mkdir -p "$dir/other/$(dirname "${header#*/include/}")"
	header_build() {
		sed "$1" "${source:-$kdir}/$header" >"$dir/other/${header#*/include/}"
		make -C "$kdir" M="$top/$dir" NOSTDINC_FLAGS="-nostdinc -I$top/$dir/other" \
			"module/$object" 2>&1
	}
	header_build '' || return 1
	! out=$(header_build "$change") || { echo "builds with another $header"; return 1; }
	grep -F -- "$says" <<<"$out" || { echo "$out"; return 1; }
}
of_another_type() {
	local events=./include/trace/events ops=arch/x86/include/asm/kvm_host.h
	local prototype="kvm_exit has another prototype than the one kvmlat knows"
	local errno='/(kvm_userspace_exit,/,/TP_ARGS/s/int errno),/long errno),/'
	local state='/(sched_switch,/,/TP_ARGS/s/int prev_state),/long prev_state),/'
	# other arguments, and a type that is called alike
	drift_is_seen arch/x86.o $ops '/(\*get_exit_info)(/s/u32 \*reason/u64 *reason/' \
		"$prototype" &&
		drift_is_seen arch/x86.o $ops 's/void \((\*get_exit_info)(\)/int \1/' \
			"$prototype" &&
		drift_is_seen control/attach.o $events/kvm.h "$errno" \
			check_trace_callback_type_kvm_userspace_exit &&
		drift_is_seen control/attach.o $events/sched.h "$state" \
			check_trace_callback_type_sched_switch
}

long_files() {
	git ls-files '*.[ch]' '*.sh' | while read -r f; do
		[ "$(wc -l <"$f")" -le 400 ] || echo "$f has over 400 lines"
	done | grep . && return 1
	return 0
}

# A tab is up to 8 columns. Left out: recorded and golden data, patches, what a program wrote as a
# whole, and the license; series of Prometheus and the format of a trace event, one string each.
text_files() {
	git grep -Il '' -- . ':!*.data' ':!*.patch' ':!*.json' ':!tests/unit/golden' ':!LICENSE' \
		':!tests/bench/qemu-plugin-v1.h' ':!tests/prometheus/rules.test.yml' \
		':!module/store/kvmlat-trace.h'
}
# too_wide FILE...: lines of over 100 columns, or of over 100 bytes that are no UTF-8
too_wide() {
	local f
	for f; do
		expand "$f" | LC_ALL=C.UTF-8 grep -nE '^.{101,}' | sed "s,^\([0-9]*\):.*,$f:\1,"
	done
}
wide_lines() {
	local files
	mapfile -t files < <(text_files)
	! too_wide "${files[@]}" | grep .
}
# The check above sees what is too wide, and nothing else.
wide_lines_selftest() {
	local sample=build/style-wide umlauts
	printf -v umlauts '\303\274%.0s' {1..100}
	printf '%s\n%0100d\n%0101d\n%s\n%s\n\t%093d\n' short 0 0 "$umlauts" "${umlauts}x" 0 >$sample
	[ "$(too_wide $sample)" = "$(printf '%s\n' $sample:3 $sample:5 $sample:6)" ]
}

no_machine_paths() {
	local paths='/(work|farm|home)/[a-z]|deb\.debian\.org|snapshot\.debian\.org|pypi\.org'
	! git grep -nE "$paths" -- . ':!tests/style.sh'
}
not() { ! "$@"; }

versions_elsewhere() {
	grep -rnE 'LINUX_VERSION_CODE|KERNEL_VERSION' module --include='*.[ch]' | grep -v compat.h
}
scripts=$(git ls-files | while read -r f; do
	head -n 1 "$f" | grep -q '^#!/bin/.*sh' && echo "$f"
done)
mkdir -p build
tests/get-checkpatch.sh || exit 1
# shellcheck disable=SC2046
result "checkpatch --strict: module" checkpatch "$module" \
	$(git ls-files 'module/*.[ch]' tests/scale/fill.c tests/drift | grep -v trace)
# shellcheck disable=SC2046
result "checkpatch --strict: trace event" checkpatch "$trace" $(git ls-files 'module/*-trace.h')
# shellcheck disable=SC2046
result "checkpatch --strict: tools and tests" checkpatch "$user" \
	$(git ls-files 'tools/*.[ch]' 'include/*.h' ':(glob)tests/*.[ch]' 'tests/unit/*.c' \
		'tests/bench/*.c' tests/scale/reader.c tests/scale/expect.c 'tests/untrust/*.c' |
		grep -v bpf)
result "sparse" kernel_build C=2
result "no warning with W=1" kernel_build W=1
result "does not build where what it hooks has another type" of_another_type
# Left out: unused or unassigned across sourced files, functions called by name, sed scripts in
# quotes, -fsanitize=a,b.
# shellcheck disable=SC2086
result "shellcheck" shellcheck -S warning -x -P SCRIPTDIR -e SC2154,SC2034,SC2054 $scripts \
	tests/lib.sh
result "faults of make mutants apply" mutants_apply
# shellcheck disable=SC2046
result "spelling" codespell -q 2 -L inflight,nd module tools tests/*.sh tests/*.[ch] docs ./*.md \
	$(git ls-files include)
result "no file over 400 lines" long_files
result "lines over 100 columns: those of a sample are seen" wide_lines_selftest
tap_lines=+1 result "no text file has a line over 100 columns" wide_lines
result "what documents name exists: each check sees its fault" tests/docs-names.py --selftest
result "what documents name exists; README is short; each promise has a test" tests/docs-names.py
result "the probes call no lock, no allocation, no print" \
	tests/probe-calls.py build/style-module/kvmlat.o
result "kernel versions only in compat.h" not versions_elsewhere
# shellcheck disable=SC2046
result "man pages: mandoc -T lint" mandoc -T lint -W warning $(git ls-files '*.[1-9]')
result "no path of a machine, no registry's host name" no_machine_paths
finish
