/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that is reserved at load: whole zeroed pages, on the NUMA nodes that use them. */
#ifndef KVMLAT_MEMORY_H
#define KVMLAT_MEMORY_H

#include <linux/types.h>

void kvmlat_memory_init(void);
void *kvmlat_pages_alloc(size_t bytes, int node);
void kvmlat_pages_free(void *memory, size_t bytes);
void *kvmlat_interleaved_alloc(size_t bytes);
void kvmlat_interleaved_free(void *memory);
int kvmlat_interleaved_node(size_t at_bytes);
int kvmlat_node(unsigned int nth);
unsigned int kvmlat_nodes(void);

#endif
