/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests of probes for what a probe may not do itself. The probe sets a bit and queues one
 * irq_work; the rest is done by whoever registered with kvmlat_requests_serve().
 */
#ifndef KVMLAT_REQUEST_H
#define KVMLAT_REQUEST_H

#include <linux/types.h>

enum kvmlat_request {
	KVMLAT_REFUSE,		/* take the probes off; kvmlat_refusal() says why */
	KVMLAT_REPROBE,		/* choose the sampler anew, and attach its probe */
	KVMLAT_RECLAIM,		/* reclaim slots, recycle blocks */
	KVMLAT_REQUESTS
};

void kvmlat_request(enum kvmlat_request what);		/* probe context */
/* @serve is called in interrupt context, with each request that is pending: not taken yet. */
void kvmlat_requests_serve(void (*serve)(enum kvmlat_request what));
/* the work for it begins: from now on it can be requested again */
void kvmlat_request_taken(enum kvmlat_request what);
/* when no probe is registered or running: wait until @serve is not running either */
void kvmlat_requests_sync(void);

/* Why kvmlat refuses to measure; NULL: it does not. Set by a probe, or under kvmlat_mutex. */
void kvmlat_refuse(const char *why);			/* probe context */
void kvmlat_refusal_set(const char *why);		/* under kvmlat_mutex */
const char *kvmlat_refusal(void);

#endif
