# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Names and places of exit reasons, by the module's own tables.
module_unit names "$here/names.c"
adopt "$out/names"
