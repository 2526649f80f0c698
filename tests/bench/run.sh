#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run.sh ID: the guest's window, run while an observer is on. Leaves in /tmp/bench what it printed and
# `mem`, the kB of memory available just before, when the observer was set up.
/lab/bench/available.sh >/tmp/bench/mem
exec /lab/bench/pairs -n "$BENCH_PAIRS" -i "$1" >/tmp/bench/pairs
