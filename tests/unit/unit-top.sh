# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# top: on a terminal of tmux's.
says 1 "top: no terminal" "$out/plain/kvmlat" top "$synth" </dev/null
says 1 "figures are kept per CPU and per vCPU" "$K" top -C 0 --vm 4000 "$synth"
cpuid_of() { "$K" summary -r cpuid "$1" | awk '/^CPUID/ { print $2 }'; }
sessions=0
tm() { tmux -L "kvmlat-unit-$$-$sessions" "$@"; }
screen() { tm capture-pane -p -t top; }
press() { tm send-keys -t top "$@"; }
# quit: top ends, then its terminal; LeakSanitizer hangs where the SIGCONT of a terminal that goes
# meets its own stops
quit() {
	local tries
	press q 2>/dev/null || return
	for ((tries = 0; tries < 30; tries++)); do
		! screen | grep -q 'left with' || break
		sleep 0.1
	done
	tm kill-server
}
# session WIDTH HEIGHT COMMAND: a terminal of its own; says how the command ended
session() {
	quit
	sessions=$((sessions + 1))
	tm -f /dev/null new-session -d -s top -x "$1" -y "$2" \
		"$3 2>'$out/top.err'; echo \"left with \$?\"; sleep 20"
}
# shows WHAT TEXT: within five seconds the screen holds TEXT
shows() {
	local tries
	for ((tries = 0; tries < 50; tries++)); do
		if screen 2>/dev/null | grep -qE -- "$2"; then ok "$1"; return; fi
		sleep 0.1
	done
	not_ok "$1: the screen has no '$2'"
	screen | sed 's/^/# /' | head -12
}
# next FILE: what top reads from now on, changed in one step
next() { cp "$1" "$live.new" && mv "$live.new" "$live"; }
if ! "$out/plain/kvmlat" --list-views | grep -qx top; then
	skip "top" "built without ncurses"
elif ! command -v tmux >/dev/null; then
	skip "top" "no tmux here"
else
	python3 "$here/synth.py" --time 60 >"$out/evenlater.data"
	rm -rf "$out/toproot"
	mkdir -p "$out/toproot/proc" "$out/toproot/sys"
	live=$out/toproot/proc/kvmlat
	next "$synth"
	session 120 30 "'$K' --root '$out/toproot' top -i 0.2"
	shows "a table" "^VM-EXIT .*Samples"
	press t t
	shows "whole: figures of the file" "^CPUID +$(cpuid_of "$synth") "
	press d
	shows "causes" "^  preempted"
	press d
	order() { awk '/^idle|^total/ { exit } NR > '"$1"' { print $1 }' | paste -sd ' '; }
	for key in samples mean p99 max time; do
		press s
		shows "another order" "by $key"
		equal "by $key" "$(screen | order 2)" \
			"$("$K" summary --sort $key "$synth" | order 1)"
	done
	press '<' '<'
	shows "the order before" "by p99"
	equal "by p99 again" "$(screen | order 2)" "$("$K" summary --sort p99 "$synth" | order 1)"
	press h
	shows "help" "this help"
	press x
	press f
	shows "asks for reasons" "reasons, like"
	press cpuid Enter
	shows "only these" "only cpuid"
	next "$later"
	shows "new figures" "^CPUID +$(cpuid_of "$later") "
	press c
	press 1 Enter
	shows "only a CPU" "^CPUID +$("$K" hist -C 1 -r cpuid "$later" |
		sed -n 's/^Reason.*: \([0-9]*\) samples.*/\1/p') "
	press v
	press 4000 Enter
	shows "only a VM, not also a CPU" "only cpuid, VM 4000"
	shows "its figures" "^CPUID +$("$K" hist --vm 4000 -r cpuid "$later" |
		sed -n 's/^Reason.*: \([0-9]*\) samples.*/\1/p') "
	press k
	press user Enter
	shows "only a cause" "^CPUID +$("$K" hist --vm 4000 -r cpuid --cause user "$later" |
		sed -n 's/^Reason.*: \([0-9]*\) samples.*/\1/p') "
	press k
	press nonsense Enter
	shows "a wrong answer is said" "causes are kernel"
	press c
	press 1-x Enter
	shows "so is a wrong list" "no CPU list"
	press v
	press Enter
	shows "filters taken off" "^CPUID +$(cpuid_of "$later") "
	press f
	press cpuid,x Escape
	shows "Escape leaves a question" "^kvmlat top: whole"
	shows "... and the filter as it was" "^CPUID +$(cpuid_of "$later") "
	equal "of which nothing is left" "$(screen | grep -cE 'reasons, like|cpuid,x')" 0
	press f
	press MSR_WRTIE Enter
	shows "a wrong reason is said" "^no exit of reason MSR_WRTIE yet, if that is one, "
	press f
	press cpuix BSpace d Enter
	shows "Backspace" "^CPUID +$(cpuid_of "$later") "
	press v
	press nobody Enter
	shows "so is a wrong VM" "^the data has no VM nobody, "
	press v
	press Enter
	press c
	press 777 Enter
	shows "and a wrong CPU" "^the data has no CPU 777, "
	press c
	press Enter
	shows "all of it taken back" "^CPUID +$(cpuid_of "$later") "
	next "$synth"
	shows "figures that went back end it" "left with 1"
	next "$synth"
	session 120 30 "'$K' --root '$out/toproot' top -i 0.2 -r cpuid"
	press r
	shows "the view is reset" "since r"
	shows "... to nothing" "^total +0"
	next "$later"
	shows "... and counts from there" \
		"^CPUID +$(($(cpuid_of "$later") - $(cpuid_of "$synth"))) "
	press ' '
	shows "paused" "^paused, "
	next "$out/evenlater.data"
	sleep 0.8
	shows "... its figures stay though the module goes on" \
		"^CPUID +$(($(cpuid_of "$later") - $(cpuid_of "$synth"))) "
	press ' '
	shows "... and are the new ones when it goes on" \
		"^CPUID +$(($(cpuid_of "$out/evenlater.data") - $(cpuid_of "$synth"))) "
	mv "$live" "$live.away"
	shows "the module goes" "THE MODULE IS GONE"
	shows "its last figures stay" "^CPUID +$(($(cpuid_of "$out/evenlater.data") - $(cpuid_of \
		"$synth"))) "
	for columns in 60 40 20; do
		tm resize-window -t top -x $columns -y 24
		shows "seen on $columns columns" "^THE MODULE IS GONE"
	done
	tm resize-window -t top -x 120 -y 30
	next "$reset"
	shows "another is loaded" "was reset"
	shows "and counted from its start" "^CPUID +$(cpuid_of "$reset") "
	tm resize-window -t top -x 44 -y 9
	shows "made smaller" "^VM-EXIT +Samples +Time%"
	equal "nothing is wider then" "$(screen | awk 'length > 44' | wc -l)" 0
	tm resize-window -t top -x 160 -y 40
	shows "made larger" "^VM-EXIT .*p99.9"
	head -n 50 "$later" >"$out/short"
	next "$out/short"
	shows "damage ends it, and gives the screen back" "left with 1"
	equal "and says why" "$(grep -c '/proc/kvmlat:51: truncated' "$out/top.err")" 1

	next "$synth"
	session 60 10 "'$K' top '$live'"
	shows "a small terminal" "^VM-EXIT"
	press q
	shows "q quits" "left with 0"
	session 20 5 "'$K' top '$live'"
	shows "a tiny terminal" "^VM-EXIT"
	# Filters of any length are whole, also behind the next question.
	next "$synth"
	many=$(printf 'x%.0s,' {1..70})
	session 200 30 "'$K' --root '$out/toproot' top -i 0.2 -r '${many}cpuid' -C '$(seq -s , 10 \
		40),1' --cause '$(yes kernel | head -n 20 | paste -sd ,),user'"
	press t t
	of_cpu="^CPUID +$("$K" hist -C 1 -r cpuid --cause kernel,user "$synth" |
		sed -n 's/^Reason.*: \([0-9]*\) samples.*/\1/p') "
	shows "long lists" "$of_cpu"
	press f
	press "${many}msr_write,cpuid" Enter
	shows "a long answer" "^MSR_WRITE"
	shows "... and the lists of before" "$of_cpu"
	shows "they leave room for each other" ", only (x,)*[.]{3}, CPUs [0-9,]*[.]{3}, "
	mkdir -p "$out/toproot/proc/4000"
	long=$(printf 'n%.0s' {1..100})
	printf '%s\0' qemu -name "$long" >"$out/toproot/proc/4000/cmdline"
	session 200 30 "'$K' --root '$out/toproot' top -i 0.2 --vm '$long'"
	press t t
	of_vm="^CPUID +$("$K" hist --vm 4000 -r cpuid "$synth" |
		sed -n 's/^Reason.*: \([0-9]*\) samples.*/\1/p') "
	shows "a long name" "$of_vm"
	press f
	press cpuid Enter
	shows "a question" "only cpuid"
	shows "... and the name of before" "$of_vm"
	# Without colour and on old terminals: no sequence that sets one
	for term in vt100 xterm-256color; do
		session 80 24 "NO_COLOR=1 TERM=$term '$K' top -i 0.2 '$live'"
		shows "80x24, $term" "^VM-EXIT .*p99"
		equal "no colour on $term" \
			"$(tm capture-pane -p -e -t top | grep -cE $'\033''\[[0-9;]*(3|4)[0-8]m')" 0
	done
	sed 's/^info state .*/info state refused/' "$synth" >"$out/refused.data"
	next "$out/refused.data"
	session 40 10 "'$K' --root '$out/toproot' top"
	shows "a module that does not measure" "^THE MODULE IS refused, last"
	sed 's/^info cpus all/info cpus 0-1/' "$synth" >"$out/fewcpus.data"
	next "$synth"
	session 120 10 "'$K' --root '$out/toproot' top -i 0.2"
	shows "the whole host" "^kvmlat top: last"
	next "$out/fewcpus.data"
	shows "what settings leave out, and that they changed" \
		"^NOT THE WHOLE HOST: CPUs 0-1 only, settings changed, "
	press t
	shows "a key takes the change away" "^NOT THE WHOLE HOST: CPUs 0-1 only, since r "
	next "$synth"
	session 80 24 "TERM=dumb '$K' top '$live'"
	shows "a dumb terminal" "left with 1"
	equal "and says so" "$(cat "$out/top.err")" \
		"kvmlat: top: TERM=dumb cannot be drawn on: try kvmlat stat"
	session 80 24 "TERM=no-such-terminal '$K' top '$live'"
	shows "an unknown terminal" "left with 1"
	mv "$live" "$live.away"
	session 80 24 "'$K' --root '$out/toproot' top"
	shows "no module to begin with" "left with 2"
	mv "$live.away" "$live"
	session 80 24 "trap '' HUP; echo \$\$ >'$out/top.pid'
		exec '$out/plain/kvmlat' --root '$out/toproot' top -i 0.2"
	shows "SIGHUP is ignored" "^VM-EXIT"
	tm kill-server
	for ((tries = 0; tries < 50; tries++)); do
		kill -0 "$(cat "$out/top.pid")" 2>/dev/null || break
		sleep 0.1
	done
	equal "ends with its terminal even so" "$((tries < 50))" 1
fi
