#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make demo: load kvmlat on a hypervisor, run a real Linux guest, print what it saw.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
start=$SECONDS
say() { echo "demo: $* ($((SECONDS - start)) s)"; }

# shellcheck disable=SC2016
show='
set -e
[ -c /dev/kvm ] || modprobe kvm-intel 2>/dev/null || modprobe kvm-amd
insmod kvmlat.ko
trap "rmmod kvmlat" EXIT
tests/linux-guest.sh -s 2
echo; echo "\$ kvmlat summary"; build/kvmlat summary
cpu=$(awk "\$1 == \"cpu\" { print \$2; exit }" /sys/kernel/debug/kvmlat/data)
echo; echo "\$ kvmlat hist -C $cpu"; build/kvmlat hist -C "$cpu"
echo "\$ cat /sys/kernel/debug/kvmlat/status"; cat /sys/kernel/debug/kvmlat/status
'

"$here/lab/deps.sh" build full
cd "$top"
why=$("$here/lab/real.sh") && real=yes || real=no
[ $real = yes ] || { KDIR=$("$here/kernel.sh" headers); export KDIR; }
say "building the module and the tool"
mkdir -p build
if ! make modules tools >build/demo-build.log 2>&1; then
	tail -n 30 build/demo-build.log >&2
	exit 1
fi
if [ $real = yes ]; then
	say "this machine has /dev/kvm and kernel headers: using it"
	bash -c "$show"
else
	say "$why: booting an AMD hypervisor in emulation, a Linux guest in it"
	"$here/lab/host.sh" full --cmd "bash -c '${show//\'/\'\\\'\'}'"
fi
say "done"
