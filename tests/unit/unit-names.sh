# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Names and places of exit reasons, by the module's own tables.
module_unit names "$here/names.c" && "$out/names"
# shellcheck disable=SC2181
[ $? -eq 0 ] || failed=1
