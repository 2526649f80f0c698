#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boot a real Linux guest under QEMU with KVM, let it work a little, and wait for its power-off.
#   linux-guest.sh [-s VCPUS] [-c CPULIST] [-p]
# -s: vCPUs (default 2); -c: all vCPU threads on these CPUs from the first exit on;
# -p: one vCPU on each CPU, vCPU n on CPU n, from the first exit on. Status 0: it powered off by
# itself.
set -euo pipefail
vcpus=2 cpus="" pin=""
while getopts s:c:p option; do
	case $option in
	s) vcpus=$OPTARG ;;
	c) cpus=$OPTARG ;;
	p) pin=yes ;;
	*) exit 1 ;;
	esac
done
image=$("$(dirname "$0")/kernel.sh" image)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

mkdir -p "$dir/root"/{bin,proc,sys,dev,tmp}
cp /bin/busybox "$dir/root/bin/"
cat >"$dir/root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
for n in 1 2 3 4 5; do
	ls -lR /sys/class >/tmp/ls
	md5sum /bin/busybox /tmp/ls >/tmp/sum
	sleep 0.1
done
echo 'guest: work done'
poweroff -f
INIT
chmod +x "$dir/root/init"
(cd "$dir/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$dir/initrd.gz"

mkfifo "$dir/qmp.in" "$dir/qmp.out"
qemu-system-x86_64 -accel kvm -cpu host -smp "$vcpus" -m 256 -nodefaults -display none -no-reboot \
	-S \
	-name guest=kvmlat-demo,debug-threads=on -kernel "$image" -initrd "$dir/initrd.gz" \
	-append "console=ttyS0 panic=-1 quiet" -serial "file:$dir/console" \
	-chardev pipe,id=qmp,path="$dir/qmp" -mon chardev=qmp,mode=control &
qemu=$!
exec 3<>"$dir/qmp.in" 4<>"$dir/qmp.out"
# QEMU greets before its vCPU threads exist; they name themselves, and stop until told to go on.
threads() { grep -lx "CPU [0-9]*/KVM" /proc/$qemu/task/*/comm 2>/dev/null || true; }
for ((tries = 0; $(threads | wc -l) < vcpus; tries++)); do
	if ((tries == 6000)) || ! kill -0 $qemu 2>/dev/null; then
		echo "kvmlat: linux-guest: QEMU started no $vcpus vCPU threads" >&2
		kill $qemu 2>/dev/null || true
		exit 1
	fi
	sleep 0.1
done
for comm in $(threads); do
	number=$(sed 's/CPU \([0-9]*\).*/\1/' "$comm")
	tid=$(basename "$(dirname "$comm")")
	[ -z "$pin" ] || taskset -pc "$number" "$tid" >/dev/null
	[ -z "$cpus" ] || taskset -pc "$cpus" "$tid" >/dev/null
done
echo '{"execute":"qmp_capabilities"} {"execute":"cont"}' >&3
wait $qemu
grep -q 'guest: work done' "$dir/console" || {
	echo "kvmlat: linux-guest: the guest did not finish its work:" >&2
	tail -n 5 "$dir/console" >&2
	exit 1
}
