#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the trace event fires for each outlier; outlier_ns and outlier_skip change at run
#   time
# hosts: amd real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 4
load_kvm
load_kvmlat outlier_ns=0

# The trace event.
E=$T/events/kvmlat/kvmlat_outlier
set_param reset 1
echo 'hist:keys=exit_reason' >$E/trigger
"$GUEST" -n 50 cpuid >/dev/null
fired=$(sed -n 's/.*hitcount: *\([0-9]*\)$/\1/p' $E/hist | awk '{ n += $1 } END { print n + 0 }')
equal "the trace event fires for each outlier" "$fired" "$(audit outliers)"
echo '!hist:keys=exit_reason' >$E/trigger
echo 1 >$T/tracing_on
echo 'traceoff:1 if latency_ns > 0' >$E/trigger
"$GUEST" -n 50 cpuid >/dev/null
equal "a traceoff trigger on the trace event fires" "$(cat $T/tracing_on)" 0
echo '!traceoff:1 if latency_ns > 0' >$E/trigger 2>/dev/null || echo '!traceoff' >$E/trigger
set_param outlier_ns 18446744073709551615
before=$(audit outliers)
"$GUEST" -n 50 cpuid >/dev/null
equal "a greater outlier_ns holds from then on" "$(audit outliers)" "$before"
set_param outlier_ns 0
skip=cpuid,CPUID,hlt,HLT,interrupt,EXTERNAL_INTERRUPT,npf,EPT_VIOLATION,EXCEPTION_NMI
set_param outlier_skip $skip
"$GUEST" -n 50 cpuid >/dev/null
check "outlier_skip holds from then on" sh -c "[ \$(($(audit outliers) - $before)) -lt 20 ]"
finish
