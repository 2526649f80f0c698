#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make deaths: how often an emulated AMD host dies, with and without kvmlat. Boots it N times, by
# turns with each HOW of load.sh, the same guests each time, and counts how the boots end.
#   deaths.sh [N [HOW...]]     default 30, guests events module
#   deaths.sh --table          only writes the table into docs/lab.md
# DEATHS_ROUNDS=6: rounds of guests in a boot, 39 machines each. DEATHS_THREAD=single: the emulator
# has one thread for all CPUs; DEATHS_CPUS=1: the host has one CPU. What was counted stays in
# build/deaths/results, and each boot adds to it; so do the consoles of those that ended badly.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/deaths
thread=${DEATHS_THREAD:-multi} cpus=${DEATHS_CPUS:-2} rounds=${DEATHS_ROUNDS:-6}
mkdir -p "$out"

# how_it_ended STATUS: fine, failed (the job), panicked, complained or hung, and with which words
how_it_ended() {
	local console said
	local complaints='(WARNING|BUG|Oops|INFO): |general protection|stall|soft lockup'
	console=$(tr -d '\r' <"$out/boot/console" 2>/dev/null)
	if said=$(grep -m 1 -o 'Kernel panic - .*' <<<"$console"); then echo "panicked $said"
	elif said=$(grep -m 1 -E "$complaints" <<<"$console"); then
		echo "complained ${said#*] }"
	elif [ "$1" -eq 0 ]; then echo fine
	elif tail -n 1 "$out/boot/verdict" 2>/dev/null | grep -q ^LAB-END; then echo failed
	else echo hung; fi
}

boot() {
	local how=$1 status=0 ended number ran
	LAB_ONCE=1 LAB_THREAD=$thread LAB_CPUS=$cpus LAB_MORE=tests/lab/load.sh LAB_OUT=$out/boot \
		"$here/host.sh" amd --cmd "tests/lab/load.sh $how $rounds" >"$out/log" 2>&1 ||
		status=$?
	ended=$(how_it_ended $status)
	ran=$(grep -c '^round [0-9]* of' "$out/boot/console")
	echo "$how $thread $cpus $ran $ended" >>"$out/results"
	number=$(wc -l <"$out/results")
	echo "deaths: boot $number: $how, $thread-threaded, $cpus CPUs, $ran rounds: $ended" \
		"($SECONDS s)"
	[ "$ended" != fine ] || return 0
	cp "$out/boot/console" "$out/console.$number"
	cp "$out/log" "$out/log.$number"
	[ ! -e "$out/boot/registers" ] || cp "$out/boot/registers" "$out/registers.$number"
}

# The table in docs/lab.md. Of n boots none of which died: the rate that would show a death in 95
# such series of 100.
table() {
	awk '
	{
		key = $1 " | " $2 "-threaded | " $3
		if (!(key in n)) order[++keys] = key
		n[key]++; rounds[key] += $4; ends[key, $5]++
		if ($5 != "fine") { $1 = $2 = $3 = $4 = ""; words[substr($0, 5)]++ }
	}
	END {
		print "| load | emulator | CPUs | boots | rounds | fine | panic | complaint " \
			"| hung | failed | bad, of 100 |"
		print "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|"
		for (k = 1; k <= keys; k++) {
			key = order[k]; bad = n[key] - ends[key, "fine"]
			printf "| %s | %d | %d ", key, n[key], rounds[key]
			split("fine panicked complained hung failed", how)
			for (h = 1; h in how; h++) printf "| %d ", ends[key, how[h]]
			if (bad) printf "| %.1f |\n", 100 * bad / n[key]
			else printf "| 0, at most %.0f |\n", 100 * (1 - 0.05 ^ (1 / n[key]))
		}
		print ""
		for (w in words) print "- " words[w] " times: " w
	}' "$out/results"
}
write_table() {
	local from='<!-- make deaths writes from here -->' to='<!-- to here -->'
	table >"$out/table"
	sed -i -e "/^$from/r $out/table" -e "/^$from/,/^$to/{/^<!--/!d}" "$top/docs/lab.md"
}

if [ "${1:-}" != --table ]; then
	boots=${1:-30}
	[ $# -eq 0 ] || shift
	[ $# -gt 0 ] || set -- guests events module
	KDIR=$("$here/../kernel.sh" headers) || exit 1
	export KDIR
	if ! make -s -C "$top" modules tools tests-bin >"$out/build.log" 2>&1; then
		tail -n 20 "$out/build.log" >&2
		exit 1
	fi
	for ((n = 0; n < boots; n++)); do
		hows=("$@")
		boot "${hows[n % $#]}"
	done
fi
write_table
