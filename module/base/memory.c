// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is reserved at load: whole zeroed pages, on the NUMA nodes that use them. What
 * belongs to a CPU lies on its node. What any vCPU may be given is interleaved over all nodes, so
 * that some of it is on the node where that vCPU runs.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/vmalloc.h>
#include "base/compat.h"
#include "base/memory.h"

/*
 * Zeroed memory in whole pages, physically contiguous if the page allocator has that. kvmalloc()
 * would round up to a power of two: the 110 KiB of a CPU block would take 128, and `status` would
 * not show it.
 */
void *kvmlat_pages_alloc(size_t bytes, int node)
{
	unsigned int order = get_order(bytes), n = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	gfp_t flags = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
	struct page *page = NULL;

	if (order <= KVMLAT_MAX_ORDER)
		page = alloc_pages_node(node, flags | __GFP_NORETRY, order);
	if (!page)
		return vzalloc_node(bytes, node);
	split_page(page, order);
	for (; n < 1U << order; n++)
		__free_page(page + n);
	return page_address(page);
}

void kvmlat_pages_free(void *memory, size_t bytes)
{
	if (is_vmalloc_addr(memory))
		vfree(memory);
	else if (memory)
		free_pages_exact(memory, bytes);
}

/* The NUMA nodes that had memory at load; they stay the same, and probes read them too. */
static unsigned int nr_nodes __read_mostly;
static int nodes[MAX_NUMNODES] __read_mostly;

void kvmlat_memory_init(void)
{
	int node;

	nr_nodes = 0;
	for_each_node_state(node, N_MEMORY)
		nodes[nr_nodes++] = node;
}

/* The @nth of these nodes, starting over after the last. */
int kvmlat_node(unsigned int nth)
{
	return nodes[nth % nr_nodes];
}

unsigned int kvmlat_nodes(void)
{
	return nr_nodes;
}

/* The node of the page at offset @at_bytes of interleaved memory. */
int kvmlat_interleaved_node(size_t at_bytes)
{
	return kvmlat_nodes() > 1 ? kvmlat_node(at_bytes >> PAGE_SHIFT) : numa_node_id();
}

/* Interleaved memory: zeroed pages of all nodes in turn, mapped one behind the other. */
void *kvmlat_interleaved_alloc(size_t bytes)
{
	gfp_t flags = GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN;
	unsigned int n, nr = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	struct page **pages;
	void *memory = NULL;

	if (kvmlat_nodes() == 1)
		return vzalloc(bytes);
	pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	for (n = 0; pages && n < nr; n++) {
		pages[n] = alloc_pages_node(kvmlat_node(n), flags, 0);
		if (!pages[n])
			break;
	}
	if (pages && n == nr)
		memory = vmap(pages, nr, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	if (memory)
		return memory;
	while (pages && n--)
		__free_page(pages[n]);
	kvfree(pages);
	return NULL;
}

/* By VM_MAP_PUT_PAGES, vfree() also frees the pages and the array of them. */
void kvmlat_interleaved_free(void *memory)
{
	vfree(memory);
}
