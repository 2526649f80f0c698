// SPDX-License-Identifier: GPL-2.0
/*
 * x86: Intel VMX and AMD SVM. Only the files arch-x86* know them.
 *
 * kvm_exit carries the vCPU and the instruction set, not the reason. The reason comes from
 * kvm_x86_ops.get_exit_info(), the call KVM's own tracepoint makes. kvm_x86_ops is not exported;
 * its address is read from kvm.ko's own symbol table, and the function is called through the
 * pointer KVM itself calls, so there is no address to go stale and nothing for IBT to fault on.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/module.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <asm/tsc.h>
#include <asm/svm.h>
#include <asm/vmx.h>
#include "arch-x86.h"
#include "probe.h"

/* arch/x86/kvm/trace.h, which no headers package has. */
#define ISA_VMX 1
#define ISA_SVM 2

/* VMX reason: bits 15:0 the basic reason, above them flags (Intel SDM 3, table 25-18). */
#define VMX_BASIC_MASK		0xffffU
#define VMX_FAILED_ENTRY	BIT(31)
/* What a vCPU that KVM really runs can report; anything beyond is a sign of drift, not a reason. */
#define VMX_PLAUSIBLE		0x200U
#define VMX_NONE		U32_MAX	/* of a TD that has not been entered with success yet */
#define IMPLAUSIBLE		0x7ffffffeU	/* to any vendor; stays where the call writes no reason */
#define SVM_PLAUSIBLE		0x500U
#define SVM_PLAUSIBLE_ERR	((u32)-4)	/* and up: failed entries. AMD APM volume 2, appendix C */

typedef void (*get_exit_info_fn)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2,
				 u32 *intr_info, u32 *error_code);

/*
 * One upstream commit changed get_exit_info() and kvm_exit() together: this type says that
 * kvm_exit passes (vcpu, isa). Another type is another prototype, and must not build.
 */
static_assert(__same_type(((struct kvm_x86_ops *)NULL)->get_exit_info, get_exit_info_fn),
	      "kvmlat: this kernel's kvm_exit has another prototype than the one kvmlat knows");

static const struct kvm_x86_ops *ops __read_mostly;	/* kvm.ko's; set before probes are registered */

unsigned int kvmlat_arch_index(u32 reason)
{
	return reason_index(reason);
}

/* ns that KVM takes to tell a reason, cold, the least that vets saw; 0: none yet. Written by probes, by any of them. */
static u64 telling_ns;

static bool direct __read_mostly;	/* the short cut is taken; under kvmlat_mutex, probes read it */
static bool direct_wrong;	/* it was seen to be wrong: set by probes, for good */

/* The twin of sample_svm_direct(), for where that short cut is not right. KVM's register cache is live at an exit. */
static __always_inline void sample_call(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot, u64 *count)
{
	ops->get_exit_info(vcpu, &slot->reason, &slot->info1, &slot->info2, &slot->intr_info,
			   &slot->intr_error_code);
}

static __always_inline void sample_vmx(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot, u64 *count)
{
	sample_call(vcpu, slot, count);
	if (unlikely(slot->reason & ~VMX_BASIC_MASK)) {
		if (slot->reason & VMX_FAILED_ENTRY)
			kvmlat_add(count[KVMLAT_FAILED_ENTRIES], 1);
		if (slot->reason & ~(VMX_BASIC_MASK | VMX_FAILED_ENTRY))
			kvmlat_add(count[KVMLAT_REASON_FLAGS], 1);
		slot->reason &= VMX_BASIC_MASK;
	}
}

/* For whoever is not in a hurry. */
void kvmlat_arch_sample(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot, u64 *count)
{
	if (is_vmx())
		sample_vmx(vcpu, slot, count);
	else if (direct)
		sample_svm_direct(vcpu, slot, count);
	else
		sample_call(vcpu, slot, count);
}

const char *kvmlat_arch_reason_source(void)
{
	return direct ? "vmcb" : "get_exit_info";
}

/*
 * The context of the exit that ends now, at its entry, into the slot. In the VMCB it is still what
 * the hardware wrote, but for guests that run nested (then it may be another VMCB, whose exit code
 * tells) and those whose registers are encrypted (KVM puts the guest's request there). The guest's
 * rip there is that of the exit until KVM enters the guest. On VMX, KVM reads the rip when it needs
 * it, which is after kvm_exit: not free.
 */
void kvmlat_arch_context(struct kvm_vcpu *vcpu, struct kvmlat_slot *slot)
{
	const struct vmcb *vmcb;

	slot->has_info = !direct;
	slot->has_rip = false;
	slot->error_code = slot->intr_error_code;
	if (direct && (~slot->intr_info & (SVM_EXITINTINFO_VALID | SVM_EXITINTINFO_VALID_ERR)))
		slot->error_code = 0;
	if (!is_svm() || vcpu->arch.guest_state_protected)
		return;
	vmcb = vmcb_of(vcpu);
	if (!direct || (u32)vmcb->control.exit_code != slot->reason)
		return;
	slot->has_info = true;
	slot->info1 = vmcb->control.exit_info_1;
	slot->info2 = vmcb->control.exit_info_2;
	slot->has_rip = slot->epoch & KVMLAT_EPOCH_RIP;
	slot->rip = vmcb->save.rip;
}

/*
 * Has this vCPU never been in the guest? KVM sets last_vmentry_cpu to -1 at creation and to a CPU
 * after the first run; stat.exits rises within a run that re-enters by the fast path.
 */
bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_vmentry_cpu == -1 && !vcpu->stat.exits;
}

#define PEEK(to, from) (!copy_from_kernel_nofault(&(to), &(from), sizeof(to)))
#define IN_KERNEL(p) ((unsigned long)(p) >= TASK_SIZE_MAX && \
		      IS_ALIGNED((unsigned long)(p), sizeof(long)))

/*
 * Whose vCPU this is; it was vetted. The VM's number is that of the inode of KVM's own debugfs
 * directory for the VM: KVM makes one for each VM and their numbers are not used again before
 * 2^32 others were. Without debugfs it stays 0: unknown.
 */
void kvmlat_arch_who(const struct kvm_vcpu *vcpu, struct kvmlat_who *who)
{
	struct dentry *dir = NULL;
	struct inode *inode = NULL;
	unsigned long number;

	who->vmm = current->tgid;
	who->tid = current->pid;
	who->start_time = current->group_leader->start_time;
	who->vcpu = vcpu->vcpu_id;
	memcpy(who->comm, current->group_leader->comm, sizeof(who->comm));
	if (PEEK(dir, vcpu->kvm->debugfs_dentry) && IN_KERNEL(dir) && PEEK(inode, dir->d_inode) &&
	    IN_KERNEL(inode) && PEEK(number, inode->i_ino))
		who->vm = number;
}

static void ask(struct kvm_vcpu *vcpu, u32 *reason)
{
	u64 before_ns = kvmlat_clock_ns(), info1, info2, ns;
	u32 intr_info, error_code;

	ops->get_exit_info(vcpu, reason, &info1, &info2, &intr_info, &error_code);
	/* a clock that did not move meanwhile tells that it was short, not that nothing is known */
	ns = max(kvmlat_clock_ns() - before_ns, 1ULL);
	/* a clock that the kernel does not trust may stand meanwhile */
	if (!READ_ONCE(telling_ns) || ns < READ_ONCE(telling_ns))
		WRITE_ONCE(telling_ns, ns);
}

u64 kvmlat_arch_telling_ns(void)
{
	return direct ? 0 : READ_ONCE(telling_ns);
}

/*
 * Vet the first event of each thread: are the arguments what this build takes them for? NULL when
 * they are, else what is wrong. It cannot tell a field of a plausible value that moved: vermagic
 * and the size checks in kvmlat_arch_bind() stand against that.
 */
const char *kvmlat_arch_vet(struct kvm_vcpu *vcpu, u32 isa)
{
	struct mm_struct *mm;
	struct kvm *kvm;
	u32 reason = IMPLAUSIBLE;
	int cpu, id;

	if (!IN_KERNEL(vcpu) || !PEEK(kvm, vcpu->kvm) || !PEEK(cpu, vcpu->cpu) ||
	    !PEEK(id, vcpu->vcpu_id) || !IN_KERNEL(kvm) || !PEEK(mm, kvm->mm))
		return "kvm_exit's first argument is no vCPU";
	if (mm != current->mm || cpu != smp_processor_id() || id < 0 || id >= KVM_MAX_VCPU_IDS)
		return "kvm_exit's first argument is not the vCPU of this thread";
	if (isa != (is_vmx() ? ISA_VMX : ISA_SVM))
		return "kvm_exit's second argument is not this CPU's instruction set";
	ask(vcpu, &reason);
	if (isa == ISA_VMX && reason == VMX_NONE)
		return "";
	if (isa == ISA_VMX ? (reason & VMX_BASIC_MASK) >= VMX_PLAUSIBLE :
			     reason >= SVM_PLAUSIBLE && reason < SVM_PLAUSIBLE_ERR)
		return "get_exit_info() gives no plausible exit reason";
	return NULL;
}

/* Is the clocksource the kernel keeps time by the TSC as it is? Then its raw value lies between two readings. */
static bool clocksource_is_tsc(void)
{
	struct system_time_snapshot snapshot;
	u64 before, after;

	before = rdtsc_ordered();
	ktime_get_snapshot(&snapshot);
	after = rdtsc_ordered();
	return snapshot.cycles >= before && snapshot.cycles <= after;
}

/*
 * Does the kernel itself trust the TSC to be alike on all CPUs and in all sleep states: because the
 * CPU says so, or because it keeps time by it (which it does not before its watchdog, or whoever
 * wrote tsc=reliable on its command line, is content)? And has not lost that trust.
 */
bool kvmlat_arch_cycles_stable(void)
{
	if (check_tsc_unstable() || !tsc_khz)
		return false;
	return (boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && boot_cpu_has(X86_FEATURE_NONSTOP_TSC)) ||
	       clocksource_is_tsc();
}

/* The kernel calibrates it early, and refines it some seconds after boot. */
unsigned int kvmlat_arch_cycles_khz(void)
{
	return READ_ONCE(tsc_khz);
}

/* Is the short cut, if it is taken, right for this exit? Call at an exit only. */
bool kvmlat_arch_direct_right(struct kvm_vcpu *vcpu)
{
	u32 reason = 0, intr_info = 0, error_code, code, vmcb_intr_info;
	u64 info1, info2, vmcb_info1;
	const struct vmcb *vmcb;
	bool right;

	if (!direct)
		return true;
	ops->get_exit_info(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
	right = PEEK(vmcb, *(struct vmcb **)(vcpu + 1)) && IN_KERNEL(vmcb) &&
		PEEK(code, vmcb->control.exit_code) &&
		PEEK(vmcb_intr_info, vmcb->control.exit_int_info) &&
		PEEK(vmcb_info1, vmcb->control.exit_info_1);
	right = right && code == reason && vmcb_intr_info == intr_info && vmcb_info1 == info1;
	if (!right)
		WRITE_ONCE(direct_wrong, true);
	return right;
}

u64 kvmlat_arch_cycles_to_ns(u64 cycles)
{
	return cycles_to_ns(cycles);
}

/*
 * Each probe and its twin on local_clock(), to which it jumps where the cycle counter is not to be
 * trusted: kvmlat_epoch_apply() patches the jump, with nobody on the usual way.
 */
#define EXIT_PROBE(name, sample)								\
static noinline notrace void name##_local(void *unused, struct kvm_vcpu *vcpu, u32 isa)		\
{												\
	kvmlat_exit(vcpu, isa, sample, false);						\
}												\
												\
static notrace void name(void *unused, struct kvm_vcpu *vcpu, u32 isa)					\
{												\
	if (static_branch_likely(&kvmlat_usual_cycles))						\
		kvmlat_exit(vcpu, isa, sample, true);					\
	else											\
		name##_local(NULL, vcpu, isa);							\
}

EXIT_PROBE(probe_exit_vmx, sample_vmx)
EXIT_PROBE(probe_exit_svm_call, sample_call)
EXIT_PROBE(probe_exit_svm_direct, sample_svm_direct)

static noinline notrace void probe_entry_local(void *unused, struct kvm_vcpu *vcpu)
{
	kvmlat_entry(vcpu, false, reason_index, cycles_to_ns);
}

/* Later 6.1 kernels pass one more argument, which a probe need not take (no kCFI: compat.h). */
static notrace void probe_entry(void *unused, struct kvm_vcpu *vcpu)
{
	if (static_branch_likely(&kvmlat_usual_cycles))
		kvmlat_entry(vcpu, true, reason_index, cycles_to_ns);
	else
		probe_entry_local(NULL, vcpu);
}

/*
 * Run the usual way of both probes @pairs times on private blocks, as a vCPU with @reason would; false
 * when one of them was not usual, since the CPU was taken away. @vcpu: room of
 * KVMLAT_ARCH_FAKE_BYTES, zero. Where KVM is asked for the reason, that call is not in it, see
 * kvmlat_arch_telling_ns().
 */
bool kvmlat_arch_rehearse(struct kvmlat_cpu *c, void *vcpu, u32 reason, unsigned int pairs)
{
	struct vmcb *vmcb = vcpu + ALIGN(sizeof(struct kvm_vcpu) + sizeof(vmcb), 64);
	bool cycles = static_key_enabled(&kvmlat_usual_cycles), usual = true;

	BUILD_BUG_ON(ALIGN(sizeof(struct kvm_vcpu) + sizeof(vmcb), 64) + sizeof(*vmcb) >
		     KVMLAT_ARCH_FAKE_BYTES);
	*(struct vmcb **)(vcpu + sizeof(struct kvm_vcpu)) = vmcb;
	vmcb->control.exit_code = reason;
	while (pairs-- && usual) {
		usual = cycles ? kvmlat_exit_usual(c, vcpu, sample_svm_direct, true) :
				 kvmlat_exit_usual(c, vcpu, sample_svm_direct, false);
		c->last->stamp -= 4096;	/* or the pair were too short to be usual */
		usual = usual && (cycles ? kvmlat_entry_usual(c, true, reason_index, cycles_to_ns) :
					   kvmlat_entry_usual(c, false, reason_index, cycles_to_ns));
	}
	return usual;
}

void kvmlat_arch_choose_probes(void)
{
	direct = is_svm() && !READ_ONCE(direct_wrong) && kvmlat_direct;
}

void *kvmlat_arch_probe_exit_fn(void)
{
	if (is_vmx())
		return probe_exit_vmx;
	return direct ? probe_exit_svm_direct : probe_exit_svm_call;
}

void *kvmlat_arch_probe_entry_fn(void)
{
	return probe_entry;
}

/* Prepare for the KVM in @mod; on failure *why says why not to attach. Under kvmlat_mutex. */
int kvmlat_arch_bind(struct module *mod, const char **why)
{
	unsigned long size_bytes = 0;

	if (!mod) {
		*why = "KVM is built into this kernel, its kvm_x86_ops cannot be found";
		return -EOPNOTSUPP;
	}
	if (!is_vmx() && !is_svm()) {
		*why = "this CPU has neither VMX nor SVM";
		return -ENODEV;
	}
	ops = kvmlat_module_symbol(mod, "kvm_x86_ops", &size_bytes);
	if (!ops) {
		*why = "kvm.ko's symbol table has no kvm_x86_ops (CONFIG_KALLSYMS_ALL=n?)";
		return -ENOENT;
	}
	if (size_bytes != sizeof(*ops)) {
		*why = "kvm_x86_ops has another size than in the headers kvmlat was built with";
		return -EINVAL;
	}
	return 0;
}

void kvmlat_arch_unbind(void)
{
	ops = NULL;
}
