#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which kernel is taken of several, by the script that says so, by make and by all others: trees
# that hold only names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 failed=0
# make check has chosen one, which is not to be taken here
unset KDIR MAKEFLAGS MFLAGS

# result WHAT GOT WANTED
result() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then echo "ok $n $1: $2"; else
		failed=1
		echo "not ok $n $1: got '$2', wanted '$3'"
	fi
}
file() { for f; do mkdir -p "$root$(dirname "$f")" && : >"$root$f"; done; }
headers() { for r; do file "/usr/src/linux-headers-$r/Makefile"; done; }
image() { for r; do file "/boot/vmlinuz-$r" "/lib/modules/$r/modules.order"; done; }
whole() { headers "$@"; image "$@"; }
tree() { root=$dir/$1; mkdir -p "$root/usr/src"; }
show_kdir() { make -s -C "$top" --eval='kdir: ; @echo $(KDIR)' kdir "$@" 2>&1; }
# taken WHAT [RUNNING]: without the root of the tree; an error is its text
taken() {
	local said
	said=$(KERNEL_ROOT=$root KERNEL_RUNNING=${2:-6.18.0-other} "$here/kernel.sh" "$1" 2>&1)
	echo "${said#"$root"}"
}
made() {
	local said
	said=$(KERNEL_ROOT=$root KERNEL_RUNNING=${1:-6.18.0-other} show_kdir) || said="fails: $said"
	echo "${said#"$root"}"
}

tree versions
whole 6.1.0-9-amd64 6.1.0-56-amd64 6.1.0-100-amd64 6.1.0-23-amd64
result "a number is no text: the release" "$(taken release)" 6.1.0-100-amd64
result "its image" "$(taken image)" /boot/vmlinuz-6.1.0-100-amd64
result "its headers" "$(taken headers)" /usr/src/linux-headers-6.1.0-100-amd64
result "what make takes" "$(made)" /usr/src/linux-headers-6.1.0-100-amd64
file /lib/modules/6.1.0-23-amd64/build/Makefile
result "the running kernel's headers come first" "$(made 6.1.0-23-amd64)" \
	/lib/modules/6.1.0-23-amd64/build
result "but for lab hosts" "$(taken headers 6.1.0-23-amd64)" /usr/src/linux-headers-6.1.0-100-amd64
ln -s /nowhere "$root/lib/modules/6.1.0-9-amd64/build"
result "a link to headers that are gone is none" "$(made 6.1.0-9-amd64)" \
	/usr/src/linux-headers-6.1.0-100-amd64
result "KDIR that is given stays" "$(show_kdir KDIR=/x)" /x

tree flavours
whole 6.1.0-56-amd64 6.1.0-57-rt-amd64 6.1.0-57-cloud-amd64 6.12.9-amd64 6.1.0-58-arm64 6.10.1-amd64
headers 6.1.0-56-common 6.1.0-57-common-rt
result "neither rt nor cloud, nor another machine or series" "$(taken release)" 6.1.0-56-amd64
result "nor for make" "$(made)" /usr/src/linux-headers-6.1.0-56-amd64

tree halves
whole 6.1.0-20-amd64
headers 6.1.0-30-amd64
image 6.1.0-40-amd64
mkdir -p "$root/usr/src/linux-headers-6.1.0-40-amd64"
result "one that is there whole, not the newest image or headers" "$(taken release)" 6.1.0-20-amd64
result "which make builds for, as lab hosts boot it" "$(made)" /usr/src/linux-headers-6.1.0-20-amd64

tree backport
whole 6.1.0-0.deb11.9-amd64 6.1.0-0.deb11.17-amd64
result "a backport's name" "$(taken release)" 6.1.0-0.deb11.17-amd64

tree headers-only
headers 6.1.0-9-amd64 6.1.0-56-amd64 6.1.0-99-rt-amd64
result "without an image make still builds" "$(made)" /usr/src/linux-headers-6.1.0-56-amd64
result "nor does what checks the sources lack them" "$(taken headers)" \
	/usr/src/linux-headers-6.1.0-56-amd64
result "but no lab host boots" "$(taken release)" \
	"kvmlat: kernel: no Debian 6.1 for amd64 has its image, modules and headers here"

tree none
none="kvmlat: kernel: no headers of kernel 6.18.0-other, nor of a Debian 6.1 for amd64: set KDIR"
result "none at all" "$(taken build)" "$none"
build() { KERNEL_ROOT=$root KERNEL_RUNNING=6.18.0-other make -s -C "$top" "$@" 2>&1; }
result "make says so and fails, and does not build" "$(build modules |
	sed 's/.*: \*\*\* .*/fails/' | sort -u)" "$(printf '%s\n' fails "$none")"
result "targets that need no kernel do without" "$(build help | grep -c kvmlat:)" 0

# One rule: nobody else looks for names of kernels.
rules='vmlinuz-6|linux-headers-6|uname -r.*/build|(/boot|/usr/src).*sort'
result "no other file has a rule of its own" "$(cd "$top" &&
	git grep -lE "$rules" -- '*.sh' Makefile '*/Makefile' tests/lab/init Kbuild \
		':!tests/kernel*.sh' ':!tests/lab/real.sh' | tr '\n' ' ')" ""
exit $failed
