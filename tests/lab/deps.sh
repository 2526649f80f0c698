#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Install the Debian packages a purpose needs: deps.sh PURPOSE...; only what is missing.
set -euo pipefail

declare -A packages=(
	[build]="git patch gcc make libc6-dev libncurses-dev linux-headers-amd64 kmod"
	[amd]="qemu-system-x86 busybox-static cpio kmod linux-image-amd64"
	[full]="dkms gcc make linux-headers-amd64 linux-perf python3 systemd util-linux seabios
		qemu-system-x86 busybox-static cpio kmod linux-image-amd64"
	[intel]="bochs bochsbios seabios bochs-term grub-pc-bin grub-common xorriso mtools
		busybox-static cpio kmod linux-image-amd64"
	[bench]="linux-perf trace-cmd bpftrace clang llvm libbpf-dev python3"
	[unit]="clang libclang-rt-14-dev tmux mandoc python3 python3-jsonschema libxml2-utils
		util-linux"
	[prometheus]="prometheus prometheus-node-exporter python3 python3-prometheus-client procps
		systemd util-linux"
	[style]="git perl python3 xz-utils linux-source-6.1 sparse shellcheck codespell mandoc"
)

missing=()
for purpose in "$@"; do
	for package in ${packages[$purpose]:?no such purpose}; do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null |
			grep -q '^install ok installed' ||
			missing+=("$package")
	done
done
[ ${#missing[@]} -gt 0 ] || exit 0
echo "deps: installing ${missing[*]}"
start=$SECONDS
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
# A test runs its own servers: those that come with packages are not to be started, now or at the
# next boot.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
	trap 'rm -f $policy' EXIT
fi
if ! {
	apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"
} >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "kvmlat: deps: apt-get failed" >&2
	exit 1
fi
rm -f "$log"
for package in "${missing[@]}"; do
	case $package in prometheus*) update-rc.d "$package" disable ;; esac
done
echo "deps: installed in $((SECONDS - start)) s"
