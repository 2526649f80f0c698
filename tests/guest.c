// SPDX-License-Identifier: GPL-2.0
/*
 * guest: virtual machines that cause known numbers of known VM exits.
 *
 *   guest [-n COUNT] [-c CPU] [-v THREADS] [-m VMS] [-M] [-i] [-a] [-t] [-k VCPUS] [-p POOL] [-f]
 *         [-x] [-e] [EXIT...]
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
 * With -t a machine has two vCPUs, of the same code, and the thread runs them in turn: the other
 * one at each return to us.
 * With -k a machine has VCPUS vCPUs, run likewise.
 * With -p a pool of POOL threads runs the vCPUs of a machine: at each return to us another thread
 * of the pool takes the vCPU (with POOL 1, the same). With -f each KVM_RUN is a new thread's, which
 * then lives, idle, until the machine's loop has ended.
 * With -x each machine is first run in a state that the CPU refuses, which is then mended.
 * With -e each machine first takes an exception with an error code, whose delivery exits; then
 * there are one #UD and one write to a port on top.
 * -c pins the threads to CPU; -M moves the thread to another CPU at every return to us.
 * -H makes a machine without a vCPU, says "held", and holds it until killed: see hold_vm() in
 * lib.sh.
 *
 * Prints by the kernel's own names "REASON COUNT" of what the guests caused, all VMs together, and
 * "vms", "threads", "left_open" (exits never followed by an entry, all HLT, or io with -i),
 * "moved", and with -t, -k "switched" (how often a thread went over to another vCPU of its
 * machine), with -p, -f "handed" (how often a vCPU was run by another thread than before).
 * Interrupts and page faults on first touch come on top, under reasons not listed. MMIO is listed
 * by that name: it shares a reason with those faults (npf; EPT_VIOLATION, then EPT_MISCONFIG), but
 * returns to us. Exit status: 0 when all ran to their end, else 1 with a line on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "guest.h"

struct options opt = { .count = 1000, .cpu = -1, .threads = 1, .vms = 1, .vcpus = 1 };
int kvm_fd;

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("guest: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(1);
}

void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("cannot run on CPU %d", cpu);
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
		if (name ? strcmp(kinds[k].name, name) : k == HALT || k == MMIO)
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
	unsigned long count[KINDS] = { 0 }, vms, vcpus, k;
	pthread_t *threads;
	int c, n;

	while ((c = getopt(argc, argv, "n:c:v:m:k:p:fMHiatxe")) != -1) {
		switch (c) {
		case 'n': opt.count = number(optarg, 1, 1000000000); break;
		case 'c': opt.cpu = number(optarg, 0, CPU_SETSIZE - 1); break;
		case 'v': opt.threads = number(optarg, 1, 10000); break;
		case 'm': opt.vms = number(optarg, 1, 1000000); break;
		case 'M': opt.move = true; break;
		case 'i': opt.irqchip = true; break;
		case 'a': opt.alternate = true; break;
		case 't': opt.vcpus = 2; break;
		case 'k': opt.vcpus = number(optarg, 1, MAX_VCPUS); break;
		case 'p': opt.pool = number(optarg, 1, 64); break;
		case 'f': opt.fresh = true; break;
		case 'x': opt.refused = true; break;
		case 'e': opt.interrupted = true; break;
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
	if (opt.vcpus > 1 && (opt.irqchip || opt.refused || opt.interrupted)) {
		errno = EINVAL;
		die("more vCPUs than one go with none of -i, -x, -e");
	}
	if ((opt.pool || opt.fresh) &&
	    (opt.refused || opt.interrupted || (opt.pool && opt.fresh))) {
		errno = EINVAL;
		die("-p and -f go with none of -x, -e, and not with each other");
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
	vcpus = vms * opt.vcpus;
	count[opt.irqchip ? IO : HALT] = vcpus * (opt.alternate ? 1 : opt.wanted);
	count[IO] += opt.want[HALT] ? vcpus * PIC_OUTS : 0;
	count[IO] += opt.interrupted ? vms : 0;
	for (k = 0; k < KINDS; k++) {
		count[k] += opt.want[k] ? vcpus * opt.count : 0;
		if (count[k])
			printf("%s %lu\n", opt.vmx ? kinds[k].vmx : kinds[k].svm, count[k]);
	}
	if (opt.refused)
		printf("%s %lu\n", opt.vmx ? "INVALID_STATE" : "invalid_guest_state", vms);
	printf("vms %lu\nthreads %d\nleft_open %lu\nmoved %lu\n", vms, opt.threads, vcpus, moved);
	if (opt.vcpus > 1)
		printf("switched %lu\n", switched);
	if (opt.pool || opt.fresh)
		printf("handed %lu\n", handed);
	return 0;
}
