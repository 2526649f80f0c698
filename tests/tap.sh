# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Results of tests, in the kernel's form of TAP: every script here that prints results sources this
# file. POSIX sh, as busybox has it; C has unit/tap.h, Python unit/tap.py.
#
# A result is a sentence that can be read alone. What was got and what was wanted stand in lines of
# their own behind one that failed, so the sentence is the same however the test ends.
# $tap_said, set by the script: a file for what a command says, of which a result that failed shows
# the last $tap_lines (40). $tap_prefix: of every sentence.

tap_n=0 tap_failed=0 tap_planned='' tap_prefix='' tap_said=${tap_said:-/dev/null}

# plan N: says beforehand how many results there will be, which finish compares
plan() {
	echo "KTAP version 1"
	echo "1..$1"
	tap_planned=$1
}

ok() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n $tap_prefix$*"
}

not_ok() {
	tap_n=$((tap_n + 1)) tap_failed=1
	echo "not ok $tap_n $tap_prefix$*"
}

# skip WHAT WHY [N]: one result, or N of them, that cannot be had here
skip() {
	tap_left=${3:-1}
	while [ "$tap_left" -gt 0 ]; do
		ok "$1 # SKIP $2"
		tap_left=$((tap_left - 1))
	done
}

# skip_all WHY: nothing of the test can be had here
skip_all() {
	echo "KTAP version 1"
	echo "1..0 # SKIP $*"
	exit 4
}

diag() { echo "# $*"; }

# diag_file FILE [LINES]: the last lines of a file
diag_file() { tail -n "${2:-${tap_lines:-40}}" "$1" | sed 's/^/# /'; }

# equal WHAT GOT WANTED
equal() {
	if [ "$2" = "$3" ]; then ok "$1"; else
		not_ok "$1"
		printf '%s\n' "got:    $2" "wanted: $3" | cut -c 1-2000 | sed 's/^/# /'
	fi
}

# check WHAT [!] COMMAND...: the command succeeds, or with ! fails
check() {
	tap_what=$1 tap_want=0 tap_status=0
	shift
	[ "$1" != ! ] || { tap_want=1 && shift; }
	"$@" >"$tap_said" 2>&1 || tap_status=1
	if [ $tap_status = $tap_want ]; then ok "$tap_what"; else
		not_ok "$tap_what"
		[ "$tap_said" = /dev/null ] || diag_file "$tap_said"
	fi
}

# exits STATUS WHAT COMMAND...: the command ends with that status
exits() {
	tap_want=$1 tap_what=$2 tap_status=0
	shift 2
	"$@" >"$tap_said" 2>&1 || tap_status=$?
	if [ $tap_status = "$tap_want" ]; then ok "$tap_what"; else
		not_ok "$tap_what"
		diag "status $tap_status, wanted $tap_want"
		[ "$tap_said" = /dev/null ] || diag_file "$tap_said"
	fi
}

# adopt COMMAND...: the results that a program prints are this script's own
adopt() {
	tap_status=0
	"$@" >"$tap_said" 2>&1 || tap_status=$?
	tap_before=$tap_n tap_bad=0
	while IFS= read -r tap_line; do
		case $tap_line in
		"ok "*) ok "${tap_line#ok * }" ;;
		"not ok "*) not_ok "${tap_line#not ok * }" && tap_bad=1 ;;
		*) printf '%s\n' "$tap_line" ;;
		esac
	done <"$tap_said"
	if [ $tap_n = $tap_before ] || { [ $tap_status -ne 0 ] && [ $tap_bad = 0 ]; }; then
		not_ok "${1##*/} ends well, with results"
		diag "status $tap_status"
	fi
}

# finish: with the status of the test
finish() {
	if [ -n "$tap_planned" ] && [ "$tap_n" != "$tap_planned" ]; then
		diag "$tap_n results, $tap_planned planned"
		tap_failed=1
	fi
	exit $tap_failed
}
