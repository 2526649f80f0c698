# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# top: every number on every kind of screen, held against an own reading of the data.
topdata=$out/numbers.data
# A server for each session: one that ends is not asked for the next.
numbers_of=0
numbers_tm() { tmux -L "kvmlat-numbers-$$-$numbers_of" "$@"; }
# until_screen TEXT: within ten seconds the screen holds it
until_screen() {
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		numbers_tm capture-pane -p -t top >"$out/screen" 2>/dev/null
		! grep -qE -- "$1" "$out/screen" || return 0
		sleep 0.1
	done
	return 1
}
# judged WHAT TEXT OPTIONS OF SCREEN.PY...: what is on the screen when TEXT is
judged() {
	local what=$1 text=$2
	shift 2
	if until_screen "$text" && python3 "$here/screen.py" "$@" \
		<"$out/screen" >"$out/said" 2>&1; then
		ok "$what"
	else
		not_ok "$what"
		cat "$out/said" "$out/screen" | grep . | sed 's/^/# /' | head -24
	fi
	numbers_tm kill-server
}
# begun "OPTIONS OF TOP" KEYS: top with the figures of $synth on its screen, KEYS typed
begun() {
	numbers_of=$((numbers_of + 1))
	cp "$synth" "$topdata"
	: >"$out/said"
	numbers_tm -f /dev/null new-session -d -s top -x 200 -y 50 \
		"'$out/plain/kvmlat' top $1 '$topdata'; sleep 20"
	until_screen "^VM-EXIT .*Samples" || true
	# shellcheck disable=SC2086
	[ -z "$2" ] || numbers_tm send-keys -t top $2
}
# numbers WHAT "OPTIONS OF TOP" KEYS TEXT OPTIONS OF SCREEN.PY...
numbers() {
	begun "$2" "$3"
	judged "$1" "$4" "${@:5}"
}
# since "OPTIONS OF TOP" OPTIONS OF SCREEN.PY...: from r on, the figures being those of $later by
# then
since() {
	begun "-i 0.2 $1" r
	until_screen "since r 0.0 s" || true
	cp "$later" "$topdata.new"
	mv "$topdata.new" "$topdata"
	judged "since r${1:+, $1}" "since r 15.0 s" --before "$synth" "${@:2}" "$later"
}
if ! "$out/plain/kvmlat" --list-views | grep -qx top || ! command -v tmux >/dev/null; then
	skip "topnumbers" "no top, or no tmux here"
else
	numbers "of the host" "" "" "^total" "$synth"
	numbers "by cause, in ns" "" "d n" "VM-EXIT \(ns\)" --by-cause --ns "$synth"
	numbers "of a CPU" "-C 1" "" "CPUs 1" --cpus 1 "$synth"
	numbers "of a VM" "--vm 4000" "" "VM 4000" --vm 4000 "$synth"
	numbers "of a VM, by cause, in ns" "--vm 4000" "d n" "VM-EXIT \(ns\)" --vm 4000 --by-cause \
		--ns "$synth"
	numbers "of a VM that v asks for" "" "v 4001 Enter" "VM 4001" --vm 4001 "$synth"
	numbers "of a vCPU" "--vcpu 1" "" "^total" --vcpu 1 "$synth"
	numbers "of a vCPU of a VM, some reasons and causes" \
		"--vm 4000 --vcpu 0 -r cpuid,hlt --cause kernel,user" "" \
		"^total" --vm 4000 --vcpu 0 --reasons cpuid,hlt --causes kernel,user "$synth"
	for key in samples mean p99 max; do
		numbers "of a VM, by $key" "--vm 4000 -s $key" "" "by $key" --vm 4000 --sort $key \
			"$synth"
	done
	since ""
	since "-C 0" --cpus 0
	since "--vm 4000" --vm 4000
	since "--vm 4000 --vcpu 1" --vm 4000 --vcpu 1
fi
