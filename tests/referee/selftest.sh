#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The judges judged: recordings with known answers, and kvmlat data with known faults. No boot.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
export PYTHONDONTWRITEBYTECODE=1

# is NAME STATUS COMMAND...: the command ends with that status
is() {
	name=$1 wanted=$2
	shift 2
	"$@" >"$work/out" 2>&1
	got=$?
	if [ $got -eq "$wanted" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "not ok: $name: status $got, wanted $wanted"
		sed 's/^/  /' "$work/out"
	fi
}
# shellcheck disable=SC2120 # some calls have options
derive() { python3 "$here/referee.py" derive "$work/text" "$work/result" "$@"; }
judge() { python3 "$here/referee.py" compare "$work/result" "$work/data" "$1"; }
article() { python3 "$here/article.py" "$work/text" --against "$work/result" "$1"; }
# says LINE...: the derived result has these lines
says() {
	# shellcheck disable=SC2119
	derive && python3 "$here/referee.py" show "$work/result" >"$work/show" || return
	cat "$work/show"
	for line; do grep -qxF "$line" "$work/show" || { echo "no line: $line"; return 1; }; done
}
# Events in the form of perf script: x TID CPU NS VCPU REASON; n TID CPU NS VCPU
x() {
	printf '  900/%-6s [%03d]  %9d.%09d:  kvm:kvm_exit: vcpu %s reason %s rip 0xfff0 info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0\n' \
		"$1" "$2" $(($3 / 1000000000)) $(($3 % 1000000000)) "$4" "$5"
}
n() {
	printf '  900/%-6s [%03d]  %9d.%09d: kvm:kvm_entry: vcpu %s, rip 0xfff0\n' \
		"$1" "$2" $(($3 / 1000000000)) $(($3 % 1000000000)) "$4"
}
text() { cat >"$work/text"; }

# One vCPU on one CPU: both methods agree. 0 ns, 1 ns and 1000 ns; the last exit stays open.
{ n 1 0 10 0; x 1 0 20 0 io; n 1 0 20 0; x 1 0 30 0 io; n 1 0 31 0; x 1 0 40 0 'PF excp'; n 1 0 1040 0; x 1 0 2000 0 0x7ff; } | text
is "one vCPU" 0 says "exits 4" "entries 4" "paired 3" "entry_without_exit 1" "open 1" \
	"pairs 2 cpu 0 reason io buckets 0:1 1:1" "pairs 1 cpu 0 reason PF excp buckets 10:1"
is "one vCPU: by CPU is the same" 0 article equal
is "one vCPU: by CPU does not differ" 1 article differ

# Migration: exit on CPU 0, entry on CPU 1, which is charged.
{ n 1 0 10 0; x 1 0 20 0 hlt; n 1 1 84 0; x 1 1 100 0 io; n 1 1 101 0; x 1 1 102 0 io; } | text
is "migration" 0 says "migrated 1" "paired 2" "pairs 1 cpu 1 reason hlt buckets 7:1" "pairs 1 cpu 1 reason io buckets 1:1"
is "migration: by CPU is another" 1 article equal

# Two vCPUs on a CPU: by CPU, the exit of one ends at the entry of the other.
{ n 1 0 10 0; x 1 0 20 0 hlt; n 2 0 30 1; x 2 0 40 1 io; n 1 0 1044 0; x 1 0 1050 0 io; n 2 0 1064 1; x 2 0 1070 1 cpuid; } | text
is "two vCPUs on a CPU" 0 says "paired 2" "entry_without_exit 2" "open 2" \
	"pairs 1 cpu 0 reason hlt buckets 11:1" "pairs 1 cpu 0 reason io buckets 11:1"
is "two vCPUs on a CPU: by CPU differs" 0 article differ
is "two vCPUs on a CPU: by CPU is not equal" 1 article equal

{ n 1 0 10 0; x 1 0 20 0 io; x 1 0 30 0 msr; n 1 0 40 0; n 1 0 50 0; } | text
is "exit exit, entry entry" 0 says "overwritten 1" "entry_without_exit 2" "paired 1" "pairs 1 cpu 0 reason msr buckets 4:1"

{ n 1 0 10 0; x 1 0 20 0 io; n 1 0 30 1; x 1 0 40 1 io; n 1 0 41 0; } | text
is "another vCPU on the thread, first entry or not, is stale" 0 says "stale 2" "paired 0"

{ n 1 0 10 0; x 1 0 20 0 io; x 1 0 8796093022228 0 io; n 1 0 17592186044437 0; } | text
is "the open-ended bucket" 0 says "pairs 1 cpu 0 reason io buckets 44:1"

{ n 1 0 10 0; echo '  900/1      [000]          0.000000015: PERF_RECORD_LOST lost 12'; x 1 0 20 0 io; } | text
is "lost events void the run" 3 derive
{ n 1 0 10 0; x 1 0 20 0 io; n 1 0 21 0; } | text
echo 'Processed 3 events and lost 2 chunks!' >"$work/log"
is "so they do when perf only says so" 3 derive -l "$work/log"
printf '           TOTAL events:  9\n          LOST events:  1 (11.1%%)\n' >"$work/stats"
is "or counts them" 3 derive -s "$work/stats"
printf '          SAMPLE events:  4\n' >"$work/stats"
is "a text with fewer events than the recording" 2 derive -s "$work/stats"
printf '          SAMPLE events:  3\n' >"$work/stats"
is "a text with all of them" 0 derive -s "$work/stats"
{ n 1 0 10 0; echo 'Segmentation fault'; } | text
is "a line of something else" 2 derive

# kvmlat's data of the migration and 0x7ff run, right and with a fault each.
{ n 1 0 10 0; x 1 0 20 0 hlt; n 1 1 84 0; for _ in 1 2 3; do x 1 1 100 0 0x4a; n 1 1 1124 0; done; x 1 1 2000 0 hlt; } | text
cat >"$work/good" <<'DATA'
kvmlat-data 1 generation 0000000000000001
totals 14
info kernel 6.1.0
count exits 5
count entries 5
count paired 4
count in_flight 0
count abandoned 1
count overwritten 0
count stale 0
count stale_entry 0
count entry_without_exit 1
count migrated 1
count backward 0
reason 0x78 idle hlt
row all 0x78 - sum 64 min 64 max 64 buckets 32:1
reason 0x4a busy BUS_LOCK
row all 0x4a - sum 3072 min 1024 max 1024 buckets 64:3
cpu 1
row 1 0x78 - sum 64 min 64 max 64 buckets 32:1
row 1 0x4a - sum 3072 min 1024 max 1024 buckets 64:3
end 0000000000000001
DATA
is "the run for the data" 0 derive
all="totals reasons cpus buckets audit"
cp "$work/good" "$work/data"
for check in $all; do is "right data: $check" 0 judge "$check"; done
# doctored CHECK SED: that check, and so the judge, finds the fault
doctored() {
	sed "$2" "$work/good" >"$work/data"
	cmp -s "$work/good" "$work/data" && { echo "not ok: $2 changes nothing"; failed=$((failed + 1)); }
	is "$1 finds $2" "${3:-1}" judge "$1"
}
doctored totals 's/^count exits 5/count exits 6/'
doctored totals 's/^count entries 5/count entries 4/'
doctored totals '/^count paired/d'
doctored reasons '/^row all 0x4a/s/64:3/64:2/'
doctored reasons 's/BUS_LOCK/NOTIFY/; s/0x4a/0x4b/'
doctored cpus '/^row 1 0x4a/s/64:3/64:2/'
doctored cpus 's/^row 1 0x78/row 0 0x78/'
doctored cpus '/^row 1 0x78/d'
doctored buckets '/^row 1 0x4a/s/64:3/80:3/'
doctored buckets '/^row 1 0x4a/s/64:3/48:3/'
doctored audit 's/^count migrated 1/count migrated 0/'
doctored audit 's/^count abandoned 1/count abandoned 0/'
doctored totals 's/^count backward 0/count backward 1/' 3
doctored totals '/^end/d' 2
doctored totals 's/^kvmlat-data 1/kvmlat-data 2/' 2
sed '/^row 1 0x4a/s/64:3/72:3/' "$work/good" >"$work/data"
is "one power of two apart is near enough" 0 judge buckets

: >"$work/text"
is "an empty recording" 0 derive
is "proves nothing" 1 judge totals
is "not even that both methods agree" 1 article equal

echo "$passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
