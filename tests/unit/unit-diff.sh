# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# diff: what changed is found, what did not is not, and the statistics hold.
gcc "${flags[@]}" -O2 -o "$out/quantile" "$here/quantile.c" "$top/tools/quantile.c" "$top/tools/rows.c" "$top/tools/util.c" &&
	"$out/quantile" | sed 's/^\(not \)*ok [0-9]* /&diff: /'
[ "${PIPESTATUS[0]}" -eq 0 ] || failed=1

python3 "$here/synth.py" --time 200 >"$out/base.data"
python3 "$here/synth.py" --time 200 --slow 2:2.5 --generation 00017a3cf20b91e5 >"$out/slow.data"
python3 "$here/synth.py" --time 200 --seed 1 --generation 00017a3cf20b91e6 >"$out/same.data"
golden diff sh -c "cd '$out' && '$K' diff synth.data reset.data"
equal "diff: the slowed reason, and no other" "$("$K" diff "$out/base.data" "$out/slow.data" | awk '/ worse / { print $1 }')" "EPT_MISCONFIG"
equal "diff: the other way round it is better" "$("$K" diff "$out/slow.data" "$out/base.data" | awk '/ better / { print $1 }')" "EPT_MISCONFIG"
equal "diff: nothing changed" "$("$K" diff "$out/base.data" "$out/same.data" | grep -c 'worse by\|better by')" 0
equal "diff: of one generation B is what came after A" "$("$K" diff "$synth" "$later" | awk '/^CPUID/ { print $3 }')" \
	"$("$K" stat <(cat "$synth" "$later") | awk '/^CPUID/ { print $2 }')"
says 3 "p99+20%: met by EPT_MISCONFIG" "$K" diff --fail-if p99+20% "$out/base.data" "$out/slow.data"
says 3 "EPT_MISCONFIG:p50+30%: met" "$K" diff --fail-if EPT_MISCONFIG:p50+30% "$out/base.data" "$out/slow.data"
says 0 "worse by" "$K" diff --fail-if CPUID:p99+20% "$out/base.data" "$out/slow.data"
says 0 "worse by" "$K" diff --fail-if p99+200% "$out/base.data" "$out/slow.data"
says 0 "better by" "$K" diff --fail-if p99+0% "$out/slow.data" "$out/base.data"
equal "diff --min-effect" "$("$K" diff --min-effect 400% "$out/base.data" "$out/slow.data" | grep -c 'worse by')" 0
says 0 "EPT_MISCONFIG kernel" "$K" diff -s "$out/base.data" "$out/slow.data"
for wrong in p99 99+20% p99+x% p99+20 p100+20% p0+5% CPUID:; do
	says 1 "diff: --fail-if $wrong: not like" "$K" diff --fail-if "$wrong" "$synth" "$later"
done
says 1 "wants one or two files" "$K" diff
"$K" diff "$later" "$synth" >"$out/printed" 2>"$out/said"
equal "diff: B before A is an error, nothing is printed" "$? $(wc -c <"$out/printed") $(grep -c 'went back' "$out/said")" "1 0 1"
rm -rf "$out/diffroot"
mkdir -p "$out/diffroot/proc"
cp "$synth" "$out/diffroot/proc/kvmlat"
equal "diff A: with the live module" "$("$K" --root "$out/diffroot" diff "$reset" | sed 1,2d)" "$("$K" diff "$reset" "$synth" | sed 1,2d)"
python3 "$here/synth.py" --reasons 4 --generation 00017a3cf20b91e7 >"$out/less.data"
equal "diff: reasons of one side" "$("$K" diff "$synth" "$out/less.data" | grep -c 'only in A') $("$K" diff "$out/less.data" "$synth" | grep -c 'only in B')" "2 2"
