/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a probe asks for and may not do itself: to raise a bit and queue one irq_work is all it
 * does. What is then done is the business of whoever registered for it.
 */
#ifndef KVMLAT_REQUEST_H
#define KVMLAT_REQUEST_H

#include <linux/types.h>

enum kvmlat_request {
	KVMLAT_REFUSE,		/* give up, for kvmlat_refusal() */
	KVMLAT_REPROBE,		/* choose the probes anew */
	KVMLAT_RECLAIM,		/* take back slots and blocks */
	KVMLAT_REQUESTS
};

void kvmlat_request(enum kvmlat_request what);		/* probe context */
/* @serve is called with a request for work, in an interrupt, until it is taken. */
void kvmlat_requests_serve(void (*serve)(enum kvmlat_request what));
/* it is done from now on: it may come again */
void kvmlat_request_taken(enum kvmlat_request what);
/* no probe is left: @serve is not running any more */
void kvmlat_requests_sync(void);

/* Why nothing is measured; NULL: no reason. Set by a probe, or under kvmlat_mutex. */
void kvmlat_refuse(const char *why);			/* probe context */
void kvmlat_refusal_set(const char *why);		/* under kvmlat_mutex */
const char *kvmlat_refusal(void);

#endif
