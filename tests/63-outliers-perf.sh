#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: perf records the trace event kvmlat:kvmlat_outlier: the same outliers as in the ring
# hosts: full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

command -v perf >/dev/null || skip_all "no perf: apt-get install linux-perf"
plan 6
load_kvm
# Every pair: none is too short (local_clock() may give the same time twice), no reason is skipped.
check "the module loads" load_kvmlat outlier_ns=0 outlier_skip=
perf record -q -a -e kvmlat:kvmlat_outlier -o "$work/perf.data" -- "$GUEST" -n 100 -v 2 \
	io >"$work/guest" 2>"$work/perf"
set_param enabled 0
cat $DATA >"$work/data"
equal "every pair is an outlier, and they fit the ring" \
	"$(audit outliers "$work/data") $(audit outliers_overwritten "$work/data")" \
	"$(audit paired "$work/data") 0"
check "there are hundreds of outliers" [ "$(audit outliers "$work/data")" -ge 200 ]
perf script -i "$work/perf.data" -F tid,event,trace >"$work/script" 2>>"$work/perf"
equal "perf loses none" "$(grep -c -i 'lost' "$work/perf")" 0
# "tid latency_ns L reason R ..." of each, by both, in the order and with the words of the event
fields="reason cause latency_ns runq_ns offcpu_ns exit_cpu vmm_pid vm vcpu_id"
fields="$fields info1 info2 intr_info error_code guest_rip"
sed -n 's/^ *\([0-9]*\) *kvmlat:kvmlat_outlier: */\1 /p' "$work/script" | tr '=' ' ' |
	sort >"$work/seen"
awk -v fields="$fields" "$rows_awk"'
$1 == "outlier" {
	line_fields()
	f["vmm_pid"] = f["vmm"]; f["vcpu_id"] = f["vcpu"]; f["guest_rip"] = f["rip"]
	line = f["tid"]
	n = split(fields, name, " ")
	for (i = 1; i <= n; i++)
		line = line " " name[i] " " (name[i] == "offcpu_ns" &&
			f[name[i]] == "-" ? -1 : f[name[i]] == "n/a" ? "0x0" : f[name[i]])
	print line
}' "$work/data" | sort >"$work/kept"
check "perf has every outlier, with all that the ring says of it" diff "$work/kept" "$work/seen"
check "the module unloads" unload_kvmlat
finish
