#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Put checkpatch.pl into build/kernel-tools: it is in no package but the kernel's source.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=build/kernel-tools
[ ! -x $tools/checkpatch.pl ] || exit 0
mkdir -p $tools
tar -xJf /usr/src/linux-source-6.1.tar.xz -C $tools --strip-components=2 \
	linux-source-6.1/scripts/checkpatch.pl linux-source-6.1/scripts/spelling.txt \
	linux-source-6.1/scripts/const_structs.checkpatch
