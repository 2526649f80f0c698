#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What judges the lab hosts must itself notice a verdict that is missing, cut, forged or bad, a host that died
# complaining, and a test that was left out.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 failed=0

# verdict FILE NONCE BODY
verdict() {
	printf '%b\n' "$3" >"$dir/body"
	{ echo "LAB-BEGIN $2 $(md5sum <"$dir/body" | cut -c1-32)"; cat "$dir/body"; echo "LAB-END $2"; } >"$1"
}

# judged STATUS WHAT ARGUMENTS-OF-VERDICT...
judged() {
	local want=$1 what=$2 status=0
	shift 2
	n=$((n + 1))
	"$here/verdict.sh" "$@" >/dev/null 2>&1 || status=$?
	if [ $status -eq "$want" ]; then echo "ok $n $what"; else
		echo "not ok $n $what: status $status, not $want"
		failed=1
	fi
}

good="ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] fine"
oops="ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] BUG: kernel NULL pointer dereference"
verdict "$dir/good" n1 "$good"
judged 0 "a good verdict" "$dir/good" n1
judged 1 "of another run" "$dir/good" n2
judged 1 "missing" "$dir/none" n1
: >"$dir/empty"
judged 1 "empty" "$dir/empty" n1
for cut in 10 40 90; do
	head -c $cut "$dir/good" >"$dir/cut"
	judged 1 "cut after $cut bytes" "$dir/cut" n1
done
sed 's/ok 1 a/ok 1 b/' "$dir/good" >"$dir/forged"
judged 1 "changed on the way" "$dir/forged" n1
verdict "$dir/failed" n1 "not ok 1 a\nLAB-JOB-EXIT 1"
judged 1 "a job that failed" "$dir/failed" n1
verdict "$dir/died" n1 "ok 1 a"
judged 1 "a job without an exit status" "$dir/died" n1
verdict "$dir/oops" n1 "$oops"
judged 3 "an oops, nothing to compare with" "$dir/oops" n1
judged 1 "an oops that the baseline lacks" "$dir/oops" n1 "$dir/good"
judged 0 "a complaint the baseline has too" "$dir/oops" n1 "$dir/oops"

# Who died in silence may be tried again; who complained may not.
printf '[    1.0] fine\r\nlab: up, 2 CPUs\r\n' >"$dir/console"
judged 1 "a host that sent all did not die" --died "$dir/good" n1 "$dir/console"
judged 0 "a host that died in silence" --died "$dir/empty" n1 "$dir/console"
judged 0 "a host that died and left no console" --died "$dir/empty" n1 "$dir/none"
judged 0 "a host that died while it sent" --died "$dir/cut" n1 "$dir/console"
last_words=("Kernel panic - not syncing: Fatal exception" "BUG: kernel NULL pointer dereference, address: 0"
	"RIP: 0010:kvmlat_exit_slow+0x10/0x80 [kvmlat]" "watchdog: BUG: soft lockup - CPU#1 stuck for 26s!"
	"rcu: INFO: rcu_preempt self-detected stall on CPU")
for words in "${last_words[@]}"; do
	{ cat "$dir/console"; printf '[    2.0] %s\r\n' "$words"; } >"$dir/last"
	judged 2 "a host that died saying $words" --died "$dir/none" n1 "$dir/last"
	judged 1 "a host that sent all, and said $words" --died "$dir/good" n1 "$dir/last"
done

# host.sh with a host that dies as often as FAKE says ("panic" or "silent", one word a boot), and then sends a good verdict.
{ cat "$dir/console"; printf '[    2.0] Kernel panic - not syncing: corrupted stack end detected inside scheduler\r\n[    2.0] Call Trace:\r\n'; } >"$dir/stack"
judged 3 "a host that died of a stack" --died "$dir/none" n1 "$dir/stack"
{ cat "$dir/stack"; printf '[    2.0]  kvmlat_exit_slow+0x10/0x80 [kvmlat]\r\n'; } >"$dir/last"
judged 2 "a host that died of a stack, in kvmlat" --died "$dir/none" n1 "$dir/last"
{ cat "$dir/console"; printf '[    2.0] Call Trace:\r\n'; } >"$dir/last"
judged 2 "a host that died behind a trace of something else" --died "$dir/none" n1 "$dir/last"

mkdir -p "$dir/bin"
cat >"$dir/bin/qemu-system-x86_64" <<'END'
#!/bin/bash
console='' verdict='' nonce=''
for word; do
	case $word in file:*console) console=${word#file:} ;; file:*verdict) verdict=${word#file:} ;; *lab.nonce=*) nonce=${word#*lab.nonce=} nonce=${nonce%% *} ;; esac
done
echo boot >>"$FAKE_BOOTS"
read -ra how <<<"$FAKE"
case ${how[$(($(wc -l <"$FAKE_BOOTS") - 1))]:-} in
panic) echo "[    9.0] Kernel panic - not syncing: Fatal exception" >"$console" ;;
stack) cp "$FAKE_STACK" "$console" ;;
silent) echo "[    9.0] fine" >"$console" ;;
*)
	body=$(printf 'ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] fine')
	echo "[    9.0] fine" >"$console"
	{ echo "LAB-BEGIN $nonce $(md5sum <<<"$body" | cut -c1-32)"; echo "$body"; echo "LAB-END $nonce"; } >"$verdict"
	;;
esac
END
chmod +x "$dir/bin/qemu-system-x86_64"
# lab WHAT HOW STATUS BOOTS TRIED-AGAIN
lab() {
	local status=0 boots tries
	: >"$dir/boots"
	PATH=$dir/bin:$PATH FAKE=$2 FAKE_STACK=$dir/stack FAKE_BOOTS=$dir/boots LAB_OUT=$dir/lab "$here/host.sh" amd --cmd true >"$dir/lab.log" 2>&1 || status=$?
	boots=$(wc -l <"$dir/boots")
	tries=$(grep -c 'TRYING ONCE MORE' "$dir/lab.log")
	n=$((n + 1))
	if [ "$status $boots $tries" = "$3 $4 $5" ]; then echo "ok $n host.sh: $1"; else
		echo "not ok $n host.sh: $1: status $status, $boots boots, $tries said to be tried again; not $3, $4, $5"
		sed 's/^/# /' "$dir/lab.log" | tail -n 20
		failed=1
	fi
}
lab "a good host boots once" good 0 1 0
lab "one that dies in silence twice is tried again, which is said" "silent silent good" 0 3 2
lab "one that dies in silence three times fails" "silent silent silent" 1 3 2
lab "one that panics fails at once" "panic good" 1 1 0
lab "one that dies of a corrupted stack end is tried again" "stack good" 0 2 1
lab "also after one that died in silence" "silent stack good" 0 3 2
lab "but not twice" "stack stack good" 1 2 1
lab "one that panics when tried again fails" "silent panic good" 1 2 1

# What ends an emulator that stands still.
# watched WHAT STATUS COMMAND: with a beat where BEAT is set
watched() {
	local status=0
	rm -f "$dir"/{says,beat,hung}
	"$here/watched.sh" ${BEAT:+--beat "$dir/beat"} --hung "touch '$dir/hung'" "$dir/says" -- \
		bash -c "$3" >"$dir/watched.log" 2>&1 || status=$?
	n=$((n + 1))
	if [ $status -eq "$2" ] && hung_is $((status == 124)); then
		echo "ok $n watched.sh: $1"
	else
		echo "not ok $n watched.sh: $1: status $status, not $2"
		sed 's/^/# /' "$dir/watched.log"
		failed=1
	fi
}
# hung_is 1: what is to be run before the end was; 0: it was not
hung_is() { [ "$(find "$dir" -name hung | wc -l)" = "$1" ]; }
each_second() { echo "for n in 1 2 3 4 5; do echo n >>'$dir/$1'; sleep 1; done"; }
export LAB_SILENT_S=3 LAB_BEAT_S=1000
watched "one that ends" 7 "exit 7"
watched "one that says something now and then" 0 "$(each_second says)"
watched "one that says nothing" 124 "sleep 1000"
watched "one that said something" 124 "echo n >'$dir/says'; sleep 1000"
watched "one that says nothing, and spins" 124 "while :; do :; done"
BEAT=yes watched "one that says nothing, and beats" 124 "$(each_second beat); sleep 1000"
export LAB_SILENT_S=1000 LAB_BEAT_S=3
BEAT=yes watched "one that beats" 0 "$(each_second beat)"
BEAT=yes watched "one that says something, with no beat yet" 0 "$(each_second says)"
BEAT=yes watched "one that beats no more" 124 "echo n >'$dir/beat'; sleep 1000"
# One that waits for a CPU does not stand still: it has a CPU to share with hogs, who go before it,
# for thrice its time.
export LAB_SILENT_S=3 LAB_BEAT_S=1000
cpu=$(taskset -pc $$ | sed 's/.*: //; s/[-,].*//')
hogs=()
for _ in 1 2 3; do
	taskset -c "$cpu" bash -c 'while :; do :; done' &
	hogs+=($!)
done
(sleep 10; echo said >"$dir/until"; kill "${hogs[@]}") 2>/dev/null &
rm -f "$dir/until"
watched "one that waits for a CPU, and then says nothing" 124 \
	"exec taskset -c $cpu nice -n 19 bash -c 'while :; do :; done'"
n=$((n + 1))
if [ -e "$dir/until" ]; then echo "ok $n watched.sh: while it waited, it was let be"; else
	echo "not ok $n watched.sh: ended while it waited for a CPU"
	failed=1
fi
kill "${hogs[@]}" 2>/dev/null
wait

# counted WHAT LINE STATUS LOG: what check.sh makes of a stage's log, its closing line
counted() {
	local got status=0
	printf '%b\n' "$4" >"$dir/stage.log"
	# shellcheck source=tests/count.sh
	got=$(. "$here/../count.sh"; count stage "$3" "$dir/stage.log"; total) || status=1
	n=$((n + 1))
	if grep -qFx "$2" <<<"$got"; then echo "ok $n check.sh: $1"; else
		echo "not ok $n check.sh: $1: wanted '$2'; got (status $status):"
		sed 's/^/# /' <<<"$got"
		failed=1
	fi
}
counted "results and a closing line" "5 passed, 2 failed, 1 skipped" 1 "ok 1 a\nok 2 b # SKIP no\nnot ok 3 c\n4 passed, 1 failed, 0 skipped"
counted "a test left out as a whole" "1 passed, 0 failed, 1 skipped" 0 "1..1\nok 1 a\nKTAP version 1\n1..0 # SKIP no perf"
counted "and which one" "    1..0 # SKIP no perf" 0 "1..1\nok 1 a\nKTAP version 1\n1..0 # SKIP no perf"
counted "a stage without a result failed" "0 passed, 1 failed, 0 skipped" 0 "nothing"
counted "a stage that failed without a failed result" "1 passed, 1 failed, 0 skipped" 1 "ok 1 a"
died="lab: amd: TRYING ONCE MORE after a host that died, try"
counted "a host that died shows in a stage that passed" "    $died 2 (40 s)" 0 "$died 2 (40 s)\nok 1 a"
counted "and is counted" "check: 2 times an emulated host died and was tried again: build/check/*.log" 0 \
	"$died 2 (40 s)\n$died 3 (80 s)\nok 1 a"
counted "a recording that was void is counted" \
	"check: 1 recordings of perf were void and made again: build/check/*.log" 0 \
	"# VOID RECORDING, try 1: perf lost events\nok 1 a"

# A real hypervisor runs the tests here: one that leaves itself out has not failed.
for status in 0 1 4; do printf '#!/bin/sh\nexit %s\n' $status >"$dir/$status.sh"; chmod +x "$dir/$status.sh"; done
# ran WHAT STATUS TEST...
ran() {
	local what=$1 want=$2 status=0
	shift 2
	(cd "$dir" && . "$here/../count.sh" && run_here "$@") || status=$?
	n=$((n + 1))
	if [ $status -eq "$want" ]; then echo "ok $n on a real hypervisor: $what"; else
		echo "not ok $n on a real hypervisor: $what: status $status"
		failed=1
	fi
}
ran "tests left out do not fail" 0 4.sh 0.sh 4.sh
ran "tests that fail do, wherever they stand" 1 0.sh 1.sh 4.sh 0.sh
exit $failed
