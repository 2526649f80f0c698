#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Build what the bench needs and the host's initrd, all under build/bench.
# Everything the host runs lies in its initrd: with no device to wait for, the clock of an emulator
# that counts instructions (-icount sleep=off: it leaps over idle time) stays plausible.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
release=$1
out=$top/build/bench
mkdir -p "$out"

warn="-std=c11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror"
# shellcheck disable=SC2086
{
	gcc $warn -static -pthread -o "$out/pairs" "$here/pairs.c"
	gcc $warn -static -o "$out/switches" "$here/switches.c"
	for plugin in window shared; do
		gcc $warn -fPIC -shared -fvisibility=hidden -o "$out/$plugin.so" "$here/$plugin.c"
	done
	gcc $warn -o "$out/hist" "$here/hist.c" -lbpf
	clang -O2 -g -target bpf -mcpu=v3 -Wall -Wextra -Werror \
		-I"/usr/include/$(gcc -print-multiarch)" \
		-c -o "$out/hist.bpf.o" "$here/hist.bpf.c"
	llvm-strip -g "$out/hist.bpf.o"
}
make -s -C "$top" modules tests-bin KDIR="/lib/modules/$release/build"
# built in copies: the checkout gets no objects
rm -rf "$out/invtsc" "$out/percpu"
cp -r "$here/invtsc" "$out/"
# kvmlat with per-CPU histograms only, to see what those alone write: the fast path adds no pair to
# the vCPU's row.
mkdir "$out/percpu"
cp -r "$top/Kbuild" "$top/dkms.conf" "$top/include" "$top/module" "$out/percpu/"
find "$out/percpu" \( -name '*.o' -o -name '.*.cmd' \) -delete
fast=module/probe/fast.h
sed -i '/^static .* bool kvmlat_entry_fast(/,/^}/s/^\tkvmlat_add_pair(&vrow->/\tif (0) &/' \
	"$out/percpu/$fast"
[ "$(grep -c 'if (0).*kvmlat_add_pair(&vrow->' "$out/percpu/$fast")" = 1 ] || {
	echo "kvmlat: bench: $fast has changed: build.sh cannot leave the vCPU's row out of it" >&2
	exit 1
}
for dir in invtsc percpu; do
	make -s -C "/lib/modules/$release/build" M="$out/$dir" modules
done

root=$out/root
rm -rf "$root"
mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,root,tmp,lab/bench}
cp /bin/busybox "$root/bin/busybox"
for applet in $(/bin/busybox --list); do
	[ "$applet" = busybox ] || ln -sf /bin/busybox "$root/bin/$applet"
done
install -m 755 "$here/../lab/init" "$root/init"
modprobe -S "$release" --show-depends kvm-amd | sed -n 's/^insmod \([^ ]*\).*/\1/p' |
	while read -r file; do
	install -D "$file" "$root$(realpath -s "$file" | sed 's,^/usr,,')"
done
cp /lib/modules/"$release"/modules.{order,builtin,builtin.modinfo} "$root/lib/modules/$release/"
depmod -b "$root" "$release"

# Programs with the libraries they are linked to, each under its own path.
for program in perf trace-cmd bpftrace "$out/hist"; do
	file=$(command -v "$program")
	ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
		install -D "$library" "$root$library"
	done
	install "$file" "$root/usr/bin/"
done
cp "$top/kvmlat.ko" "$out/invtsc/invtsc.ko" "$top/build/guest" "$out/pairs" "$out/switches" \
	"$out/hist.bpf.o" "$here"/{job,contend,run,observers,text}.sh "$here/kvmlat.conf" \
	"$top/tests/rows.awk" \
	"$root/lab/bench/"
install -D "$out/percpu/kvmlat.ko" "$root/lab/bench/percpu/kvmlat.ko"
chmod +x "$root/lab/bench"/*.sh
{
	echo "BENCH_ONLY='${BENCH_ONLY:-}' BENCH_PAIRS='${BENCH_PAIRS:-20000}'"
	echo "BENCH_PROFILE='${BENCH_PROFILE:-}'"
	# shellcheck disable=SC2016
	echo '. /lab/bench/$(tr " " "\n" </proc/cmdline | sed -n s/^bench.job=//p).sh'
} >"$root/lab/job"
(cd "$root" && find . | cpio -o -H newc --quiet >"$out/initrd")
