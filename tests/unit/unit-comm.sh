# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Names of processes, by the module's own function, and what the formatter makes of them.
for source in text util; do
	gcc "${flags[@]}" -c -o "$out/comm-$source.o" "$top/tools/$source.c"
done
module_unit comm "$here/comm.c" "$out/comm-text.o" "$out/comm-util.o"
adopt "$out/comm"
