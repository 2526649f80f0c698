#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Is this machine a hypervisor that kvmlat can be loaded on? Status 0: yes. Else status 1 and the
# reason in one line. A /dev/kvm alone does not say so: a kernel may have another kind of KVM than
# VMX and SVM, or load no modules.
no() { echo "$*"; exit 1; }
grep -qwE 'vmx|svm' /proc/cpuinfo || no "no VMX or SVM on this CPU"
[ -e /proc/modules ] || no "this kernel loads no modules"
[ -c /dev/kvm ] || modprobe kvm-intel 2>/dev/null || modprobe kvm-amd 2>/dev/null ||
	no "no /dev/kvm here"
[ -d "/lib/modules/$(uname -r)/build" ] || no "no headers of kernel $(uname -r) here"
