# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shares and rates in the module's reports: no figure, however wrong, may be an oops.
module_unit muldiv "$here/muldiv.c"
adopt "$out/muldiv"
equal "nothing in the module divides another way" \
	"$(grep -l 'mul_u64_u64_div_u64(\|mul_u64_u32_div(' "$top"/module/*/*.[ch])" \
	"$top/module/base/muldiv.h"
