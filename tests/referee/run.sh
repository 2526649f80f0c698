# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2034,SC2154 # work comes from lib.sh, article is for the tests
# For 3?-perf-*.sh, after lib.sh: perf and kvmlat watch the same Linux guest from before its first
# exit until after its last. A run in which perf lost an event is made again with a larger buffer.

referee=$PWD/referee/referee.py
article=$PWD/referee/article.py
perf_pid=
export PYTHONDONTWRITEBYTECODE=1

cleanup() {
	[ -z "$perf_pid" ] || { kill "$perf_pid" && wait "$perf_pid"; } 2>/dev/null
	unload_kvmlat
	rm -rf "$work"
}

needs() {
	for program in perf python3 qemu-system-x86_64 bash taskset; do
		command -v $program >/dev/null || skip_all "no $program here"
	done
	grep -qw svm /proc/cpuinfo || grep -qw vmx /proc/cpuinfo || skip_all "this processor has no virtualization"
	[ -n "$(find /boot -name 'vmlinuz-6.1.*-amd64')" ] || skip_all "no kernel for the guest in /boot"
}

# perf_does COMMAND: have perf do it, return when it is done
perf_does() {
	echo "$1" >&3
	# perf acknowledges with the five bytes "ack\n\0".
	[ "$(timeout 60 dd bs=5 count=1 status=none <&4 | tr -d '\000')" = ack ]
}

perf_start() {
	rm -f "$work/ctl" "$work/ack"
	mkfifo "$work/ctl" "$work/ack"
	# Events of all CPUs in one order of time, also where sched_clock is not stable.
	perf record -a -D -1 -k CLOCK_MONOTONIC -m "$1" -e kvm:kvm_exit,kvm:kvm_entry \
		--control "fifo:$work/ctl,$work/ack" -o "$work/perf.data" >"$work/perf.log" 2>&1 &
	perf_pid=$!
	exec 3<>"$work/ctl" 4<>"$work/ack"
	perf_does enable
}

perf_end() {
	perf_does disable && echo stop >&3 && wait "$perf_pid" || return 1
	perf_pid=
	perf script -i "$work/perf.data" --ns --show-lost-events -F trace:pid,tid,cpu,time,event,trace \
		>"$work/text" 2>"$work/script.log" &&
		perf report -i "$work/perf.data" --stats >"$work/stats" 2>"$work/report.log"
}

clock() { cut -d. -f1 /proc/uptime; }

# observe_once BUFFER COMMAND...: 0 observed, 3 void, else broken
observe_once() {
	buffer=$1
	shift
	begin=$(clock)
	if ! set_param reset 1 || ! perf_start "$buffer"; then
		cat "$work/perf.log"
		return 1
	fi
	[ "$(audit exits)" = 0 ] || { echo "other guests run here"; return 1; }
	echo "guest runs, perf buffers of $buffer"
	"$@" || return 1
	cat "$DATA" >"$work/data"
	echo "guest is gone ($(($(clock) - begin)) s), reading the recording"
	perf_end || { cat "$work/perf.log" "$work/script.log"; return 1; }
	rm -f "$work/perf.data"
	python3 "$referee" derive "$work/text" "$work/result" -s "$work/stats" \
		-l "$work/perf.log" -l "$work/script.log" -l "$work/report.log" || return
	echo "referee has $(wc -l <"$work/text") events ($(($(clock) - begin)) s)"
	python3 "$referee" compare "$work/result" "$work/data" totals >"$work/first"
	[ $? -ne 3 ] || { cat "$work/first"; return 3; }
}

# observe COMMAND...: run it, a guest, under both observers; void runs are made again, three in all
observe() {
	for size in 16M 64M 128M; do
		observe_once $size "$@"
		status=$?
		[ $status -eq 3 ] || return $status
		echo "void: the run is made again"
	done
	return 1
}

# observed WHAT COMMAND...: a result, and what was going on as diagnostics
observed() {
	what=$1
	shift
	if observe "$@" >"$work/observe" 2>&1; then ok "$what"; else not_ok "$what"; fi
	sed 's/^/# /' "$work/observe"
}

# judged NAME COMMAND...: like check, but what the judge said is shown when it agrees, too
judged() {
	what=$1
	shift
	if "$@" >"$work/judged" 2>&1; then ok "$what"; else not_ok "$what"; fi
	sed 's/^/# /' "$work/judged"
}

# Five results: what perf and kvmlat say of the same run.
agree() {
	judged "exits, entries and pairs" python3 "$referee" compare "$work/result" "$work/data" totals
	judged "pairs per reason" python3 "$referee" compare "$work/result" "$work/data" reasons
	judged "pairs per reason and CPU of entry" python3 "$referee" compare "$work/result" "$work/data" cpus
	judged "buckets" python3 "$referee" compare "$work/result" "$work/data" buckets
	judged "audit counters" python3 "$referee" compare "$work/result" "$work/data" audit
}
