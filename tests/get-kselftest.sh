#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Put kselftest's lib.mk and runner into tests/kselftest (ignored by git): from the directory given,
# or from Debian's linux-source-6.1.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p kselftest/kselftest
if [ $# -gt 0 ]; then
	cp "$1/lib.mk" kselftest/
	cp "$1"/kselftest/* kselftest/kselftest/
else
	lab/deps.sh style >&2
	tar -xJf /usr/src/linux-source-6.1.tar.xz -C kselftest --strip-components=4 \
		linux-source-6.1/tools/testing/selftests/lib.mk \
		linux-source-6.1/tools/testing/selftests/kselftest
fi
# The runner looks for a folder's settings (the time a test may take) under its own folder; ours is
# not below it.
mkdir -p "kselftest$PWD"
ln -sf "$PWD/settings" "kselftest$PWD/settings"
echo "kselftest: lib.mk is in place"
