# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# export: valid in each language, right, bounded, and files are replaced as a whole.
python3 "$here/synth.py" --hostile-names >"$out/hostile.data"
check "export is valid and right" python3 "$here/check_export.py" "$synth" "$K"
check "names that want quoting" python3 "$here/check_export.py" "$out/hostile.data" "$K"
printf 'info odd \xff\xc3(\xed\xa0\xbf \xc3\xa9\n' >"$out/odd"
sed -e "2s/.*/totals $(($(sed -n '2s/.* //p' "$synth") + 1))/" -e "3r $out/odd" \
	"$synth" >"$out/odd.data"
check "bytes that are no UTF-8" sh -c "'$K' export --format json '$out/odd.data' |
	python3 -c 'import json, sys; data = json.loads(sys.stdin.buffer.read().decode(\"utf-8\"))
assert data[\"info\"][\"odd\"] == \"??(??? \\u00e9\"'"
equal "the oldest exit, idle ones left out" \
	"$("$K" export --format openmetrics "$synth" | grep ^kvmlat_oldest)" \
	"kvmlat_oldest_exit_seconds 12.345678901"
check "a counter with zeros before it" sh -c \
	"sed 's/^count exits .*/count exits 007/' '$synth' | '$K' export --format json - |
	python3 -c 'import json, sys; assert json.load(sys.stdin)[\"count\"][\"exits\"] == 7'"
golden openmetrics "$K" export --format openmetrics "$synth"
# Of real data: every language and every section, JSON an item a line.
golden openmetrics-amd "$K" export --format openmetrics --per-cpu --per-vm "$good"
golden prometheus-intel "$K" export --format prometheus --per-vm "$here/intel.data"
golden csv-intel "$K" export --format csv --per-cpu "$here/intel.data"
for host in amd intel; do
	golden "json-$host" sh -c \
		"'$K' export --format json --per-vm '$here/$host.data' |
		sed 's/},{/},\n{/g; s/,\(\"[a-z]*\":[[{]\)/,\n\1/g'"
done
for format in openmetrics prometheus json csv; do
	"$K" export --format $format --per-cpu --per-vm "$huge" >"$out/said" 2>&1
	equal "huge numbers: $format" "$? $(grep -c 'runtime error\|Sanitizer' "$out/said")" "0 0"
done

# Bounded, whatever comes: 2000 reasons, 1000 VMs
python3 "$here/synth.py" --reasons 2000 --causes 1 --cpus 1 --vcpus 0 >"$out/many.data"
"$K" export --format openmetrics "$out/many.data" >"$out/many.prom"
check "at most 256 reasons" sh -c \
	"[ \$(grep -c '^kvmlat_exit_duration_seconds_count' '$out/many.prom') -eq 256 ]"
equal "none is lost by it" "$(awk '/^kvmlat_exits_total/ { n += $2 } END { print n }' \
	"$out/many.prom")" \
	"$("$K" summary "$out/many.data" | awk '$1 == "total" { print $2 }')"
python3 "$here/synth.py" --reasons 2 --causes 1 --cpus 1 --vcpus 2000 >"$out/vms.data"
"$K" export --format openmetrics --per-vm "$out/vms.data" >"$out/vms.prom"
equal "at most 256 VMs, and none is lost" \
	"$(grep -c '^kvmlat_vm_exits_total' "$out/vms.prom") $(grep -c \
	'^kvmlat_vm_exits_total{vm="(more)"} ' "$out/vms.prom") $(awk \
	'/^kvmlat_vm_exits_total|^kvmlat_ended_exits/ { n += $2 } END { print n }' \
	"$out/vms.prom")" \
	"256 1 $(awk '$1 == "vrow" && $3 != "0xc" { for (b = 1; $b != "buckets"; b++);
	while (++b <= NF) { split($b, p, ":"); n += p[2] } } END { print n }' "$out/vms.data")"
check "a host of 30 reasons has under 2000 series" sh -c \
	"python3 '$here/synth.py' --reasons 30 --cpus 64 >'$out/host.data'
	[ \$('$K' export --format openmetrics '$out/host.data' | grep -vc '^#') -lt 2000 ]"

# Counters of VMs do not fall when a VM ends, and the module uses the rooms of its vCPUs again one
# by one.
"$K" export --format prometheus --per-vm "$synth" >"$out/vms-0"
sed 's/^\(vcpu [23] .*\) live/\1 gone/' "$synth" >"$out/vms.data"
"$K" export --format prometheus --per-vm "$out/vms.data" >"$out/vms-1"
# again N: the room of vCPU N; its idle pairs of one cause go, which are no part of this
again() { awk -v n="$1" '$1 == "vcpu" && $2 == n { next } $1 == "vrow" && $2 == n { if (seen++) {
	$2 = "departed"; rows = rows $0 "\n" } next }
	$1 == "inflight" { printf "%s", rows; rows = "" } { print }'; }
again 2 <"$out/vms.data" >"$out/vms.less"
"$K" export --format prometheus --per-vm "$out/vms.less" >"$out/vms-2"
fallen=$(awk '/^kvmlat_vm_[a-z_]*total/ { if ($1 in was && $2 + 0 < was[$1] + 0) print FILENAME, $1;
	was[$1] = $2 }' "$out"/vms-[012])
equal "counters of VMs never fall" "$fallen $(grep -c '^kvmlat_vm_exits_total' "$out"/vms-[012] |
	sed 's/.*://' | tr '\n' ' ')" " 2 1 1 "
equal "those of a VM that ended are in a gauge, before and after" \
	"$(grep '^kvmlat_ended' "$out/vms-2")" "$(grep '^kvmlat_ended' "$out/vms-1")"
equal "... all of them" "$(sed -n 's/^kvmlat_ended_exits //p' "$out/vms-1")" \
	"$(sed -n 's/^kvmlat_vm_exits_total{vm="4001"} //p' "$out/vms-0")"
equal "what is no counter is not among them" "$(grep -h '(departed)' "$out"/vms-[012])" ""

# More than the reader holds at once: who a vCPU is stands before its rows, and is known still.
python3 "$here/synth.py" --cpus 1 --vcpus 300 --time 200 >"$out/large.data"
equal "vCPUs of a large file" "$("$K" export --format json --per-vm "$out/large.data" |
	python3 -c 'import json, sys
print({v["comm"] for v in json.load(sys.stdin)["vcpus"] if v["kind"] == "one"})' 2>&1) $(($(wc -c \
	<"$out/large.data") > 3 * 131072))" "{'qemu-system-x86'} 1"

# -o: whole or as before
echo before >"$out/out.prom"
check "export -o" "$K" export --format openmetrics -o "$out/out.prom" "$synth"
equal "export -o: whole" "$(cat "$out/out.prom")" "$("$K" export --format openmetrics "$synth")"
equal "export -o: others may read it" "$(stat -c %a "$out/out.prom")" 644
says 1 "truncated" sh -c "head -n 60 '$synth' |
	'$K' export --format openmetrics -o '$out/out.prom' -"
equal "export -o: damaged data changes nothing" "$(tail -n 1 "$out/out.prom")" "# EOF"
(trap '' XFSZ; ulimit -f 1; "$out/plain/kvmlat" export --format json --per-vm -o "$out/out.prom" \
	"$synth") >"$out/said" 2>&1
equal "export -o: no room changes nothing" \
	"$? $(grep -c 'it is as it was before' "$out/said") $(tail -n 1 "$out/out.prom")" \
	"2 1 # EOF"
equal "export -o: nothing is left behind" "$(ls "$out"/out.prom.* 2>/dev/null)" ""
# A signal that comes when all is written, but the file has not its name yet.
cat >"$out/late.c" <<'EOF'
#include <signal.h>
#include <stdlib.h>
int fsync(int fd) { raise(atoi(getenv("LATE"))); return fd < 0; }
EOF
gcc -shared -fPIC -o "$out/late.so" "$out/late.c"
for number in 15 2 1; do
	cp "$out/out.prom" "$out/before.prom"
	# which is ignored in a job in the background, and so in all that it runs
	env --default-signal=TERM,INT,HUP LATE=$number LD_PRELOAD="$out/late.so" \
		"$out/plain/kvmlat" export --format json \
		-o "$out/out.prom" "$synth"
	equal "export -o: signal $number leaves nothing behind" \
		"$? $(ls "$out"/out.prom.* 2>/dev/null) $(cmp "$out/out.prom" "$out/before.prom")" \
		"$((128 + number))  "
done 2>"$out/said"
(trap '' HUP; LATE=1 LD_PRELOAD="$out/late.so" exec "$out/plain/kvmlat" export --format json -o \
	"$out/out.prom" "$synth")
equal "export -o: an ignored signal is ignored" \
	"$? $(ls "$out"/out.prom.* 2>/dev/null) $(cmp "$out/out.prom" \
	<("$K" export --format json "$synth"))" "0  "
# Links stay, and what they lead to is replaced, or written to where it is our own standard output.
rm -f "$out/link" "$out/real"
: >"$out/real"
ln -s real "$out/link"
"$K" export --format json -o "$out/link" "$synth"
equal "export -o LINK: the link stays" "$(readlink "$out/link") $(cmp "$out/real" \
	<("$K" export --format json "$synth"))" "real "
# ... also of a link to a link to nothing, in other folders
rm -rf "$out/real" "$out/folder"
mkdir -p "$out/folder/below"
ln -sf folder/second "$out/link"
ln -s below/../real "$out/folder/second"
"$K" export --format json -o "$out/link" "$synth"
equal "export -o LINK to nothing: the links stay, the file is made" \
	"$(readlink "$out/link") $(readlink "$out/folder/second") $(cmp "$out/folder/real" \
	<("$K" export --format json "$synth")) $(stat -c '%F %a' "$out/folder/real")" \
	"folder/second below/../real  regular file 644"
ln -sfn loop "$out/folder/loop"
says 2 "loop: Too many levels of symbolic links" "$K" export --format json -o "$out/folder/loop" \
	"$synth"
: >"$out/real"
ln -sf /proc/self/fd/1 "$out/link"
{ echo before; "$K" export --format json -o "$out/link" "$synth"
	"$K" export --format json -o - "$synth"; } >"$out/real"
equal "export -o to standard output, by a link or -" \
	"$(readlink "$out/link") $(head -n 1 "$out/real") $(tail -n +2 "$out/real" | sort -u |
	wc -l) $(wc -l <"$out/real")" \
	"/proc/self/fd/1 before 1 3"
says 1 "no such option" "$K" export --format json -C 0 "$synth"
says 2 "No such file or directory" "$K" export --format json -o "$out/no/such/dir" "$synth"
says 1 "--format x: one of" "$K" export --format x "$synth"
says 1 "export: --format: one of" "$K" export "$synth"
says 1 "openmetrics holds one snapshot" "$K" export -a --format openmetrics "$synth"
says 1 "prometheus holds one snapshot" "$K" export -a --format prometheus "$synth"
cat "$synth" "$later" >"$out/two.data"
equal "export -a: an object a snapshot" "$("$K" export -a --format json "$out/two.data" | wc -l)" 2
equal "else the last" "$("$K" export --format csv "$out/two.data")" \
	"$("$K" export --format csv "$later")"
