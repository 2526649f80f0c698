# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Settings that left something out: every report says so at its top, every comparison across a
# change of them. with FILE "NAME VALUE"...: FILE with these infos, those it has among them
with() {
	local file=$1 fact
	shift
	cp "$file" "$out/with.data"
	for fact in "$@"; do
		if grep -q "^info ${fact%% *} " "$out/with.data"; then
			sed -i "s/^info ${fact%% *} .*/info $fact/" "$out/with.data"
		else
			sed -i "2s/.*/totals $(($(sed -n '2s/.* //p' \
				"$out/with.data") + 1))/; 3i info $fact" "$out/with.data"
		fi
	done
	cat "$out/with.data"
}
whole=("cpus all" "vms all" "enabled 1" "filter_changes 0" "clock_wanted auto" "guest_rip 1" \
	"outlier_skip hlt,mwait")
with "$synth" "${whole[@]}" >"$out/whole.data"
with "$later" "${whole[@]}" >"$out/wholelater.data"
with "$synth" "cpus 0-3" "vms 4000,4001" "enabled 0" "filter_changes 2" >"$out/part.data"
line="Not the whole host: CPUs 0-3 only, VMMs 4000,4001 only, measuring is off, cpus, vms or \
enabled changed 2 times since these figures began"
views=(summary "summary -s" hist "hist -C 0" "hist --vm 4000" vcpus "vcpus -v" "inflight -a" \
	outliers "outliers -l" status)
for view in "${views[@]}"; do
	# shellcheck disable=SC2086
	equal "$view begins with what is left out" \
		"$("$K" $view "$out/part.data" 2>/dev/null | head -n 1)" "$line"
	# shellcheck disable=SC2086
	equal "$view of the whole host says nothing" \
		"$("$K" $view "$out/whole.data" "$@" 2>&1 | grep -ci 'not the whole')" 0
	# shellcheck disable=SC2086
	equal "$view of an older module claims nothing" \
		"$("$K" $view "$synth" 2>&1 | grep -ci 'not the whole')" 0
done
# Each alone
for one in "cpus 1|CPUs 1 only" "vms 4000|VMMs 4000 only" "enabled 0|measuring is off" \
	"filter_changes 1|cpus, vms or enabled changed 1 time since these figures began"; do
	with "$out/whole.data" "${one%%|*}" >"$out/one.data"
	equal "${one%%|*}" "$("$K" summary "$out/one.data" | head -n 1)" \
		"Not the whole host: ${one##*|}"
done
equal "the rest of the report is as ever" "$("$K" summary "$out/part.data" | tail -n +2)" \
	"$("$K" summary "$synth")"
equal "status shows them all" "$("$K" status "$out/part.data" |
	grep -cE '^(cpus|vms|enabled|filter_changes)  ') $("$K" status "$out/whole.data" |
	grep -cE '^(clock_wanted|guest_rip|outlier_skip)  ')" "4 3"
equal "a narrow terminal gets all of it" \
	"$(COLUMNS=40 "$K" summary "$out/part.data" | sed '/^VM-EXIT/,$d' | tr -d '\n' |
	tr -s ' ')" "$line"
equal "and nothing wider" "$(COLUMNS=40 "$K" vcpus "$out/part.data" | head -n 5 |
	awk 'length > 40')" ""
says 0 "kvmlat: not the whole host: CPUs 0-3 only, VMMs" "$K" hist --article "$out/part.data"
equal "the article's layout has no other lines" \
	"$("$K" hist --article "$out/part.data" 2>/dev/null)" "$("$K" hist --article "$synth")"
for picture in plot "heatmap -o -"; do
	cat "$out/part.data" >"$out/pictured"
	with "$later" "cpus 0-3" "vms 4000,4001" "enabled 0" "filter_changes 2" >>"$out/pictured"
	# shellcheck disable=SC2086
	equal "${picture%% *}" "$("$K" $picture "$out/pictured" |
		grep -c "; not the whole host: ${line#*: }</text>")" 1
done

# For programs
json() {
	"$K" export --format json "$1" |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["filter"])'
}
equal "JSON" "$(json "$out/part.data")" \
	"{'cpus': '0-3', 'vms': '4000,4001', 'enabled': False, 'changes': 2}"
equal "JSON of the whole host" "$(json "$out/whole.data")" \
	"{'cpus': 'all', 'vms': 'all', 'enabled': True, 'changes': 0}"
equal "JSON of an older module" "$(json "$synth")" \
	"{'cpus': 'all', 'vms': None, 'enabled': None, 'changes': None}"
check "JSON keeps to its schema" /usr/bin/python3 "$here/check_schema.py" \
	"$top/docs/export-schema.json" "$K" "$out/part.data"
equal "CSV" "$("$K" export --format csv "$out/part.data" | python3 -c 'import csv, sys
print({r["filter"] for r in csv.DictReader(sys.stdin)})')" "{'${line#*: }'}"
for format in openmetrics prometheus; do
	equal "$format" "$("$K" export --format $format "$out/part.data" | grep '^kvmlat_filter')" \
		'kvmlat_filter_info{cpus="0-3",vms="4000,4001",enabled="0"} 1
kvmlat_filter_changes_total 2'
	equal "$format of an older module" \
		"$("$K" export --format $format "$synth" | grep '^kvmlat_filter')" \
		'kvmlat_filter_info{cpus="all"} 1'
done
check "OpenMetrics is valid" python3 "$here/check_export.py" "$out/part.data" "$K"

# Across a change
with "$out/wholelater.data" "cpus 0-3" "filter_changes 1" >"$out/changed.data"
with "$out/wholelater.data" "filter_changes 2" >"$out/andback.data"
with "$reset" "${whole[@]}" "vms 4000" >"$out/anew.data"
with "$out/wholelater.data" "outlier_ns 5000" >"$out/outliers.data"
across() { cat "$out/whole.data" "$out/$1.data" >"$out/across"; "$K" "${@:2}" "$out/across" 2>&1; }
meanwhile() { sed -n 's/^Settings changed meanwhile: //p'; }
equal "stat across a change" "$(across changed stat | meanwhile)" "cpus all to 0-3"
equal "stat across one and back" "$(across andback stat | meanwhile)" \
	"cpus, vms or enabled changed, and back"
equal "stat across a change and a reset" "$(across anew stat | meanwhile)" "vms all to 4000"
equal "stat across none" "$(across wholelater stat | meanwhile)" ""
equal "stat across one that shapes no latency" "$(across outliers stat | meanwhile)" ""
equal "stat -t" "$(across changed stat -t | meanwhile)" "cpus all to 0-3"
equal "heatmap marks it" "$(across changed heatmap |
	grep -c ' (settings changed)$') $(across wholelater heatmap | grep -c 'settings')" "1 0"
equal "heatmap marks it on a narrow terminal" \
	"$(COLUMNS=80 across changed heatmap | grep -c ' set$')" 1
equal "heatmap -o marks it" "$(across changed heatmap -o - |
	grep -c "<title>the module's settings changed</title>")" 1
equal "diff" "$("$K" diff "$out/whole.data" "$out/changed.data" |
	grep -i 'measured alike\|^Not the whole')" \
	"Not the whole host: CPUs 0-3 only, cpus, vms or enabled changed 1 time since these \
figures began
A and B were not measured alike: cpus all to 0-3"
equal "diff of two that are alike" "$("$K" diff "$out/whole.data" "$out/wholelater.data" |
	grep -ci 'alike\|not the whole')" 0
equal "diff of a side that is not" "$(cat "$out/whole.data" "$out/anew.data" >"$out/across"
	"$K" diff "$out/across" "$out/whole.data" 2>&1 | grep 'alike')" \
	"Not all of A was measured alike: vms all to 4000"
equal "plot -b" "$("$K" plot -b "$out/whole.data" "$out/changed.data" 2>"$out/said" |
	grep -c 'Not measured alike, from before to now: cpus all to 0-3<') $(cat "$out/said")" \
	"1 kvmlat: plot: not measured alike, from before to now: cpus all to 0-3"
# record, of a file that becomes another one
rm -f "$out/settings.rec"
mkdir -p "$out/settingsroot/proc"
cp "$out/whole.data" "$out/settingsroot/proc/kvmlat"
(until [ "$(grep -sc '^end ' "$out/settings.rec")" -ge 2 ] 2>/dev/null; do sleep 0.02; done
	cp "$out/outliers.data" "$out/settingsroot/new" &&
		mv "$out/settingsroot/new" "$out/settingsroot/proc/kvmlat") &
"$out/plain/kvmlat" --root "$out/settingsroot" record -i 0.1 -c 20 -o \
	"$out/settings.rec" 2>"$out/said"
wait $!
equal "record says a change once" "$(cat "$out/said")" \
	"kvmlat: record: settings changed since the snapshot before: outlier_ns 1000000 to 5000"
