/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only file that knows kernel versions. Tests for features where it can.
 */
#ifndef KVMLAT_COMPAT_H
#define KVMLAT_COMPAT_H

#include <linux/mmzone.h>
#include <linux/preempt.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "kvmlat: this version supports Linux 6.1 and newer"
#endif
#ifndef CONFIG_64BIT
#error "kvmlat: needs a 64-bit kernel: counters are plain u64"
#endif
#ifndef CONFIG_TRACEPOINTS
#error "kvmlat: needs CONFIG_TRACEPOINTS"
#endif
#if defined(CONFIG_CFI_CLANG) || defined(CONFIG_CFI)
/*
 * Headers packages lack the prototype of kvm_entry, which grew an argument within 6.1; a probe of
 * another type would panic a kCFI kernel.
 */
#error "kvmlat: kernels with kCFI are not supported: kvm_entry's prototype is not in the headers"
#endif
#ifndef CONFIG_SCHED_INFO
#error "kvmlat: needs CONFIG_SCHED_INFO for run-queue time: set TASKSTATS or SCHEDSTATS"
#endif

/*
 * The largest order the page allocator has: MAX_ORDER was one more up to 6.3, and has another name
 * from 6.8 on.
 */
#ifdef MAX_PAGE_ORDER
#define KVMLAT_MAX_ORDER MAX_PAGE_ORDER
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define KVMLAT_MAX_ORDER MAX_ORDER
#else
#define KVMLAT_MAX_ORDER (MAX_ORDER - 1)
#endif

/*
 * Preemption is off from the begin of a probe to its end: it stays on its CPU, and
 * synchronize_rcu() in kvmlat_reset() waits for it before its generation can be freed. Up to 6.12
 * every tracepoint sees to that around its probes (include/linux/tracepoint.h, __DO_TRACE); later
 * ones need not.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define kvmlat_probe_begin()	do { } while (0)
#define kvmlat_probe_end()	do { } while (0)
#else
#define kvmlat_probe_begin()	preempt_disable_notrace()
#define kvmlat_probe_end()	preempt_enable_notrace()
#endif

#endif
