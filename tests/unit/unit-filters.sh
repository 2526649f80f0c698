# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Filters and orders: each lets through what it should and nothing else, and what is not there is
# said.
body() { sed '1d;$d'; }
# Figures of the data itself, not of the tool.
inflight_lines() { grep '^inflight ' "$synth" | grep -c -- "$1"; }
outlier_lines() { grep '^outlier ' "$synth" | grep -c -- "$1"; }
for wanted in "-C 0: cpu 0 " "-C 1: cpu 1 " "--cause user: cause user " \
	"--cause blocked: cause blocked " "--vm 4000: vmm 4000 " "--vm 4001: vmm 4001 " \
	"--vcpu 1: vcpu 1 " "-r IO_INSTRUCTION: reason 0x25 "; do
	# shellcheck disable=SC2086
	equal "inflight ${wanted%%:*}" "$("$K" inflight -a ${wanted%%:*} "$synth" | body | wc -l)" \
		"$(inflight_lines "${wanted#*:}")"
done
for wanted in "-C 0: cpu 0 tid" "-C 1: cpu 1 tid" "--cause kernel: cause kernel " \
	"--vm 4001: vmm 4001 " "--vcpu 1: vcpu 1 " "-r MSR_WRITE: reason 0x21 "; do
	# shellcheck disable=SC2086
	equal "outliers ${wanted%%:*}" "$("$K" outliers ${wanted%%:*} "$synth" | sed 1d | wc -l)" \
		"$(outlier_lines "${wanted#*:}")"
done
equal "the data tells these apart" "$(inflight_lines ' cpu 0 ') $(inflight_lines \
	' vmm 4000 ') $(inflight_lines ' cause user ') $(outlier_lines \
	' cpu 0 tid') $(outlier_lines '')" "1 1 1 1 3"
# pairs of busy reasons and a cause in a snapshot's totals: pairs_of CAUSE FILE
pairs_of() {
	awk -v c="$1" '$1 == "reason" { idle[$2] = $3 == "idle" } $1 == "row" && $2 == "all" &&
		$4 == c && !idle[$3] {
		for (b = 1; $b != "buckets"; b++); while (++b <= NF) {
			split($b, p, ":")
			n += p[2]
		}
		} END { print n + 0 }' "$2"
}
cat "$synth" "$later" >"$out/two.rec"
for cause in kernel user; do
	equal "heatmap --cause $cause" "$("$K" heatmap --cause $cause "$out/two.rec" |
		awk 'NR > 1 { n += $NF } END { print n }')" \
		$(($(pairs_of $cause "$later") - $(pairs_of $cause "$synth")))
	equal "diff --cause $cause" "$("$K" diff --cause $cause -r CPUID "$synth" "$reset" |
		awk '$1 == "A" { print $2 }')" \
		"$("$K" summary --cause $cause -r CPUID "$synth" |
		awk '$1 == "CPUID" { print $2 }')"
done

# Orders. COLUMN of --ns output: of its lines of busy reasons, in the order printed
column() {
	awk -v c="$1" '/^idle|^total/ { exit } NR > 1 && $1 != "VM-EXIT" && !/ exits, / {
		print $c }'
}
falling() { sort -gr "$1" | cmp -s - "$1"; }
orders=""
python3 "$here/synth.py" --reasons 12 >"$out/orders.data"
python3 "$here/synth.py" --reasons 12 --time 25 >>"$out/orders.data"
for key in samples:2 time:4 max:6 mean:7 p99:10; do
	"$K" summary --ns --sort "${key%:*}" "$out/orders.data" | column "${key#*:}" |
		tr -d % >"$out/order"
	check "summary --sort ${key%:*}" falling "$out/order"
	orders+=$("$K" summary --sort "${key%:*}" "$out/orders.data" | column 1 | tr '\n' ' ')$'\n'
	"$K" stat --ns --sort "${key%:*}" "$out/orders.data" | sed 1d | column "${key#*:}" |
		tr -d % >"$out/order"
	check "stat --sort ${key%:*}" falling "$out/order"
	"$K" vcpus -v --ns --sort "${key%:*}" "$out/orders.data" |
		sed -n '2,3s/^\(4[^ ]*\) [^ ]*/\1/p' | awk -v c="${key#*:}" '{ print $c }' |
		tr -d '%<=' >"$out/order"
	check "vcpus --sort ${key%:*}" falling "$out/order"
done
equal "the data tells orders apart" "$(sort -u <<<"$orders" | grep -c .)" \
	"$(grep -c . <<<"$orders")"
equal "without --sort: by time" "$("$K" summary "$out/orders.data")" \
	"$("$K" summary --sort time "$out/orders.data")"

# What is asked for and not there. A reason or cause may come yet: a warning; the rest is an error,
# but in part a warning. odd STATUS LINES TEXT COMMAND...: its status, lines of output, and the one
# line it says
odd() {
	local want="$1 $2 kvmlat: $3" status=0
	shift 3
	"$@" >"$out/printed" 2>"$out/said" || status=$?
	equal "${want#* * }" "$status $(wc -l <"$out/printed") $(cat "$out/said")" "$want"
}
for view in summary vcpus; do
	odd 0 2 "$view: no exit of reason MSR_WRTIE yet, if that is one" "$K" $view -r MSR_WRTIE \
		"$synth"
	odd 0 2 "$view: no exit of that cause yet" "$K" $view --cause mixed "$synth"
done
odd 0 3 "summary: no exit of reason 0x99 yet, if that is one" "$K" summary -r cpuid,0x99 "$synth"
odd 0 3 "stat: no exit of reason MSR_WRTIE yet, if that is one" "$K" stat -r MSR_WRTIE \
	"$out/two.rec"
odd 0 2 "heatmap: no exit of reason MSR_WRTIE yet, if that is one" "$K" heatmap -r MSR_WRTIE \
	"$out/two.rec"
odd 0 2 "inflight: no exit of reason MSR_WRTIE yet, if that is one" "$K" inflight -r MSR_WRTIE \
	"$synth"
odd 0 1 "outliers: no exit of reason MSR_WRTIE yet, if that is one" "$K" outliers -r MSR_WRTIE \
	"$synth"
for view in inflight outliers; do
	odd 1 0 "$view: the data has no CPU 777" "$K" $view -C 777 "$synth"
	odd 1 0 "$view: the data has no CPU from 2 to 9" "$K" $view -C 2-9 "$synth"
done
for view in inflight outliers vcpus; do
	odd 1 0 "$view: the data has no VM nobody" "$K" $view --vm nobody "$synth"
	odd 1 0 "$view: the data has no vCPU 7" "$K" $view --vcpu 7 "$synth"
	odd 1 0 "$view: the data has no VM 4" "$K" $view --vm 4 --vcpu 0 "$synth"
done
odd 0 3 "inflight: the data has no CPU 9" "$K" inflight -a -C 0,9 "$synth"
odd 0 2 "outliers: the data has no CPU 9" "$K" outliers -C 0,9 "$synth"
# hist has nothing to draw then.
odd 1 0 "hist: no exit of reason MSR_WRTIE yet, if that is one" "$K" hist -r MSR_WRTIE "$synth"
odd 1 0 "hist: no exit of that cause yet" "$K" hist --cause mixed "$synth"
odd 1 0 "hist: the data has no CPU 777" "$K" hist -C 777 "$synth"
odd 1 0 "hist: the data has no VM nobody" "$K" hist --vm nobody "$synth"
odd 1 0 "hist: the data has no vCPU 7" "$K" hist --vcpu 7 "$synth"
sed "2s/.*/totals $(($(sed -n '2s/.* //p' "$synth") - 1))/; /^v*row .* 0x24 kernel/d" \
	"$synth" >"$out/nocause"
odd 1 0 "hist: no exit of all that is asked for yet" "$K" hist -r CPUID --cause kernel \
	"$out/nocause"
odd 0 "$("$K" hist -r CPUID "$synth" | wc -l)" "hist: no exit of reason 0x99 yet, if that is one" \
	"$K" hist -r CPUID,0x99 "$synth"
odd 0 7 "vcpus: the data has no vCPU from 7 to 9" "$K" vcpus --vcpu 0,7-9 "$synth"
# A VM that is there but has no such exit now is no error, nor is a CPU without rows, nor a known
# reason.
sed 's/^info possible_cpus .*/info possible_cpus 8/' "$synth" >"$out/eight"
for quiet in "inflight --vm 4001 --cause user" "outliers --vm 4001 -r CPUID" \
	"inflight -r MSR_WRITE" "outliers -C 1 --cause user" "vcpus --vm 4000 --cause preempted" \
	"outliers -C 5"; do
	# shellcheck disable=SC2086
	"$K" $quiet "$out/eight" >"$out/printed" 2>"$out/said"
	equal "nothing to say of $quiet" "$? $(cat "$out/said")" "0 "
done
sed 's/^info possible_cpus .*/info possible_cpus 8/' "$synth" >"$out/eight"
# A list of any length is a list; a wrong one is not echoed whole.
equal "-C: 512 numbers" "$("$K" outliers -C "1,$(seq -s, 0 2 1020),1" "$out/eight" 2>/dev/null)" \
	"$("$K" outliers "$out/eight")"
says 1 "0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32,34,36,38,40,42...: not a CPU list" "$K" \
	outliers -C "$(seq -s, 0 2 1023),x" "$synth"

# A module that does not measure: said once, by every view that shows figures; status and export
# show the state themselves.
sed "2s/.*/totals $(($(sed -n '2s/.* //p' \
	"$synth") + 1))/; s/^info state .*/info state refused\ninfo why no vCPU there/" \
	"$synth" >"$out/refused"
sed "s/^info state .*/info state waiting/" "$synth" >"$out/waiting"
for view in summary hist vcpus "inflight -a" outliers; do
	# shellcheck disable=SC2086
	odd 0 "$("$K" $view "$synth" | wc -l)" \
		"the module measured nothing then: its state was refused: no vCPU there" "$K" \
		$view "$out/refused"
	# shellcheck disable=SC2086
	odd 0 "$("$K" $view "$synth" | wc -l)" \
		"the module measured nothing then: its state was waiting" "$K" $view "$out/waiting"
done
rm -rf "$out/idleroot"
mkdir -p "$out/idleroot/proc"
cp "$out/refused" "$out/idleroot/proc/kvmlat"
for view in summary "stat -i 0.05 -c 3" "heatmap -i 0.05 -c 3"; do
	# shellcheck disable=SC2086
	"$K" --root "$out/idleroot" $view >"$out/printed" 2>"$out/said"
	equal "live: ${view%% *}" "$? $(cat "$out/said")" \
		"0 kvmlat: the module measures nothing now: its state is refused: no vCPU there"
done
for view in status "export --format json"; do
	# shellcheck disable=SC2086
	equal "${view%% *} has the state in it" \
		"$("$K" $view "$out/refused" 2>&1 >"$out/printed"
		grep -c refused "$out/printed")" 1
done
