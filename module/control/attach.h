/* SPDX-License-Identifier: GPL-2.0 */
/* Hooking the tracepoints of KVM and of the scheduler. attach.c */
#ifndef KVMLAT_ATTACH_H
#define KVMLAT_ATTACH_H

#include <linux/types.h>

enum kvmlat_state { KVMLAT_WAITING, KVMLAT_DISABLED, KVMLAT_ATTACHED, KVMLAT_REFUSED };

int kvmlat_attach_init(void);
void kvmlat_attach_exit(void);
int kvmlat_attach_apply(void);		/* under kvmlat_mutex, after enabled or offcpu changed */
bool kvmlat_attach_retry(void);		/* after a refusal; under kvmlat_mutex */
enum kvmlat_state kvmlat_attach_state(void);
const char *kvmlat_attach_state_name(void);

#endif
