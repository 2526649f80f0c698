# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154
# The rivals. observe_NAME runs "$@" (the guest's window) while the observer is on, then sets
#   counted  pairs of a cpuid exit it holds at the end, or events / 2 where telling exits apart
#            takes too long
#   lost     events it says it lost
#   bytes    bytes it wrote for all it recorded, streamed to memory or disk; 0: it keeps sums only
#   kernel   KiB of buffers and maps, beside what its processes have resident (run.sh looks)
# Status other than 0: the observer did not work.
rivals="bpf bpf_right ftrace ftrace_hist trace_cmd perf_record perf_kvm_live bpftrace"
T=/sys/kernel/tracing
E=$T/events/kvm
W=/tmp/bench

# Sum of the counts of hist.c, of reason cpuid (SVM code 0x72)
bpf() {
	mkfifo $W/in
	hist "$@" /lab/bench/hist.bpf.o <$W/in >$W/hist 2>$W/err &
	exec 9>$W/in
	tries=0
	until grep -q attached $W/hist || [ $tries -gt 100 ]; do sleep 0.1
		tries=$((tries + 1)); done
	$window
	echo >&9
	exec 9>&-
	wait $! || { cat $W/err; return 1; }
	counted=$(awk '$1 == "reason" && $2 == "0x72" { print $3 }' $W/hist)
	kernel=$(awk '$1 == "memory" { print int($2 / 1024) }' $W/hist)
}
observe_bpf() { window=$* && bpf; }
observe_bpf_right() { window=$* && bpf -r; }

ring() { sed 's/ .*//' $T/buffer_total_size_kb; }
ftrace_stat() { awk -v n="$1:" '$1 == n { print $2 }' $T/per_cpu/cpu0/stats; }
observe_ftrace() {
	echo >$T/trace
	echo 1 >$E/kvm_exit/enable && echo 1 >$E/kvm_entry/enable || return 1
	"$@"
	echo 0 >$E/enable
	kernel=$(ring)
	lost=$(ftrace_stat overrun)
	counted=$(($(ftrace_stat entries) / 2))
	# what was overwritten was written too
	bytes=$(($(ftrace_stat bytes) * (counted * 2 + lost) / (counted * 2)))
	echo >$T/trace
}

# Latency per reason: the exit's time is kept by thread, the entry makes a synthetic event of the
# difference.
observe_ftrace_hist() {
	echo 'kvm_lat u32 reason; u64 lat' >>$T/synthetic_events || return 1
	local first='hist:keys=common_pid:ts0=common_timestamp.usecs,r0=exit_reason'
	local then='hist:keys=common_pid:lat=common_timestamp.usecs-$ts0,r=$r0:'
	then+='onmatch(kvm.kvm_exit).trace(kvm_lat,$r,$lat)'
	echo "$first:size=4096" >$E/kvm_exit/trigger &&
		echo "$then:size=4096" >$E/kvm_entry/trigger &&
		echo 'hist:keys=reason,lat.log2:size=4096' >$T/events/synthetic/kvm_lat/trigger || {
			cat $T/error_log
			return 1
		}
	"$@"
	kernel=$(ring)
	cat $T/events/synthetic/kvm_lat/hist >$W/hist
	counted=$(awk '/reason: *114,/ { n += $NF } END { print n + 0 }' $W/hist)
	lost=$(sed -n 's/.*Dropped: *//p' $W/hist)
	echo '!hist:keys=reason,lat.log2' >$T/events/synthetic/kvm_lat/trigger
	echo "!$then" >$E/kvm_entry/trigger
	echo "!$first" >$E/kvm_exit/trigger
	echo '!kvm_lat' >>$T/synthetic_events
}

observe_trace_cmd() {
	trace-cmd record -e kvm:kvm_exit -e kvm:kvm_entry -o $W/trace.dat "$@" >$W/log 2>&1 || {
		cat $W/log
		return 1
	}
	bytes=$(stat -c %s $W/trace.dat)
	kernel=$(ring)
	counted=$(trace-cmd report -R -i $W/trace.dat 2>/dev/null | grep -c ' exit_reason=114 ')
	lost=$(awk '$1 == "overrun:" { n += $2 } END { print n + 0 }' $W/log)
}

perf_events() {
	awk -v n="$1" '$2 == "events:" && $1 == n { n = $3; found = 1 } END { print found ? n : 0 }'
}
observe_perf_record() {
	perf record -q -a -e kvm:kvm_exit,kvm:kvm_entry -o $W/perf.data -- "$@" >$W/log 2>&1 || {
		cat $W/log
		return 1
	}
	bytes=$(stat -c %s $W/perf.data)
	perf report --stats -i $W/perf.data >$W/log 2>$W/err
	counted=$(($(perf_events SAMPLE <$W/log) / 2))
	lost=$(perf_events LOST_SAMPLES <$W/log)
}

observe_perf_kvm_live() {
	mkfifo $W/in	# it polls its keyboard: at the end of a file it would spin
	perf kvm stat live -d 1 >$W/log 2>&1 <$W/in &
	exec 9>$W/in
	sleep 3
	"$@"
	sleep 2
	echo q >&9
	sleep 1
	kill -INT $! 2>/dev/null
	exec 9>&-
	wait $!
	counted=$(awk '$1 == "cpuid" { n += $2 } END { print n + 0 }' $W/log)
}

observe_bpftrace() {
	# -c takes a program, not a script
	bpftrace -o $W/log -c "/bin/busybox sh $*" -e '
		tracepoint:kvm:kvm_exit { @start[tid] = nsecs; @reason[tid] = args->exit_reason; }
		tracepoint:kvm:kvm_entry /@start[tid]/ {
			@lat[@reason[tid]] = hist(nsecs - @start[tid]);
			delete(@start[tid]);
			delete(@reason[tid]);
		}' >$W/err 2>&1 || { cat $W/err; return 1; }
	counted=$(awk '/^@lat/ { on = $1 == "@lat[114]:" } on && /\|$/ { sub(/.*[])] */, "");
		n += $1 } END { print n + 0 }' $W/log)
}
