// SPDX-License-Identifier: GPL-2.0
/*
 * pairs: a virtual machine with one vCPU that causes a fixed number of cpuid exits in a window.
 *
 *   pairs [-n PAIRS] [-w WARM] [-i ID]
 *
 * First WARM cpuid exits (default 500) and a HLT, so that first touches, slot claims and buffers of
 * an observer are paid before; then the window: rdtsc, marker B, PAIRS times (default 20000) marker P
 * and cpuid, marker E, rdtsc, HLT. A cpuid is answered in the kernel: from the first to the last the
 * thread does not return to this program, except for a signal. cpuid is given no table, so the same
 * empty answer is looked up every time.
 *
 * Markers are no-operations whose bytes hold ID (0 to 255), see marker.h: the emulator's plugin
 * recognises them. Under QEMU's -icount shift=0 one TSC tick is one instruction executed.
 *
 * Prints "ticks T", "pairs N" (in the window) and "exits N" (cpuid exits in all). Status 0 or 1.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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
	struct kvm_userspace_memory_region region = { .memory_size = MEM_BYTES };
	unsigned long pairs = 20000, warm = 500, id = 0;
	struct kvm_sregs sregs;
	struct kvm_run *state;
	unsigned char *mem;
	uint64_t tsc[2];
	int c, kvm, vm, vcpu;

	while ((c = getopt(argc, argv, "n:w:i:")) != -1) {
		switch (c) {
		case 'n': pairs = number(optarg, 1, 100000000); break;
		case 'w': warm = number(optarg, 1, 100000000); break;
		case 'i': id = number(optarg, 0, 255); break;
		default: return 1;
		}
	}
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (kvm < 0)
		die("/dev/kvm");
	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm < 0)
		die("KVM_CREATE_VM");
	mem = mmap(NULL, MEM_BYTES, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (mem == MAP_FAILED)
		die("guest memory");
	load_code(mem, (unsigned char)id);
	region.userspace_addr = (unsigned long)mem;
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
		die("KVM_SET_USER_MEMORY_REGION");
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	if (vcpu < 0)
		die("KVM_CREATE_VCPU");
	state = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE,
		     MAP_SHARED, vcpu, 0);
	if (state == MAP_FAILED)
		die("kvm_run");
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs))
		die("KVM_SET_SREGS");
	run(vcpu, state, WARM_ADDR, warm);
	run(vcpu, state, WINDOW_ADDR, pairs);
	memcpy(tsc, mem + TSC_ADDR, sizeof(tsc));
	printf("ticks %llu\npairs %lu\nexits %lu\n", (unsigned long long)(tsc[1] - tsc[0]), pairs,
	       warm + pairs);
	return 0;
}
