/* SPDX-License-Identifier: GPL-2.0 */
/* What of this architecture is inlined into the probes. */
#ifdef CONFIG_X86
#include "arch/x86.h"
#else
#error "kvmlat: this architecture is not supported"
#endif
