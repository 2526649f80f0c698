#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Record the data of the unit tests anew in an emulated host, with the module that is built:
#   record.sh amd       amd.data: all causes, many vCPUs, outliers, exits in flight
#   record.sh intel     intel.data: the same from VMX, on one CPU; takes minutes
#   record.sh same      same.data.gz: one load again and again, and one load in intervals
#                       (diff's false alarms)
# Then the golden outputs anew, UNIT_GOLDEN=write run.sh, and read their diff.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)

# shellcheck disable=SC2016
begin='
modprobe kvm-amd 2>/dev/null || modprobe kvm-intel
"$GUEST" -H >/dev/null & hold=$!	# hold_vm() in lib.sh tells why
data=/sys/kernel/debug/kvmlat/data
'
# Room for six vCPUs, so that some are `departed`; the hog makes preempted pairs; a VMM stopped
# between exit and entry is in flight, and has an outlier when it goes on.
# shellcheck disable=SC2016
every_cause='
last=$(($(nproc) - 1))
insmod "$KVMLAT_KO" max_vcpus=6 outlier_ring=16
"$GUEST" -v 2 -m 3 -n 200 >/dev/null
(while :; do :; done) & hog=$!
taskset -p 1 $hog >/dev/null
"$GUEST" -c 0 -n 400 cpuid msr >/dev/null
kill $hog
"$GUEST" -i -v 2 -n 60 hlt cpuid >/dev/null
"$GUEST" -c $last -n 1000000000 io & one=$!
sleep 1; kill -STOP $one; sleep 1; kill -CONT $one; sleep 1; kill -STOP $one
"$GUEST" -c 0 -n 1000000000 cpuid & two=$!
"$GUEST" -i -n 1000000000 hlt & three=$!
sleep 1
'
# shellcheck disable=SC2016
print='
gzip -9 <$work >/tmp/z
echo "BEGIN $(md5sum <$work | cut -c1-32)"; base64 /tmp/z; echo END
'
# What a run leaves: totals only, and the end. Twenty runs of one load, then twenty intervals of
# one.
# shellcheck disable=SC2016
same_load='
work=/tmp/all
insmod "$KVMLAT_KO" max_vcpus=6 outlier_ring=1 outlier_ns=1000000000000
totals() {
	awk "NR == 2 { last = NR + \$2 } { print } last && NR == last { exit }" $data
	tail -n 1 $data
}
for run in $(seq 24); do
	echo 1 >/sys/module/kvmlat/parameters/reset
	"$GUEST" -v 2 -m 8 -n 1000 >/dev/null
	totals >>$work
done
echo 1 >/sys/module/kvmlat/parameters/reset
"$GUEST" -v 2 -m 1000000 -n 200 >/dev/null & load=$!
sleep 3
for run in $(seq 25); do totals >>$work; sleep 3; done
kill $load
'
cut_out() { sed -n '/^BEGIN/,/^END/p' | tr -d '\r' >"$top/build/recorded"; }
case "${1:-}" in
amd | intel)
	host=$1 job="$begin$every_cause"'work=/tmp/data; cat $data >$work;'
	job+='kill -KILL $one $two $three $hold;'"$print"
	;;
same) host=amd job="$begin$same_load kill \$hold;$print" ;;
*) echo "kvmlat: record.sh: wants amd, intel or same" >&2; exit 1 ;;
esac
"$top/tests/lab/host.sh" "$host" --cmd "$job" | cut_out
sum=$(sed -n 's/^BEGIN //p' "$top/build/recorded")
sed '1d;$d' "$top/build/recorded" | base64 -d >"$top/build/recorded.gz"
[ "$(gzip -dc "$top/build/recorded.gz" | md5sum | cut -c1-32)" = "$sum" ] || {
	echo "kvmlat: record.sh: did not come whole" >&2
	exit 1
}
if [ "$1" = same ]; then
	cp "$top/build/recorded.gz" "$here/same.data.gz"
else
	gzip -dc "$top/build/recorded.gz" >"$here/$1.data"
fi
