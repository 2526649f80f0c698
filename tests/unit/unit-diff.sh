# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# diff: what changed is found, what did not is not, and the statistics hold.
c_unit quantile -O2 "${tools_include[@]}" "$here/quantile.c" \
	"$top"/tools/model/{quantile,rank-sum,histogram,data-words}.c "$top"/tools/base/*.c
adopt "$out/quantile"

python3 "$here/synth.py" --time 2000 >"$out/base.data"
python3 "$here/synth.py" --time 2000 --slow 2:4.5 --generation 00017a3cf20b91e5 >"$out/slow.data"
python3 "$here/synth.py" --time 2000 --seed 1 --generation 00017a3cf20b91e6 >"$out/same.data"
# Recorded: 24 runs of one load and one long run. How often is a change seen where none was?
adopt python3 "$here/false_alarms.py" "$here/same.data.gz" "$out/plain/kvmlat" "$out"
# ... and what the last of its diffs looked like: hypercall made quicker, the others not
golden diff-runs sh -c "cd '$out' && '$K' diff alarm-a alarm-b"
gzip -dc "$here/same.data.gz" | awk -v out="$out" \
	'/^kvmlat-data/ { n++ } n <= 24 { print >(out "/runs-" int((n - 1) / 6)) }'
says 0 "With so few runs and so many reasons no change can be shown" "$K" diff "$out/runs-0" \
	"$out/runs-1"
says 4 "p99+1%: cannot be judged" "$K" diff --fail-if p99+1% "$out/runs-0" "$out/runs-1"
equal "keeps to 80 columns where names and verdicts do" \
	"$("$K" diff "$out/alarm-a" "$out/alarm-b" | grep '^  [AB] ' | awk 'length > 80' | wc -l)" 0
equal "of fewer reasons it can be" "$("$K" diff -r cpuid "$out/runs-0" "$out/runs-1" |
	grep -c 'so few runs')" 0
cat "$out"/runs-[0-3] >"$out/runs-24"
# Copies of runs are no runs: of other generations they stand for others.
sed 's/generation ./generation f/;s/^end ./end f/' "$out/runs-24" |
	cat "$out/runs-24" - >"$out/runs-all"
sed 's/generation ./generation e/;s/^end ./end e/' "$out/runs-0" >"$out/runs-other"
equal "of many runs neighbours are taken together" \
	"$("$K" diff "$out/runs-all" "$out/runs-other" | sed -n 's/^A:.*, //p')" "24 runs"
cat "$out/runs-24" "$out/runs-0" >"$out/runs-twice"
says 1 "stands in it twice" "$K" diff "$out/runs-twice" "$out/runs-0"
# What lies between two resets is a run, of however many snapshots.
gzip -dc "$here/same.data.gz" | awk -v out="$out" \
	'/^kvmlat-data/ { n++ } n > 24 { print >(out "/long-" (n <= 36 ? "a" : "b")) }'
"$K" diff "$out/long-a" "$out/long-b" >"$out/printed"
equal "intervals of one run are no runs" \
	"$(sed -n 's/^\([AB]\): .*, generation [0-9a-f]*, /\1 /p' "$out/printed"
	grep -c 'is not known' "$out/printed")" \
	"A 12 intervals of one run
B 13 intervals of one run, what came after A
1"
cat "$out/long-a" "$out/runs-0" >"$out/long-one"
equal "of several runs the last" "$("$K" diff "$out/long-one" "$out/long-b" |
	sed -n 's/^A: .*, generation [0-9a-f]*, //p')" "the last of 7 runs"
# A recording that went on: what A has is no run of B's.
cat "$out"/runs-[01] >"$out/runs-went-on"
says 0 ", 6 runs without 6 that A has" "$K" diff "$out/runs-0" "$out/runs-went-on"
equal "the runs that came after A" "$("$K" diff "$out/runs-0" "$out/runs-went-on" |
	sed '/^B: /d')" "$("$K" diff "$out/runs-0" "$out/runs-1" | sed '/^B: /d')"
golden diff sh -c "cd '$out' && '$K' diff synth.data reset.data"
equal "the slowed reason, and no other" "$("$K" diff "$out/base.data" "$out/slow.data" |
	sed -n 's/:.* worse .*//p')" "EPT_MISCONFIG"
equal "the other way round it is better" \
	"$("$K" diff "$out/slow.data" "$out/base.data" | sed -n 's/:.* better .*//p')" \
	"EPT_MISCONFIG"
equal "nothing changed" "$("$K" diff "$out/base.data" "$out/same.data" |
	grep -c 'worse by\|better by')" 0
equal "of one generation B is what came after A" \
	"$("$K" diff "$synth" "$later" |
	awk '/^CPUID:/ { on = 1 } on && $1 == "B" { print $2; exit }')" \
	"$("$K" stat <(cat "$synth" "$later") | awk '/^CPUID/ { print $2 }')"
says 3 "p99+20%: met by EPT_MISCONFIG" "$K" diff --fail-if p99+20% "$out/base.data" "$out/slow.data"
says 3 "EPT_MISCONFIG:p50+30%: met" "$K" diff --fail-if EPT_MISCONFIG:p50+30% "$out/base.data" \
	"$out/slow.data"
for wrong in "--fail-if EPT_MISCONF:p99+20%" "-r CPUID --fail-if EPT_MISCONFIG:p99+20%" \
	"-r EPT_MISCONF --fail-if p99+20%"; do
	# shellcheck disable=SC2086
	says 1 "p99+20%: no such reason in A or B, or left out by -r" "$K" diff $wrong \
		"$out/base.data" "$out/slow.data"
done
says 0 "worse by" "$K" diff --fail-if CPUID:p99+20% "$out/base.data" "$out/slow.data"
says 0 "worse by" "$K" diff --fail-if p99+400% "$out/base.data" "$out/slow.data"
says 0 "better by" "$K" diff --fail-if p99+0% "$out/slow.data" "$out/base.data"
equal "diff --min-effect" "$("$K" diff --min-effect 400% "$out/base.data" "$out/slow.data" |
	grep -c 'worse by')" 0
# What is said is over the threshold, be it worse or better, of several runs or of one.
below=""
for effect in 0 10 15 20 25 40 60 70 80 150; do
	for pair in "alarm-a alarm-b" "alarm-b alarm-a" "slow.data base.data" \
		"base.data slow.data"; do
		# shellcheck disable=SC2086
		below+=$(cd "$out" && "$K" diff --min-effect $effect $pair |
			grep -oE 'by >=[0-9]+' | awk -F= -v e=$effect -v p="$pair" \
			'$2 < e { print p, e, $2 }')
	done
done
equal "diff --min-effect: nothing below it is said" "$below" ""
equal "diff --min-effect: what is over it is" \
	"$(cd "$out" && "$K" diff --min-effect 20 alarm-a alarm-b |
	sed -n 's/^hypercall: \([^;]*\);.*/\1/p'
	"$K" diff --min-effect 60 "$out/slow.data" "$out/base.data" | grep -c 'better by')" \
	"p50 better by >=22%
1"
equal "diff --cause: of these causes only" \
	"$("$K" diff --cause user,blocked "$out/base.data" "$out/slow.data" |
	awk '/^CPUID:/ { on = 1 } on && $1 == "A" { print $2; exit }')" \
	"$("$K" summary -r CPUID --cause user,blocked "$out/base.data" |
	awk '$1 == "total" { print $2 }')"
says 0 "EPT_MISCONFIG kernel" "$K" diff -s "$out/base.data" "$out/slow.data"
for wrong in p99 99+20% p99+x% p99+20 p100+20% p99.99+20% p0+5% CPUID:; do
	says 1 "diff: --fail-if $wrong: not like" "$K" diff --fail-if "$wrong" "$synth" "$later"
done
python3 "$here/synth.py" --reasons 4 --generation 00017a3cf20b91e7 >"$out/less.data"
# Reasons are compared by their codes: those of one vendor are not those of the other.
says 1 "A is of svm, B of vmx" "$K" diff "$good" "$here/intel.data"
says 1 "A is of vmx, B of svm" "$K" diff --fail-if p99+20% "$here/intel.data" "$good"
cat "$good" "$here/intel.data" >"$out/two-hosts"
says 1 "holds snapshots of svm and of vmx" "$K" diff "$good" "$out/two-hosts"
sed 's/^info isa .*/info isa none/;/^row /d' "$synth" |
	awk '/^totals/ { $2 -= '"$(grep -c '^row all' "$synth")"' } 1' >"$out/none.data"
says 0 "only in B" "$K" diff "$out/none.data" "$out/less.data"
says 1 "wants one or two files" "$K" diff
says 1 "wants one or two files" "$K" diff -f "$later" "$synth" "$later"
equal "diff --file: for the live module" \
	"$("$K" diff --file="$later" "$synth"; "$K" -f "$later" diff "$synth")" \
	"$("$K" diff "$synth" "$later"; "$K" diff "$synth" "$later")"
# A gate that judged nothing is no gate that was passed; one that is met is.
python3 "$here/synth.py" --time 2000 --reasons 4 >"$out/four.data"
says 3 "CPUID:p99+20%: cannot be judged" "$K" diff --fail-if p99+20% --fail-if CPUID:p99+20% \
	"$out/four.data" "$out/slow.data"
"$K" diff --fail-if p99+20% "$good" "$good" >"$out/printed" 2>"$out/said"
equal "diff of a file with itself: nothing came after it" \
	"$? $(grep -c '^B: .*, nothing came after A$' "$out/printed") $(grep -c 'only in' \
	"$out/printed") $(grep -c 'cannot be judged' "$out/said")" "4 1 0 1"
equal "diff of a file with itself: of each reason none" \
	"$("$K" diff "$good" "$good" | grep -c ': none after A$')" \
	"$(awk '$1 == "row" && $2 == "all" && !seen[$3]++' "$good" | wc -l)"
"$K" diff "$later" "$synth" >"$out/printed" 2>"$out/said"
equal "B before A is an error, nothing is printed" \
	"$? $(wc -c <"$out/printed") $(grep -c 'went back' "$out/said")" "1 0 1"
rm -rf "$out/diffroot"
mkdir -p "$out/diffroot/proc"
cp "$synth" "$out/diffroot/proc/kvmlat"
equal "diff A: with the live module" "$("$K" --root "$out/diffroot" diff "$reset" |
	sed '/^[AB]: /d')" "$("$K" diff "$reset" "$synth" | sed '/^[AB]: /d')"
only=$("$K" diff "$synth" "$out/less.data" | sed -n 's/: only in A.*//p' | head -n 1)
says 4 "$only:p99+20%: cannot be judged" "$K" diff --fail-if "$only:p99+20%" "$synth" \
	"$out/less.data"
equal "reasons of one side" "$("$K" diff "$synth" "$out/less.data" |
	grep -c 'only in A') $("$K" diff "$out/less.data" "$synth" | grep -c 'only in B')" "2 2"
