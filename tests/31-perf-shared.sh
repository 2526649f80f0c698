#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: perf saw the same pairs of a Linux guest with two vCPUs on one CPU; pairing by CPU did not
# hosts: full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/referee/run.sh
. ./referee/run.sh

needs
plan 9
load_kvm
check "module loads" load_kvmlat
observed "both observed a guest, both vCPUs on CPU 0" timeout 300 ./linux-guest.sh -s 2 -c 0
agree
judged "pairing by CPU gives other pairs" python3 "$article" "$work/text" --against "$work/result" differ
check "identities hold" identities_hold "$work/data"
finish
