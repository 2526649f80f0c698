// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of probes. A probe may not queue a work item, for that takes locks; to queue an irq_work
 * takes none. Its handler, serve_all(), is all that runs on the CPU of the guest.
 */
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/irq_work.h>
#include "base/base.h"
#include "base/request.h"

static unsigned long wanted;	/* bits of enum kvmlat_request; set by probes, cleared when taken */
static void (*serve_one)(enum kvmlat_request what);	/* set before any probe is registered */
static const char *refusal;

static void serve_all(struct irq_work *work)
{
	enum kvmlat_request what;

	for (what = 0; what < KVMLAT_REQUESTS; what++) {
		if (test_bit(what, &wanted))
			serve_one(what);
	}
}

static DEFINE_IRQ_WORK(requests, serve_all);

void kvmlat_request(enum kvmlat_request what)
{
	/*
	 * Why the probe asks is seen by whoever clears the bit, or the bit is seen cleared here:
	 * pairs with the barrier in kvmlat_request_taken(). Tested first, so that a probe that asks
	 * at each event, until it is served, writes nothing.
	 */
	smp_mb();
	if (!test_bit(what, &wanted) && !test_and_set_bit(what, &wanted))
		irq_work_queue(&requests);
}

void kvmlat_request_taken(enum kvmlat_request what)
{
	clear_bit(what, &wanted);
	smp_mb__after_atomic();	/* before the work looks; pairs with test_and_set_bit() above */
}

void kvmlat_requests_serve(void (*serve)(enum kvmlat_request what))
{
	serve_one = serve;
}

void kvmlat_requests_sync(void)
{
	irq_work_sync(&requests);
}

void kvmlat_refuse(const char *why)
{
	if (!cmpxchg(&refusal, NULL, why))
		kvmlat_request(KVMLAT_REFUSE);
}

void kvmlat_refusal_set(const char *why)
{
	lockdep_assert_held(&kvmlat_mutex);
	WRITE_ONCE(refusal, why);
}

const char *kvmlat_refusal(void)
{
	return READ_ONCE(refusal);
}
