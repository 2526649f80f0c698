// SPDX-License-Identifier: GPL-2.0
/*
 * Pairs, by the module's own probes and generations: vCPU threads exit, enter, leave KVM_RUN,
 * sleep, move, begin and end, on a few CPUs, while generations, filters, clocks and modes change,
 * CPU by CPU. What is counted is what the rules say, counter by counter, row by row, outlier by
 * outlier: written down here for cases that hardly happen on a host, by the model of pairs-model.c
 * for those of chance. pairs SEED: that chance again.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "pairs-world.h"
#include "pairs-operator.h"
#include "pairs-judge.h"
#include "pairs-chance.h"
#include "pairs-cases.h"

static unsigned int parts;
static bool failed;

/* Chance that never met a counter has shown nothing of it. Five are not of its world. */
static void met_all(void)
{
	unsigned int n;

	for (n = 0; n < KVMLAT_NR_COUNTERS; n++) {
		if (n != KVMLAT_FAILED_ENTRIES && n != KVMLAT_REASON_FLAGS &&
		    n != KVMLAT_VCPUS_OTHER && n != KVMLAT_OUTLIERS_DROPPED &&
		    n != KVMLAT_VET_FAILED && !met.count[n])
			fault("%s was always zero", kvmlat_counter_names[n]);
	}
	if (!met.abandoned || !met.in_flight)
		fault("abandoned or in_flight was always zero");
}

static void at_random(unsigned int threads_wanted, bool slowly)
{
	unsigned int steps;

	nr_threads = threads_wanted;
	always_slow = slowly;
	for (steps = 0; steps < 200000 && !*wrong; steps++) {
		somebody_acts();
		if (reclaim_wanted)
			reclaims(false);
		if (!chance(100))
			operator_acts();
		if (!chance(100))
			as_the_model_says(!chance(10));
	}
	if (!slowly && (events - slow < 2000 || slow < 2000))
		fault("of %u events %u went the unusual way", events, slow);
}

static void few(void) { at_random(3, false); }
static void some(void) { at_random(10, false); }
static void slowly(void) { at_random(10, true); }

static void many(void)
{
	at_random(THREADS, false);
	met_all();
}

#define SAID 3	/* status of a process that said itself what is wrong */

/* A module that was loaded just now, in a process of its own. */
static void in_a_world(const char *what, void (*script)(void), unsigned int blocks)
{
	struct kvmlat_policy policy;
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid > 0) {
		waitpid(pid, &status, 0);
		parts++;
		if (status && !(WIFEXITED(status) && WEXITSTATUS(status) == SAID))
			printf("not ok %u the figures are the model's: %s: died\n", parts, what);
		failed |= status != 0;
		return;
	}
	kvmlat_max_vcpus = blocks;
	kvmlat_outlier_ns = 1000000;
	kvmlat_fast_ns = kvmlat_outlier_ns - KVMLAT_SUB;
	kvmlat_skip[SVM_EXIT_HLT / 64] |= 1UL << SVM_EXIT_HLT % 64;
	now_ns = 10000000000000;
	now_cycles = 5 * now_ns / 2;
	attached = true;
	policy = policy_wanted();
	if (kvmlat_slots_init(SLOTS) || kvmlat_blocks_init() ||
	    kvmlat_generation_init(40, RING, &policy))
		exit(1);
	script();
	as_the_model_says(true);
	kvmlat_generation_exit();
	kvmlat_blocks_exit();
	kvmlat_slots_exit();
	printf("%s %u the figures are the model's: %s%s%s\n", *wrong ? "not ok" : "ok", parts + 1,
	       what, *wrong ? ": " : "", wrong);
	exit(*wrong ? SAID : 0);
}

int main(int argc, char **argv)
{
	in_a_world("an exit after an exit", two_exits, 64);
	in_a_world("two vCPUs in turn on a thread", other_vcpu, 64);
	in_a_world("a new vCPU where another was", new_vcpu_in_its_place, 64);
	in_a_world("whose a pair is", whose, 64);
	in_a_world("a clock that goes back, or is changed", backward, 64);
	in_a_world("the same, by cycles", backward_by_cycles, 64);
	in_a_world("a CPU is filtered in between", cpu_left_out, 64);
	in_a_world("a VM is filtered in between", vm_left_out, 64);
	in_a_world("resets in between", resets_between, 64);
	in_a_world("in the middle of a reset", in_a_reset, 64);
	in_a_world("no entry comes", without_entry, 64);
	in_a_world("no slot is free", no_slots, 64);
	in_a_world("no block is free", no_blocks, 1);
	in_a_world("a block comes back between an exit and its entry", block_comes_back, 1);
	in_a_world("a vCPU goes over to another thread", handed_over, 64);
	in_a_world("one vCPU by many threads", many_threads, 64);
	in_a_world("a guest with many causes", many_causes, 64);
	in_a_world("sums of more than 64 bits", wide_sums, 64);
	in_a_world("two vCPUs on a CPU, and one that moves", two_on_a_cpu, 64);
	in_a_world("off-CPU time and outliers", modes_between, 64);
	in_a_world("arguments that are not what they are taken for", not_vetted, 64);
	seed = argc > 1 ? (u32)strtoul(argv[1], NULL, 0) : (u32)time(NULL);
	printf("# seed %u\n", seed);
	in_a_world("at random, 3 threads", few, 160);
	in_a_world("at random, 10 threads", some, 160);
	in_a_world("at random, more threads than slots", many, 160);
	in_a_world("at random, all by the slow path", slowly, 160);
	return failed;
}
