#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Memory available in kB, once the pages that the CPU keeps in its own lists (some MB) are given back.
echo 1 >/proc/sys/vm/compact_memory
echo 1 >/proc/sys/vm/stat_refresh
sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo
