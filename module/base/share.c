// SPDX-License-Identifier: GPL-2.0
#include <linux/random.h>
#include "base/share.h"

u32 kvmlat_share_salt __read_mostly;

void kvmlat_shares_init(void)
{
	kvmlat_share_salt = get_random_u32();
}
