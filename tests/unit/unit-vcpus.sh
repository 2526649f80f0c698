# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# vCPUs, exits in flight, outliers, names of VMs.
export TZ=UTC
golden vcpus "$K" vcpus "$synth"
golden vcpus-vms "$K" vcpus -v --width 80 "$synth"
golden vcpus-idle "$K" vcpus -r HLT --ns --vm 4001 --sort p99 "$synth"
golden inflight "$K" inflight -a "$synth"
golden outliers "$K" outliers -l "$synth"
golden outliers-worst "$K" outliers --sort latency --ns "$synth"
for host in amd intel; do
	for view in vcpus "inflight -a" outliers; do
		# shellcheck disable=SC2086
		golden "${view% *}-$host" "$K" $view "$here/$host.data"
	done
done
says 1 "vcpus: the data has no VM nobody" "$K" vcpus --vm nobody "$synth"
equal "samples are those of the rows" "$("$K" vcpus "$synth" | awk '$1 == "total" { print $2 }')" \
	"$(awk '$1 == "reason" && $3 == "busy" { busy[$2] = 1 } $1 == "vrow" && busy[$3] {
		for (b = 1; $b != "buckets"; b++); while (++b <= NF) {
			split($b, p, ":")
			n += p[2]
		}
		} END { print n }' "$synth")"
idle=$(awk '$1 == "reason" && $3 == "idle" { idle[$2] = 1 } $1 == "vrow" && idle[$3] {
	for (b = 1; $b != "buckets"; b++); while (++b <= NF) {
		split($b, p, ":")
		n += p[2]
	}
	} END { print n }' "$synth")
equal "what is idle is said to be left out" "$("$K" vcpus "$synth" | tail -n 1)" \
	"$idle idle exits left out, -r REASON shows them"
equal "... where it is" "$("$K" vcpus -r HLT,CPUID "$synth" | grep -c 'idle exits')" 0
for view in summary stat vcpus top; do
	equal "$view --help: what shares are of" \
		"$("$out/plain/kvmlat" $view --help 2>/dev/null |
		grep -cE 'parts of the time of their own line|cgroup.s CPU quota')" \
		"$("$out/plain/kvmlat" --list-views | grep -cx $view | sed 's/1/2/')"
done
equal "other and departed by name" "$("$K" vcpus -r HLT "$synth" |
	grep -c '^other vCPUs\|^departed vCPUs')" 2
equal "inflight: idle ones are counted, not listed" "$("$K" inflight "$synth" | tail -n 1)" \
	"1 between exit and entry, 1 more idle (-a shows them)"
equal "outliers --cause" "$("$K" outliers --cause blocked "$synth" | grep -c ' blocked ')" 1
equal "outliers --vm --vcpu" "$("$K" outliers --vm 4000 --vcpu 1 "$synth" | tail -n +2 | wc -l)" 1
equal "outliers -n: the newest" "$("$K" outliers -n 1 -l "$synth" | tail -n 1 |
	sed 's/.*time_ns \([0-9]*\).*/\1/')" \
	"$(sed -n 's/^outlier time_ns \([0-9]*\).*/\1/p' "$synth" | sort -n | tail -n 1)"

# -f: each is shown once, those that were lost are counted, a reset is said
python3 "$here/synth.py" --outliers 40 >"$out/follow.data"
timeout 3 "$out/plain/kvmlat" outliers -f -i 0.05 "$out/follow.data" >"$out/followed" 2>"$out/err" &
pid=$!
sleep 0.5
# Two new ones; and three more that nobody saw, of five counted.
# newer NTH LATENCY: an outlier
newer() {
	echo "outlier time_ns 9900000000$1 real_ns 170000009900000000$1 exit_cpu 0 cpu 0 tid 1" \
		"vmm 2 vm 3 vcpu 4 reason 0x21 cause user latency_ns $2 runq_ns 0 offcpu_ns -" \
		"info1 0x0 info2 0x0 intr_info 0x0 error_code 0x0 rip n/a comm x"
}
sed -e "s/^count outliers .*/count outliers 45/" -e "0,/^outlier/{/^outlier/i $(newer 1 5)
/^outlier/i $(newer 0 6)
}" "$out/follow.data" >"$out/follow.new"
mv "$out/follow.new" "$out/follow.data"
sleep 0.5
python3 "$here/synth.py" --outliers 1 --time 30 --generation 00017a3cf20b91e5 >"$out/follow.new"
cp "$out/follow.new" "$out/follow.newer"
mv "$out/follow.newer" "$out/follow.data"
sleep 0.5
kill $pid
wait $pid 2>/dev/null
equal "outliers -f: each once" "$(tail -n +2 "$out/followed" | wc -l) $(sort "$out/followed" |
	uniq -d | wc -l)" "43 0"
equal "outliers -f: what it could not show" "$(cat "$out/err")" \
	"kvmlat: 3 outliers were overwritten or dropped before they could be read
kvmlat: the module was loaded or reset anew"
# A full ring, read while it is written: the time and the count are those of before, at any moment
# in between. ring NEWEST COUNT TIME: 40 records, one each 100 ms to NEWEST
ring() {
	python3 "$here/synth.py" --outliers 40 --time "$1" |
		sed "s/^count outliers .*/count outliers $2/; s/^info time_ns .*/info time_ns $3/" \
			>"$out/follow.newer"
	mv "$out/follow.newer" "$out/follow.data"
}
ring 10 1000 14550000000	# five came since
timeout 5 "$out/plain/kvmlat" outliers -f -i 0.05 "$out/follow.data" >"$out/followed" 2>"$out/err" &
pid=$!
sleep 0.4
ring 10.4 1005 15050000000	# these five counted, four younger ones are not
sleep 0.4
ring 10.8 1013 15850000000
sleep 0.4
cp "$out/err" "$out/said"
ring 11.6 1024 16650000000	# 8 more there, 11 counted
sleep 0.4
kill $pid
wait $pid 2>/dev/null
equal "outliers -f: nothing is lost where records come between count and copy" \
	"$(tail -n +2 "$out/followed" | wc -l) $(cat "$out/said")" "56 "
equal "outliers -f: a loss is told later even so" "$(cat "$out/err")" \
	"kvmlat: 3 outliers were overwritten or dropped before they could be read"
# 4295 s are more than 2^32 us: what comes meanwhile is not seen yet.
python3 "$here/synth.py" >"$out/follow.data"
timeout 1 "$out/plain/kvmlat" outliers -f -i 4295 "$out/follow.data" >"$out/followed" 2>&1 &
pid=$!
sleep 0.4
mv "$out/follow.new" "$out/follow.data"
wait $pid
equal "outliers -f -i: an interval of hours" "$(tail -n +2 "$out/followed" | wc -l)" 3

# Names: from the process of a live module, never from a process for a saved file
rm -rf "$out/named"
mkdir -p "$out/named/sys/kernel/debug/kvmlat" "$out/named/proc/4000" "$out/named/proc/4001"
cp "$synth" "$out/named/sys/kernel/debug/kvmlat/data"
name() {
	printf '%s\0' "$@" >"$out/named/proc/4000/cmdline"
	"$K" --root "$out/named" vcpus -v | sed -n '2s/ 4000\/3.*//p'
}
equal "name: guest=" "$(name qemu -name guest=web-1,debug-threads=on -m 4)" "web-1"
equal "name: alone" "$(name qemu -name web-2)" "web-2"
equal "name: options before it" "$(name qemu -name process=x,guest=web-3)" "web-3"
equal "name: a comma in it" "$(name qemu -name guest=a,,b,debug-threads=on)" "a,b"
equal "name: --name" "$(name qemu --name web-4)" "web-4"
equal "name: control characters" "$(name qemu -name "$(printf 'a\033[31m\nb')")" 'a\033[31m\nb'
equal "name: C1 control characters" "$(name qemu -name $'a\xc2\x9b31mb\xc2\x80')" \
	'a\302\23331mb\302\200'
equal "name: any other UTF-8 stays" "$(name qemu -name \
	$'\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80')" \
	$'\xc2\xa0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80'
equal "name: what is no UTF-8" "$(name qemu -name $'web\xe9\xe2\x82')" 'web\351\342\202'
equal "name: --vm takes it as it was given" \
	"$("$K" --root "$out/named" vcpus -v --vm $'web\xe9\xe2\x82' |
	grep -cF 'web\351\342\202 4000/3')" 1
# Two names that differ in a byte that is no UTF-8 are two series.
name qemu -name $'web\xe9' >"$out/said"
printf '%s\0' qemu -name $'web\xe8' >"$out/named/proc/4001/cmdline"
sed -i 's/^\(vcpu 3 .*\) gone/\1 live/' "$out/named/sys/kernel/debug/kvmlat/data"
"$K" --root "$out/named" export --format prometheus --per-vm >"$out/series"
equal "name: a series once" "$(grep -c '^kvmlat_vm_exits_total{vm="web' "$out/series") $(sed -n \
	's/^\(kvmlat.*\) .*/\1/p' "$out/series" | sort | uniq -d)" "2 "
equal "name: each with its own" "$(sed -n 's/^kvmlat_vm_exits_total{vm="web\\\\35[10]"} //p' \
	"$out/series")" \
	"$(sed 's/^\(vcpu 3 .*\) gone/\1 live/' "$synth" |
	"$K" export --format prometheus --per-vm - |
	sed -n 's/^kvmlat_vm_exits_total{vm="400[01]"} //p')"
rm "$out/named/proc/4001/cmdline"
equal "name: none is a pid" "$("$K" --root "$out/named" inflight -a | grep -c ' 4001 ')" 1
equal "name: -name without one" "$(name qemu -name)" ""
name qemu -name web-5 >"$out/said"
equal "name: --vm takes it" "$("$K" --root "$out/named" outliers --vm web-5 | grep -c web-5)" 2
equal "name: not for a saved file" "$("$K" --root "$out/named" vcpus "$synth" | grep -c web-5)" 0
# A VM has one name, whichever of its vCPUs is gone, and stands first.
name qemu -name guest=web-1 >"$out/said"
cp "$out/named/sys/kernel/debug/kvmlat/data" "$out/named.data"
sed 's/^\(vcpu 0 .*\) live/\1 gone/' "$out/named.data" >"$out/named/sys/kernel/debug/kvmlat/data"
live=("$K" --root "$out/named")
equal "gone first: vcpus" "$("${live[@]}" vcpus --vm web-1 |
	grep -c '^web-1 4000/3 \|^  vcpu 0 tid 9000 gone \|^  vcpu 1 tid 9001 ')" 3
equal "gone first: hist --vm" "$("${live[@]}" hist --vm web-1)" "$("$K" hist --vm 4000 "$synth")"
"${live[@]}" export --format prometheus --per-vm >"$out/series"
equal "gone first: one series, of both" "$(grep -c 'vm="4000"' "$out/series") $(sed -n \
	's/^kvmlat_vm_exits_total{vm="web-1"} //p' "$out/series")" \
	"0 $("$K" export --format prometheus --per-vm "$synth" |
	sed -n 's/^kvmlat_vm_exits_total{vm="4000"} //p')"
# names JSON: what the vCPUs of each VM are called, snapshot by snapshot
names() {
	python3 -c 'import json, sys
vms = ({"%d/%d=%s" % (v["vmm_pid"], v["vm"], v["name"]) for v in json.loads(line)["vcpus"]
        if v["kind"] == "one"} for line in sys.stdin)
print(*(" ".join(sorted(names)) for names in vms), sep="; ")'
}
equal "gone first: export --format json" "$("${live[@]}" export --format json --per-vm | names)" \
	"4000/3=web-1 4001/4=4001"
rm -f "$out/named.rec"
"${live[@]}" record -o "$out/named.rec"
equal "gone first: a recording" "$("$K" vcpus "$out/named.rec")" "$("${live[@]}" vcpus)"
equal "gone first: a recording names it before its first vCPU" \
	"$(grep -n '^vmname 4000 \|^vcpu 0 ' "$out/named.rec" | sed 's/^[0-9]*:\([a-z]*\) .*/\1/' |
	tr '\n' ' ')" "vmname vcpu "
# All gone: there is no process to ask; and one that took its pid is another VM.
sed 's/^\(vcpu [01] .*\) live/\1 gone/' "$out/named.data" >"$out/named/sys/kernel/debug/kvmlat/data"
equal "all gone: the pid" "$("${live[@]}" vcpus | grep -c '^4000/3 \|web-1')" 1
sed 's/^\(vcpu 0 .*\) live/\1 gone/;s/^\(vcpu 1 .*\) vm 3 /\1 vm 5 /' \
	"$out/named.data" >"$out/named/sys/kernel/debug/kvmlat/data"
equal "all gone: nor the name of who has its pid now" \
	"$("${live[@]}" export --format json --per-vm | names)" \
	"4000/3=4000 4000/5=web-1 4001/4=4001"
sed 's/^\(vcpu 1 .*\) live/\1 gone/;s/^\(vcpu 1 .*\) vm 3 /\1 vm 5 /' \
	"$out/named.data" >"$out/named/sys/kernel/debug/kvmlat/data"
equal "all gone: neither behind it" "$("${live[@]}" export --format json --per-vm | names)" \
	"4000/3=web-1 4000/5=4000 4001/4=4001"
head -n -20 "$out/named.data" >"$out/named/sys/kernel/debug/kvmlat/data"
says 1 "truncated: no 'end' line" "${live[@]}" vcpus
sed 's/^vcpu 2 .*/vcpu 2 vmm x/' "$out/named.data" >"$out/named/sys/kernel/debug/kvmlat/data"
says 1 "data:$(grep -n '^vcpu 2 ' "$out/named.data" | cut -d : -f 1): 'x' is not a number" \
	"${live[@]}" vcpus
cp "$out/named.data" "$out/named/sys/kernel/debug/kvmlat/data"
# The names of a recording are those of each snapshot.
sed '/^vmname /d' "$out/named.rec" | cat "$out/named.rec" - >"$out/named.twice"
equal "recorded names: of their snapshot only" \
	"$("$K" export -a --format json --per-vm "$out/named.twice" | names)" \
	"4000/3=web-1 4001/4=4001; 4000/3=4000 4001/4=4001"
# Long names: whole in a pipe; on a terminal what tells VMs apart stays.
long=$(printf 'customer-%.0s' {1..9})
name qemu -name "${long}a" >"$out/said"
printf '%s\0' qemu -name "${long}"$'\xc3\xa9b' >"$out/named/proc/4001/cmdline"
equal "long name: whole in a pipe" "$("$K" --root "$out/named" vcpus -v |
	grep -c "^${long}a 4000/3  *[0-9]\|^${long}"$'\xc3\xa9b'" 4001/4  *[0-9]")" 2
equal "long name: shortened to a width" "$("$K" --root "$out/named" vcpus -v --width 100 |
	sed -n 's/^\(cus.*[0-9]\/[0-9]\)  *[0-9].*/\1/p' | sort)" \
	"customer-customer-custo.. 4000/3
customer-customer-custo.. 4001/4"
equal "long name: columns stand" "$("$K" --root "$out/named" vcpus --width 100 |
	sed '/^total /,$d' | awk '{ print length }' | sort -u | wc -l)" 1
name qemu -name "$(printf '\xc3\xa9%.0s' {1..40})" >"$out/said"
check "long name: no character is cut" sh -c \
	"'$K' --root '$out/named' vcpus -v --width 100 | iconv -f utf-8 -t utf-8"
equal "long name: the pid stands behind it" \
	"$("$K" --root "$out/named" vcpus -v --width 100 | grep -c '[.][.] 4000/3 ')" 1
