#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: VMMs of any name are each written in one way, on a line of its own, which the
#   formatter reads back
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
plan 6
load_kvm
check "the module loads" load_kvmlat outlier_ns=0

# run_as NAME WRITTEN: a VMM whose file, and so whose process, is called so; the kernel keeps 15
# bytes
mkdir "$work/vmm"
run_as() {
	cp "$GUEST" "$work/vmm/$1"
	"$work/vmm/$1" -n 50 cpuid >/dev/null || echo "$2" >>"$work/not-run"
	rm "$work/vmm/$1"
	printf '%s|\n' "$2" >>"$work/want"
}
: >"$work/not-run"
run_as 'fire cracker' 'fire cracker'
run_as 'quo"te' 'quo"te'
run_as 'back\slash' 'back\\slash'
run_as 'back\nslash' 'back\\nslash'
run_as "$(printf 'g\303\244st')" "$(printf 'g\303\244st')"
run_as "$(printf '\303\234bung-abcdefghijkl')" "$(printf '\303\234bung-abcdefgh')"
run_as "$(printf 'abcdefghijklmn\303\234')" 'abcdefghijklmn\303'
run_as "$(printf '\346\227\245\346\234\254')" "$(printf '\346\227\245\346\234\254')"
run_as 'a,b=c' 'a,b=c'
run_as ' lead' ' lead'
run_as 'ends in blank ' 'ends in blank '
run_as '(paren)' '(paren)'
run_as 'gone comm x' 'gone comm x'
run_as "$(printf 'new\nline')" 'new\nline'
run_as "$(printf 'tab\tx')" 'tab\tx'
run_as "$(printf 'esc\033[31m')" 'esc\033[31m'
run_as "$(printf '\351t\351')" '\351t\351'
run_as "$(printf '\302\233m')" '\302\233m'
run_as '<b>&' '<b>&'
equal "every VMM runs, whatever its name" "$(cat "$work/not-run")" ""

# What stands behind the first ` comm ` of each line that begins with WORD, each name once
names() { fields_of "$1" comm "$2" | sed 's/$/|/' | sort -u; }
sort -u "$work/want" >"$work/sorted"
cat $DATA >"$work/data"
# same WHAT FILE: no more and no less than what ran
same() {
	if cmp -s "$2" "$work/sorted"; then ok "$1"; else
		not_ok "$1"
		diff "$2" "$work/sorted" | sed 's/^/# /'
	fi
}
# The VM that holds KVM in a lab host is another's: it made no exit since the module came.
names vcpu "$work/data" >"$work/got"
same "vCPUs in data have the names of the VMMs that ran" "$work/got"
names outlier "$work/data" >"$work/got"
same "outliers in data have the names of the VMMs that ran" "$work/got"
# The reports for people
sed -n 's/^VM: VMM [0-9]*, VM [0-9]*, [a-z]*, \(.*\): sum of [0-9]* vCPUs$/\1|/p' $D/vcpus |
	sort -u >"$work/got"
same "VMs in the report vcpus have the names of the VMMs that ran" "$work/got"
# The formatter: as many VMs, each under its name
"$KVMLAT" export --format json --per-vm "$work/data" | tr '{' '\n' |
	sed -n 's/^"kind":"one".*"comm":"\(.*\)","cause".*/\1|/p' | sed 's/\\\(["\\]\)/\1/g' |
	sort -u >"$work/got"
same "VMs that the tool exports as JSON have the names of the VMMs that ran" "$work/got"
finish
