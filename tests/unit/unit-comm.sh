# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Names of processes, by the module's own function, and what the formatter makes of them.
for source in text error; do
	gcc "${flags[@]}" -c -o "$out/comm-$source.o" "${tools_include[@]}" "$top/tools/base/$source.c" || failed=1
done
module_unit comm "$here/comm.c" "$out/comm-text.o" "$out/comm-error.o" && "$out/comm"
# shellcheck disable=SC2181
[ $? -eq 0 ] || failed=1
