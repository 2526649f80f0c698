#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: perf saw the same pairs of a Linux guest whose vCPU threads migrate
# hosts: full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/referee/run.sh
. ./referee/run.sh

needs
[ "$(nproc)" -ge 2 ] || skip_all "one CPU only"
plan 9

# Free threads, pushed aside now and then so that there are migrations even where CPUs are idle.
# shellcheck disable=SC2013 # paths in /proc hold no space
push() {
	cpu=0
	while sleep 1; do
		cpu=$((1 - cpu))
		for task in $(grep -l '^CPU [0-9]*/KVM' /proc/[0-9]*/task/*/comm 2>/dev/null); do
			tid=${task%/comm}
			tid=${tid##*/}
			taskset -pc "$cpu" "$tid" && taskset -pc "0-$(($(nproc) - 1))" "$tid"
		done >/dev/null 2>&1
	done
}
migrating_guest() {
	push &
	pusher=$!
	timeout 300 ./linux-guest.sh -s 2
	status=$?
	kill "$pusher"
	return "$status"
}

load_kvm
check "module loads" load_kvmlat
observed "both observed a guest that is free to migrate" migrating_guest
agree
check "some pairs migrated" [ "$(audit migrated "$work/data")" -gt 0 ]
check "identities hold" identities_hold "$work/data"
finish
