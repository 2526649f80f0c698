# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Names of processes, by the module's own function, and what the formatter makes of them.
objects=()
for source in "$top"/tools/base/*.c; do
	name=${source##*/}
	objects+=("$out/comm-${name%.c}.o")
	gcc "${flags[@]}" "${tools_include[@]}" -c -o "$out/comm-${name%.c}.o" "$source"
done
module_unit comm "$here/comm.c" "${objects[@]}"
adopt "$out/comm"
