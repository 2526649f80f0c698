#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boot a real hypervisor in emulation and run tests in it.
#   host.sh HOST TEST...            HOST: amd, full (QEMU, kvm-amd) or intel (Bochs, kvm-intel)
#   host.sh HOST --cmd 'COMMAND'
# LAB_APPEND: more words for the kernel's command line. LAB_MEMORY: of the QEMU hosts, in MiB.
# LAB_ICOUNT=1: a QEMU host of one CPU whose clock counts instructions, one a ns.
# LAB_ONCE=1: a host that died is not tried again. LAB_THREAD=single: one thread for all CPUs of a
# QEMU host.
# LAB_MORE: files that a small host finds in /lab/top too. LAB_OUT: where all this is left, default
# build/lab/HOST. Status 0: the verdict came whole, the job succeeded, the kernel did not complain.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
host=$1
shift
"$here/deps.sh" "$host"

image=$("$here/../kernel.sh" image)
release=${image##*/vmlinuz-}
if [ -e "$top/kvmlat.ko" ]; then
	built_for=$(PATH=$PATH:/sbin:/usr/sbin modinfo -F vermagic "$top/kvmlat.ko" | cut -d' ' -f1)
	[ "$built_for" = "$release" ] || {
		echo "kvmlat: lab: kvmlat.ko is for $built_for, and the host boots $release:" \
			"build with KDIR=$("$here/../kernel.sh" headers)" >&2
		exit 1
	}
fi
out=${LAB_OUT:-$top/build/lab/$host}
nonce=$(od -An -N8 -tx1 /dev/urandom | tr -d ' ')
start=$SECONDS
say() { echo "lab: $host: $* ($((SECONDS - start)) s)" >&2; }

# The job: either tests, in order, or a command.
make_job() {
	local dir=/lab/top
	[ "$host" != full ] || dir=$top
	echo "export KVMLAT_KO=$dir/kvmlat.ko GUEST=$dir/build/guest"
	echo "export KVMLAT=$dir/build/kvmlat-static"
	echo "cd $dir/tests || exit 1"
	if [ "$1" = --cmd ]; then
		echo "cd .."
		echo "$2"
		return
	fi
	echo failed=0
	local test
	for test; do
		echo "echo '# $test'; ./$test; rc=\$?"
		echo "read -r up _ </proc/uptime; echo \"# $test: exit \$rc, \$up s after boot\""
		echo 'case $rc in 0 | 4) ;; *) failed=1 ;; esac'
	done
	# shellcheck disable=SC2016
	echo 'exit $failed'
}

make_initrd() {
	local root=$1 module
	rm -rf "$root"
	mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,root,lab/top/tests,lab/top/build}
	cp /bin/busybox "$root/bin/busybox"
	local applet
	for applet in $(/bin/busybox --list); do
		[ "$applet" = busybox ] || ln -sf /bin/busybox "$root/bin/$applet"
	done
	cp "$here/init" "$root/init"
	chmod +x "$root/init"
	for module in kvm-amd kvm-intel virtio_pci 9pnet_virtio 9p overlay; do
		modprobe -S "$release" --show-depends "$module" |
			sed -n 's/^insmod \([^ ]*\).*/\1/p'
	done | sort -u | while read -r file; do
		install -D "$file" "$root$(realpath -s "$file" | sed 's,^/usr,,')"
	done
	cp /lib/modules/"$release"/modules.{order,builtin,builtin.modinfo} \
		"$root/lib/modules/$release/"
	depmod -b "$root" "$release"
	local file
	for file in kvmlat.ko build/{guest,kvmlat-static} \
		build/{twin/kvmlat_twin,drift/kvmlat,untrust/untrust}.ko ${LAB_MORE:-}; do
		[ ! -e "$top/$file" ] || install -D "$top/$file" "$root/lab/top/$file"
	done
	cp "$top"/tests/*.{sh,awk} "$root/lab/top/tests/"
	make_job "${job[@]}" >"$root/lab/job"
	(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$out/initrd.gz"
}

# QEMU's TCG, as Debian 12 has it (7.2), can run a translation of an instruction that another CPU
# has changed meanwhile. The kernel patches its code by way of an int3, and a CPU that keeps such an
# int3 traps for ever. Shown on a host that hung in its boot, before any module: its CPU 2 was in
# exc_int3 for ffffffff81155ce5, where memory held a NOP again. So the kernel boots on one CPU
# (maxcpus=1), which cannot race with itself, and lab/init adds the others; hold_vm() in lib.sh does
# the like for what KVM patches. It makes hangs rare, not impossible: see died() below.
boot_qemu() {
	local memory=1024 more=()
	local cpus=(-accel "tcg,thread=${LAB_THREAD:-multi}" -cpu max -smp "${LAB_CPUS:-2}")
	local append="maxcpus=1 noreplace-smp lab.beat=ttyS2" beat=(--beat "$out/beat")
	[ "$host" != full ] || {
		memory=4096
		more=(-virtfs "local,path=/,mount_tag=hostroot,readonly=on,multidevs=remap")
		more[1]+=",security_model=none"
	}
	# String instructions count for each 8 bytes then, not for each byte. Without noreplace-smp
	# lock prefixes go. Such a host gives no beat, which would be counted as well.
	[ -z "${LAB_ICOUNT:-}" ] || {
		cpus=(-accel "tcg,thread=single" -icount "shift=0,sleep=off" -cpu \
			"max,-erms,-fsrm" -smp 1)
		append="tsc=reliable noreplace-smp" beat=()
	}
	append="console=ttyS0 panic=-1 loglevel=6 lab.host=$host lab.nonce=$nonce $append"
	rm -f "$out"/monitor.{in,out}
	mkfifo "$out"/monitor.{in,out}
	"$here/watched.sh" "${beat[@]}" --hung "registers '$out'" "$out/console" "$out/verdict" -- \
		qemu-system-x86_64 "${cpus[@]}" \
		-chardev "pipe,id=monitor,path=$out/monitor" -mon chardev=monitor \
		-m "${LAB_MEMORY:-$memory}" -nodefaults -no-reboot -display none -kernel "$image" \
		-initrd "$out/initrd.gz" \
		-append "$append ${LAB_APPEND:-}" \
		-serial "file:$out/console" -serial "file:$out/verdict" -serial "file:$out/beat" \
		"${more[@]}" </dev/null
}

# Where the CPUs of a QEMU host are that stands still; for watched.sh.
registers() {
	echo 'info registers -a' >"$1/monitor.in"
	timeout 5 cat "$1/monitor.out" | tr -d '\r' | grep -v '^(qemu)' >"$1/registers"
}
export -f registers

boot_bochs() {
	local iso=$out/iso append="loglevel=6 lab.beat=ttyS2 lab.host=$host lab.nonce=$nonce"
	append+=" panic=-1 ${LAB_APPEND:-}"
	rm -rf "$iso"
	mkdir -p "$iso/boot/grub"
	cp "$image" "$iso/boot/vmlinuz"
	cp "$out/initrd.gz" "$iso/boot/initrd.gz"
	cat >"$iso/boot/grub/grub.cfg" <<-EOF
		set timeout=0
		menuentry lab {
			linux /boot/vmlinuz console=ttyS0,115200 nokaslr tsc=reliable $append
			initrd /boot/initrd.gz
		}
	EOF
	grub-mkrescue -o "$out/boot.iso" "$iso" >"$out/grub.log" 2>&1
	cat >"$out/bochsrc" <<-EOF
		megs: 512
		cpu: model=corei7_skylake_x, count=1, ips=50000000
		romimage: file="/usr/share/bochs/BIOS-bochs-latest"
		vgaromimage: file="/usr/share/seabios/vgabios-isavga.bin"
		ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
		ata0-master: type=cdrom, path="$out/boot.iso", status=inserted
		boot: cdrom
		com1: enabled=1, mode=file, dev="$out/console"
		com2: enabled=1, mode=file, dev="$out/verdict"
		com3: enabled=1, mode=file, dev="$out/beat"
		display_library: rfb, options="timeout=0"
		panic: action=report
		error: action=ignore
		log: $out/bochs.log
	EOF
	echo c >"$out/bochs.rc"
	# shellcheck disable=SC2016
	"$here/watched.sh" --beat "$out/beat" "$out/console" "$out/verdict" -- \
		sh -c 'cd "$1" && exec bochs -q -f bochsrc -rc bochs.rc >bochs.out 2>&1' sh "$out" \
		</dev/null
}

run() {
	mkdir -p "$out"
	rm -f "$out"/{console,verdict,beat,registers}
	make_initrd "$out/root"
	say "booting Debian $release"
	local rc=0
	case $host in
	amd | full) boot_qemu || rc=$? ;;
	intel) boot_bochs || rc=$? ;;
	esac
	say "host is down"
	[ $rc -ne 124 ] || { say "it stood still, and was ended"; return 124; }
}

# A host that died in silence gets two more tries, loudly: boot_qemu() tells of what an emulated
# host may die. One that died of a corrupted stack end gets one more; one whose kernel complained
# before, none.
job=("$@")
run || true
stacks=0
for try in 2 3; do
	[ -z "${LAB_ONCE:-}" ] || break
	died=0
	"$here/verdict.sh" --died "$out/verdict" "$nonce" "$out/console" >"$out/complaints" ||
		died=$?
	[ $died -ne 1 ] || break
	say "the host died; its console:"
	tail -n 60 "$out/console" | tr -d '\r' | sed 's/^/    /' >&2
	cp "$out/console" "$out/console.died"
	if [ -s "$out/registers" ]; then
		say "its CPUs were at:"
		grep -oE '^CPU#.*|^RIP=[0-9a-f]*|HLT=.' "$out/registers" | paste -sd' ' |
			sed 's/^/    /' >&2
	fi
	[ $died -ne 3 ] || stacks=$((stacks + 1))
	if [ $died -eq 2 ] || [ $stacks -gt 1 ]; then
		say "its kernel complained before:"
		sed 's/^/    /' "$out/complaints" >&2
		exit 1
	fi
	[ $died -ne 3 ] || say "it died of a corrupted stack end, see docs/lab.md"
	say "TRYING ONCE MORE after a host that died, try $try"
	run || true
done
rc=0
"$here/verdict.sh" "$out/verdict" "$nonce" || rc=$?
if [ $rc -eq 3 ]; then
	say "the kernel complained: running once without the module to compare"
	cp "$out/verdict" "$out/verdict.first"
	first=$nonce
	job=(--cmd 'modprobe kvm-amd || modprobe kvm-intel; $GUEST -v 4 -m 3')
	run || true
	rc=0
	"$here/verdict.sh" "$out/verdict.first" "$first" "$out/verdict" >/dev/null || rc=$?
fi
if [ $rc -ne 0 ]; then
	echo "lab: $host: last lines of the console:" >&2
	tail -n 40 "$out/console" | tr -d '\r' | sed 's/^/    /' >&2
fi
exit $rc
