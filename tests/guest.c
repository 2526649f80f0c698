// SPDX-License-Identifier: GPL-2.0
/*
 * guest: virtual machines that cause known numbers of known VM exits.
 *
 *   guest [-n COUNT] [-c CPU] [-v THREADS] [-m VMS] [-M] [-i] [-a] [-x] [EXIT...]
 *   guest -H
 *
 * Each of THREADS threads (default 1) makes VMS machines (default 1) one after another and closes
 * each before the next, so that memory, thread and numbers are used again. A machine has one vCPU
 * in real mode and runs, for each EXIT (default: all of cpuid io msr hypercall), a loop of COUNT
 * (default 1000) such exits and then one HLT. There is no in-kernel irqchip: HLT returns to us.
 * The HLT after the last EXIT is never followed by an entry: its machine is closed.
 * With -i there is an irqchip: HLT sleeps in the kernel, until an interrupt from a thread of ours
 * wakes it, and the EXIT `hlt` is allowed; in place of the HLT the guest then writes to a port.
 * With -a the exits alternate: one loop of COUNT times each EXIT in turn, and one HLT.
 * With -x each machine is first run in a state that the CPU refuses, which is then mended (AMD only).
 * -c pins the threads to CPU; -M moves the thread to another CPU at every return to us.
 * -H makes a machine without a vCPU, says "held", and holds it until killed: see hold_vm() in lib.sh.
 *
 * Prints by the kernel's own names "REASON COUNT" of what the guests caused, all VMs together, and
 * "vms", "threads", "left_open" (exits never followed by an entry, all HLT, or io with -i), "moved".
 * Interrupts and page faults on first touch come on top, under reasons not listed.
 * Exit status: 0 when all ran to their end, else 1 with a line on stderr.
 */
#include <asm/svm.h>
#include <asm/vmx.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define MEM_BYTES 0x8000UL
#define CODE_ADDR 0x1000UL

struct kind {
	const char *name;
	const char *svm, *vmx;		/* reason names */
	unsigned char svm_code[16], vmx_code[16];
	unsigned int length;
};

/* 16-bit code; EBP is the loop counter and must survive. */
static const struct kind kinds[] = {
	{ "cpuid", "cpuid", "CPUID", { 0x0f, 0xa2 }, { 0x0f, 0xa2 }, 2 },
	{ "io", "io", "IO_INSTRUCTION", { 0xe6, 0xf0 }, { 0xe6, 0xf0 }, 2 },
	/* mov ecx, 0x1b (IA32_APIC_BASE); rdmsr */
	{ "msr", "msr", "MSR_READ", { 0x66, 0xb9, 0x1b, 0, 0, 0, 0x0f, 0x32 },
	  { 0x66, 0xb9, 0x1b, 0, 0, 0, 0x0f, 0x32 }, 8 },
	{ "hypercall", "hypercall", "VMCALL", { 0x0f, 0x01, 0xd9 }, { 0x0f, 0x01, 0xc1 }, 3 },
	{ "hlt", "hlt", "HLT", { 0xf4 }, { 0xf4 }, 1 },
};

enum { CPUID, IO, MSR, HYPERCALL, HALT };	/* places in kinds */

#define END_PORT 0xf1
#define IRQ_HANDLER 0x3000UL
#define IRQ_VECTOR 0x20
#define STACK 0x5000UL

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static struct {
	unsigned long count;
	int cpu, threads, vms;
	bool move, vmx, hold, irqchip, alternate, refused;
	bool want[KINDS];
	unsigned int wanted;
} opt = { .count = 1000, .cpu = -1, .threads = 1, .vms = 1 };

static int kvm_fd, run_bytes;
static unsigned long moved;

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("guest: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(1);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot run on CPU %d", cpu);
}

/*
 * Set up the first PIC: four words of initialisation (edge, vector, cascade, automatic end of
 * interrupt), then all but line 0 masked. Intel 8259A data sheet.
 */
static const unsigned char pic_out[][2] = {
	{ 0x20, 0x11 }, { 0x21, IRQ_VECTOR }, { 0x21, 4 }, { 0x21, 3 }, { 0x21, 0xfe },
};

#define PIC_OUTS (sizeof(pic_out) / sizeof(pic_out[0]))

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

/* Run until HLT, or with an irqchip until END_PORT. */
static void run(int vcpu, struct kvm_run *state)
{
	int cpus = (int)sysconf(_SC_NPROCESSORS_ONLN), next = 0;

	for (;;) {
		if (ioctl(vcpu, KVM_RUN, 0) && errno != EINTR)
			die("KVM_RUN");
		if (opt.move && cpus > 1) {
			next = (sched_getcpu() + 1) % cpus;
			pin(next);
			__atomic_add_fetch(&moved, 1, __ATOMIC_RELAXED);
		}
		if (state->exit_reason == KVM_EXIT_HLT)
			return;
		if (state->exit_reason == KVM_EXIT_IO && state->io.port == END_PORT)
			return;
		if (state->exit_reason != KVM_EXIT_IO && state->exit_reason != KVM_EXIT_INTR)
			die("unexpected return from KVM_RUN, reason %u", state->exit_reason);
	}
}

/* A run that fails, and all as it was: in long mode CS is not L and D at once. AMD APM volume 2, 15.5.1 */
static void run_refused(int vcpu, struct kvm_run *state, const struct kvm_sregs *right)
{
	struct kvm_sregs wrong = *right;

	wrong.cr0 |= 0x80000001;
	wrong.cr4 |= 0x20;
	wrong.efer |= 0x500;
	wrong.cs.l = 1;
	wrong.cs.db = 1;
	if (ioctl(vcpu, KVM_SET_SREGS, &wrong) || ioctl(vcpu, KVM_RUN, 0) ||
	    state->exit_reason != KVM_EXIT_FAIL_ENTRY || ioctl(vcpu, KVM_SET_SREGS, right))
		die("a run that is to fail, reason %u", state->exit_reason);
}

static void machine(void)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEM_BYTES };
	struct kvm_regs regs = { .rip = CODE_ADDR, .rflags = 2, .rbp = opt.count, .rsp = STACK };
	int vm = ioctl(kvm_fd, KVM_CREATE_VM, 0), vcpu;
	struct kvm_sregs sregs;
	struct kvm_run *state;
	struct waker waker;
	unsigned char *mem;
	unsigned int k, all = 0;

	if (vm < 0)
		die("KVM_CREATE_VM");
	mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (mem == MAP_FAILED)
		die("guest memory");
	region.userspace_addr = (unsigned long)mem;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	if (opt.irqchip && ioctl(vm, KVM_CREATE_IRQCHIP))
		die("KVM_CREATE_IRQCHIP");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		die("KVM_CREATE_VCPU");
	state = mmap(NULL, run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (state == MAP_FAILED)
		die("kvm_run");
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		die("KVM_SET_SREGS");
	if (opt.refused)
		run_refused(vcpu, state, &sregs);
	for (k = 0; k < KINDS; k++)
		all |= opt.want[k] ? 1U << k : 0;
	for (k = 0; k < KINDS; k++) {
		if (!opt.want[k])
			continue;
		load_code(mem, opt.alternate ? all : 1U << k);
		if (ioctl(vcpu, KVM_SET_REGS, &regs))
			die("KVM_SET_REGS");
		if (k == HALT)
			waker_start(&waker, vm);
		run(vcpu, state);
		if (k == HALT)
			waker_stop(&waker);
		if (opt.alternate)
			break;
	}
	munmap(state, run_bytes);
	close(vcpu);
	close(vm);
	munmap(mem, MEM_BYTES);
}

static void *thread_main(void *unused)
{
	int n;

	(void)unused;
	if (opt.cpu >= 0)
		pin(opt.cpu);
	for (n = 0; n < opt.vms; n++)
		machine();
	return NULL;
}

static long number(const char *text, long low, long high)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value < low || value > high) {
		errno = EINVAL;
		die("'%s' is not a number from %ld to %ld", text, low, high);
	}
	return value;
}

static void want(const char *name)
{
	bool known = !name;
	unsigned int k;

	for (k = 0; k < KINDS; k++) {
		if (name ? strcmp(kinds[k].name, name) : k == HALT)
			continue;
		opt.wanted += !opt.want[k];
		opt.want[k] = true;
		known = true;
	}
	if (!known) {
		errno = EINVAL;
		die("no exit called '%s'", name);
	}
}

static bool cpu_is_vmx(void)
{
	char line[8192];
	FILE *f = fopen("/proc/cpuinfo", "r");
	bool vmx = false;

	if (!f)
		die("/proc/cpuinfo");
	while (fgets(line, sizeof(line), f))
		vmx |= !strncmp(line, "flags", 5) && strstr(line, " vmx");
	fclose(f);
	return vmx;
}

int main(int argc, char **argv)
{
	unsigned long count[KINDS] = { 0 }, vms, k;
	pthread_t *threads;
	int c, n;

	while ((c = getopt(argc, argv, "n:c:v:m:MHiax")) != -1) {
		switch (c) {
		case 'n': opt.count = number(optarg, 1, 1000000000); break;
		case 'c': opt.cpu = number(optarg, 0, CPU_SETSIZE - 1); break;
		case 'v': opt.threads = number(optarg, 1, 10000); break;
		case 'm': opt.vms = number(optarg, 1, 1000000); break;
		case 'M': opt.move = true; break;
		case 'i': opt.irqchip = true; break;
		case 'a': opt.alternate = true; break;
		case 'x': opt.refused = true; break;
		case 'H': opt.hold = true; break;
		default: return 1;
		}
	}
	if (optind == argc)
		want(NULL);
	for (; optind < argc; optind++)
		want(argv[optind]);
	if (opt.want[HALT] && (!opt.irqchip || opt.alternate)) {
		errno = EINVAL;
		die("hlt needs -i, and does not go with -a");
	}
	opt.vmx = cpu_is_vmx();
	kvm_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm_fd < 0)
		die("/dev/kvm");
	if (opt.hold) {
		if (ioctl(kvm_fd, KVM_CREATE_VM, 0) < 0)
			die("KVM_CREATE_VM");
		puts("held");
		fflush(stdout);
		return pause();
	}
	run_bytes = ioctl(kvm_fd, KVM_GET_VCPU_MMAP_SIZE, 0);
	threads = calloc(opt.threads, sizeof(*threads));
	if (!threads)
		die("threads");
	for (n = 0; n < opt.threads; n++) {
		errno = pthread_create(&threads[n], NULL, thread_main, NULL);
		if (errno)
			die("pthread_create");
	}
	for (n = 0; n < opt.threads; n++)
		pthread_join(threads[n], NULL);
	vms = (unsigned long)opt.threads * opt.vms;
	count[opt.irqchip ? IO : HALT] = vms * (opt.alternate ? 1 : opt.wanted);
	count[IO] += opt.want[HALT] ? vms * PIC_OUTS : 0;
	for (k = 0; k < KINDS; k++) {
		count[k] += opt.want[k] ? vms * opt.count : 0;
		if (count[k])
			printf("%s %lu\n", opt.vmx ? kinds[k].vmx : kinds[k].svm, count[k]);
	}
	if (opt.refused)
		printf("invalid_guest_state %lu\n", vms);
	printf("vms %lu\nthreads %d\nleft_open %lu\nmoved %lu\n", vms, opt.threads, vms, moved);
	return 0;
}
