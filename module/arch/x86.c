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
#include "arch/x86.h"
#include "base/compat.h"
#include "base/symbol.h"

/* arch/x86/kvm/trace.h, which no headers package has. */
#define ISA_VMX 1
#define ISA_SVM 2

/* What a vCPU that KVM really runs can report; anything beyond is a sign of drift, not a reason. */
#define VMX_PLAUSIBLE		0x200U
#define VMX_NONE		U32_MAX	/* of a TD that has not been entered with success yet */
/* to any vendor; stays where the call writes no reason */
#define IMPLAUSIBLE		0x7ffffffeU
#define SVM_PLAUSIBLE		0x500U
/* and up: failed entries. AMD APM volume 2, appendix C */
#define SVM_PLAUSIBLE_ERR	((u32)-4)

typedef void (*get_exit_info_fn)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1, u64 *info2,
				 u32 *intr_info, u32 *error_code);

/*
 * One upstream commit changed get_exit_info() and kvm_exit() together: this type says that
 * kvm_exit passes (vcpu, isa). Another type is another prototype, and must not build.
 */
static_assert(__same_type(((struct kvm_x86_ops *)NULL)->get_exit_info, get_exit_info_fn),
	      "kvmlat: this kernel's kvm_exit has another prototype than the one kvmlat knows");

const struct kvm_x86_ops *kvmlat_x86_ops __read_mostly;
/* probes read it: apart from what is written now and then */
u64 kvmlat_cycles_mult __read_mostly;

unsigned int kvmlat_arch_index(u32 reason)
{
	return reason_index(reason);
}

/*
 * ns that KVM takes to tell a reason, cold, the least that validations saw; 0: none yet. Written by
 * probes, by any of them.
 */
static u64 reason_cost_ns;

/* the short cut is taken; under kvmlat_mutex, probes read it */
static bool direct __read_mostly;
static bool direct_wrong;	/* it was seen to be wrong: set by probes, for good */

/* For whoever is not in a hurry. */
void kvmlat_arch_sample(struct kvm_vcpu *vcpu, struct kvmlat_exit *exit,
			struct kvmlat_context *context, u64 *count)
{
	if (is_vmx())
		sample_vmx(vcpu, exit, context, count);
	else if (direct)
		sample_svm_direct(vcpu, exit, context, count);
	else
		sample_svm_call(vcpu, exit, context, count);
}

const char *kvmlat_arch_reason_source(void)
{
	return direct ? "vmcb" : "get_exit_info";
}

/*
 * The context of the exit that ends now, at its entry. In the VMCB it is still what
 * the hardware wrote, but for guests that run nested (then it may be another VMCB, whose exit code
 * tells) and those whose registers are encrypted (KVM puts the guest's request there). The guest's
 * rip there is that of the exit until KVM enters the guest. On VMX, KVM reads the rip when it needs
 * it, which is after kvm_exit: not free.
 */
void kvmlat_arch_context(struct kvm_vcpu *vcpu, const struct kvmlat_exit *exit, bool rip,
			 struct kvmlat_context *context)
{
	const struct vmcb *vmcb;

	context->has_info = !direct;
	context->has_rip = false;
	context->error_code = exit->intr_error_code;
	if (direct && (~exit->intr_info & (SVM_EXITINTINFO_VALID | SVM_EXITINTINFO_VALID_ERR)))
		context->error_code = 0;
	if (!is_svm() || vcpu->arch.guest_state_protected)
		return;
	vmcb = vmcb_of(vcpu);
	if (!direct || (u32)vmcb->control.exit_code != exit->reason)
		return;
	context->has_info = true;
	context->info1 = vmcb->control.exit_info_1;
	context->info2 = vmcb->control.exit_info_2;
	context->has_rip = rip;
	context->rip = vmcb->save.rip;
}

/*
 * Has this vCPU never been in the guest? KVM sets last_vmentry_cpu to -1 at creation and to
 * a CPU after the first run; stat.exits rises within a run that re-enters by the fast path.
 */
bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_vmentry_cpu == -1 && !vcpu->stat.exits;
}

#define PEEK(to, from) (!copy_from_kernel_nofault(&(to), &(from), sizeof(to)))
#define IN_KERNEL(p) ((unsigned long)(p) >= TASK_SIZE_MAX && \
		      IS_ALIGNED((unsigned long)(p), sizeof(long)))

/*
 * Whose vCPU this is; it was validated. The VM's number is that of the inode of KVM's own debugfs
 * directory for the VM: KVM makes one for each VM and their numbers are not used again before
 * 2^32 others were. Without debugfs it stays 0: unknown.
 */
void kvmlat_arch_identify(const struct kvm_vcpu *vcpu, struct kvmlat_identity *id)
{
	struct dentry *dir = NULL;
	struct inode *inode = NULL;
	unsigned long number;

	id->vmm = current->tgid;
	id->tid = current->pid;
	id->start_time = current->group_leader->start_time;
	id->vcpu = vcpu->vcpu_id;
	memcpy(id->comm, current->group_leader->comm, sizeof(id->comm));
	if (PEEK(dir, vcpu->kvm->debugfs_dentry) && IN_KERNEL(dir) && PEEK(inode, dir->d_inode) &&
	    IN_KERNEL(inode) && PEEK(number, inode->i_ino))
		id->vm = number;
}

static void ask(struct kvm_vcpu *vcpu, u32 *reason)
{
	u64 before_ns = kvmlat_clock_ns(), info1, info2, ns;
	u32 intr_info, error_code;

	kvmlat_x86_ops->get_exit_info(vcpu, reason, &info1, &info2, &intr_info, &error_code);
	/* a clock that did not move meanwhile tells that it was short, not that nothing is known */
	ns = max(kvmlat_clock_ns() - before_ns, 1ULL);
	/* a clock that the kernel does not trust may stand meanwhile */
	if (!READ_ONCE(reason_cost_ns) || ns < READ_ONCE(reason_cost_ns))
		WRITE_ONCE(reason_cost_ns, ns);
}

u64 kvmlat_arch_reason_cost_ns(void)
{
	return direct ? 0 : READ_ONCE(reason_cost_ns);
}

/*
 * Vet the first event of each thread: are the arguments what this build takes them for? NULL when
 * they are, else what is wrong. It cannot tell a field of a plausible value that moved: vermagic
 * and the size checks in kvmlat_arch_bind() stand against that.
 */
const char *kvmlat_arch_validate(struct kvm_vcpu *vcpu, u32 isa)
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

/*
 * Is the clocksource the kernel keeps time by the TSC as it is? Then its raw value lies between two
 * readings.
 */
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
	kvmlat_x86_ops->get_exit_info(vcpu, &reason, &info1, &info2, &intr_info, &error_code);
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

/* Where the reason is read: in the VMCB while that is right, unless @direct is false. */
void kvmlat_arch_choose(bool wanted)
{
	lockdep_assert_held(&kvmlat_mutex);
	direct = is_svm() && !READ_ONCE(direct_wrong) && wanted;
}

#define SAMPLER(name) SAMPLER_##name,
enum sampler { KVMLAT_ARCH_SAMPLERS(SAMPLER) };

unsigned int kvmlat_arch_sampler(void)
{
	if (is_vmx())
		return SAMPLER_vmx;
	return direct ? SAMPLER_svm_direct : SAMPLER_svm_call;
}

/* What the samplers read: behind the vCPU the pointer to a VMCB, and that. */
struct kvm_vcpu *kvmlat_arch_fake(void *room, u32 reason)
{
	struct vmcb *vmcb = room + ALIGN(sizeof(struct kvm_vcpu) + sizeof(vmcb), 64);

	BUILD_BUG_ON(ALIGN(sizeof(struct kvm_vcpu) + sizeof(vmcb), 64) + sizeof(*vmcb) >
		     KVMLAT_ARCH_FAKE_BYTES);
	*(struct vmcb **)(room + sizeof(struct kvm_vcpu)) = vmcb;
	vmcb->control.exit_code = reason;
	return room;
}

/* Prepare for the KVM in @mod; on failure *why says why not to attach. Under kvmlat_mutex. */
int kvmlat_arch_bind(struct module *mod, const char **why)
{
	unsigned long size_bytes = 0;

	lockdep_assert_held(&kvmlat_mutex);
	if (!mod) {
		*why = "KVM is built into this kernel, its kvm_x86_ops cannot be found";
		return -EOPNOTSUPP;
	}
	if (!is_vmx() && !is_svm()) {
		*why = "this CPU has neither VMX nor SVM";
		return -ENODEV;
	}
	kvmlat_x86_ops = kvmlat_module_symbol(mod, "kvm_x86_ops", &size_bytes);
	if (!kvmlat_x86_ops) {
		*why = "kvm.ko's symbol table has no kvm_x86_ops (CONFIG_KALLSYMS_ALL=n?)";
		return -ENOENT;
	}
	if (size_bytes != sizeof(*kvmlat_x86_ops)) {
		*why = "kvm_x86_ops has another size than in the headers kvmlat was built with";
		return -EINVAL;
	}
	return 0;
}

void kvmlat_arch_unbind(void)
{
	lockdep_assert_held(&kvmlat_mutex);
	kvmlat_x86_ops = NULL;
}
