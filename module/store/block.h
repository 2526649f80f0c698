/* SPDX-License-Identifier: GPL-2.0 */
/* Statistics blocks: given to vCPUs, and recycled. block.c */
#ifndef KVMLAT_BLOCK_H
#define KVMLAT_BLOCK_H

#include <linux/time64.h>
#include "store/row.h"

#define KVMLAT_NO_BLOCK U32_MAX

/* For so long an open report keeps the blocks of retired vCPUs from being recycled. */
#define KVMLAT_PIN_NS	(10 * NSEC_PER_SEC)

/* The statistics blocks of a generation. */
struct kvmlat_blocks {
	struct kvmlat_vcpu **vcpus;	/* kvmlat_max_vcpus blocks, by number */
	struct kvmlat_vcpu *departed;	/* the sums of recycled blocks; under kvmlat_mutex */
	u32 recycled;			/* how many were recycled; likewise */
};

extern unsigned int kvmlat_max_vcpus;	/* fixed at load */
int kvmlat_blocks_init(void);
void kvmlat_blocks_exit(void);
u32 kvmlat_block_claim(const struct kvmlat_identity *id);
bool kvmlat_block_available(s32 vmm);
int kvmlat_block_node(u32 block);
void kvmlat_block_retire(u32 block);
struct kvmlat_vcpu *kvmlat_block_bind(struct kvmlat_blocks *blocks, u32 block,
				      const struct kvmlat_identity *id);
/* Under kvmlat_mutex; true: there are blocks again for vCPUs that got none. */
bool kvmlat_blocks_reclaim(struct kvmlat_blocks *blocks);
void kvmlat_blocks_pin(void);			/* under kvmlat_mutex */
void kvmlat_blocks_unpin(void);			/* likewise */
bool kvmlat_block_live(u32 block, const struct kvmlat_identity *id);
unsigned int kvmlat_blocks_used(void);

#endif
