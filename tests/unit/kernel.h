/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of a kernel as the module's files for probes and generations need, for rooms.c, pairs.c
 * and names.c: one thread at a time, which may be another wherever the kernel would let others run.
 * Forced in before the sources; the <linux/...> that they include are empty files.
 */
#ifndef KVMLAT_UNIT_KERNEL_H
#define KVMLAT_UNIT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* host.h and compat.h are about real kernels. */
#define KVMLAT_HOST_H
#define KVMLAT_COMPAT_H

typedef unsigned __int128 u128;
typedef uint64_t u64;
typedef uint32_t u32;
typedef uint16_t u16;
typedef uint8_t u8;
struct rcu_head { void *next; };
struct inode;
typedef int32_t s32;
typedef int64_t s64;

#define ____cacheline_aligned __attribute__((aligned(64)))
#define __read_mostly
#define __rcu
#define noinline __attribute__((noinline))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#define barrier() __asm__ __volatile__("" : : : "memory")
#define smp_wmb() barrier()
#define smp_rmb() barrier()
#define cpu_relax() barrier()
#define IS_ENABLED(option) 0
#define likely(x) (x)
#define unlikely(x) (x)
#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
#define smp_load_acquire(p) (*(p))
#define smp_store_release(p, v) (*(p) = (v))
#define data_race(x) (x)
#define BUILD_BUG_ON(x) _Static_assert(!(x), #x)
#define DECLARE_STATIC_KEY_FALSE(name) extern int name
#define DEFINE_STATIC_KEY_FALSE(name) int name
#define static_key_enabled(key) (*(key))
#define static_branch_enable(key) (*(key) = 1)
#define static_branch_disable(key) (*(key) = 0)

/* CPUs, all of them possible. Others may run between two CPUs that a loop goes through. */
#define UNIT_CPUS 4U
#define nr_cpu_ids UNIT_CPUS
extern unsigned int unit_cpu;
void cond_resched(void);		/* where the kernel may let others run, the test does */
static inline unsigned int unit_next_cpu(unsigned int cpu)
{
	cond_resched();
	return cpu + 1;
}

#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < UNIT_CPUS; (cpu) = unit_next_cpu(cpu))
#define smp_processor_id() unit_cpu
#define DECLARE_PER_CPU(type, name) extern type name[UNIT_CPUS]
#define DEFINE_PER_CPU(type, name) type name[UNIT_CPUS]
#define this_cpu_read(name) ((name)[unit_cpu])
#define per_cpu_ptr(ptr, cpu) (&(*(ptr))[cpu])
#define cpu_to_node(cpu) ((cpu) / 2)
#define numa_node_id() ((int)unit_cpu / 2)
#define preempt_disable_notrace()
#define preempt_enable_notrace()
#define kvmlat_probe_begin()
#define kvmlat_probe_end()

#define TASK_COMM_LEN 16
#define NSEC_PER_SEC 1000000000ULL
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define ENOMEM 12
#define GFP_KERNEL 0
#define get_random_u32() 12345U
#define __GFP_ZERO 0
#define __GFP_NORETRY 0
#define __GFP_NOWARN 0
#define NUMA_NO_NODE (-1)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p) - offsetof(type, member)))
#define BIT(n) (1UL << (n))
#define GOLDEN_RATIO_64 0x61C8864680B583EBull
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define array_size(a, b) ((size_t)(a) * (b))
#define struct_size(p, member, n) (sizeof(*(p)) + (n) * sizeof(*(p)->member))
#define __ffs(x) ((unsigned int)__builtin_ctz(x))
#define __fls(x) (63UL - (unsigned long)__builtin_clzl(x))
#define ilog2(x) (31U - (unsigned int)__builtin_clz(x))

static inline u32 roundup_pow_of_two(u32 x)
{
	return x > 1 ? 1U << (ilog2(x - 1) + 1) : 1;
}

typedef struct { int v; } atomic_t;
typedef struct { s64 v; } atomic64_t;
#define ATOMIC64_INIT(n) { n }
#define atomic_read(a) ((a)->v)
#define atomic_or(bits, a) ((a)->v |= (bits))
#define atomic_andnot(bits, a) ((a)->v &= ~(bits))
#define atomic_inc_return(a) (++(a)->v)
#define atomic_inc(a) ((a)->v++)
#define atomic_dec(a) ((a)->v--)
#define atomic64_add(n, a) ((a)->v += (n))
#define atomic64_sub(n, a) ((a)->v -= (n))
#define atomic64_read(a) ((a)->v)
#define atomic64_set(a, n) ((a)->v = (n))
#define atomic64_inc_return(a) ((u64)++(a)->v)
#define cmpxchg(p, old, new) ({			\
	typeof(*(p)) was = *(p);		\
						\
	if (was == (typeof(was))(old))		\
		*(p) = (new);			\
	was;					\
})
#define atomic_cmpxchg(a, old, new) cmpxchg(&(a)->v, old, new)
#define atomic64_cmpxchg(a, old, new) cmpxchg(&(a)->v, (s64)(old), (s64)(new))

/* Memory, and two NUMA nodes, which pages.c gives. */
static inline void *vzalloc(size_t bytes)
{
	void *p = aligned_alloc(64, (bytes + 63) / 64 * 64);

	return p ? memset(p, 0, bytes) : NULL;
}

#define PAGE_ALIGN(bytes) (((bytes) + 4095) & ~4095UL)
#define kvzalloc_node(bytes, flags, node) vzalloc(bytes)
#define kvzalloc(bytes, flags) vzalloc(bytes)
#define vfree(p) free(p)
#define kvmalloc_array(n, size, flags) malloc((n) * (size))
#define sort(base, n, size, compare, swap) qsort(base, n, size, compare)

static inline void kvfree(void *p)
{
	free(p);
}

struct kref { int count; };
#define kref_init(ref) ((ref)->count = 1)
#define kref_get(ref) ((ref)->count++)
#define kref_put(ref, release) do { if (!--(ref)->count) release(ref); } while (0)

struct mutex { int unused; };
#define DEFINE_MUTEX(name) struct mutex name
#define mutex_lock(m) ((void)(m))
#define mutex_unlock(m) ((void)(m))
#define lockdep_assert_held(m) ((void)(m))
#define lockdep_is_held(m) true

struct cpumask { unsigned long bits; };
#define cpumask_test_cpu(cpu, mask) ((mask)->bits >> (cpu) & 1)
#define test_bit(n, map) ((map)[(n) / 64] >> ((n) % 64) & 1)

static inline void memset32(u32 *to, u32 value, size_t n)
{
	while (n--)
		*to++ = value;
}

#define cpumask_set_cpu(cpu, mask) ((mask)->bits |= 1UL << (cpu))
/* All CPUs are online, and stay. */
#define cpuhp_setup_state(state, name, up, down) ({				\
	unsigned int unit_n;							\
										\
	for (unit_n = 0; unit_n < UNIT_CPUS; unit_n++)				\
		up(unit_n);							\
	1;									\
})
#define cpuhp_remove_state_nocalls(state)
#define pr_err(...)

struct seq_file;

struct task_struct {
	u32 pid, tgid;
	u64 start_time;
	struct task_struct *group_leader;
	unsigned long nvcsw, nivcsw;
	struct { u64 run_delay; } sched_info;
};

#define kvmlat_switches(task) ((u64)((task)->nvcsw + (task)->nivcsw))
#define kvmlat_run_delay_ns(task) ((task)->sched_info.run_delay)

extern struct task_struct *current;
extern unsigned long jiffies;
#define rcu_dereference_sched(p) (p)
#define rcu_dereference_protected(p, held) (p)
#define rcu_assign_pointer(p, v) ((p) = (v))
#define RCU_INIT_POINTER(p, v) ((p) = (v))
#define synchronize_rcu() cond_resched()
u64 kvmlat_clock_ns(void);
u64 get_cycles(void);
u64 ktime_get_real_ns(void);
#define ktime_get_real_fast_ns() ktime_get_real_ns()

/* The trace event: nobody listens. */
#define TP_PROTO(...) __VA_ARGS__
#define TRACE_EVENT(name, proto, ...) static inline void trace_##name(proto) { }

/* KVM: behind a vCPU lies the pointer to its VMCB. asm/svm.h is the system's, or empty. */
struct kvm_vcpu {
	u32 vm;
	s32 number;
	u64 born;		/* what tells it from another that lay here before */
	bool entered;
};

struct vmcb_control_area {
	u32 exit_code, unused, exit_int_info, exit_int_info_err;
} __attribute__((aligned(8)));

struct vmcb {
	struct vmcb_control_area control;
};

struct kvm_x86_ops {
	void (*get_exit_info)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2,
			      u32 *intr_info, u32 *error_code);
};

#define X86_FEATURE_VMX 1
#define X86_FEATURE_SVM 2
extern int unit_vendor;
#define boot_cpu_has(feature) (unit_vendor == (feature))

#endif
