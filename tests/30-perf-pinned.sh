#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: perf saw the same pairs of a Linux guest, one vCPU to a CPU; so did pairing by CPU
# hosts: full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/referee/run.sh
. ./referee/run.sh

needs
[ "$(nproc)" -ge 2 ] || skip_all "one CPU only"
plan 9
load_kvm
check "module loads" load_kvmlat
observed "both observed a guest, vCPU n on CPU n" timeout 300 ./linux-guest.sh -s 2 -p
agree
judged "pairing by CPU gives the same" python3 "$article" "$work/text" --against "$work/result" equal
check "identities hold" identities_hold "$work/data"
finish
