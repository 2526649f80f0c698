# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A live module that stops in the middle of a read, goes and comes back: what runs on, what is said,
# what is kept.
lroot=$out/liveroot ldata=$out/liveroot/proc/kvmlat
rm -rf "$lroot"
mkdir -p "$lroot/proc"
put_live() { cp "$1" "$lroot/new" && mv "$lroot/new" "$ldata"; }
ltotal() { "$out/plain/kvmlat" summary "$1" | awk '$1 == "total" { print $2 }'; }
# More than the reader takes at once, so that a read is stopped in its middle.
python3 "$here/synth.py" --vcpus 100 --cpus 4 --outliers 1000 --time 200 >"$out/wide.data"
equal "the data wants several reads" "$(($(wc -c <"$out/wide.data") > 2 * 131072))" 1
# A library before libc's read stands for the module: the reads of its file that FAIL names end with
# the error ERROR.
cat >"$out/stale.c" <<'EOC'
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
ssize_t read(int fd, void *to, size_t room)
{
	ssize_t (*next)(int, void *, size_t) = dlsym((void *)-1L, "read");
	const char *fail = getenv("FAIL");
	char path[64], target[4096] = "", word[16];
	static int reads;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fail && readlink(path, target, sizeof(target) - 1) > 0 &&
	    strstr(target, "/liveroot/proc/kvmlat")) {
		snprintf(word, sizeof(word), " %d ", ++reads);
		if (strstr(fail, word)) {
			errno = atoi(getenv("ERROR"));
			return -1;
		}
	}
	return next(fd, to, room);
}
EOC
stopped() {
	env LD_PRELOAD="$out/stale.so" ERROR="$1" FAIL=" $2 " "$out/plain/kvmlat" --root "$lroot" \
		"${@:3}"
}
if ! gcc -shared -fPIC -D_GNU_SOURCE -o "$out/stale.so" "$out/stale.c"; then
	not_ok "no compiler"
fi
put_live "$out/wide.data"
L=("$out/plain/kvmlat" --root "$lroot")
rm -f "$out/live.rec"
# So many reads make a snapshot: the first one behind them is the next one's. (116 is ESTALE.)
for ((reads = 0; reads < 20; reads++)); do
	rm -f "$out/live.rec"
	! stopped 116 "$((reads + 1)) $((reads + 2))" record -o "$out/live.rec" 2>"$out/said" ||
		break
done
equal "so many reads" "$((reads > 3))" 1
rm -f "$out/live.rec"
# A read that stopped once is done anew, by a recording as by a view
stopped 116 "2" record -i 0.05 -c 3 -o "$out/live.rec"
equal "a stopped read is done once more" \
	"$? $(grep -c ^end "$out/live.rec") $(grep -v ^recorded "$out/live.rec" |
	cmp - <(cat "$out/wide.data" "$out/wide.data" "$out/wide.data"))" "0 3 "
for view in vcpus "vcpus --vm 4003" "inflight -a" "inflight -a -C 0 --vm 4000" "outliers -l" \
	"outliers --vm 4000 -C 1" "hist --vm 4000" \
	"hist --article -C 0" "export --format json --per-vm" "export -a --format csv --per-cpu" \
	"export --format openmetrics"; do
	for ((at = 1; at <= reads; at++)); do
		# shellcheck disable=SC2086
		equal "$view, stopped at read $at" "$(stopped 116 $at $view 2>&1)" \
			"$("${L[@]}" $view 2>&1)"
	done
done
stopped 116 "2 4" vcpus >"$out/printed" 2>"$out/said"
equal "stopped twice" "$? $(wc -c <"$out/printed") $(cat "$out/said")" \
	"2 0 kvmlat: /proc/kvmlat: VMs ended and began while it was read, a vCPU might be in it \
twice: try again"
rm -f "$out/live.rec"
stopped 116 "$((reads + 2)) $((reads + 3))" record -i 0.05 -c 3 -o "$out/live.rec" 2>"$out/said"
equal "stopped twice, what was recorded is whole" \
	"$? $(grep -c ^end "$out/live.rec") $(ltotal "$out/live.rec")" \
	"2 1 $(ltotal "$out/wide.data")"
stopped 5 2 vcpus >"$out/printed" 2>"$out/said"
equal "another error is no reason to try" "$? $(wc -c <"$out/printed") $(cat "$out/said")" \
	"2 0 kvmlat: /proc/kvmlat: Input/output error"

# outliers -f waits for the next module
put_live "$synth"
# until_lines FILE N: within ten seconds it has as many
until_lines() {
	for ((tries = 0; tries < 100 && $(wc -l <"$1") < $2; tries++)); do sleep 0.1; done
}
"${L[@]}" outliers -f -i 0.05 >"$out/printed" 2>"$out/said" &
pid=$!
until_lines "$out/printed" 4
rm "$ldata"
until_lines "$out/said" 1
put_live "$reset"
until_lines "$out/printed" 7
kill $pid
wait $pid 2>/dev/null
equal "outliers -f over an unload" "$(wc -l <"$out/printed") $(cat "$out/said")" \
	"7 kvmlat: the module is gone: waiting for the next one
kvmlat: the module was loaded or reset anew"
says 2 "the module is not loaded" "${L[@]}" --root "$out/none" outliers -f

# heatmap
put_live "$synth"
(sleep 0.6; put_live "$later") &
pid=$!
"${L[@]}" heatmap -i 0.2 -c 8 >"$out/printed"
equal "heatmap, each exit once" "$? $(grep -c '^20' "$out/printed") $(awk \
	'NR > 1 { n += $NF } END { print n }' "$out/printed")" \
	"0 8 $("$K" heatmap <(cat "$synth" "$later") | awk 'NR > 1 { n += $NF } END { print n }')"
wait $pid
put_live "$synth"
rm -f "$out/live.svg"
(sleep 0.6; put_live "$later"; sleep 0.8; rm "$ldata") &
pid=$!
"${L[@]}" heatmap -i 0.1 -o "$out/live.svg" >"$out/printed" 2>"$out/said"
equal "heatmap -o, the module goes" "$? $(cat "$out/said")" \
	"2 kvmlat: heatmap: $out/live.svg: what was seen until now
kvmlat: the module is not loaded: try 'modprobe kvmlat' or 'insmod kvmlat.ko'"
wait $pid
equal "the picture has what was seen" "$(sed -n 's/.*<title>[^<]*: \([0-9]*\)<.*/\1/p' \
	"$out/live.svg" | awk '{ n += $1 } END { print n }') $(tail -n 1 "$out/live.svg")" \
	"$("$K" heatmap <(cat "$synth" "$later") |
	awk 'NR > 1 { n += $NF } END { print n }') </svg>"
put_live "$synth"
"$out/plain/kvmlat" --root "$lroot" heatmap -i 0.1 -o "$out/live2.svg" &
pid=$!
sleep 0.5
kill -TERM $pid
wait $pid
equal "heatmap -o without -c ends by a signal, with a picture" "$? $(tail -n 1 "$out/live2.svg")" \
	"0 </svg>"

# stat -- COMMAND: it is waited for, whatever becomes of the figures
rm -f "$out/ran"
"${L[@]}" stat -i 0.1 -- sh -c \
	"sleep 0.3; rm '$ldata'; sleep 0.5; touch '$out/ran'; exit 7" >"$out/printed" 2>"$out/said"
equal "stat -- COMMAND, the module goes" "$? $(ls "$out/ran") $(cat "$out/said")" \
	"2 $out/ran kvmlat: stat: the module is gone: no intervals until it is back
kvmlat: the module is not loaded: try 'modprobe kvmlat' or 'insmod kvmlat.ko'
kvmlat: stat: the command's status: 7"
put_live "$synth"
"${L[@]}" stat -i 0.1 -- sh -c \
	"sleep 0.25; rm '$ldata'; sleep 0.3; cp '$reset' '$lroot/new'; mv '$lroot/new' '$ldata'
	sleep 0.3; exit 7" >"$out/printed" 2>"$out/said"
equal "... and comes back" "$? $(awk '$1 == "total" { n += $2 } END { print n }' \
	"$out/printed") $(cat "$out/said")" \
	"7 $(ltotal "$reset") kvmlat: stat: the module is gone: no intervals until it is back
kvmlat: the module was loaded or reset anew: figures since then"
put_live "$synth"
rm -f "$out/ran"
"${L[@]}" stat -i 0.1 -- sh -c \
	"sleep 0.25; head -n 50 '$synth' >'$lroot/new'; mv '$lroot/new' '$ldata'
	sleep 0.5; touch '$out/ran'; exit 7" >"$out/printed" 2>"$out/said"
equal "... damaged" "$? $(ls "$out/ran") $(tail -n 1 "$out/said")" \
	"1 $out/ran kvmlat: stat: the command's status: 7"
put_live "$synth"
says 1 "stat: -t: only with FILE" timeout 10 "${L[@]}" stat -t
says 1 "stat: -t: only with FILE" timeout 10 "${L[@]}" stat -t -- true
says 1 "stat: --: which command?" timeout 10 "${L[@]}" stat --
says 1 "outliers: -f: standard input: wants what can be read again" timeout 10 "$K" outliers -f - \
	<"$synth"
mkfifo "$lroot/pipe" 2>"$out/said"
says 1 "wants what can be read again" timeout 10 "$K" outliers -f "$lroot/pipe"
