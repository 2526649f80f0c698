#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# description: a Linux guest, two vCPUs where the scheduler puts them: kvmlat and a referee's
#   reading of perf's recording agree
# hosts: full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh
# shellcheck source=tests/referee/run.sh
. ./referee/run.sh

plan 4
referee "two vCPUs where the scheduler puts them" - -s 2
finish
