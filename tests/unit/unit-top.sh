# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# top: on a terminal of tmux's.
says 1 "top: no terminal" "$out/plain/kvmlat" top "$synth" </dev/null
cpuid_of() { "$K" summary -r cpuid "$1" | awk '/^CPUID/ { print $2 }'; }
screen() { tmux -L kvmlat-unit-$$ capture-pane -p -t top; }
press() { tmux -L kvmlat-unit-$$ send-keys -t top "$@"; }
# shows WHAT TEXT: within five seconds the screen holds TEXT
shows() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		if screen 2>/dev/null | grep -qE -- "$2"; then ok "top: $1"; return; fi
		sleep 0.1
	done
	not_ok "top: $1: the screen has no '$2'"
	screen | sed 's/^/# /' | head -12
}
if ! "$out/plain/kvmlat" --list-views | grep -qx top; then
	skip "top" "built without ncurses"
elif ! command -v tmux >/dev/null; then
	skip "top" "no tmux here"
else
	cp "$synth" "$out/top.data"
	tmux -L kvmlat-unit-$$ -f /dev/null new-session -d -s top -x 120 -y 30 \
		"'$K' top -i 0.2 '$out/top.data' 2>'$out/top.err'; echo \"left with \$?\"; sleep 5"
	shows "a table" "^VM-EXIT .*Samples"
	press t
	shows "whole: figures of the file" "^CPUID +$(cpuid_of "$synth") "
	press c
	shows "causes" "^  preempted"
	press s
	shows "another order" "by samples"
	press h
	shows "help" "this help"
	press x
	press f
	shows "asks for reasons" "reasons, like"
	press cpuid Enter
	shows "only these" "only cpuid"
	cp "$later" "$out/top.new"
	mv "$out/top.new" "$out/top.data"
	shows "new figures" "^CPUID +$(cpuid_of "$later") "
	press ' '
	shows "paused" "paused"
	press ' '
	head -n 50 "$later" >"$out/top.new"
	mv "$out/top.new" "$out/top.data"
	shows "damage ends it, and gives the screen back" "left with 1"
	equal "top: and says why" "$(grep -c 'top.data:51: truncated' "$out/top.err")" 1
	tmux -L kvmlat-unit-$$ kill-server
	cp "$synth" "$out/top.data"
	tmux -L kvmlat-unit-$$ -f /dev/null new-session -d -s top -x 60 -y 10 "'$K' top '$out/top.data'; echo \"left with \$?\"; sleep 5"
	shows "a small terminal" "^VM-EXIT"
	press q
	shows "q quits" "left with 0"
	tmux -L kvmlat-unit-$$ kill-server
fi
