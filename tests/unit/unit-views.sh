# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The views: what they print, and that it is what the data says.

# Options, the command line
says 0 "usage: kvmlat" "$K" --help
says 0 "kvmlat 0" "$K" --version
says 1 "frobnicate: no such command" "$K" frobnicate
says 1 "hist: -C 1-: not a CPU list" "$K" -f "$good" hist -C 1-
says 1 "hist: -C 5-2: not a CPU list" "$K" -f "$good" hist -C 5-2
says 1 "hist: -C: wants an argument" "$K" -f "$good" hist -C
says 1 "hist: -Z: no such option" "$K" -f "$good" hist -Z
says 1 "hist: --zap: no such option" "$K" -f "$good" hist --zap
says 1 "one FILE at most" "$K" summary "$good" "$good"
says 1 "hist: no exit of reason nonsense yet, if that is one" "$K" -f "$good" hist -r nonsense
says 1 "causes are kernel" "$K" -f "$good" hist --cause nonsense
says 1 "--sort x: one of" "$K" summary --sort x "$good"
says 0 "cpuid" "$K" -f "$good" hist -r CPUID
says 0 "cpuid" "$K" -f "$good" hist -r 0x72
says 2 "standard output: No space left" sh -c "'$K' -f '$good' >/dev/full"
# SIGPIPE ends it quietly; where it is ignored, as below systemd, it says why.
(sleep 0.2; trap '' PIPE; "$K" hist "$synth" 2>"$out/err"
	echo "$? $(cat "$out/err")" >"$out/broken") | true
equal "broken pipe" "$(cat "$out/broken")" "2 kvmlat: standard output: Broken pipe"
for how in "-f $good summary" "summary -f $good" "summary $good" "summary --file=$good" \
	"--file=$good"; do
	# shellcheck disable=SC2086
	equal "the same by: ${how//$good/FILE}" "$("$K" $how 2>&1)" "$("$K" -f "$good")"
done
equal "the same from a pipe" "$("$K" summary - <"$good")" "$("$K" -f "$good")"
equal "the same from a pipe, really" "$(cat "$good" | "$K" summary -)" "$("$K" -f "$good")"
for view in $("$K" --list-views); do says 0 "usage: kvmlat $view" "$K" "$view" --help; done

# The live module, in a tree of our own
live=$out/live
rm -rf "$live"
mkdir -p "$live/proc" "$live/sys"
says 2 "the module is not loaded" "$K" --root "$live"
mkdir -p "$live/sys/module/kvmlat"
says 2 "no such file, and /sys/kernel/debug is not mounted" "$K" --root "$live"
cp "$good" "$live/proc/kvmlat"
equal "no debugfs: /proc/kvmlat" "$("$K" --root "$live" 2>&1)" "$("$K" -f "$good")"
mkdir -p "$live/sys/kernel/debug/kvmlat"
cp "$synth" "$live/sys/kernel/debug/kvmlat/data"
equal "debugfs first" "$("$K" --root "$live" status 2>&1)" "$("$K" -f "$synth" status)"
rm -r "$live/sys/kernel"
chmod 0 "$live/proc/kvmlat"
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null; then
	cp "$out/plain/kvmlat-static" /tmp/kvmlat-unit.$$
	cp -r "$live" /tmp/kvmlat-unit-root.$$
	chmod 755 /tmp/kvmlat-unit.$$ /tmp/kvmlat-unit-root.$$
	says 2 "only root may read it: try 'sudo kvmlat'" \
		setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/kvmlat-unit.$$ --root \
		/tmp/kvmlat-unit-root.$$
	rm -rf /tmp/kvmlat-unit.$$ /tmp/kvmlat-unit-root.$$
elif [ "$(id -u)" -ne 0 ]; then
	says 2 "only root may read it: try 'sudo kvmlat'" "$K" --root "$live"
else
	skip "not root" "no setpriv here"
fi

golden summary "$K" summary "$good"
golden summary-intel "$K" summary -s "$here/intel.data"
golden hist-intel "$K" hist -r MSR_READ,HLT,CPUID "$here/intel.data"
golden status-amd "$K" status "$good"
golden status-intel "$K" status "$here/intel.data"
golden summary-causes "$K" summary --split --ns "$synth"
golden summary-80 "$K" summary --width 80 "$synth"
golden summary-filtered "$K" summary -r CPUID,0x21 --cause preempted,user "$synth"
golden status "$K" status "$synth"
golden hist "$K" hist "$good"
golden hist-article-C0-1 "$K" hist --article -C 0-1 "$good"
equal "hist --article is by CPU" "$("$K" hist --article "$good")" \
	"$("$K" hist --article -C 0-1 "$good")"
equal "hist --article of a VM is of no CPU" \
	"$("$K" hist --article --vm 4000 "$synth" | grep -c '^Core:')" 0
golden hist-split "$K" hist -s -r cpuid -C 1 "$synth"
golden hist-vm "$K" hist --vm 4000 --vcpu 1 -r cpuid,msr_write "$synth"
check "80 columns are kept" sh -c "! '$K' summary --width 80 '$synth' | grep -E '^.{81}'"
if command -v script >/dev/null; then
	on_terminal() { script -qec "stty rows 8 cols 60; $*" /dev/null </dev/null | tr -d '\r'; }
	equal "a terminal's size is kept" \
		"$(on_terminal "$K" summary "$synth" |
		awk 'length > 60 { wide = 1 } END { print NR, wide + 0 }')" "6 0"
	equal "what does not fit is said" "$(on_terminal "$K" summary "$synth" | tail -n 1)" \
		"3 more reasons, all with -a"
	for size in 60 80 200; do
		equal "hist keeps to $size columns" \
			"$(script -qec "stty cols $size; $K hist '$good'" /dev/null </dev/null |
			tr -d '\r' |
			awk '/^\[/ && length > most { most = length } END { print most }')" \
			"$((size > 152 ? 152 : size))"
	done
	# Everything for a person keeps to the terminal, also where names are long.
	sed "s/^vcpu 0 .*/vmname 4000 $(printf 'customer-%.0s' {1..9})x\n&/" \
		"$synth" >"$out/longname"
	gzip -dc "$here/same.data.gz" >"$out/recorded"
	for size in 40 60 80 100 140 200; do
		for view in "outliers $out/longname" "outliers --ns $good" \
			"inflight -a $out/longname" "inflight -a $good" "hist $synth" "hist $good" \
			"hist $here/intel.data" \
			"heatmap $out/recorded"; do
			equal "$size columns: ${view%% /*}" \
				"$(script -qec "stty cols $size; NO_COLOR=1 $K $view" /dev/null \
				</dev/null | tr -d '\r' |
				LC_ALL=C.UTF-8 awk -v w=$size 'length > w { print length, $0 }')" ""
		done
	done
	for view in "outliers $out/longname" "inflight -a $good" "hist $good"; do
		equal "a wide terminal leaves nothing out: ${view%% *}" \
			"$(script -qec "stty cols 152; $K $view" /dev/null </dev/null | tr -d '\r' |
			sed 's/ *|.*|$//; s/ *$//; s/customer-[^ ]*//; s/  *rip .*//' )" \
			"$("$K" $view |
			sed 's/ *|.*|$//; s/ *$//; s/customer-[^ ]*//; s/  *rip .*//')"
	done
	equal "hist: on 40 columns each fact is there" \
		"$(script -qec "stty cols 40; $K hist '$good'" /dev/null </dev/null | tr -d '\r\n' |
		grep -oE '[a-z0-9]* samples(, *(mean|p50|p99) [^,]*)*, *max [0-9.]*[mun]*s' |
		tr -s ' ')" \
		"$("$K" hist "$good" | grep -o '[0-9]* samples.*')"
	# Colour on a terminal that has it, and only there
	coloured() {
		script -qec "$* '$K' heatmap '$out/recorded'" /dev/null </dev/null | grep -c '48;5;'
	}
	equal "heatmap: colour on a terminal, none with NO_COLOR or on a dumb one" \
		"$(($(coloured TERM=xterm) > 20)) $(coloured TERM=xterm NO_COLOR=1) $(coloured \
		TERM=dumb) $(coloured TERM=)" "1 0 0 0"
	equal "-a shows all" "$(on_terminal "$K" summary -a "$synth" | grep -c '^HLT')" 1
else
	skip "a terminal's size" "no script(1) here"
fi
equal "a pipe loses nothing to LINES" "$(LINES=7 "$K" summary "$synth")" "$("$K" summary "$synth")"
sed 's/^count paired .*/count paired 1/' "$synth" >"$out/uneven"
equal "identities that differ are shown" "$("$K" status "$out/uneven" | grep -c 'differs')" 2
sed 's/^count no_slot .*/novelty/' "$synth" >"$out/uneven"
says 0 "not known, the data has no count of no_slot" "$K" status "$out/uneven"

# Why it does not measure, as the module says it
why="info why kvm_exit's first \"argument\" is no vCPU"
sed "2s/.*/totals $(($(sed -n '2s/.* //p' "$synth") + 1))/
	s/^info state .*/info state refused\n$why/" "$synth" >"$out/refused"
equal "status: why it refuses" "$("$K" status "$out/refused" | grep -A 1 '^state')" \
	"state                    refused
why                      kvm_exit's first \"argument\" is no vCPU"
equal "status: no reason, no line" "$("$K" status "$synth" | grep -c '^why')" 0
equal "export: why it refuses" "$("$K" export --format json "$out/refused" |
	grep -oF '"why":"kvm_exit'"'s first \\\"argument\\\" is no vCPU\"" | wc -l)" 1

# A cause whose pairs all took 0 ns has a line as others have.
awk '$1 == "row" && $2 == "all" && $3 == "0x24" && $4 == "kernel" {
	print "row all 0x24 kernel sum 0 min 0 max 0 runq 0 offcpu - buckets 0:7"; next } {
		print
	}' "$synth" >"$out/zero"
equal "summary -s: a cause of 0 ns only" \
	"$("$K" summary -s "$out/zero" | grep -A 1 '^CPUID' | awk 'NR == 2 { print $1, $2 }')" \
	"kernel 7"

# Against figures of an own reading of the data
for data in "$synth" "$good" "$here/intel.data"; do
	check "${data##*/}: what summary, hist, vcpus, inflight and outliers print, recomputed" \
		python3 "$here/recompute.py" "$data" "$out/plain/kvmlat"
done
