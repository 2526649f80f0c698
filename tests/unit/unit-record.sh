# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# stat and record: differences, and files that survive a crash.
rec=$out/rec.data
rm -f "$rec"
last_total() { "$K" summary "$1" 2>/dev/null | awk '$1 == "total" { print $2 }'; }
cut_total() { awk '$1 == "total" { print $2 }'; }

check "record appends" "$K" record -o "$rec" "$synth"
check "record appends again" "$K" record -o "$rec" "$later"
equal "two whole snapshots" "$(grep -c '^kvmlat-data' "$rec") $(grep -c '^end' "$rec") $(grep -c \
	'^recorded' "$rec")" "2 2 2"
equal "what the module prints, and when" "$(grep -v '^recorded' "$rec")" "$(cat "$synth" "$later")"
equal "a recording is shown as its last snapshot" \
	"$("$K" summary "$rec"; "$K" vcpus "$rec"; "$K" hist -C 0 "$rec")" \
	"$("$K" summary "$later"; "$K" vcpus "$later"; "$K" hist -C 0 "$later")"
golden stat "$K" stat "$rec"
equal "stat: the difference of the totals" "$("$K" stat "$rec" | cut_total)" \
	$(($(last_total "$later") - $(last_total "$synth")))
"$K" record -o "$rec" "$reset"
equal "stat: a line of exits for each interval" \
	"$("$K" stat "$rec" 2>/dev/null | grep -c 'exits, .* a second')" 2
says 0 "reset anew: figures since then" "$K" stat "$rec"
equal "stat: after a reset all there is" "$("$K" stat "$rec" 2>/dev/null | cut_total | tail -n 1)" \
	"$(last_total "$reset")"
equal "stat -c" "$("$K" stat -c 1 "$rec" | grep -c '^total')" 1
equal "stat -t -: from standard input, a file or a pipe" \
	"$("$K" stat -t - 2>&1 <"$rec"; cat "$rec" | "$K" stat -t - 2>&1)" \
	"$("$K" stat -t "$rec" 2>&1; "$K" stat -t "$rec" 2>&1)"
says 1 "has one snapshot" "$K" stat "$synth"
cat "$later" "$synth" >"$out/back"
says 1 "went back" "$K" stat "$out/back"
# Rows ran out between the two: what was user is in mixed now.
sed 's/^\(row all 0x25\) blocked/\1 mixed/' "$later" | cat "$synth" - >"$out/mixed"
equal "stat: a row that became mixed" "$("$K" stat "$out/mixed" | awk '/^CPUID/ { print $2 }')" \
	"$("$K" stat <(cat "$synth" "$later") | awk '/^CPUID/ { print $2 }')"

equal "stat -t: a reset in between costs nothing that was recorded" \
	"$("$K" stat -t "$rec" 2>/dev/null | cut_total)" \
	"$("$K" stat "$rec" 2>/dev/null | cut_total | awk '{ n += $1 } END { print n }')"
python3 "$here/synth.py" --reasons 2 --generation 00017a3cf20b91e8 >"$out/few.data"
equal "stat -t: nor do reasons that the last snapshot has not" \
	"$(cat "$synth" "$later" "$out/few.data" | "$K" stat -t - 2>/dev/null | cut_total)" \
	$(($(last_total "$later") - $(last_total "$synth") + $(last_total "$out/few.data")))
heading() { sed -n 's/^.* s, \([0-9]*\) exits,.*/\1/p'; }
equal "stat: the heading counts what the table does" \
	"$("$K" stat -c 1 -r CPUID --cause user "$rec" | heading)" \
	"$("$K" stat -c 1 -r CPUID --cause user "$rec" | cut_total)"

# A command between two snapshots of a live module
rm -rf "$out/statroot"
mkdir -p "$out/statroot/proc"
cp "$synth" "$out/statroot/proc/kvmlat"
equal "stat -- COMMAND" "$("$K" --root "$out/statroot" stat -- cp "$later" \
	"$out/statroot/proc/kvmlat" | cut_total)" \
	$(($(last_total "$later") - $(last_total "$synth")))
"$K" --root "$out/statroot" stat -- sh -c 'exit 7' >/dev/null 2>&1
equal "stat: the command's status" "$?" 7
"$K" --root "$out/statroot" stat -- "$out/no-such-command" >"$out/said" 2>&1
printf '#!/bin/sh\necho I WAS RUN\n' >"$out/script"
chmod +x "$out/script"
for file in "$out/script" "$rec"; do
	"$K" --root "$out/statroot" stat "$file" -- true >"$out/said" 2>&1
	equal "stat FILE -- COMMAND runs neither" "$? $(cat "$out/said")" \
		"1 kvmlat: stat: $file: wants FILE or -- COMMAND, not both"
done
"$K" --root "$out/statroot" stat -- "$out/no-such-command" >"$out/said" 2>&1
equal "stat: a command that is not there" "$? $(grep -c 'No such file' "$out/said")" "127 1"
cp "$synth" "$out/statroot/proc/kvmlat"
"$K" --root "$out/statroot" stat -i 0.3 -- sh -c "cd '$out/statroot/proc'
	sleep 0.45; cp '$later' kvmlat.new; mv kvmlat.new kvmlat; sleep 0.3; exit 5" >"$out/printed"
equal "stat -i -- COMMAND: intervals, the rest, the status" \
	"$? $(($(grep -c ' exits, ' "$out/printed") >= 3)) $(cut_total <"$out/printed" |
	awk '{ n += $1 } END { print n }')" \
	"5 1 $(($(last_total "$later") - $(last_total "$synth")))"
equal "stat -i -c 1 -- COMMAND: one table of it all" \
	"$("$K" --root "$out/statroot" stat -i 0.1 -c 1 -- sleep 0.4 | grep -c ' exits, ')" 1
# A command that does not mind the signal is waited for, without a CPU of one's own.
"$out/plain/kvmlat" --root "$out/statroot" stat -i 0.3 -- sh -c \
	"trap '' TERM; sleep 2; exit 5" >"$out/printed" &
pid=$!
sleep 0.5
kill $pid
sleep 1
ticks=$(awk '{ print $14 + $15 }' /proc/$pid/stat)
wait $pid
equal "stat -i -- COMMAND: a signal ends the intervals" \
	"$? $((ticks < 30)) $(($(grep -c ' exits, ' "$out/printed") <= 4))" "5 1 1"
equal "stat -i -c live" "$("$K" --root "$out/statroot" stat -i 0.05 -c 3 | grep -c '^total *0')" 3
says 1 "not a number of seconds" "$K" stat -i x
says 1 "not a number of seconds" "$K" stat -i 0

# Crashes: a tail of any length, or of zeros, is left out by readers and cut by record.
head -c "$(($(wc -c <"$synth") / 2))" "$later" | cat "$synth" - >"$out/torn"
says 0 "its last snapshot is not whole" "$K" summary "$out/torn"
equal "a torn tail: up to the last whole one" "$(last_total "$out/torn")" "$(last_total "$synth")"
wrong=0
for cut in 1 5 11 12 13 40 1000 $(($(wc -c <"$later") - 1)) $(($(wc -c <"$later") - 5)); do
	{ cat "$synth"; head -c "$cut" "$later"; } >"$out/torn"
	[ "$(last_total "$out/torn")" = "$(last_total "$synth")" ] || wrong=$((wrong + 1))
	"$out/plain/kvmlat" stat "$out/torn" 2>&1 | grep -q 'has one snapshot' ||
		wrong=$((wrong + 1))
	"$K" record -o "$out/torn" "$later" 2>/dev/null
	[ "$(grep -v '^recorded' "$out/torn")" = "$(cat "$synth" "$later")" ] ||
		wrong=$((wrong + 1))
done
equal "torn tails of nine lengths: read, and mended by record" $wrong 0
{ cat "$synth"; head -c 4096 /dev/zero; } >"$out/torn"
equal "zeroed blocks behind it" "$(last_total "$out/torn")" "$(last_total "$synth")"
{ cat "$synth"; echo garbage; } >"$out/torn"
says 1 "more after the end" "$K" summary "$out/torn"
says 1 "more after the end" "$K" stat "$out/torn"
cp "$out/torn" "$out/torn2"
says 1 "not touched" "$K" record -o "$out/torn2" "$synth"
check "a damaged file is left as it was" cmp "$out/torn" "$out/torn2"
# ... in the first snapshot: what it left of that goes, nothing else does.
wrong=0 size=$(wc -c <"$synth")
for cut in 0 1 11 12 13 25 40 41 42 43 300 5000 $((size - 22)) $((size - 17)) $((size - 1)); do
	for zeros in 0 1 4096 70000; do
		[ $cut$zeros != 00 ] || continue
		{ head -c "$cut" "$synth"; head -c $zeros /dev/zero; } >"$out/torn"
		"$K" record -o "$out/torn" "$later" 2>&1 |
			grep -q "holds no whole snapshot.* cut off" || wrong=$((wrong + 1))
		grep -av '^recorded' "$out/torn" | cmp -s - "$later" || wrong=$((wrong + 1))
	done
done
equal "the first torn after fifteen lengths, with and without zeros: begun anew by record" $wrong 0
head -c 300 "$synth" >"$out/torn"
echo odd >"$out/odd.data"
says 1 "is not kvmlat data" "$K" record -o "$out/torn" "$out/odd.data"
equal "the torn one stays where there is nothing to write" "$(cat "$out/torn")" \
	"$(head -c 300 "$synth")"
untouched() {
	cp "$1" "$out/torn2"
	"$K" record -o "$1" "$later" >"$out/said" 2>&1
	[ "$? $(grep -c 'not touched' "$out/said")" = "1 1" ] && cmp -s "$1" "$out/torn2" || {
		wrong=$((wrong + 1))
		echo "# $2"
	}
}
wrong=0
for sed in '$d;1s/data 1/data 2/' '$d;1s/.$/x/' '$d;1s/$/0/' '$d;s/$/\r/' 's/$/\r/' '$d;1s/^/ /' \
	'$d;1s/.*//' '$d;1s/.*/kvmlat-datum/' '$s/.$/x/' '$s/$/0/' '$s/end 0/end /' \
	'$s/$/\nrecorded 1/;$s/end 0/end /'; do
	sed "$sed" "$synth" >"$out/torn"
	untouched "$out/torn" "$sed"
done
{ head -c 4096 /dev/zero; echo x; } >"$out/torn"
untouched "$out/torn" "zeros, and text"
{ head -c 300 "$synth"; echo; head -c 300 "$synth"; } >"$out/torn"
untouched "$out/torn" "two beginnings"
{ head -c -1 "$synth"; printf 0; } >"$out/torn"
untouched "$out/torn" "an end of 17 digits"
{ head -c 30 "$synth"; printf '\0'; tail -c +32 "$synth" | head -c 300; } >"$out/torn"
untouched "$out/torn" "a zero in the first line"
: >"$out/torn"
truncate -s 257M "$out/torn"
untouched "$out/torn" "more zeros than a snapshot has bytes"
rm "$out/torn" "$out/torn2"
equal "what is no torn snapshot is not touched" $wrong 0

# The disk is full: a limit on the size of files stands for it where nothing can be mounted.
rm -f "$rec"
size=$(wc -c <"$synth")
(trap '' XFSZ; ulimit -f $((size * 5 / 2 / 1024))
	"$out/plain/kvmlat" record -o "$rec" -i 0.01 -c 5 "$synth") >"$out/said" 2>&1
equal "no room for the third" "$? $(grep -c '2 snapshots were appended, the file is whole' \
	"$out/said") $(grep -c '^end' "$rec")" "2 1 2"
equal "nothing of it is left" "$(grep -v '^recorded' "$rec")" "$(cat "$synth" "$synth")"
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016
	unshare -m sh -c 'mkdir -p "$1/small" && mount -t tmpfs -o size="$4k" none "$1/small" &&
		"$2" record -o "$1/small/rec" -i 0.01 -c 5 "$3"
		echo "$? $(grep -c ^end "$1/small/rec")"' \
		sh "$out" "$out/plain/kvmlat" "$synth" $((size * 5 / 2 / 1024)) >"$out/said" 2>&1
	equal "disk full" "$(tail -n 1 "$out/said") $(grep -c \
		'No space left on device; 2 snapshots' "$out/said")" "2 2 1"
else
	skip "disk full" "no mount namespace here"
fi

# The file goes away, or another takes its place: what is appended from then on is where it is
# looked for.
rm -f "$rec" "$rec.moved"
cp "$synth" "$out/statroot/proc/kvmlat"
has_two() {
	local tries count
	for ((tries = 0; tries < 100; tries++)); do
		count=$(grep -sc ^end "$rec")	# nothing at all when there is no such file
		[ "${count:-0}" -lt 2 ] || break
		sleep 0.1
	done
}
(has_two; mv "$rec" "$rec.moved"; has_two; rm "$rec"; has_two; kill $(cat "$out/recorder")) &
pid=$!
sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$out/recorder" "$out/plain/kvmlat" --root \
	"$out/statroot" record -i 0.1 -c 200 -o "$rec" 2>"$out/said"
equal "a file that is moved, then removed" \
	"$? $(grep "record: $rec: was moved or removed after [0-9]* snapshots" "$out/said" |
	grep -c ": the next ones go into a new one")" "0 2"
wait $pid
equal "both parts are whole" "$("$K" stat "$rec.moved" >/dev/null 2>&1
	echo $?) $(($(grep -c ^end "$rec.moved") >= 2)) $(($(grep -c ^end "$rec") >= 2))" "0 1 1"
echo mine >"$out/mine"
(sleep 0.3; mv "$out/mine" "$rec") &
pid=$!
"$out/plain/kvmlat" --root "$out/statroot" record -i 0.1 -c 30 -o "$rec" 2>"$out/said"
equal "what took its place is no recording" \
	"$? $(grep -c 'not touched' "$out/said") $(cat "$rec")" "1 1 mine"
wait $pid
rm -f "$rec"
# No lock, as on some network file systems: said as what it is.
cat >"$out/nolock.c" <<'EOF'
#include <errno.h>
int flock(int fd, int how)
{
	(void)fd;
	(void)how;
	errno = ENOLCK;
	return -1;
}
EOF
if gcc -shared -fPIC -o "$out/nolock.so" "$out/nolock.c"; then
	says 2 "$rec: cannot be locked, which keeps another record off: No locks available" env \
		LD_PRELOAD="$out/nolock.so" "$out/plain/kvmlat" record -o "$rec" "$synth"
fi
rm -f "$rec"

# Two at once, signals, places that are no files
says 2 "another kvmlat record" flock "$rec" "$K" record -o "$rec" "$synth"
rm -f "$rec"
timeout -s TERM 0.6 "$out/plain/kvmlat" record -i 0.05 -o "$rec" "$synth"
check "a signal ends it between snapshots" sh -c \
	"[ \$(grep -c ^end '$rec') -ge 3 ] && '$K' stat '$rec'"
# Ignored when it began, as below nohup or, SIGINT, in a job in the background: ignored still.
rm -f "$rec"
(trap '' HUP INT; exec "$out/plain/kvmlat" record -i 0.05 -o "$rec" "$synth") &
pid=$!
sleep 0.5
kill -HUP $pid
kill -INT $pid
sleep 0.2
before=$(grep -c ^end "$rec")
sleep 0.5
equal "goes on when SIGHUP and SIGINT are ignored" "$(($(grep -c ^end "$rec") > before))" 1
kill $pid
wait $pid
equal "SIGTERM still ends it" $? 0
says 2 "not a regular file" "$K" record -o /dev/null "$synth"
says 1 "where to?" "$K" record "$synth"
says 1 "only to a file" "$K" record -o - "$synth"
# No errors into the recording, whatever is closed.
rm -rf "$rec" "$out/closed"
mkdir -p "$out/closed/proc"
cp "$synth" "$out/closed/proc/kvmlat"
(sleep 0.5; rm "$out/closed/proc/kvmlat") &
pid=$!
"$out/plain/kvmlat" --root "$out/closed" record -o "$rec" -i 0.1 0<&- 1>&- 2>&-
equal "with standard error closed and the module gone" "$? $(last_total "$rec")" \
	"2 $(last_total "$synth")"
wait $pid
says 2 "No such file or directory" "$K" record -o "$out/no/such/dir" "$synth"

# Names travel with a recording.
rm -rf "$out/named" "$out/renamed" "$rec"
mkdir -p "$out/named/sys/kernel/debug/kvmlat" "$out/named/proc/4000"
cp "$synth" "$out/named/sys/kernel/debug/kvmlat/data"
printf '%s\0' qemu -name guest=web-1 >"$out/named/proc/4000/cmdline"
"$K" --root "$out/named" record -o "$rec"
equal "names" "$("$K" vcpus -v "$rec" | grep -c '^web-1 4000/3') $("$K" hist --vm web-1 "$rec" |
	grep -c ^Reason)" "1 6"
cp -r "$out/named" "$out/renamed"
# Each step once snapshots were taken since the one before, however slow the machine is.
ends() {
	until [ "$(grep -c '^end ' "$out/renamed/rec" 2>/dev/null ||
		true)" -ge "$1" ] 2>/dev/null; do sleep 0.02; done
}
(ends 2; printf '%s\0' qemu -name guest=web-2 >"$out/renamed/new"
	mv "$out/renamed/new" "$out/renamed/proc/4000/cmdline"; ends 5
	rm "$out/renamed/proc/4000/cmdline") &
pid=$!
"$K" --root "$out/renamed" record -o "$out/renamed/rec" -i 0.1 -c 10
wait $pid
equal "a pid's new VM has its own name, an ended one keeps it" \
	"$(sed -n 's/^vmname 4000 //p' "$out/renamed/rec" | uniq | tr '\n' ' ')" "web-1 web-2 "
equal "in every snapshot" "$(grep -c '^vmname 4000 ' "$out/renamed/rec")" \
	"$(grep -c '^end ' "$out/renamed/rec")"
equal "a copy keeps its times and names" \
	"$("$K" record -o "$rec" "$rec"; grep -c '^vmname 4000 web-1$' "$rec"
	grep '^recorded' "$rec" | sort -u | wc -l)" "2
1"
# A snapshot's names are those of its own lines: the next one, which has none, is of pids.
{ sed 's/^vcpu 0 .*/vmname 4000 web-1\n&/' "$synth"; cat "$later"; } >"$out/unnamed.rec"
equal "names: not those of an earlier snapshot" \
	"$("$K" export -a --format json --per-vm "$out/unnamed.rec" |
	grep -c '"web-1"') $("$K" export -a --format json --per-vm "$out/unnamed.rec" | tail -n 1 |
	grep -c '"web-1"')" "1 0"
equal "names: nor in the last" "$("$K" vcpus -v "$out/unnamed.rec")" "$("$K" vcpus -v "$later")"
