#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: under kernel lockdown (confidentiality) every report reads, and the parameters work
# hosts: amd
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# Only a boot ends a lockdown, and no module of ours can be loaded after it: the last test of a host
# that is thrown away.
grep -q 'lab\.host=' /proc/cmdline || skip_all \
	"locks this kernel down until it boots again: for lab hosts"
plan 11
lock=/sys/kernel/security/lockdown
[ -e $lock ] || mount -t securityfs none /sys/kernel/security
load_kvm
check "the module loads" load_kvmlat
reads() { cat "$1" >"$work/read" 2>&1; }
check "KVM's own figures read before the lockdown" reads $D/../kvm/exits
check "the kernel locks down" sh -c \
	"echo confidentiality >$lock && grep -q '\[confidentiality\]' $lock"
check "KVM's own figures do not read under lockdown" sh -c \
	"! cat $D/../kvm/exits && [ -e $D/../kvm/exits ]"
set_param reset 1
"$GUEST" -n 300 -c 0 cpuid >"$work/guest"
for f in $D/* /proc/kvmlat; do reads "$f" && head -n 1 "$work/read"; done >"$work/titles"
equal "every report reads under lockdown" "$(grep -c '^kvmlat[ -]' "$work/titles")" 9
cat $DATA >"$work/data"
equal "a guest is counted under lockdown" "$(count_of "$(name_of cpuid)" "$work/data")" 300
check "both identities hold under lockdown" identities_hold "$work/data"
check "the tool reads the module under lockdown" sh -c \
	"'$KVMLAT' summary | grep -qiE '^cpuid +300 '"
check "a parameter can be written under lockdown" set_param outlier_ns 4711
equal "a parameter that was written under lockdown has its value" "$(info outlier_ns)" 4711
check "the module unloads under lockdown" unload_kvmlat
finish
