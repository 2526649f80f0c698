/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of a kernel as module/slot.c and vcpu.c need, for rooms.c: one thread at a time, which cond_resched() may
 * change. Forced in before the sources; the <linux/...> that they include are empty files.
 */
#ifndef KVMLAT_UNIT_KERNEL_H
#define KVMLAT_UNIT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define KVMLAT_COMPAT_H		/* compat.h is about real kernels */

typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;
typedef int32_t s32;
typedef int64_t s64;

#define ____cacheline_aligned __attribute__((aligned(64)))
#define __read_mostly
#define __rcu
#define likely(x) (x)
#define unlikely(x) (x)
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define smp_load_acquire(p) (*(p))
#define smp_store_release(p, v) (*(p) = (v))
#define data_race(x) (x)
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)
#define DECLARE_PER_CPU(type, name) extern type name
#define DECLARE_STATIC_KEY_FALSE(name) extern int name

#define TASK_COMM_LEN 16
#define NSEC_PER_SEC 1000000000ULL
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define ENOMEM 12
#define GFP_KERNEL 0
#define BIT(n) (1UL << (n))
#define GOLDEN_RATIO_32 0x61C88647u
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define array_size(a, b) ((size_t)(a) * (b))
#define __ffs(x) ((unsigned int)__builtin_ctz(x))
#define ilog2(x) (31U - (unsigned int)__builtin_clz(x))

static inline u32 roundup_pow_of_two(u32 x)
{
	return x > 1 ? 1U << (ilog2(x - 1) + 1) : 1;
}

typedef struct { int v; } atomic_t;
typedef struct { s64 v; } atomic64_t;
#define atomic_read(a) ((a)->v)
#define atomic_or(bits, a) ((a)->v |= (bits))
#define atomic_andnot(bits, a) ((a)->v &= ~(bits))
#define atomic_inc_return(a) (++(a)->v)
#define atomic_dec(a) ((a)->v--)
#define atomic64_add(n, a) ((a)->v += (n))
#define cmpxchg(p, old, new) ({			\
	typeof(*(p)) was = *(p);		\
						\
	if (was == (typeof(was))(old))		\
		*(p) = (new);			\
	was;					\
})
#define atomic_cmpxchg(a, old, new) cmpxchg(&(a)->v, old, new)

#define vzalloc(n) calloc(1, n)
#define vfree(p) free(p)
#define kvmalloc_array(n, size, flags) malloc((n) * (size))
#define sort(base, n, size, compare, swap) qsort(base, n, size, compare)

static inline void kvfree(void *p)
{
	free(p);
}

struct kref { int unused; };
struct mutex { int unused; };
struct cpumask { int unused; };
struct seq_file;

struct task_struct {
	u32 pid;
	u64 start_time;
	unsigned long nvcsw, nivcsw;
};

extern struct task_struct *current;
extern int init_pid_ns;
enum { PIDTYPE_PID };
#define rcu_read_lock()
#define rcu_read_unlock()
#define find_pid_ns(pid, ns) ((void)(ns), (pid))
struct task_struct *pid_task(u32 pid, int type);
void cond_resched(void);		/* where the kernel may let others run, the test does */
u64 kvmlat_clock_ns(void);

#endif
