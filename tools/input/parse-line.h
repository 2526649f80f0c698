/* SPDX-License-Identifier: GPL-2.0 */
/* Single lines of the data. What is damaged ends the program, see reader.h. */
#ifndef KVMLAT_PARSE_LINE_H
#define KVMLAT_PARSE_LINE_H

#include "input/reader.h"
#include "model/data-snapshot.h"

uint32_t parse_reason_key(const struct reader *r, const char *key);
void parse_row(const struct reader *r, char *text, struct row *row, bool pow2);
void parse_vcpu(const struct reader *r, char *text, struct vcpu *vcpu);
void parse_inflight(struct snapshot *s, const struct reader *r, char *text);
void parse_outlier(struct snapshot *s, const struct reader *r, char *text);
void parse_vm_name(struct snapshot *s, const struct reader *r, char *text);

#endif
