# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Sums over many vCPUs: the module's wrap at 2^64 ns, which 1,000 idle vCPUs reach after some 214
# days.
truth() { python3 "$here/wrap.py" --truth "$@"; }
# of HLT-OR-CPUID FIGURE DAYS [BEFORE]: one figure of the truth
of() {
	truth "${@:3}" | python3 -c 'import json, sys
print(json.load(sys.stdin)[sys.argv[1]][sys.argv[2]])' "$1" "$2"
}
for days in 200 330 700 1400; do python3 "$here/wrap.py" $days >"$out/wrap.$days"; done
for days in 200 330 700 1400; do
	file=$out/wrap.$days
	equal "$days days: samples and mean" \
		"$("$K" summary --ns "$file" 2>&1 | awk '/^(hlt|cpuid)/ { print $1, $2, $7 }')" \
		"cpuid $(of cpuid count $days) $(of cpuid mean $days)
hlt $(of hlt count $days) $(of hlt mean $days)"
	equal "$days days: parts add up" \
		"$("$K" summary "$file" | awk '/^hlt/ { print $(NF - 1), $NF }')" "25% 75%"
	equal "$days days: hist" "$("$K" hist -r hlt "$file" |
		sed -n 's/.*mean \([^,]*\),.*/\1/p')" \
		"$("$K" summary "$file" | awk '/^hlt/ { print $7 }')"
	equal "$days days: JSON" "$("$K" export --format json "$file" | python3 -c 'import json, sys
print(sum(r["sum_ns"] for r in json.load(sys.stdin)["totals"] if r["reason"] == "hlt"))')" \
	"$(of hlt sum $days)"
	seconds='kvmlat_exit_duration_seconds_sum{.*reason="hlt".*}'
	equal "$days days: OpenMetrics" "$("$K" export --format openmetrics "$file" |
		sed -n "s/^$seconds \\([0-9]*\\)\\.\\([0-9]*\\)$/\\1\\2/p")" "$(of hlt sum $days)"
	equal "$days days: the sums of VMs are those of their vCPUs" \
		"$("$K" vcpus -v --ns -r hlt "$file" |
		awk '/^4000/ { print $8 } /^4001/ { print $8 }' | sort -u)" "$(of hlt mean $days)"
	equal "$days days: nothing is amiss" "$("$K" summary "$file" 2>&1 >/dev/null)" ""
done
# Run-queue and off-CPU time may be no more than the sum: known where that has not wrapped.
equal "run-queue time is a share before" \
	"$("$K" summary -s "$out/wrap.200" |
	awk '/^  preem/ { print $NF, $(NF - 1), $(NF - 3) }')" "- 100% 50.0%"
equal "run-queue time is not known behind it" \
	"$("$K" summary "$out/wrap.330" | awk '/^hlt/ { print $(NF - 3) }')" "-"
equal "JSON says that neither is" "$("$K" export --format json "$out/wrap.330" |
	python3 -c 'import json, sys
totals = json.load(sys.stdin)["totals"]
print([(r["runq_ns"], r["offcpu_ns"]) for r in totals
       if (r["reason"], r["cause"]) == ("hlt", "blocked")])')" "[(None, None)]"
# Across a wrap
for pair in "200 330" "330 700" "700 1400" "200 201"; do
	before=${pair% *} after=${pair#* }
	python3 "$here/wrap.py" "$after" >"$out/wrap.after"
	cat "$out/wrap.$before" "$out/wrap.after" >"$out/wrap.two"
	"$K" stat --ns "$out/wrap.two" >"$out/printed" 2>&1
	equal "stat from $before to $after days" \
		"$? $(awk '/^(hlt|cpuid)/ { print $1, $2, $7 }' "$out/printed")" \
		"0 cpuid $(of cpuid count "$after" "$before") $(of cpuid mean "$after" "$before")
hlt $(of hlt count "$after" "$before") $(of hlt mean "$after" "$before")"
	equal "heatmap from $before to $after days" \
		"$("$K" heatmap -r hlt,cpuid "$out/wrap.two" 2>&1 | awk 'NR > 1 { print $NF }')" \
		"$(($(of hlt count "$after" "$before") + $(of cpuid count "$after" "$before")))"
	equal "diff from $before to $after days" \
		"$("$K" diff -r hlt "$out/wrap.$before" "$out/wrap.after" 2>&1 |
		awk '$1 == "B" { print $2 }')" \
		"$(of hlt count "$after" "$before")"
done
equal "of a day the run-queue time is known" \
	"$("$K" stat "$out/wrap.two" | awk '/^hlt/ { print $(NF - 3) }')" "12.5%"
# What no wrap explains is said: sums below count times the least, or above count times the
# greatest.
for sum in 5 99999999999999999; do
	sed "s/^row all 0x72 kernel sum [0-9]*/row all 0x72 kernel sum $sum/" \
		"$out/wrap.200" >"$out/wrap.odd"
	line=$(grep -n '^row all 0x72' "$out/wrap.odd" | cut -d : -f 1)
	says 0 "$out/wrap.odd:$line: the sum of this row is not one of what its buckets count" \
		"$K" summary "$out/wrap.odd"
done
# ... in the file that went back, too
sed 's/^\(row all 0x78 blocked sum\) [0-9]*/\1 7/' "$out/wrap.200" |
	cat "$out/wrap.200" - >"$out/wrap.odd"
"$K" stat "$out/wrap.odd" >"$out/printed" 2>"$out/said"
equal "sums that went back" "$? $(grep -c 'went back' "$out/said")" "1 1"
