// SPDX-License-Identifier: GPL-2.0
/* The machines of `guest`: their code, their memory, and how they are run. */
#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>
#include "guest.h"

#define MEM_BYTES 0x8000UL
#define CODE_ADDR 0x1000UL
#define END_PORT 0xf1
#define IRQ_HANDLER 0x3000UL
#define IRQ_VECTOR 0x20
#define STACK 0x5000UL
/* Of run_interrupted() only; nothing touches the page of the IDT before. */
#define GDT 0x1800UL
#define GP_HANDLER 0x1100UL
#define UD_HANDLER 0x1200UL
#define IDT 0x6000UL

/* 16-bit code; EBP is the loop counter and must survive. */
const struct kind kinds[KINDS] = {
	[CPUID] = { "cpuid", "cpuid", "CPUID", { 0x0f, 0xa2 }, { 0x0f, 0xa2 }, 2 },
	[IO] = { "io", "io", "IO_INSTRUCTION", { 0xe6, 0xf0 }, { 0xe6, 0xf0 }, 2 },
	/* mov ecx, 0x1b (IA32_APIC_BASE); rdmsr */
	[MSR] = { "msr", "msr", "MSR_READ", { 0x66, 0xb9, 0x1b, 0, 0, 0, 0x0f, 0x32 },
		  { 0x66, 0xb9, 0x1b, 0, 0, 0, 0x0f, 0x32 }, 8 },
	[HYPERCALL] = { "hypercall", "hypercall", "VMCALL", { 0x0f, 0x01, 0xd9 },
			{ 0x0f, 0x01, 0xc1 }, 3 },
	/*
	 * mov [0xc000], al: no memory there. The first has no MMIO entry in the page tables yet,
	 * see guest.c.
	 */
	[MMIO] = { "mmio", "mmio", "MMIO", { 0xa2, 0x00, 0xc0 }, { 0xa2, 0x00, 0xc0 }, 3 },
	[HALT] = { "hlt", "hlt", "HLT", { 0xf4 }, { 0xf4 }, 1 },
};

unsigned long moved, switched, handed;

struct vcpu {
	int fd;
	struct kvm_run *state;
	struct kvm_sregs sregs;		/* as it is to run */
};

/*
 * Set up the first PIC: four words of initialisation (edge, vector, cascade, automatic end of
 * interrupt), then all but line 0 masked. Intel 8259A data sheet.
 */
static const unsigned char pic_out[PIC_OUTS][2] = {
	{ 0x20, 0x11 }, { 0x21, IRQ_VECTOR }, { 0x21, 4 }, { 0x21, 3 }, { 0x21, 0xfe },
};

/* A loop of the exits @which, a bit for each kind. */
static void load_code(unsigned char *mem, unsigned int which)
{
	unsigned char *p = mem + CODE_ADDR, *start;
	bool halt = which & 1U << HALT;
	unsigned int n;

	for (n = 0; halt && n < PIC_OUTS; n++) {
		*p++ = 0xb0;			/* mov al */
		*p++ = pic_out[n][1];
		*p++ = 0xe6;			/* out al */
		*p++ = pic_out[n][0];
	}
	if (halt)
		*p++ = 0xfb;	/* sti: not before, or an early interrupt would take vector 0 */
	start = p;
	for (n = 0; n < KINDS; n++) {
		if (!(which & 1U << n))
			continue;
		memcpy(p, opt.vmx ? kinds[n].vmx_code : kinds[n].svm_code, kinds[n].length);
		p += kinds[n].length;
	}
	*p++ = 0x66;			/* dec ebp */
	*p++ = 0x4d;
	*p++ = 0x75;			/* jnz to the start */
	*p = (unsigned char)(start - (p + 1));
	p++;
	if (opt.irqchip) {
		*p++ = 0xe6;		/* out, al to the port that ends it */
		*p++ = END_PORT;
	}
	*p = 0xf4;			/* hlt */
	mem[IRQ_VECTOR * 4] = IRQ_HANDLER & 0xff;	/* segment 0 */
	mem[IRQ_VECTOR * 4 + 1] = IRQ_HANDLER >> 8;
	mem[IRQ_HANDLER] = 0xcf;			/* iret */
}

/* Wakes a vCPU again and again, whether it sleeps or not. */
struct waker {
	pthread_t thread;
	int vm;
	bool stop;
};

static void *waker_main(void *data)
{
	struct kvm_irq_level irq = { .irq = 0 };
	struct waker *w = data;

	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		usleep(500);
		for (irq.level = 1; irq.level <= 1; irq.level--) {
			if (ioctl(w->vm, KVM_IRQ_LINE, &irq))
				die("KVM_IRQ_LINE");
		}
	}
	return NULL;
}

static void waker_start(struct waker *w, int vm)
{
	w->vm = vm;
	w->stop = false;
	errno = pthread_create(&w->thread, NULL, waker_main, w);
	if (errno)
		die("pthread_create");
}

static void waker_stop(struct waker *w)
{
	__atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
	pthread_join(w->thread, NULL);
}

/* The vCPU of its machine that this thread ran last. */
static __thread const struct vcpu *ran;

/* One KVM_RUN of vCPU @n. It ends with HLT, or with an irqchip at END_PORT. */
enum step run_once(const struct vcpu *vcpus, unsigned int n)
{
	const struct vcpu *v = &vcpus[n];
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (ran && ran != v)
		__atomic_add_fetch(&switched, 1, __ATOMIC_RELAXED);
	ran = v;
	if (ioctl(v->fd, KVM_RUN, 0) && errno != EINTR)
		die("KVM_RUN");
	if (opt.move && cpus > 1) {
		pin((sched_getcpu() + 1) % cpus);
		__atomic_add_fetch(&moved, 1, __ATOMIC_RELAXED);
	}
	switch (v->state->exit_reason) {
	case KVM_EXIT_INTR:
		return INTERRUPTED;
	case KVM_EXIT_HLT:
		return DONE;
	case KVM_EXIT_MMIO:
		return RETURNED;
	case KVM_EXIT_IO:
		return v->state->io.port == END_PORT ? DONE : RETURNED;
	default:
		die("unexpected return from KVM_RUN, reason %u", v->state->exit_reason);
	}
}

/*
 * Run all vCPUs to their end, in turn: the next one at each return. The same code ends in the same
 * round.
 */
static void run(const struct vcpu *vcpus)
{
	unsigned int at = 0, ended = 0;
	enum step step;

	if (opt.pool)
		return run_in_pool(vcpus);
	if (opt.fresh)
		return run_by_fresh_threads(vcpus);
	while (ended < opt.vcpus) {
		step = run_once(vcpus, at);
		if (step == INTERRUPTED)
			continue;
		ended += step == DONE;
		at = (at + 1) % opt.vcpus;
	}
}

/*
 * A run that fails, and all as it was: in long mode CS is not L and D at once. AMD APM volume 2,
 * 15.5.1; Intel SDM volume 3, 27.3.1.2. KVM lets it through to both.
 */
static void run_refused(const struct vcpu *v)
{
	struct kvm_sregs wrong = v->sregs;

	wrong.cr0 |= 0x80000001;
	wrong.cr4 |= 0x20;
	wrong.efer |= 0x500;
	wrong.cs.l = 1;
	wrong.cs.db = 1;
	if (ioctl(v->fd, KVM_SET_SREGS, &wrong) || ioctl(v->fd, KVM_RUN, 0) ||
	    v->state->exit_reason != KVM_EXIT_FAIL_ENTRY || ioctl(v->fd, KVM_SET_SREGS, &v->sregs))
		die("a run that is to fail, reason %u", v->state->exit_reason);
}

static void interrupt_gate(unsigned char *mem, unsigned int vector, unsigned short handler)
{
	const unsigned short gate[4] = { handler, 8, 0x8e00, 0 };

	memcpy(mem + IDT + sizeof(gate) * vector, gate, sizeof(gate));
}

/*
 * An exception with an error code whose delivery exits: in protected mode a selector beyond the
 * GDT's limit, whose #GP is the first to touch the IDT's page. Then a #UD, which KVM intercepts and
 * gives back, and a write to END_PORT. And all as it was.
 */
static void run_interrupted(const struct vcpu *v, unsigned char *mem)
{
	/* mov ax, 0x50; mov ds, ax */
	static const unsigned char code[] = { 0x66, 0xb8, 0x50, 0, 0x8e, 0xd8 };
	static const unsigned char gp_code[] = { 0x0f, 0x0b };			/* ud2 */
	static const unsigned char ud_code[] = { 0xe6, END_PORT };		/* out, al */
	static const unsigned long long gdt[] = { 0, 0x00cf9a000000ffff }; /* flat 32-bit code */
	const struct kvm_regs regs = { .rip = CODE_ADDR, .rflags = 2, .rsp = STACK };
	struct kvm_sregs flat = v->sregs;

	memcpy(mem + CODE_ADDR, code, sizeof(code));
	memcpy(mem + GP_HANDLER, gp_code, sizeof(gp_code));
	memcpy(mem + UD_HANDLER, ud_code, sizeof(ud_code));
	memcpy(mem + GDT, gdt, sizeof(gdt));
	interrupt_gate(mem, 13, GP_HANDLER);
	interrupt_gate(mem, 6, UD_HANDLER);
	flat.cr0 |= 1;
	flat.gdt.base = GDT;
	flat.gdt.limit = sizeof(gdt) - 1;
	flat.idt.base = IDT;
	flat.idt.limit = 0x20 * 8 - 1;
	flat.cs = (struct kvm_segment){ .limit = ~0U, .selector = 8, .type = 11, .present = 1,
					.s = 1, .db = 1, .g = 1 };
	flat.ss = flat.cs;
	flat.ss.selector = 16;
	flat.ss.type = 3;	/* data, writable */
	if (ioctl(v->fd, KVM_SET_SREGS, &flat) || ioctl(v->fd, KVM_SET_REGS, &regs))
		die("protected mode");
	while (run_once(v, 0) != DONE)
		;
	if (ioctl(v->fd, KVM_SET_SREGS, &v->sregs))
		die("KVM_SET_SREGS");
}

static int vm_create(void *mem)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = MEM_BYTES, .userspace_addr = (unsigned long)mem,
	};
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, 0);

	if (vm < 0)
		die("KVM_CREATE_VM");
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	if (opt.irqchip && ioctl(vm, KVM_CREATE_IRQCHIP))
		die("KVM_CREATE_IRQCHIP");
	return vm;
}

static int run_bytes(void)
{
	return ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
}

static struct vcpu vcpu_create(int vm, unsigned int id)
{
	struct vcpu v = { .fd = ioctl(vm, KVM_CREATE_VCPU, id) };

	if (v.fd < 0)
		die("KVM_CREATE_VCPU");
	v.state = mmap(NULL, run_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, v.fd, 0);
	if (v.state == MAP_FAILED)
		die("kvm_run");
	if (ioctl(v.fd, KVM_GET_SREGS, &v.sregs))
		die("KVM_GET_SREGS");
	v.sregs.cs.base = 0;
	v.sregs.cs.selector = 0;
	if (ioctl(v.fd, KVM_SET_SREGS, &v.sregs))
		die("KVM_SET_SREGS");
	return v;
}

static void vcpu_close(const struct vcpu *v)
{
	munmap(v->state, run_bytes());
	close(v->fd);
}

/* One loop of the exits @which, from its first instruction to its end. */
static void run_loop(unsigned char *mem, int vm, const struct vcpu *vcpus, unsigned int which)
{
	const struct kvm_regs regs = {
		.rip = CODE_ADDR, .rflags = 2, .rbp = opt.count, .rsp = STACK
	};
	bool halts = which & 1U << HALT;
	struct waker waker;
	unsigned int n;

	load_code(mem, which);
	for (n = 0; n < opt.vcpus; n++) {
		if (ioctl(vcpus[n].fd, KVM_SET_REGS, &regs))
			die("KVM_SET_REGS");
	}
	if (halts)
		waker_start(&waker, vm);
	run(vcpus);
	if (halts)
		waker_stop(&waker);
}

void machine(void)
{
	unsigned char *mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	struct vcpu vcpus[MAX_VCPUS];
	unsigned int n, all = 0;
	int vm;

	if (mem == MAP_FAILED)
		die("guest memory");
	vm = vm_create(mem);
	ran = NULL;
	for (n = 0; n < opt.vcpus; n++)
		vcpus[n] = vcpu_create(vm, n);
	if (opt.refused)
		run_refused(vcpus);
	if (opt.interrupted)
		run_interrupted(vcpus, mem);
	for (n = 0; n < KINDS; n++) {
		all |= opt.want[n] ? 1U << n : 0;
		if (opt.want[n] && !opt.alternate)
			run_loop(mem, vm, vcpus, 1U << n);
	}
	if (opt.alternate)
		run_loop(mem, vm, vcpus, all);
	for (n = 0; n < opt.vcpus; n++)
		vcpu_close(&vcpus[n]);
	close(vm);
	munmap(mem, MEM_BYTES);
}
