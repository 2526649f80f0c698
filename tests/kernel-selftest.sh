#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which kernel is taken of several, by the script that says so, by make and by all others: trees
# that hold only names.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# shellcheck source=tests/tap.sh
. "$here/tap.sh"
# make check has chosen one, which is not to be taken here
unset KDIR MAKEFLAGS MFLAGS

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
equal "of several releases the one with the greatest number is taken" "$(taken release)" \
	6.1.0-100-amd64
equal "its image is taken" "$(taken image)" /boot/vmlinuz-6.1.0-100-amd64
equal "its headers are taken" "$(taken headers)" /usr/src/linux-headers-6.1.0-100-amd64
equal "make takes its headers" "$(made)" /usr/src/linux-headers-6.1.0-100-amd64
file /lib/modules/6.1.0-23-amd64/build/Makefile
equal "make takes the running kernel's headers first" "$(made 6.1.0-23-amd64)" \
	/lib/modules/6.1.0-23-amd64/build
equal "what lab hosts load is built for the kernel they boot, not the running one" \
	"$(taken headers 6.1.0-23-amd64)" /usr/src/linux-headers-6.1.0-100-amd64
ln -s /nowhere "$root/lib/modules/6.1.0-9-amd64/build"
equal "a link to headers that are gone is not followed" "$(made 6.1.0-9-amd64)" \
	/usr/src/linux-headers-6.1.0-100-amd64
equal "a KDIR that is given stays" "$(show_kdir KDIR=/x)" /x

tree flavours
whole 6.1.0-56-amd64 6.1.0-57-rt-amd64 6.1.0-57-cloud-amd64 6.12.9-amd64 6.1.0-58-arm64 6.10.1-amd64
headers 6.1.0-56-common 6.1.0-57-common-rt
equal "neither rt nor cloud is taken, nor another machine or series" "$(taken release)" \
	6.1.0-56-amd64
equal "nor does make take them" "$(made)" /usr/src/linux-headers-6.1.0-56-amd64

tree halves
whole 6.1.0-20-amd64
headers 6.1.0-30-amd64
image 6.1.0-40-amd64
mkdir -p "$root/usr/src/linux-headers-6.1.0-40-amd64"
equal "a release that is there whole is taken, not the newest image or headers" "$(taken release)" \
	6.1.0-20-amd64
equal "make builds for the release that lab hosts boot" "$(made)" \
	/usr/src/linux-headers-6.1.0-20-amd64

tree backport
whole 6.1.0-0.deb11.9-amd64 6.1.0-0.deb11.17-amd64
equal "a backport is taken by its number" "$(taken release)" 6.1.0-0.deb11.17-amd64

tree headers-only
headers 6.1.0-9-amd64 6.1.0-56-amd64 6.1.0-99-rt-amd64
equal "make builds without an image" "$(made)" /usr/src/linux-headers-6.1.0-56-amd64
equal "what checks the sources has headers without an image" "$(taken headers)" \
	/usr/src/linux-headers-6.1.0-56-amd64
equal "no lab host boots without an image" "$(taken release)" \
	"kvmlat: kernel: no Debian 6.1 for amd64 has its image, modules and headers here"

tree none
none="kvmlat: kernel: no headers of kernel 6.18.0-other, nor of a Debian 6.1 for amd64: set KDIR"
equal "that no kernel is there is said" "$(taken build)" "$none"
build() { KERNEL_ROOT=$root KERNEL_RUNNING=6.18.0-other make -s -C "$top" "$@" 2>&1; }
equal "make says so, fails and does not build" "$(build modules |
	sed 's/.*: \*\*\* .*/fails/' | sort -u)" "$(printf '%s\n' fails "$none")"
equal "targets that need no kernel do without one" "$(build help | grep -c kvmlat:)" 0

# One rule: nobody else looks for names of kernels.
rules='vmlinuz-6|linux-headers-6|uname -r.*/build|(/boot|/usr/src).*sort'
equal "no other file has a rule of its own for which kernel is taken" "$(cd "$top" &&
	git grep -lE "$rules" -- '*.sh' Makefile '*/Makefile' tests/lab/init Kbuild \
		':!tests/kernel*.sh' ':!tests/lab/real.sh' | tr '\n' ' ')" ""
finish
