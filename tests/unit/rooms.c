// SPDX-License-Identifier: GPL-2.0
/*
 * Rooms of vCPUs, by the module's own slot.c and vcpu.c: threads begin, end and go on to other vCPUs, at any moment at
 * which the kernel may let them, also in the middle of taking rooms back. No room ever has two vCPUs, none is cleared
 * under its vCPU, every pair is counted once and as whose it is, and in the end no room is lost.
 */
#include <stdio.h>
#include "../../module/slot.c"
#undef WINDOW
#define ring ring_of_numbers	/* of vcpu.c; a struct has a field of that name */
#include "../../module/vcpu.c"
#undef ring

#define THREADS 24
#define PIDS 40		/* few: they come round */

static struct thread {
	struct task_struct task;
	struct kvmlat_slot *slot;
	bool lives;
	u64 pairs;		/* of the vCPU that it runs, in its room */
} threads[THREADS];

struct task_struct *current;
int init_pid_ns;
atomic64_t kvmlat_bytes;
static struct kvmlat_set *set;
static u64 now_ns, born, recorded, in_other;
static u32 seed;
static bool others_run;		/* cond_resched() lets others run */
static const char *wrong;
static int passed, failed;

static u32 chance(u32 of)
{
	seed = seed * 1664525 + 1013904223;	/* Numerical Recipes, 2nd edition, 7.1 */
	return (seed >> 8) % of;
}

struct task_struct *pid_task(u32 pid, int type)
{
	size_t n;

	(void)type;
	for (n = 0; n < THREADS; n++) {
		if (threads[n].lives && threads[n].task.pid == pid)
			return &threads[n].task;
	}
	return NULL;
}

u64 kvmlat_clock_ns(void)
{
	return now_ns;
}

struct kvmlat_set *kvmlat_set_current(void)
{
	return set;
}

void kvmlat_reclaim_soon(void)
{
}

/* Pairs of a room are counted in its first row. */
void kvmlat_vcpu_init(struct kvmlat_vcpu *v)
{
	v->table.cap = KVMLAT_VROWS;
}

void kvmlat_vcpu_fold(struct kvmlat_vcpu *to, const struct kvmlat_vcpu *from)
{
	to->row[0].bucket[0] += from->row[0].bucket[0];
}

/* What meet_vcpu() in probe.c does when the vCPU is a new one. */
static void meets(struct thread *t)
{
	struct kvmlat_slot *slot = t->slot;

	slot->who = (struct kvmlat_who){ .vm = ++born, .tid = t->task.pid, .start_time = t->task.start_time };
	if (slot->block != KVMLAT_NO_BLOCK)
		kvmlat_block_leave(slot->block);
	slot->block = kvmlat_block_claim(&slot->who);
	kvmlat_block_take_up(set, slot);
	t->pairs = 0;
}

static void begins(struct thread *t)
{
	u32 pid = 1 + chance(PIDS);

	if (pid_task(pid, PIDTYPE_PID))
		return;
	*t = (struct thread){ .task = { .pid = pid, .start_time = ++born }, .lives = true };
	current = &t->task;
	if (kvmlat_slot_of(current))
		wrong = "a thread has the slot of another";
	t->slot = kvmlat_slot_claim(set);
	if (t->slot)
		meets(t);
}

/* A pair, as kvmlat_record() counts it. */
static void records(struct thread *t)
{
	struct kvmlat_vcpu *v = t->slot->stats;

	current = &t->task;
	if (kvmlat_slot_of(current) != t->slot)
		wrong = "a thread lost its slot";
	if (!v && kvmlat_blocks_used() < kvmlat_max_vcpus)	/* as exit_slot() in probe.c */
		meets(t);
	v = t->slot->stats;
	recorded++;
	if (!v) {
		in_other++;
		return;
	}
	if (!v->used || memcmp(&v->who, &t->slot->who, sizeof(v->who)))
		wrong = "a vCPU's room is another's, or cleared";
	if (v->row[0].bucket[0] != t->pairs)
		wrong = "a vCPU's room has other pairs than its own";
	if (!kvmlat_block_live(t->slot->block, &t->slot->who))
		wrong = "a vCPU that runs is called gone";
	v->row[0].bucket[0]++;
	t->pairs++;
}

static void somebody_runs(void)
{
	struct thread *t = &threads[chance(THREADS)];

	now_ns += NSEC_PER_SEC / 100;
	if (!t->lives)
		begins(t);
	else if (!t->slot || !chance(6))
		t->lives = false;
	else if (!chance(6))
		meets(t);
	else
		records(t);
}

void cond_resched(void)
{
	while (others_run && chance(3))
		somebody_runs();
}

static void reclaim(void)
{
	others_run = true;
	kvmlat_slots_reclaim(false);
	kvmlat_blocks_reclaim();
	others_run = false;
}

static u64 in_rooms(void)
{
	u64 pairs = set->departed->row[0].bucket[0] + in_other;
	unsigned int n;

	for (n = 0; n < kvmlat_max_vcpus; n++)
		pairs += set->vcpus[n].used ? set->vcpus[n].row[0].bucket[0] : 0;
	return pairs;
}

static void result(bool ok, const char *what, unsigned int rooms)
{
	printf("%s %d rooms of vCPUs: %s, of %u rooms%s%s\n", ok ? "ok" : "not ok", passed + failed + 1, what, rooms,
	       !ok && wrong ? ": " : "", !ok && wrong ? wrong : "");
	passed += ok;
	failed += !ok;
}

static void begin(unsigned int rooms)
{
	kvmlat_max_vcpus = rooms;
	set->vcpus = calloc(rooms, sizeof(*set->vcpus));
	set->departed = calloc(1, sizeof(*set->departed));
	if (!set->vcpus || !set->departed || kvmlat_slots_init(1024) || kvmlat_blocks_init())
		exit(1);
	/* as a module that was loaded just now */
	ring_head = (atomic_t){ 0 };
	claims = (atomic_t){ 0 };
	slots_used = (atomic_t){ 0 };
	memset(&set->retired, 0, sizeof(set->retired));
	set->put_back = 0;
	recorded = 0;
	in_other = 0;
	wrong = NULL;
}

static void end(void)
{
	unsigned int n;

	for (n = 0; n < THREADS; n++)
		threads[n].lives = false;
	kvmlat_blocks_exit();
	kvmlat_slots_exit();
	free(set->vcpus);
	free(set->departed);
}

static void at_random(unsigned int rooms)
{
	bool held = false;
	u32 steps, n;

	begin(rooms);
	for (steps = 0; steps < 200000 && !wrong; steps++) {
		somebody_runs();
		if (!chance(8))
			reclaim();
		if (!chance(50)) {
			if (held)
				kvmlat_blocks_let_go();
			else
				kvmlat_blocks_hold();
			held = !held;
		}
		if (in_rooms() != recorded)
			wrong = "pairs are lost or counted twice";
	}
	result(!wrong, "threads begin, end and go on at random", rooms);
	result(set->put_back > 1000, "which used rooms again", rooms);
	/* All end; all rooms but those kept for their figures are free, each once. */
	if (held)
		kvmlat_blocks_let_go();
	for (n = 0; n < THREADS; n++)
		threads[n].lives = false;
	for (n = 0; n < 2 * rooms; n++)
		reclaim();
	for (n = 0, steps = 0; n < rooms; n++)
		steps += !!owner[n].taken;
	if (steps != kvmlat_blocks_used() || kvmlat_blocks_used() > rooms)
		wrong = "rooms are free twice, or lost";
	result(!wrong, "in the end all are there", rooms);
	end();
}

int main(void)
{
	set = calloc(1, sizeof(*set));
	if (!set)
		return 1;
	set->no = 1;
	seed = 20261124;
	at_random(2);
	at_random(8);
	at_random(20);
	at_random(64);
	free(set);
	return failed != 0;
}
