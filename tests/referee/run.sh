# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sourced by the 1x-pairing-perf-*.sh tests: one Linux guest, seen by perf and by kvmlat at once.
# referee WHAT SAME|DIFFERS|- OPTIONS-OF-LINUX-GUEST...
# A recording that perf lost events of, or holds an event of twice, is no witness: it is made
# again, twice at most.

# Where the recording itself holds what it holds twice: CPU, time, offset in the file and length of
# the record.
twice_where() {
	local ns
	perf script -D -i "$work/perf.data" 2>/dev/null | grep PERF_RECORD_SAMPLE >"$work/raw"
	sed -n 's/^void: twice: .* at \([0-9]*\) ns$/\1/p' "$work/verdict" | head -n 5 |
		while read -r ns; do grep -E "^[0-9]+ $ns 0x" "$work/raw" | sed 's/^/# /'; done
}

referee() {
	local what=$1 article=$2 try rc=2
	shift 2
	load_kvm
	check "$what: the module loads" load_kvmlat
	for try in 1 2 3; do
		set_param reset 1
		rm -f "$work"/perf.*
		mkfifo "$work/perf.ctl" "$work/perf.ack"
		exec 7<>"$work/perf.ctl" 8<>"$work/perf.ack"
		perf record -q -a -D -1 -m 4096 -e kvm:kvm_exit,kvm:kvm_entry \
			--control "fifo:$work/perf.ctl,$work/perf.ack" \
			-o "$work/perf.data" >"$work/perf.log" 2>&1 &
		local perf=$!
		echo enable >&7
		read -r -t 600 _ <&8 || { diag "perf did not start"; continue; }
		if ! ./linux-guest.sh "$@" >"$work/guest.log" 2>&1; then
			diag "the guest failed"
			sed 's/^/# /' "$work/guest.log"
		fi
		cat $DATA >"$work/data"
		echo stop >&7
		wait $perf
		exec 7>&- 8>&-
		if grep -qi lost "$work/perf.log"; then
			diag "VOID RECORDING, try $try: perf lost events"
			continue
		fi
		perf script -i "$work/perf.data" -F tid,cpu,time,event,trace --ns \
			--show-lost-events >"$work/script" 2>"$work/perf.err"
		rc=0
		local more=()
		[ "$article" = - ] || more=(--article "$article")
		python3 referee/referee.py "${more[@]}" "$work/data" <"$work/script" \
			>"$work/verdict" 2>&1 || rc=$?
		sed 's/^/# /' "$work/verdict"
		[ $rc -eq 2 ] || break
		diag "VOID RECORDING, try $try: $(tail -n 1 "$work/verdict")"
		twice_where
	done
	equal "$what: pairs of each thread are as many as in perf's recording" $rc 0
	check "$what: a Linux guest has more than 5,000 pairs" \
		test "$(audit paired "$work/data")" -gt 5000
	check "$what: both identities hold" identities_hold "$work/data"
	unload_kvmlat
}
