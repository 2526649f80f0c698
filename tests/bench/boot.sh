#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# boot.sh IMAGE NAME [contend]: one boot of the emulated AMD hypervisor with the bench in it:
# job.sh, on one CPU that counts instructions, or contend.sh, on three that run at the same time.
# Leaves under build/bench NAME.body (what the job printed), NAME.window (the plugin's counts),
# NAME.console and, with BENCH_PROFILE=1, NAME.profile. Status 4: the host died in silence, and may
# be tried again.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../.." && pwd)/build/bench
image=$1 name=$2 job=${3:-job}
nonce=$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')
rm -f "$out/$name".*

append="console=ttyS0 panic=-1 loglevel=4 tsc=reliable nokaslr lab.host=amd lab.nonce=$nonce"
append+=" bench.job=$job"
# The third serial port: where the plugin reads what the job tells it.
serial=(-serial "file:$out/$name.console" -serial "file:$out/$name.verdict" -serial \
	"file:$out/$name.text")
if [ "$job" = contend ]; then
	# isolcpus: the guests have their CPUs alone.
	how=(-accel "tcg,thread=multi" -smp 3 -plugin \
		"$out/shared.so,out=$out/$name.window,text=$out/$name.text")
	# maxcpus=1: boot_qemu() in ../lab/host.sh.
	append+=" isolcpus=1,2 maxcpus=1 noreplace-smp"
else
	# One CPU and -icount shift=0: a ns of virtual time, and a tick of the TSC, is an
	# instruction executed. noreplace-smp: a one-CPU boot would patch lock prefixes away, and
	# hide them. nokaslr: addresses repeat; randomize_kstack_offset=off: the stack begins at the
	# same place of a cache line in every run.
	plugin=$out/window.so,out=$out/$name.window,text=$out/$name.text
	[ -z "${BENCH_PROFILE:-}" ] || plugin+=,profile=$out/$name.profile
	how=(-accel "tcg,thread=single" -smp 1 -icount "shift=0,sleep=off" -plugin "$plugin")
	append+=" noreplace-smp randomize_kstack_offset=off"
fi
rc=0
# What an observer is measured for takes a minute at most, and is said then.
LAB_SILENT_S=${LAB_SILENT_S:-600} "$here/../lab/watched.sh" "$out/$name.console" \
	"$out/$name.verdict" -- \
	qemu-system-x86_64 "${how[@]}" -cpu max -m 3072 -nodefaults -no-reboot -display none \
	-kernel "$image" -initrd "$out/initrd" -append "$append" "${serial[@]}" \
	</dev/null 2>"$out/$name.qemu" || rc=$?
failed() {
	echo "kvmlat: bench: boot $name failed (status $rc), $1; the end of its console:" >&2
	tail -n 30 "$out/$name.console" | tr -d '\r' >&2
	cat "$out/$name.qemu" >&2
	exit "$2"
}
died=0
"$here/../lab/verdict.sh" --died "$out/$name.verdict" "$nonce" "$out/$name.console" >&2 || died=$?
case $died in
0 | 3) failed "the host died in silence, or of a corrupted stack end" 4 ;;
2) failed "its kernel complained, in the lines above" 1 ;;
esac
if [ $rc -ne 0 ] || ! "$here/../lab/verdict.sh" "$out/$name.verdict" \
	"$nonce" >"$out/$name.body"; then
	failed "which its verdict says" 1
fi
