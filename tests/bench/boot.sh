#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# boot.sh IMAGE NAME: one boot of the emulated AMD hypervisor with the bench in it.
# Leaves under build/bench NAME.body (what the job printed), NAME.window (the plugin's counts), NAME.console
# and, with BENCH_PROFILE=1, NAME.profile.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(cd "$here/../.." && pwd)/build/bench
image=$1 name=$2
nonce=$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')
plugin=$out/window.so,out=$out/$name.window
[ -z "${BENCH_PROFILE:-}" ] || plugin+=,profile=$out/$name.profile
rm -f "$out/$name".*

# One CPU and -icount shift=0: a ns of virtual time, and a tick of the TSC, is an instruction executed.
# noreplace-smp: a one-CPU boot would patch lock prefixes away, and hide them. nokaslr: addresses repeat;
# randomize_kstack_offset=off: the stack begins at the same place of a cache line in every run.
rc=0
timeout "${BENCH_TIMEOUT:-900}" qemu-system-x86_64 -accel tcg,thread=single -cpu max -smp 1 -icount shift=0,sleep=off \
	-m 3072 -nodefaults -no-reboot -display none -kernel "$image" -initrd "$out/initrd" -plugin "$plugin" \
	-append "console=ttyS0 panic=-1 loglevel=4 tsc=reliable nokaslr noreplace-smp randomize_kstack_offset=off lab.host=amd lab.nonce=$nonce" \
	-serial "file:$out/$name.console" -serial "file:$out/$name.verdict" </dev/null 2>"$out/$name.qemu" || rc=$?
if [ $rc -ne 0 ] || ! "$here/../lab/verdict.sh" "$out/$name.verdict" "$nonce" >"$out/$name.body"; then
	echo "kvmlat: bench: boot $name failed (emulator's status $rc); last lines of its console:" >&2
	tail -n 30 "$out/$name.console" | tr -d '\r' >&2
	cat "$out/$name.qemu" >&2
	exit 1
fi
