// SPDX-License-Identifier: GPL-2.0
/*
 * x86: Intel VMX and AMD SVM. Only the files arch/x86* know them.
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
#include "base/host.h"
#include "base/symbol.h"

/* arch/x86/kvm/trace.h, which no headers package has. */
#define ISA_VMX 1
#define ISA_SVM 2

/* What a vCPU that KVM really runs can report; anything beyond is a sign of drift, not a reason. */
#define VMX_PLAUSIBLE		0x200U
#define VMX_NONE		U32_MAX	/* of a TD that has not been entered with success yet */
/* on any vendor; it stays if get_exit_info() does not write the reason */
#define IMPLAUSIBLE		0x7ffffffeU
#define SVM_PLAUSIBLE		0x500U
/* this and above: failed entries. AMD APM volume 2, appendix C */
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
/* __read_mostly: probes read it, so it must not share a line with what is written often */
u64 kvmlat_cycles_mult __read_mostly;

unsigned int kvmlat_arch_index(u32 reason)
{
	return reason_index(reason);
}

/*
 * The least ns that get_exit_info() took in a validation, with cold caches; 0: there was none yet.
 * Written by probes on any CPU; if two race, either value will do.
 */
static u64 reason_cost_ns;

/* read the reason from the VMCB; written under kvmlat_mutex with no probe attached */
static bool direct __read_mostly;
static bool direct_wrong;	/* that was seen to be wrong: set by probes, never cleared */

/* The sampler that is in use, for the slow path. */
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
 * Complete the context of the exit that ends now, at its entry. The VMCB still has what the
 * hardware wrote, with two exceptions. With nested guests the pointer may lead to another VMCB by
 * now: its exit code tells. With guests whose registers are encrypted KVM puts the request of the
 * guest there. The rip in the VMCB is that of the exit until KVM enters the guest. On VMX KVM reads
 * the rip only when it needs it, after kvm_exit, so to read it here would not be free.
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
 * Has this vCPU never been in the guest? KVM sets last_vmentry_cpu to -1 at creation, and to a CPU
 * after the first run. Until then, if KVM's own fast path re-enters the guest, only stat.exits
 * tells.
 */
bool kvmlat_arch_first_entry(const struct kvm_vcpu *vcpu)
{
	return vcpu->arch.last_vmentry_cpu == -1 && !vcpu->stat.exits;
}

#define PEEK(to, from) (!copy_from_kernel_nofault(&(to), &(from), sizeof(to)))
#define IN_KERNEL(p) ((unsigned long)(p) >= TASK_SIZE_MAX && \
		      IS_ALIGNED((unsigned long)(p), sizeof(long)))

/*
 * The identity of a vCPU that was validated. The number of the VM is the inode number of its
 * directory in KVM's debugfs: KVM makes one for each VM, and a number is used again only after
 * 2^32 others. Without debugfs it stays 0: unknown.
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
	/* 0 would mean unknown, but a clock that the kernel does not trust may stand meanwhile */
	ns = max(kvmlat_clock_ns() - before_ns, 1ULL);
	if (!READ_ONCE(reason_cost_ns) || ns < READ_ONCE(reason_cost_ns))
		WRITE_ONCE(reason_cost_ns, ns);
}

u64 kvmlat_arch_reason_cost_ns(void)
{
	return direct ? 0 : READ_ONCE(reason_cost_ns);
}

/*
 * Validate an exit of a vCPU that is new: are the arguments what this build takes them for? NULL
 * when they are, else what is wrong. A field that moved, where the new place holds a plausible
 * value, is not noticed here: against that stand vermagic and the size check in
 * kvmlat_arch_bind().
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
 * Is the current clocksource the bare TSC? Then its raw value lies between two readings of the TSC.
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
 * Does the kernel trust the TSC to be the same on all CPUs and to run on in all sleep states? It
 * does if it has not marked the TSC unstable, and either the CPU promises it, or the TSC is the
 * clocksource: that it becomes only when the kernel's watchdog has found no fault in it, or by
 * tsc=reliable on the command line.
 */
bool kvmlat_arch_cycles_stable(void)
{
	if (check_tsc_unstable() || !tsc_khz)
		return false;
	return (boot_cpu_has(X86_FEATURE_CONSTANT_TSC) && boot_cpu_has(X86_FEATURE_NONSTOP_TSC)) ||
	       clocksource_is_tsc();
}

/* The kernel calibrates tsc_khz early, and refines it some seconds after boot. */
unsigned int kvmlat_arch_cycles_khz(void)
{
	return READ_ONCE(tsc_khz);
}

/*
 * Where the reason is read directly: does the VMCB say what get_exit_info() says? At an exit only.
 * If it does not, direct_wrong is set for good.
 */
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

/*
 * Where to read the reason: in the VMCB, if this is SVM, @wanted, and never seen to be wrong. Under
 * kvmlat_mutex, while no probe is attached.
 */
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

/* What sample_svm_direct() reads: a vCPU, behind it the pointer to a VMCB, and the VMCB. */
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
