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
check "module loads" load_kvmlat outlier_ns=0 outlier_skip=
perf record -q -a -e kvmlat:kvmlat_outlier -o "$work/perf.data" -- "$GUEST" -n 100 -v 2 io >"$work/guest" 2>"$work/perf"
set_param enabled 0
cat $DATA >"$work/data"
equal "every pair is an outlier, and they fit the ring" "$(audit outliers "$work/data") $(audit outliers_overwritten "$work/data")" \
	"$(audit paired "$work/data") 0"
check "some hundred were" [ "$(audit outliers "$work/data")" -ge 200 ]
perf script -i "$work/perf.data" -F tid,event,trace >"$work/script" 2>>"$work/perf"
equal "perf lost none" "$(grep -c -i 'lost' "$work/perf")" 0
# "tid latency reason" of each, by both
sed -n 's/^ *\([0-9]*\) *kvmlat:kvmlat_outlier: *reason=\([0-9a-fx]*\) .* latency_ns=\([0-9]*\) .*/\1 \3 \2/p' "$work/script" |
	sort >"$work/seen"
awk '$1 == "outlier" { for (f = 2; f < NF; f += 2) v[$f] = $(f + 1); print v["tid"], v["latency_ns"], v["reason"] }' "$work/data" |
	sort >"$work/kept"
check "perf has them, each with its thread, latency and reason" diff "$work/kept" "$work/seen"
check "module unloads" unload_kvmlat
finish
