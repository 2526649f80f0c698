// SPDX-License-Identifier: GPL-2.0
/*
 * For the unit tests of the module: memory.c, without pages, and with two NUMA nodes of every other
 * page.
 */
#include "base/memory.h"

void *kvmlat_pages_alloc(size_t bytes, int node)
{
	return vzalloc(bytes);
}

void kvmlat_pages_free(void *memory, size_t bytes)
{
	free(memory);
}

void *kvmlat_interleaved_alloc(size_t bytes)
{
	return vzalloc(bytes);
}

void kvmlat_interleaved_free(void *memory)
{
	free(memory);
}

int kvmlat_interleaved_node(size_t at_bytes)
{
	return at_bytes / 4096 % 2;
}

int kvmlat_node(unsigned int nth)
{
	return nth % 2;
}

unsigned int kvmlat_nodes(void)
{
	return 2;
}
