# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The job of the contention boot: vCPUs pinned to the CPUs 1 and 2, which have nothing else to do,
# and on CPU 0 a reader. Prints a line
#   contend NAME id ID reads N tlb N call N resched N
# for each run: how often the reader read everything while the guests ran, and the interrupts that
# CPUs 1 and 2 got.
insmod /lab/bench/invtsc.ko && modprobe kvm-amd &&
	insmod /lab/bench/kvmlat.ko offcpu=1 outlier_ns=100000000000 || exit 1
taskset -p 1 $$ >/dev/null
D=/sys/kernel/debug/kvmlat
W=/tmp/contend
mkdir -p $W
id=0
# shellcheck source=tests/bench/text.sh
. /lab/bench/text.sh
tell_text

# interrupts NAME: of CPUs 1 and 2 together
interrupts() { awk -v n="$1:" '$1 == n { print $3 + $4 }' /proc/interrupts; }

read_nothing() { sleep 1; }
read_reports() { cat $D/* >/dev/null; }
# as much work of another kind
read_kallsyms() { cat /proc/kallsyms >/dev/null; }

# contend NAME READER CPU...: a guest on each CPU, and the reader again and again until they end
contend() {
	name=$1 reader=$2
	shift 2
	id=$((id + 1)) reads=0
	sleep 1
	tlb=$(interrupts TLB) call=$(interrupts CAL) resched=$(interrupts RES)
	for cpu; do
		taskset $((1 << cpu)) /lab/bench/pairs -n "$BENCH_PAIRS" -i $id >$W/pairs$cpu &
		eval "pid$cpu=$!"
	done
	while :; do
		live=
		# shellcheck disable=SC2154
		for pid in $pid1 $pid2; do ! kill -0 "$pid" 2>/dev/null || live=1; done
		[ $live ] || break
		"$reader"
		reads=$((reads + 1))
	done
	wait
	echo "contend $name id $id reads $reads tlb $(($(interrupts \
		TLB) - tlb)) call $(($(interrupts CAL) - call))" \
		"resched $(($(interrupts RES) - resched))"
	pid1='' pid2=''
}

pid1='' pid2=''
contend alone read_nothing 1
contend two read_nothing 1 2
contend two_read read_reports 1 2
contend two_other read_kallsyms 1 2
# What must be seen to write: a parameter that the probes read.
write_parameter() { echo 100000000000 >/sys/module/kvmlat/parameters/outlier_ns; sleep 0.1; }
contend two_written write_parameter 1 2
# What must be seen to share: every pair an outlier, and they all go into one ring.
echo 100 >/sys/module/kvmlat/parameters/outlier_ns
contend two_outliers read_nothing 1 2
exit 0
