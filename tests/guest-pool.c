// SPDX-License-Identifier: GPL-2.0
/*
 * Machines of `guest` whose vCPUs are run by many threads: a pool, as some VMMs have it, or a new
 * thread for each KVM_RUN.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include "guest.h"

/* What the threads of a pool share, under its lock. */
struct pool {
	const struct vcpu *vcpus;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int queue[MAX_VCPUS], queued;	/* vCPUs that nobody runs, the longest first */
	int ran_by[MAX_VCPUS];			/* -1: nobody yet */
	unsigned int ended;
	int threads;				/* that have begun */
};

/* Take the first vCPU from the queue that thread @me did not run last; -1: there is none. */
static int take(struct pool *p, int me)
{
	unsigned int n, at, vcpu;

	for (at = 0; at < p->queued; at++) {
		vcpu = p->queue[at];
		if (p->ran_by[vcpu] == me && opt.pool > 1)
			continue;
		p->queued--;
		for (n = at; n < p->queued; n++)
			p->queue[n] = p->queue[n + 1];
		if (p->ran_by[vcpu] >= 0 && p->ran_by[vcpu] != me)
			handed++;
		p->ran_by[vcpu] = me;
		return (int)vcpu;
	}
	return -1;
}

static void *pool_main(void *data)
{
	struct pool *p = data;
	enum step step;
	int me, vcpu;

	pthread_mutex_lock(&p->lock);
	me = p->threads++;
	while (p->ended < opt.vcpus) {
		vcpu = take(p, me);
		if (vcpu < 0) {
			pthread_cond_wait(&p->changed, &p->lock);
			continue;
		}
		pthread_mutex_unlock(&p->lock);
		do
			step = run_once(p->vcpus, vcpu);
		while (step == INTERRUPTED);
		pthread_mutex_lock(&p->lock);
		if (step == DONE)
			p->ended++;
		else
			p->queue[p->queued++] = vcpu;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void start(pthread_t *thread, const pthread_attr_t *attr, void *(*body)(void *), void *data)
{
	errno = pthread_create(thread, attr, body, data);
	if (errno)
		die("pthread_create");
}

/* Run all vCPUs to their end, by a pool. */
void run_in_pool(const struct vcpu *vcpus)
{
	struct pool p = { .vcpus = vcpus, .queued = opt.vcpus };
	pthread_t threads[64];
	unsigned int n;

	pthread_mutex_init(&p.lock, NULL);
	pthread_cond_init(&p.changed, NULL);
	for (n = 0; n < opt.vcpus; n++) {
		p.queue[n] = n;
		p.ran_by[n] = -1;
	}
	for (n = 0; n < opt.pool; n++)
		start(&threads[n], NULL, pool_main, &p);
	for (n = 0; n < opt.pool; n++)
		pthread_join(threads[n], NULL);
}

struct fresh {
	const struct vcpu *vcpus;
	unsigned int vcpu;
	enum step step;
	sem_t done, end;
};

/* One KVM_RUN (an interrupt is none), and then nothing until the end. */
static void *fresh_main(void *data)
{
	struct fresh *f = data;

	do
		f->step = run_once(f->vcpus, f->vcpu);
	while (f->step == INTERRUPTED);
	sem_post(&f->done);
	while (sem_wait(&f->end))
		;
	return NULL;
}

/* Run all vCPUs to their end, the next one at each return, each time by a new thread. */
void run_by_fresh_threads(const struct vcpu *vcpus)
{
	struct fresh f = { .vcpus = vcpus };
	unsigned int at = 0, ended = 0;
	pthread_t *threads = NULL;
	size_t nr = 0, n;
	pthread_attr_t attr;

	sem_init(&f.done, 0, 0);
	sem_init(&f.end, 0, 0);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 64 << 10);
	while (ended < opt.vcpus) {
		threads = realloc(threads, (nr + 1) * sizeof(*threads));
		if (!threads)
			die("threads");
		f.vcpu = at;
		start(&threads[nr++], &attr, fresh_main, &f);
		while (sem_wait(&f.done))
			;
		handed += nr > opt.vcpus;
		ended += f.step == DONE;
		at = (at + 1) % opt.vcpus;
	}
	for (n = 0; n < nr; n++)
		sem_post(&f.end);
	for (n = 0; n < nr; n++)
		pthread_join(threads[n], NULL);
	free(threads);
}
