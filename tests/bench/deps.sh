#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Install the Debian packages the bench needs on top of the lab's; only what is missing.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$here/../lab/deps.sh" build amd

missing=()
for package in linux-perf trace-cmd bpftrace clang llvm libbpf-dev python3; do
	dpkg-query -W -f '${Status}' $package 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "kvmlat: bench: apt-get failed" >&2
	exit 1
fi
rm -f "$log"
