#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Which of the installed kernels things are built for and run on: the one place that says so.
#   kernel.sh build     the headers `make` takes: the running kernel's, else those for lab hosts
#   kernel.sh headers   the headers of the kernel that the lab hosts boot
#   kernel.sh image     that kernel's image
#   kernel.sh release   its name
# That is the newest 6.1 of Debian's plain amd64 flavour: neither rt nor cloud, and 6.1.0-56 is
# newer than 6.1.0-9. It has image, modules and headers; where no kernel has all three, the newest
# that has headers is built for. KERNEL_ROOT, KERNEL_RUNNING: where to look, and what stands for
# uname -r, in kernel-selftest.sh.
root=${KERNEL_ROOT:-} running=${KERNEL_RUNNING:-$(uname -r)}

headers() { echo "$root/usr/src/linux-headers-$1"; }
image() { echo "$root/boot/vmlinuz-$1"; }
# A package that was removed may leave a directory behind.
has_headers() { [ -e "$(headers "$1")/Makefile" ]; }
has_all() {
	has_headers "$1" && [ -e "$(image "$1")" ] && [ -e "$root/lib/modules/$1/modules.order" ]
}
# newest TEST: the newest kernel of which TEST is true
newest() {
	for dir in "$root"/usr/src/linux-headers-6.1.*-amd64; do
		release=${dir##*/linux-headers-}
		case $release in *-rt-* | *-cloud-* | '6.1.*-amd64') continue ;; esac
		! "$1" "$release" || echo "$release"
	done | sort -V | tail -n 1
}
fail() { echo "kvmlat: kernel: $*" >&2; exit 1; }

release=$(newest has_all)
case ${1:-} in
build)
	if [ -e "$root/lib/modules/$running/build/Makefile" ]; then
		echo "$root/lib/modules/$running/build"
		exit 0
	fi
	release=${release:-$(newest has_headers)}
	[ -n "$release" ] ||
		fail "no headers of kernel $running, nor of a Debian 6.1 for amd64: set KDIR"
	headers "$release"
	;;
headers)
	release=${release:-$(newest has_headers)}
	[ -n "$release" ] || fail "no headers of a Debian 6.1 for amd64 here"
	headers "$release"
	;;
image | release)
	[ -n "$release" ] || fail "no Debian 6.1 for amd64 has its image, modules and headers here"
	case $1 in release) echo "$release" ;; *) image "$release" ;; esac
	;;
*) fail "what? build, headers, image or release" ;;
esac
