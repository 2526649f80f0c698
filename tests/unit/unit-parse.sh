# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The parser: what it takes, what it refuses and where it says the fault is.

# bad TEXT SED-SCRIPT: a good file, damaged, is refused and nothing printed but the error
bad() {
	local status=0
	sed "$2" "$from" >"$out/bad"
	"$K" -f "$out/bad" hist -C 0-4095 >"$out/printed" 2>"$out/said" || status=$?
	if [ $status -eq 1 ] && [ ! -s "$out/printed" ] &&
		grep -qF -- "kvmlat: $out/bad:$1" "$out/said"; then ok "$1"; else
		not_ok "wanted status 1, no output and '$1'; status $status, $(wc -c \
			<"$out/printed") bytes and:"
		sed 's/^/# /' "$out/said" | head -5
	fi
}
# taken WHAT SED-SCRIPT: a file with something new in it is read as before
taken() {
	sed "$2" "$from" >"$out/new"
	equal "$1" "$("$K" hist -C 0-1 "$out/new" 2>&1; "$K" vcpus "$out/new" 2>&1
		"$K" outliers "$out/new" 2>&1)" \
		"$("$K" hist -C 0-1 "$from" 2>&1; "$K" vcpus "$from" 2>&1
		"$K" outliers "$from" 2>&1)"
}
line_of() { grep -n -m 1 "$1" "$from" | cut -d: -f1; }

from=$good
says 2 "No such file" "$K" -f "$out/none" summary
says 2 "is a directory" "$K" -f "$out" summary
: >"$out/bad"
says 1 "empty" "$K" -f "$out/bad"
bad "1: does not begin" '1s/kvmlat/kvmlot/'
bad "1: format version 2, this kvmlat reads version 1" '1s/data 1/data 2/'
bad "1: no generation" '1s/.$/x/'
bad "2: no line 'totals N'" '2d'
bad "2: 'x' is not a number" '2s/ .*/ x/'
bad "3: 'INFO' begins no kind of line" '3s/info/INFO/'
bad "3: a field is missing" '3s/ .*//'
row=$(line_of '^row all')
read -r _ _ key cause _ < <(sed -n "${row}p" "$from")
bad "$row: '-1' is not a number" "${row}s/sum [0-9]*/sum -1/"
bad "$row: '99999999999999999999' is not a number" "${row}s/sum [0-9]*/sum 99999999999999999999/"
bad "$row: '18446744073709551616' is not a number" "${row}s/sum [0-9]*/sum 18446744073709551616/"
bad "$row: '329' is not a number from 0 to 328" "${row}s/\$/ 329:1/"
bad "$row: bucket 0 is not in ascending order" "${row}s/\$/ 0:1/"
bad "$row: 'x' is no bucket" "${row}s/\$/ x/"
bad "$row: 'runq' is missing" "${row}s/runq [0-9]* //"
bad "$row: 'sum' stands twice" "${row}s/sum/sum 1 sum/"
bad "$row: 'maybe' is no cause" "${row}s/ $cause / maybe /"
bad "$row: the count of the row overflows" "${row}s/buckets.*/buckets 1:18446744073709551615 2:1/"
bad "$row: a row without pairs" "${row}s/buckets .*/buckets 1:0/"
bad "$row: reason $key stands twice" "$((row - 1))p"
bad "$(($(line_of '^count exits') + 1)): count exits stands twice" '/^count exits/p'
bad "$(($(line_of '^info isa') + 1)): info isa stands twice" '/^info isa/p'
bad "$((row + 1)): this row stands twice" "${row}p"
bad "$((row - 1)): a row of a reason that has no reason line" "$((row - 1))d"
bad "$row: 'zx' is no exit reason" "${row}s/ $key / zx /"
bad "$row: '0x123456789' is no exit reason" "${row}s/ $key / 0x123456789 /"
bad "$row: '0xfffffffe' is no exit reason" \
	"${row}s/ $key / 0xfffffffe /"	# the catch-all's number in memory
bad "$(wc -l <"$good"): the end is of another generation" '$s/ .*/ 0000000000000000/'
bad "$(($(wc -l <"$good") + 1)): more after the end" '$p'
sed "${row}s/sum/s\x00m/" "$good" >"$out/bad"
says 1 "NUL byte" "$K" -f "$out/bad"
sed "3s/\$/\x1b[31m/" "$good" >"$out/bad"
says 1 ":3: a control character" "$K" -f "$out/bad"
{ head -n 2 "$good"; printf 'info x %020000d\n' 0; } >"$out/bad"
says 1 "line too long" "$K" -f "$out/bad"

from=$synth
cpu=$(line_of '^row 0 ') vrow=$(line_of '^vrow 0') vcpu=$(line_of '^vcpu 0') \
	fly=$(line_of '^inflight') far=$(line_of '^outlier')
bad "$cpu: row of CPU 7 without its cpu line" "${cpu}s/row 0/row 7/"
bad "$cpu: row of 'all' in the wrong section" "${cpu}s/row 0/row all/"
bad "$vrow: '45' is not a number from 0 to 44" "${vrow}s/\$/ 45:1/"
bad "$vrow: vrow 9 without its vcpu line" "${vrow}s/vrow 0/vrow 9/"
bad "$((vrow + 1)): this row stands twice" "${vrow}p"
bad "$vcpu: 'dead' is neither live nor gone" "${vcpu}s/live/dead/"
bad "$vcpu: 'comm' is missing" "${vcpu}s/ comm .*//"
bad "$fly: 'age_ns' is missing" "${fly}s/age_ns [0-9]* //"
bad "$far: 'zz' is no hexadecimal number" "${far}s/info1 [^ ]*/info1 zz/"
bad "$far: 'rip' is missing" "${far}s/ rip [^ ]*//"
bad "$far: the line stands in the wrong section" "${cpu}{h;d};${far}G"
bad "$(($(sed -n '2s/.* //p' "$synth") + 3)): the line stands in the wrong section" \
	'2s/ \(.*\)/ 9999/'
more=$(($(sed -n '2s/.* //p' "$synth") + 2))
taken "unknown kinds of lines are skipped" "2s/.*/totals $((more - 1))/
3i novelty 1 2 3
${cpu}i novelty
\$i novelty x"
taken "unknown info and count are skipped" \
	"3s/^/info new text of it\n/;4s/^/count new 12\n/;2s/.*/totals $more/"
taken "unknown fields of rows and records are skipped" \
	's/ buckets / later 17 buckets /;s/ comm / later x comm /;s/ age_ns / later x age_ns /'
sed "$(line_of '^row 1 0x25 user')s/ 0x25 / 0x7777 /" "$from" >"$out/new"
says 0 "Reason: [30583] 0x7777: " "$K" hist -C 1 "$out/new"

# A pair read between its bucket and its min and max: the buckets' edges stand for them.
reason=$(awk '$1 == "row" && $2 == "all" { print $3; exit }' "$from")
sed "$(line_of '^row all')s/min [0-9]* max [0-9]*/min 18446744073709551615 max 0/" \
	"$from" >"$out/new"
edges=$("$K" export --format csv --all "$from" |
	awk -F, -v k="$reason" '$6 == k && $9 == "kernel" { if (!low) low = $10; high = $11 } END {
	print low, high - 1 }')
equal "min above max" "$("$K" summary --ns --cause kernel -r "$reason" "$out/new" |
	awk '$1 == "HLT" { print $5, $6 }')" "$edges"

# Every truncation is noticed, at every line and at a hundred other places; whole files have no such
# fault.
size=$(stat -c %s "$good") step=$((size / 100 + 1)) accepted=0 crashed=0 lines=$(wc -l <"$synth")
cut_at() {
	case "$1" in line) head -n "$2" "$synth" ;; *) head -c "$2" "$good" ;; esac >"$out/bad"
	"$out/plain/kvmlat" -f "$out/bad" hist -C 0 >"$out/said" 2>&1
	case $? in 0) accepted=$((accepted + 1)) ;; 1) ;; *) crashed=$((crashed + 1)) ;; esac
	"$out/plain/kvmlat" -f "$out/bad" >/dev/null 2>&1 && accepted=$((accepted + 1))
}
for ((at = 0; at < lines; at++)); do cut_at line $at; done
for ((at = 1; at < size; at += step)); do cut_at byte $at; done
cut_at byte $((size - 1))
equal "no truncation is accepted" "$accepted $crashed" "0 0"
check "the whole file is" "$K" summary "$synth"

# No damaged byte brings it down (2 is a sanitizer's or a signal's status, or of no file).
crashed=0 size=$(stat -c %s "$synth") step=$((size / 60 + 1))
for byte in '\x39' '\xff' '\x20' '\x0a'; do
	for ((at = 3; at < size; at += step)); do
		{ head -c $((at - 1)) "$synth"; printf "%b" "$byte"
			tail -c +$((at + 1)) "$synth"; } >"$out/bad"
		for view in status vcpus outliers; do
			"$K" -f "$out/bad" $view >"$out/said" 2>&1
			case $? in 0 | 1) ;; *) crashed=$((crashed + 1))
				cp "$out/bad" "$out/crash" ;; esac
		done
	done
done
equal "damaged bytes" "$crashed" 0
for view in summary "hist -s" "hist -C 0-1" vcpus inflight "outliers -l" "hist --vm 4000" \
	"hist --article" plot "plot -l" status; do
	# shellcheck disable=SC2086
	"$K" -f "$huge" $view >"$out/said" 2>&1
	equal "huge numbers: $view" "$? $(grep -c 'runtime error\|Sanitizer' "$out/said")" "0 0"
done
