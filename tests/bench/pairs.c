// SPDX-License-Identifier: GPL-2.0
/*
 * pairs: a virtual machine with one vCPU that causes a fixed number of cpuid exits in a window.
 *
 *   pairs [-n PAIRS] [-w WARM] [-i ID]
 *   pairs -p THREADS [-w WARM]
 *
 * First WARM cpuid exits (default 500) and a HLT, so that first touches, slot claims and buffers of
 * an observer are paid before; then the window: rdtsc, marker B, PAIRS times (default 20000) marker
 * P and cpuid, marker E, rdtsc, HLT. A cpuid is answered in the kernel: from the first to the last
 * the thread does not return to this program, except for a signal. cpuid is given no table, so the
 * same empty answer is looked up every time.
 *
 * Markers are no-operations whose bytes hold ID (0 to 255), see marker.h: the emulator's plugin
 * recognises them. Under QEMU's -icount shift=0 one TSC tick is one instruction executed.
 *
 * With -p there is no window: THREADS threads with a machine each, all at a time, cause WARM cpuid
 * exits and a HLT, and stop there, each with that HLT open. "parked THREADS" is printed when all
 * have, and they stay until the program is killed.
 *
 * Prints "ticks T", "pairs N" (in the window) and "exits N" (cpuid exits in all). Status 0 or 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "marker.h"

#define MEM_BYTES 0x8000UL
#define WARM_ADDR 0x1000UL
#define WINDOW_ADDR 0x1100UL
#define TSC_ADDR 0x2000UL	/* two 64-bit values: begin, end */

/* EBP counts down; 16-bit code: 66 makes an operand 32 bits wide, 67 an address. */
static const unsigned char cpuid_loop[] = { 0x0f, 0xa2, 0x66, 0x4d, 0x75 };

static void die(const char *what)
{
	fprintf(stderr, "pairs: %s: %s\n", what, strerror(errno));
	exit(1);
}

static unsigned char *put(unsigned char *p, const void *bytes, size_t n)
{
	memcpy(p, bytes, n);
	return p + n;
}

static unsigned char *put_marker(unsigned char *p, unsigned char kind, unsigned char id)
{
	const unsigned char marker[MARKER_BYTES] = { MARKER_PREFIX, kind, id };

	return put(p, marker, sizeof(marker));
}

/* rdtsc; mov [address], eax; mov [address + 4], edx */
static unsigned char *put_rdtsc(unsigned char *p, uint16_t address)
{
	const unsigned char code[] = {
		0x0f, 0x31,
		0x66, 0xa3, address & 0xff, address >> 8,
		0x66, 0x89, 0x16, (address + 4) & 0xff, (address + 4) >> 8
	};

	return put(p, code, sizeof(code));
}

/* jnz from p back to start; the opcode is already there */
static unsigned char *put_back(unsigned char *p, const unsigned char *start)
{
	*p = (unsigned char)(start - (p + 1));
	return p + 1;
}

static void load_code(unsigned char *mem, unsigned char id)
{
	unsigned char *p = mem + WARM_ADDR, *start = p;

	p = put(p, cpuid_loop, sizeof(cpuid_loop));
	p = put_back(p, start);
	*p = 0xf4;	/* hlt */

	p = put_rdtsc(mem + WINDOW_ADDR, TSC_ADDR);
	p = put_marker(p, MARKER_BEGIN, id);
	start = p;
	p = put_marker(p, MARKER_PAIR, id);
	p = put(p, cpuid_loop, sizeof(cpuid_loop));
	p = put_back(p, start);
	p = put_marker(p, MARKER_END, id);
	p = put_rdtsc(p, TSC_ADDR + 8);
	*p = 0xf4;
}

/* Start at rip with EBP = count, run until HLT. */
static void run(int vcpu, struct kvm_run *state, unsigned long rip, unsigned long count)
{
	struct kvm_regs regs = { .rip = rip, .rflags = 2, .rbp = count };

	if (ioctl(vcpu, KVM_SET_REGS, &regs))
		die("KVM_SET_REGS");
	do {
		if (ioctl(vcpu, KVM_RUN, 0) && errno != EINTR)
			die("KVM_RUN");
		if (state->exit_reason != KVM_EXIT_HLT && state->exit_reason != KVM_EXIT_INTR) {
			errno = EPROTO;
			die("KVM_RUN returned for another reason than HLT");
		}
	} while (state->exit_reason != KVM_EXIT_HLT);
}

struct machine {
	unsigned char *mem;
	struct kvm_run *state;
	int vcpu;
};

static int kvm;
static unsigned long warm = 500;

static struct machine make_machine(unsigned char id)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEM_BYTES };
	struct kvm_sregs sregs;
	struct machine m;
	int vm;

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("KVM_CREATE_VM");
	m.mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (m.mem == MAP_FAILED)
		die("guest memory");
	load_code(m.mem, id);
	region.userspace_addr = (unsigned long)m.mem;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	m.vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (m.vcpu < 0)
		die("KVM_CREATE_VCPU");
	m.state = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		       MAP_SHARED, m.vcpu, 0);
	if (m.state == MAP_FAILED)
		die("kvm_run");
	if (ioctl(m.vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(m.vcpu, KVM_SET_SREGS, &sregs))
		die("KVM_SET_SREGS");
	return m;
}

static void *park_one(void *data)
{
	struct machine m = make_machine(0);
	atomic_ulong *parked = data;

	run(m.vcpu, m.state, WARM_ADDR, warm);
	atomic_fetch_add(parked, 1);
	for (;;)
		pause();
	return NULL;
}

static int park(unsigned long threads)
{
	struct rlimit files = { .rlim_cur = 4 * threads + 64, .rlim_max = 4 * threads + 64 };
	static atomic_ulong parked;
	pthread_attr_t attr;
	pthread_t thread;
	unsigned long n;

	if (setrlimit(RLIMIT_NOFILE, &files))
		die("RLIMIT_NOFILE");
	if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, 65536))
		die("pthread_attr");
	for (n = 0; n < threads; n++) {
		errno = pthread_create(&thread, &attr, park_one, &parked);
		if (errno)
			die("pthread_create");
	}
	while (atomic_load(&parked) < threads)
		usleep(10000);
	printf("parked %lu\n", threads);
	fflush(stdout);
	return pause();
}

static unsigned long number(const char *text, unsigned long low, unsigned long high)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*end || end == text || value < low || value > high) {
		errno = ERANGE;
		die(text);
	}
	return value;
}

int main(int argc, char **argv)
{
	unsigned long pairs = 20000, id = 0, threads = 0;
	struct machine m;
	uint64_t tsc[2];
	int c;

	while ((c = getopt(argc, argv, "n:w:i:p:")) != -1) {
		switch (c) {
		case 'n': pairs = number(optarg, 1, 100000000); break;
		case 'w': warm = number(optarg, 1, 100000000); break;
		case 'i': id = number(optarg, 0, 255); break;
		case 'p': threads = number(optarg, 1, 100000); break;
		default: return 1;
		}
	}
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		die("/dev/kvm");
	if (threads)
		return park(threads);
	m = make_machine((unsigned char)id);
	run(m.vcpu, m.state, WARM_ADDR, warm);
	run(m.vcpu, m.state, WINDOW_ADDR, pairs);
	memcpy(tsc, m.mem + TSC_ADDR, sizeof(tsc));
	printf("ticks %llu\npairs %lu\nexits %lu\n", (unsigned long long)(tsc[1] - tsc[0]), pairs,
	       warm + pairs);
	return 0;
}
