#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What judges the lab hosts must itself notice a verdict that is missing, cut, forged or bad, a host
# that died complaining, and a test that was left out.
set -u
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tap_said=$dir/run
# shellcheck source=tests/tap.sh
. "$here/../tap.sh"

# verdict FILE NONCE BODY
verdict() {
	printf '%b\n' "$3" >"$dir/body"
	{ echo "LAB-BEGIN $2 $(md5sum <"$dir/body" | cut -c1-32)"; cat "$dir/body"
		echo "LAB-END $2"; } >"$1"
}

# judged STATUS WHAT ARGUMENTS-OF-VERDICT...
judged() {
	local want=$1 what=$2
	shift 2
	exits "$want" "$what" "$here/verdict.sh" "$@"
}

good="ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] fine"
oops="ok 1 a\nLAB-JOB-EXIT 0\nLAB-DMESG [ 1.0] BUG: kernel NULL pointer dereference"
verdict "$dir/good" n1 "$good"
judged 0 "a good verdict passes" "$dir/good" n1
judged 1 "a verdict of another run fails" "$dir/good" n2
judged 1 "a verdict that is missing fails" "$dir/none" n1
: >"$dir/empty"
judged 1 "an empty verdict fails" "$dir/empty" n1
for cut in 10 40 90; do
	head -c $cut "$dir/good" >"$dir/cut"
	judged 1 "a verdict cut after $cut bytes fails" "$dir/cut" n1
done
sed 's/ok 1 a/ok 1 b/' "$dir/good" >"$dir/forged"
judged 1 "a verdict that was changed on the way fails" "$dir/forged" n1
verdict "$dir/failed" n1 "not ok 1 a\nLAB-JOB-EXIT 1"
judged 1 "the verdict of a job that failed fails" "$dir/failed" n1
verdict "$dir/died" n1 "ok 1 a"
judged 1 "a verdict without the exit status of its job fails" "$dir/died" n1
verdict "$dir/oops" n1 "$oops"
judged 3 "an oops with nothing to compare it with is told" "$dir/oops" n1
judged 1 "an oops that the baseline lacks fails" "$dir/oops" n1 "$dir/good"
judged 0 "a complaint that the baseline has too passes" "$dir/oops" n1 "$dir/oops"
begins="LAB-DMESG [ 2.0] lab: the job begins"
verdict "$dir/boot" n1 "$oops\n$begins\nLAB-DMESG [ 3.0] fine"
judged 0 "a complaint from before the job passes" "$dir/boot" n1
verdict "$dir/later" n1 "$good\n$begins\nLAB-DMESG [ 3.0] BUG: kernel NULL pointer dereference"
judged 3 "a complaint from after the job began is told" "$dir/later" n1

# Who died in silence may be tried again; who complained may not.
printf '[    1.0] fine\r\nlab: up, 2 CPUs\r\n' >"$dir/console"
judged 1 "a host that sent all did not die" --died "$dir/good" n1 "$dir/console"
judged 0 "a host that died in silence may be tried again" --died "$dir/empty" n1 "$dir/console"
judged 0 "a host that died and left no console may be tried again" --died "$dir/empty" n1 \
	"$dir/none"
judged 0 "a host that died while it sent may be tried again" --died "$dir/cut" n1 "$dir/console"
last_words=("Kernel panic - not syncing: Fatal exception" \
	"BUG: kernel NULL pointer dereference, address: 0"
	"RIP: 0010:kvmlat_exit_slow+0x10/0x80 [kvmlat]" \
		"watchdog: BUG: soft lockup - CPU#1 stuck for 26s!"
	"rcu: INFO: rcu_preempt self-detected stall on CPU")
for words in "${last_words[@]}"; do
	{ cat "$dir/console"; printf '[    2.0] %s\r\n' "$words"; } >"$dir/last"
	judged 2 "a host that died saying $words is not tried again" --died "$dir/none" n1 \
		"$dir/last"
	judged 1 "a host that sent all did not die, though it said $words" --died "$dir/good" n1 \
		"$dir/last"
done

# host.sh with a host that dies as often as FAKE says ("panic" or "silent", one word a boot), and
# then sends a good verdict.
panic="Kernel panic - not syncing: corrupted stack end detected inside scheduler"
{ cat "$dir/console"; printf '[    2.0] %s\r\n' "$panic" "Call Trace:"; } >"$dir/stack"
judged 3 "a host that died of a corrupted stack end is told from others" --died "$dir/none" n1 \
	"$dir/stack"
{ cat "$dir/stack"; printf '[    2.0]  kvmlat_exit_slow+0x10/0x80 [kvmlat]\r\n'; } >"$dir/last"
judged 2 "a host that died of a corrupted stack end in kvmlat is not tried again" --died \
	"$dir/none" n1 "$dir/last"
{ cat "$dir/console"; printf '[    2.0] Call Trace:\r\n'; } >"$dir/last"
judged 2 "a host that died after a trace of something else is not tried again" --died "$dir/none" \
	n1 "$dir/last"

mkdir -p "$dir/bin"
cat >"$dir/bin/qemu-system-x86_64" <<'END'
#!/bin/bash
console='' verdict='' nonce=''
for word; do
	case $word in
	file:*console) console=${word#file:} ;;
	file:*verdict) verdict=${word#file:} ;;
	*lab.nonce=*) nonce=${word#*lab.nonce=} nonce=${nonce%% *} ;;
	esac
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
	{
		echo "LAB-BEGIN $nonce $(md5sum <<<"$body" | cut -c1-32)"
		echo "$body"
		echo "LAB-END $nonce"
	} >"$verdict"
	;;
esac
END
chmod +x "$dir/bin/qemu-system-x86_64"
# lab WHAT HOW STATUS BOOTS TRIED-AGAIN
lab() {
	local status=0 boots tries
	: >"$dir/boots"
	PATH=$dir/bin:$PATH FAKE=$2 FAKE_STACK=$dir/stack FAKE_BOOTS=$dir/boots LAB_OUT=$dir/lab \
		"$here/host.sh" amd --cmd true >"$dir/lab.log" 2>&1 || status=$?
	boots=$(wc -l <"$dir/boots")
	tries=$(grep -c 'TRYING ONCE MORE' "$dir/lab.log")
	equal "$1" "status $status, $boots boots, $tries said to be tried again" \
		"status $3, $4 boots, $5 said to be tried again"
	[ "$status $boots $tries" = "$3 $4 $5" ] || diag_file "$dir/lab.log" 20
}
lab "a good host boots once" good 0 1 0
lab "a host that dies in silence twice is tried again, which is said" "silent silent good" 0 3 2
lab "a host that dies in silence three times fails" "silent silent silent" 1 3 2
lab "a host that panics fails at once" "panic good" 1 1 0
lab "a host that dies of a corrupted stack end is tried again" "stack good" 0 2 1
lab "a host that dies of a corrupted stack end after a silent death is tried again" \
	"silent stack good" 0 3 2
lab "a host that dies of a corrupted stack end twice fails" "stack stack good" 1 2 1
lab "a host that panics when it is tried again fails" "silent panic good" 1 2 1

# What ends an emulator that stands still.
# watched WHAT STATUS COMMAND: with a beat where BEAT is set
watched() {
	local status=0
	rm -f "$dir"/{says,beat,hung}
	"$here/watched.sh" ${BEAT:+--beat "$dir/beat"} --hung "touch '$dir/hung'" "$dir/says" -- \
		bash -c "$3" >"$dir/watched.log" 2>&1 || status=$?
	equal "$1" "status $status, --hung run $(hung_runs) times" \
		"status $2, --hung run $(($2 == 124)) times"
	[ $status -eq "$2" ] || diag_file "$dir/watched.log"
}
hung_runs() { find "$dir" -name hung | wc -l; }
each_second() { echo "for n in 1 2 3 4 5; do echo n >>'$dir/$1'; sleep 1; done"; }
export LAB_SILENT_S=3 LAB_BEAT_S=1000
watched "an emulator that ends gives its own status" 7 "exit 7"
watched "an emulator that says something now and then is let be" 0 "$(each_second says)"
watched "an emulator that says nothing is ended" 124 "sleep 1000"
watched "an emulator that said something once, and no more, is ended" 124 \
	"echo n >'$dir/says'; sleep 1000"
watched "an emulator that says nothing and spins is ended" 124 "while :; do :; done"
BEAT=yes watched "an emulator that says nothing and beats is ended" 124 \
	"$(each_second beat); sleep 1000"
export LAB_SILENT_S=1000 LAB_BEAT_S=3
BEAT=yes watched "an emulator that beats is let be" 0 "$(each_second beat)"
BEAT=yes watched "an emulator that says something, with no beat yet, is let be" 0 \
	"$(each_second says)"
BEAT=yes watched "an emulator that beats no more is ended" 124 "echo n >'$dir/beat'; sleep 1000"
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
watched "an emulator that waits for a CPU, and then says nothing, is ended" 124 \
	"exec taskset -c $cpu nice -n 19 bash -c 'while :; do :; done'"
check "an emulator is let be while it waits for a CPU" test -e "$dir/until"
kill "${hogs[@]}" 2>/dev/null
wait

# counted WHAT LINE STATUS LOG: what check.sh makes of a stage's log, its closing line
counted() {
	local got status=0
	printf '%b\n' "$4" >"$dir/stage.log"
	# shellcheck source=tests/count.sh
	got=$(. "$here/../count.sh"; count stage "$3" "$dir/stage.log"; total) || status=1
	if grep -qFx "$2" <<<"$got"; then ok "$1"; else
		not_ok "$1"
		printf '%s\n' "wanted: $2" "status $status, got:" "$got" | sed 's/^/# /'
	fi
}
counted "make check adds up results and a closing line" "5 passed, 2 failed, 1 skipped" 1 \
	"ok 1 a\nok 2 b # SKIP no\nnot ok 3 c\n4 passed, 1 failed, 0 skipped"
counted "make check counts a test that is left out as a whole" "1 passed, 0 failed, 1 skipped" 0 \
	"1..1\nok 1 a\nKTAP version 1\n1..0 # SKIP no perf"
counted "make check says which test is left out as a whole" "    1..0 # SKIP no perf" 0 \
	"1..1\nok 1 a\nKTAP version 1\n1..0 # SKIP no perf"
counted "make check takes a stage without a result for failed" "0 passed, 1 failed, 0 skipped" 0 \
	"nothing"
counted "make check takes a stage for failed that failed without a failed result" \
	"1 passed, 1 failed, 0 skipped" 1 "ok 1 a"
died="lab: amd: TRYING ONCE MORE after a host that died, try"
counted "make check shows a host that died in a stage that passed" "    $died 2 (40 s)" 0 \
	"$died 2 (40 s)\nok 1 a"
counted "make check counts hosts that died" \
	"check: 2 times an emulated host died and was tried again: build/check/*.log" 0 \
	"$died 2 (40 s)\n$died 3 (80 s)\nok 1 a"
counted "make check counts recordings that were void" \
	"check: 1 recordings of perf were void and made again: build/check/*.log" 0 \
	"# VOID RECORDING, try 1: perf lost events\nok 1 a"

# A real hypervisor runs the tests here: one that leaves itself out has not failed.
for status in 0 1 4; do printf '#!/bin/sh\nexit %s\n' $status >"$dir/$status.sh"
	chmod +x "$dir/$status.sh"; done
# ran WHAT STATUS TEST...
ran() {
	local what=$1 want=$2
	shift 2
	exits "$want" "$what" run_there "$@"
}
run_there() { (cd "$dir" && . "$here/../count.sh" && run_here "$@"); }
ran "on a real hypervisor tests that are left out do not fail" 0 4.sh 0.sh 4.sh
ran "on a real hypervisor a test that fails does, wherever it stands" 1 0.sh 1.sh 4.sh 0.sh
finish
