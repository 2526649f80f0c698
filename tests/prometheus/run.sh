#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The exported figures where operators want them: node_exporter reads the file that `export -o`
# replaces, Prometheus scrapes it and evaluates alerts and the dashboard, systemd runs the service.
# Debian's programs, on loopback.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$top/build/prometheus
# Nothing of it runs for ever: it ends when it has had no result for long.
if [ "${1:-}" != watched ]; then
	mkdir -p "$out"
	: >"$out.results"
	LAB_SILENT_S=900 exec "$here/../lab/watched.sh" "$out.results" -- "$0" watched
fi
examples=$top/tools/contrib/prometheus
rm -rf "$out"
mkdir -p "$out"/{text,om,tsdb}
pids=() tap_said=$out/said
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"

# Nothing of it runs on.
cleanup() {
	trap - EXIT
	kill "${pids[@]}" 2>/dev/null
	wait 2>/dev/null
	rm -rf "$out/tsdb"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# result WHAT COMMAND...: a check that is a sign of life for watched.sh
result() {
	local what=$1
	shift
	check "$what" "$@"
	echo $tap_n >>"$out.results"
}
# refuses STATUS COMMAND...
refuses() {
	local want=$1 status=0
	shift
	"$@" || status=$?
	[ $status -eq "$want" ]
}
ask() { timeout --foreground 600 /usr/bin/python3 "$here/ask.py" "$@"; }
# A scrape that a busy machine lets time out ends all series until the next: then it is asked again.
see() {
	local tries
	for tries in {1..40}; do
		ask "$@" && return
		sleep $((tries < 10 ? 1 : 5))
	done
	return 3
}
synth() { python3 "$top/tests/unit/synth.py" "$@"; }

make -s -C "$top/tools" B="$out/tools" || exit 1
K=$out/tools/kvmlat
first=$out/10.data middle=$out/17.data last=$out/25.data
synth >"$first"
synth --time 17 >"$middle"
synth --time 25 >"$last"
# After a reset: reasons come back one after the other.
synth --time 5 --reasons 3 --generation 00017a3cf20b91e5 >"$out/reset.data"
synth --time 12 --generation 00017a3cf20b91e5 >"$out/reset12.data"
# The p99 of one is over the last edge.
synth --slow 4:20000 --generation 00017a3cf20b91e6 >"$out/slow.data"
synth --hostile-names --time 3 --generation 00017a3cf20b91e7 >"$out/hostile.data"
amd=$top/tests/unit/amd.data

# What promtool and a strict parser say of the text, without a server
for data in "$first" "$out/hostile.data" "$amd"; do
	name=${data##*/}
	"$K" export --format prometheus --per-cpu --per-vm "$data" >"$out/promtool.prom"
	result "promtool check metrics: $name" promtool check metrics <"$out/promtool.prom"
	"$K" export --format openmetrics --per-cpu --per-vm "$data" >"$out/strict.om"
	result "OpenMetrics to the letter: $name" ask strict "$out/strict.om"
done
sed '/^# HELP kvmlat_exits_total/d' "$out/promtool.prom" >"$out/nohelp.prom"
result "promtool refuses what has no help" refuses 3 promtool check metrics <"$out/nohelp.prom"
result "alert rules: promtool check rules" promtool check rules "$examples/kvmlat.rules.yml"
result "alert rules: each fires on its fault only" promtool test rules "$here/rules.test.yml"
idle=$out/idle/tools/contrib/prometheus
mkdir -p "$idle" "$out/idle/tests/prometheus"
sed 's/{kind="busy"}//' "$examples/kvmlat.rules.yml" >"$idle/kvmlat.rules.yml"
cp "$here/rules.test.yml" "$out/idle/tests/prometheus/"
result "alert rules: with idle exits in them the tests fail" refuses 1 promtool test rules \
	"$out/idle/tests/prometheus/rules.test.yml"

# The servers
read -r node om prom < <(ask ports 3)
export PROMETHEUS=http://127.0.0.1:$prom GOMAXPROCS=1
prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$out/text" \
	--web.listen-address="127.0.0.1:$node" >"$out/node.log" 2>&1 &
pids+=($!)
/usr/bin/python3 "$here/ask.py" serve "$om" "$out/om/metrics" >"$out/om.log" 2>&1 &
pids+=($!)
cat >"$out/prometheus.yml" <<EOF
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [$examples/kvmlat.rules.yml]
scrape_configs:
  - { job_name: node, static_configs: [{ targets: ["127.0.0.1:$node"] }] }
  - { job_name: openmetrics, static_configs: [{ targets: ["127.0.0.1:$om"] }] }
EOF
prometheus --config.file="$out/prometheus.yml" --storage.tsdb.path="$out/tsdb" \
	--web.listen-address="127.0.0.1:$prom" \
	--log.level=warn >"$out/prometheus.log" 2>&1 &
pids+=($!)

# show DATA: exported both ways, as the service does; back when Prometheus has it.
show() {
	"$K" export --format openmetrics -o "$out/om/metrics" "$1" || return
	"$K" export --format prometheus -o "$out/text/kvmlat.prom" "$1" || return
	local exits
	exits=$(awk '$1 == "count" && $2 == "exits" { print $3 }' "$1")
	ask wait 300 'kvmlat_events_total{event="exits",job="node"}' "$exits" &&
		ask wait 300 'kvmlat_events_total{event="exits",job="openmetrics"}' "$exits"
}
edges='kvmlat_exit_duration_seconds_bucket{job="node"}'

result "node_exporter and Prometheus take it" show "$first"
began=$SECONDS
for metric in exits exit_time_seconds exit_runqueue_seconds events; do
	result "kvmlat_${metric}_total is a counter with node_exporter" see type \
		"kvmlat_${metric}_total" counter
done
result "kvmlat_exit_duration_seconds is a histogram" see type kvmlat_exit_duration_seconds histogram
result "Prometheus takes figures that rise" show "$middle"
result "Prometheus takes figures that rise again" show "$last"
result "p99 of histogram_quantile is kvmlat's, within a bucket" \
	see p99 "$K" "$last" "histogram_quantile(0.99, sum by (le, reason) ($edges))"
result "the p99 of other data is told from kvmlat's" refuses 3 \
	ask p99 "$K" "$out/slow.data" "histogram_quantile(0.99, sum by (le, reason) ($edges))"
"$K" record -o "$out/rec" "$first"
"$K" record -o "$out/rec" "$last"
since="${edges}[$((SECONDS - began + 10))s]"
result "p99 of an interval, by increase(), is kvmlat stat's" see p99-between "$K" "$out/rec" \
	"histogram_quantile(0.99, sum by (le, reason) (increase($since)))"
result "as OpenMetrics there are the same series and values" see same \
	'{__name__=~"kvmlat_.+",job="node"}' '{__name__=~"kvmlat_.+",job="openmetrics"}'

# Unloaded, the service takes the file away; loaded again all figures are smaller, and some reasons
# are not there yet.
rm "$out/text/kvmlat.prom"
result "the series end when the module is unloaded" ask wait 300 'kvmlat_exits_total{job="node"}'
result "figures of a module that was loaded again arrive" show "$out/reset.data"
result "reasons that come back after a reset arrive" show "$out/reset12.data"
result "increase() over the reset is right, nothing is negative" \
	ask increase "$K" "$first" "$middle" "$last" - "$out/reset.data" "$out/reset12.data"
result "increase() of other snapshots is told from theirs" refuses 3 \
	ask increase "$K" "$first" "$middle" "$last" - "$out/reset.data" "$last"
result "kvmlat_age_seconds tells of the reset" \
	ask wait 300 'resets(kvmlat_age_seconds{job="node"}[1h])' 1
result "the dashboard: each expression has a result" see dashboard "$examples/kvmlat-dashboard.json"
sed 's/kvmlat_oldest_exit_seconds/kvmlat_eldest_exit_seconds/' \
	"$examples/kvmlat-dashboard.json" >"$out/bad.json"
result "a dashboard of what is not exported is refused" refuses 3 ask dashboard "$out/bad.json"
result "Prometheus evaluates the alert rules" see rules \
	"$(grep -c 'alert:' "$examples/kvmlat.rules.yml")"

result "Prometheus takes data of a real host" show "$amd"
result "p99 of a real host's data is kvmlat's, within a bucket" see p99 "$K" "$amd" \
	"histogram_quantile(0.99, sum by (le, reason) ($edges))"
result "Prometheus takes a histogram whose p99 is over the last edge" show "$out/slow.data"
result "a p99 over the last edge is given as that edge" see p99 "$K" "$out/slow.data" \
	"histogram_quantile(0.99, sum by (le, reason) ($edges))"
result "Prometheus takes names that want quoting" show "$out/hostile.data"
result "names that want quoting arrive as they are" see reasons "$out/hostile.data"
result "node_exporter had no error with the file" \
	ask wait 300 'max(max_over_time(node_textfile_scrape_error[1h]))' 0

# Replaced as a whole: whoever reads meanwhile sees one or the other.
"$K" export --format prometheus "$first" >"$out/first.prom"
"$K" export --format prometheus "$amd" >"$out/amd.prom"
# The writer ends by itself: killed, it would leave behind an export that writes its file after all.
(while [ ! -e "$out/enough" ]; do
	"$K" export --format prometheus -o "$out/text/kvmlat.prom" "$first"
	sleep 0.005
	"$K" export --format prometheus -o "$out/text/kvmlat.prom" "$amd"
	sleep 0.005
done) &
writer=$!
pids+=("$writer")
result "200 reads while it is replaced: none is torn" ask torn "http://127.0.0.1:$node/metrics" \
	200 "$out/first.prom" "$out/amd.prom"
touch "$out/enough"
wait $writer

# Why there are two formats
"$K" export --format openmetrics -o "$out/text/kvmlat.prom" "$middle"
"$K" export --format prometheus "$middle" >"$out/middle.prom"
result "node_exporter takes OpenMetrics without an error" ask torn \
	"http://127.0.0.1:$node/metrics" 1 "$out/middle.prom"
exits=$("$K" summary "$middle" | awk '$1 == "total" { print $2 }')
result "Prometheus gets OpenMetrics by way of node_exporter" ask wait 300 \
	'sum(kvmlat_exits_total{job="node"})' "$exits"
result "counters that come as OpenMetrics by way of node_exporter are of unknown type" see type \
	kvmlat_exits_total unknown
# shellcheck source=tests/prometheus/service.sh
. "$here/service.sh"
finish
