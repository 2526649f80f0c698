#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# In namespaces of its own: a systemd that knows kvmlat's units only and can change nothing of the
# machine.
#   pid1.sh ROOT     ROOT: where `make install DESTDIR=ROOT` put kvmlat
# /sys/module and debugfs are stood in for; whoever enters makes a module there.
set -e
root=$1
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/units /run/systemd/system
cp "$root"/usr/local/lib/systemd/system/* /run/units/
for target in basic sysinit timers shutdown; do
	printf '[Unit]\nDefaultDependencies=no\n' >/run/units/$target.target
done
mount -t tmpfs none /usr/local/sbin
cp "$root/usr/local/sbin/kvmlat" /usr/local/sbin/
# It is not to set the limits of the machine, as the first systemd does.
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
for dir in /tmp /var/tmp /sys/module /var/lib/prometheus; do
	mount -t tmpfs -o mode=755 none $dir
done
mkdir /var/lib/prometheus/node-exporter
mount -t tmpfs -o mode=700 none /sys/kernel/debug
mount -t cgroup2 none /sys/fs/cgroup
mount -o remount,bind,ro /
export container=test SYSTEMD_UNIT_PATH=/run/units SYSTEMD_GENERATOR_PATH=/run/none
exec /lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=0 \
	</dev/null
