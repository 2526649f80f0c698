# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The module's own bookkeeping of vCPUs, under more interleavings than a host shows. gnu11: the kernel's language.
rm -rf "$out/kernel"
for header in $(sed -n 's/^#include <\(linux\/.*\)>/\1/p' "$top"/module/*.[ch]); do
	mkdir -p "$out/kernel/${header%/*}"
	: >"$out/kernel/$header"
done
gcc "${flags[@]}" -std=gnu11 -Wno-sign-compare -D__KERNEL__ -I "$out/kernel" -include "$here/kernel.h" -o "$out/rooms" "$here/rooms.c" &&
	"$out/rooms"
# shellcheck disable=SC2181
[ $? -eq 0 ] || failed=1
