/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace event kvmlat:kvmlat_outlier, for perf, ftrace triggers, trace-cmd and BPF. It fires for
 * each outlier, also if there is no ring or the record is dropped, in the thread and on the CPU of
 * the entry.
 *
 * offcpu_ns is U64_MAX where it was not measured. exit_reason is the code; whoever prints it finds
 * the name, since the tables differ by vendor.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kvmlat

#if !defined(KVMLAT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KVMLAT_TRACE_H

#include <linux/tracepoint.h>
#include "store/slot.h"

TRACE_EVENT(kvmlat_outlier,
	TP_PROTO(const struct kvmlat_slot *slot, u64 latency_ns, u32 cause, u64 runq_ns,
		 u64 offcpu_ns),
	TP_ARGS(slot, latency_ns, cause, runq_ns, offcpu_ns),
	TP_STRUCT__entry(
		__field(u64, latency_ns)
		__field(u64, runq_ns)
		__field(u64, offcpu_ns)
		__field(u64, info1)
		__field(u64, info2)
		__field(u64, guest_rip)
		__field(u32, exit_reason)
		__field(u32, cause)
		__field(u32, intr_info)
		__field(u32, error_code)
		__field(u32, exit_cpu)
		__field(s32, vmm_pid)
		__field(u32, vm)
		__field(s32, vcpu_id)
	),
	TP_fast_assign(
		__entry->latency_ns = latency_ns;
		__entry->runq_ns = runq_ns;
		__entry->offcpu_ns = offcpu_ns;
		__entry->info1 = slot->context.has_info ? slot->context.info1 : 0;
		__entry->info2 = slot->context.has_info ? slot->context.info2 : 0;
		__entry->guest_rip = slot->context.has_rip ? slot->context.rip : 0;
		__entry->exit_reason = slot->exit.reason;
		__entry->cause = cause;
		__entry->intr_info = slot->exit.intr_info;
		__entry->error_code = slot->context.error_code;
		__entry->exit_cpu = slot->exit_cpu;
		__entry->vmm_pid = slot->id.vmm;
		__entry->vm = slot->id.vm;
		__entry->vcpu_id = slot->id.vcpu;
	),
	TP_printk("reason=0x%x cause=%s latency_ns=%llu runq_ns=%llu offcpu_ns=%lld exit_cpu=%u vmm_pid=%d vm=%u vcpu_id=%d info1=0x%llx info2=0x%llx intr_info=0x%x error_code=0x%x guest_rip=0x%llx",
		  __entry->exit_reason,
		  __print_symbolic(__entry->cause, { 0, "kernel" }, { 1, "preempted" },
				   { 2, "blocked" }, { 3, "user" }),
		  __entry->latency_ns, __entry->runq_ns, (s64)__entry->offcpu_ns,
		  __entry->exit_cpu, __entry->vmm_pid, __entry->vm, __entry->vcpu_id,
		  __entry->info1, __entry->info2, __entry->intr_info, __entry->error_code,
		  __entry->guest_rip)
);

#endif

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH store
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kvmlat-trace
#include <trace/define_trace.h>
