# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# make install: modprobe finds the module, below DESTDIR too. An empty directory hides the machine's
# /lib/modules.
away() {
	unshare -m sh -c 'mount -t tmpfs none /lib/modules &&
		PATH=$PATH:/sbin:/usr/sbin && exec "$@"' sh "$@"
}
headers=$("$here/../kernel.sh" headers)
tree=$out/install release=${headers##*/linux-headers-}
if [ -z "$headers" ]; then
	skip "make install" "no kernel headers here"
elif ! away sh -c 'command -v depmod modprobe' >/dev/null 2>&1; then
	skip "make install" "no mount namespace, or no kmod, here"
else
	rm -rf "$tree"
	mkdir -p "$tree"
	cp -r "$top/tools" "$top/include" "$top/module" "$top/docs" \
		"$top/Kbuild" "$top/Makefile" "$top/dkms.conf" "$tree/"
	find "$tree" \( -name '*.o' -o -name '*.cmd' \) -delete
	# A relative DESTDIR is one of the directory where make was called.
	check "make install DESTDIR: nothing in the live /lib/modules" away sh -c "cd '$tree' &&
		make -s install KDIR='$headers' DESTDIR=root PREFIX=/usr >&2 &&
		! find /lib/modules -mindepth 1 | grep ."
	equal "make install DESTDIR: the module, and the tool" \
		"$(cd "$tree/root" && find . -name 'kvmlat.ko*' -o -path '*/sbin/kvmlat' | sort |
		paste -sd ' ')" \
		"./lib/modules/$release/extra/kvmlat.ko ./usr/sbin/kvmlat"
	check "make install DESTDIR: modprobe finds it" away modprobe -d "$tree/root" -S \
		"$release" -n kvmlat
	check "make install: modprobe finds it" away sh -c "cd '$tree' &&
		make -s install KDIR='$headers' PREFIX='$tree/local' >&2 &&
		modprobe -S '$release' -n kvmlat"
fi
# The examples of configuration: installed where nothing reads them by itself, and right.
if [ -d "$tree/root" ]; then
	share=$tree/root/usr/share/kvmlat conf=$tree/root/usr/share/kvmlat/modprobe.d/kvmlat.conf
	equal "make install: no configuration is made active" \
		"$(cd "$tree/root" && find . -path '*/etc/*' -o -path './usr/lib/mod*' -o -path \
		'./lib/mod*load*')" ""
	equal "modules-load.d: what it loads, modprobe finds" \
		"$(sed '/^#/d' "$share/modules-load.d/kvmlat.conf" | while read -r name; do
		away modprobe -d "$tree/root" -S "$release" -n "$name" && echo "$name"; done)" \
			kvmlat
	options=$(away modprobe -d "$tree/root" -S "$release" -C "$share/modprobe.d" \
		--show-depends kvmlat | sed -n 's/^insmod [^ ]*kvmlat.ko *//p')
	equal "modprobe.d: modprobe gives the module all that is in it" \
		"$(tr ' ' '\n' <<<"$options" | grep . | sort)" \
		"$(sed -n 's/^options kvmlat //p' "$conf" | tr ' ' '\n' | sort)"
	# Written to a running module, or following the machine: reset, calibrate; vms; slots.
	equal "modprobe.d: each parameter of the module, once" \
		"$(tr ' ' '\n' <<<"$options" | grep . | cut -d= -f1 | sort)" \
		"$(PATH=$PATH:/sbin:/usr/sbin modinfo -p "$tree/kvmlat.ko" | cut -d: -f1 |
		grep -vxE 'reset|calibrate|vms|slots' | sort)"
fi
# DKMS builds it for kernels that it is tested on, and leaves others alone.
built=""
for kernel in 6.1.0-56-amd64 6.1.192 6.10.5-amd64 6.12.0-1-amd64 5.10.0-30-amd64 6.0.1; do
	# shellcheck disable=SC2016
	bash -c '. "$1"; [[ $2 =~ $BUILD_EXCLUSIVE_KERNEL ]]' sh "$top/dkms.conf" "$kernel" &&
		built+="$kernel "
done
equal "dkms: for which kernels" "$built" "6.1.0-56-amd64 6.1.192 "
