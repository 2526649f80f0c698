// SPDX-License-Identifier: GPL-2.0
/*
 * The strongest rival: log2 histograms per CPU and reason by BPF on the two raw tracepoints.
 *
 * It does less than kvmlat (no thread, vCPU or VM, no sum or maximum, no audit; an exit whose
 * thread moves to another CPU is forgotten), and is tuned for few instructions on this kernel:
 *   - typed raw tracepoints: the arguments come without a copy, no perf event, no ring;
 *   - one global array, indexed by the number of the CPU: its address is a constant of the program,
 *     no map is looked up;
 *   - two values at most live across a call of a helper: each takes a push and a pop;
 *   - the logarithm by a table of 256 bytes, not by a loop or a chain of compares;
 *   - `exit_fast` takes the VMCB from kvm_amd's own per-CPU variable svm_data and reads it by loads
 *     that the kernel has fault handlers for; it misses nested guests, whose VMCB is another.
 *     `exit_right` follows vcpu_svm->vmcb with bpf_probe_read_kernel(), right for those too.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include "hist.h"

#define typed __attribute__((preserve_access_index))
struct vmcb_control_area { __u32 exit_code; } typed;
struct vmcb { struct vmcb_control_area control; } typed;
struct svm_cpu_data { struct vmcb *current_vmcb; } typed;
struct vcpu_svm { struct vmcb *vmcb; } typed;

extern const struct svm_cpu_data svm_data __ksym;

struct hist_cpu cpus[HIST_CPUS] __attribute__((aligned(64)));

/* floor(log2(index)), of 0: 0 */
#define ROW16(n) n, n, n, n, n, n, n, n, n, n, n, n, n, n, n, n
#define ROW64(n) ROW16(n), ROW16(n), ROW16(n), ROW16(n)
static const unsigned char log2_of[256] = {
	0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, ROW16(4), ROW16(5), ROW16(5),
	ROW64(6), ROW64(7), ROW64(7)
};

static __always_inline struct hist_cpu *this_cpu(void)
{
	return &cpus[bpf_get_smp_processor_id() & (HIST_CPUS - 1)];
}

static __always_inline __u64 reason_index(__u64 code)
{
	return code < HIST_REASONS - 16 ? code : HIST_REASONS - 16 + (code & 15);
}

static __always_inline __u64 log2_ns(__u64 ns)
{
	if (ns < 1U << 16)
		return ns < 1U << 8 ? log2_of[ns] : 8 + log2_of[ns >> 8 & 255];
	if (ns < 1U << 24)
		return 16 + log2_of[ns >> 16 & 255];
	if (ns < 1ULL << 32)
		return 24 + log2_of[ns >> 24 & 255];
	return 32 + (ns < 1ULL << 40 ? log2_of[ns >> 32 & 255] : 8);
}

SEC("tp_btf/kvm_exit")
int exit_fast(__u64 *args)
{
	struct hist_cpu *c = this_cpu();
	const struct svm_cpu_data *data;

	c->vcpu = args[0];
	data = bpf_this_cpu_ptr(&svm_data);
	c->reason = data->current_vmcb->control.exit_code;
	c->exit_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/kvm_exit")
int exit_right(__u64 *args)
{
	struct hist_cpu *c = this_cpu();
	struct vmcb *vmcb;
	__u32 code;

	bpf_probe_read_kernel(&vmcb, sizeof(vmcb), &((struct vcpu_svm *)args[0])->vmcb);
	bpf_probe_read_kernel(&code, sizeof(code), &vmcb->control.exit_code);
	c->vcpu = args[0];
	c->reason = code;
	c->exit_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/kvm_entry")
int entry(__u64 *args)
{
	__u64 now = bpf_ktime_get_ns();
	struct hist_cpu *c = this_cpu();

	if (c->vcpu != args[0])
		return 0;
	c->vcpu = 0;
	c->count[reason_index(c->reason) & (HIST_REASONS - 1)]
		[log2_ns(now - c->exit_ns) & (HIST_BUCKETS - 1)]++;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
