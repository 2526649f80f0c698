# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The service and its timer, as installed: checked by systemd-analyze, and run by a systemd of their
# own.
make -s -C "$top/tools" B="$out/tools" DESTDIR="$out/root" PREFIX=/usr/local install || exit 1

# Where it is checked the command stands elsewhere.
mkdir -p "$out/verify"
units=$out/root/usr/local/lib/systemd/system
sed "s,^ExecStart=/,&${out#/}/root/," "$units/kvmlat-prom.service" \
	>"$out/verify/kvmlat-prom.service"
cp "$units/kvmlat-prom.timer" "$out/verify/"
# verify SED: no complaint about the units, edited by SED
verify() {
	local said
	mkdir -p "$out/verify/edited"
	cp "$out"/verify/*.* "$out/verify/edited/"
	sed -i "$1" "$out"/verify/edited/*
	said=$(systemd-analyze verify --man=no "$out"/verify/edited/* 2>&1) && [ -z "$said" ] &&
		return
	echo "$said"
	return 3
}
result "systemd-analyze verify: service and timer" verify ''
result "systemd-analyze verify: a word that is none" refuses 3 verify \
	's/^OnUnitActiveSec/OnUnitActive/'
result "systemd-analyze security: exposure at most 1.5" \
	systemd-analyze security --offline=yes --threshold=15 "$out/verify/kvmlat-prom.service"

# A systemd that has the units, in namespaces and a cgroup of its own
cgroup=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)/kvmlat-test-$$
unshared=(unshare --mount --pid --fork --kill-child --mount-proc --uts --ipc --net --cgroup)
if [ ! -e "${cgroup%/*}/cgroup.procs" ] || ! mkdir "$cgroup" ||
	! "${unshared[@]}" mount -t tmpfs none /run; then
	skip "the service runs in systemd's sandbox" "no namespaces or cgroups to be had here"
	rmdir "$cgroup" 2>/dev/null
	return
fi
(echo $BASHPID >"$cgroup/cgroup.procs" &&
	exec "${unshared[@]}" "$here/pid1.sh" "$out/root") >"$out/systemd.log" 2>&1 &
pid1=$!
pids+=("$pid1")
remove_cgroup() {
	# Its end is that of all in there, and of unshare, which waits for it.
	pkill -KILL -P $pid1
	wait $pid1 2>/dev/null
	local tries
	for tries in {1..300}; do
		find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
		[ -d "$cgroup" ] || return 0
		sleep 0.2
	done
}
trap 'remove_cgroup; cleanup' EXIT
inside() { nsenter -a -t "$(pgrep -P $pid1)" -- "$@"; }
soon() {
	local tries
	for tries in {1..1200}; do
		"$@" >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "not in $tries tries: $*"
	"$@"
}
prom=/var/lib/prometheus/node-exporter/kvmlat.prom
service() { inside systemctl start kvmlat-prom.service; }
state() {
	[ "$(inside systemctl show -P "$1" kvmlat-prom.service)" = "$2" ] || {
		inside systemctl status kvmlat-prom.service
		false
	}
}
load() {
	inside sh -c 'd=/sys/kernel/debug/kvmlat
		mkdir -p /sys/module/kvmlat $d; cat >$d/data; chmod 400 $d/data' <"$1"
}
unload() { inside rm -rf /sys/module/kvmlat /sys/kernel/debug/kvmlat; }
there() { inside test -e $prom; }
gone() { ! there; }
# holds DATA: it is what export prints of DATA, for all to read
holds() {
	[ "$(inside stat -c %a $prom)" = 644 ] && inside cat $prom |
		diff - <("$K" export --format prometheus "$1")
}

result "a systemd of the test's own runs" soon inside systemctl is-active basic.target
load "$first"
result "the service runs in its sandbox" service
result "the service writes the figures" holds "$first"
unload
result "the service runs without the module" service
result "without the module the service takes the old figures away" gone
result "without the module the service has not failed" state ActiveState inactive
load "$last"
result "the service runs when the module is loaded again" service
result "the service writes the new figures then" holds "$last"
head -n 40 "$first" >"$out/damaged.data"
load "$out/damaged.data"
result "the service fails on damaged data" refuses 1 service
result "the service is shown as failed after damaged data" state ActiveState failed
result "the figures from before damaged data stay" holds "$last"
load "$first"
inside sh -c 'systemctl reset-failed; mv /var/lib/prometheus/node-exporter /var/lib/prometheus/off'
result "without node_exporter's directory nothing is done" service
result "without node_exporter's directory nothing has failed" state ActiveState inactive
inside mv /var/lib/prometheus/off /var/lib/prometheus/node-exporter

# The same sandbox around a shell that looks at it
inside sh -c 'd=/run/units/kvmlat-prom.service.d
	mkdir -p $d; cat >$d/look.conf; systemctl daemon-reload' <<'EOF'
[Service]
ExecStart=
ExecStart=/bin/sh -c 'exec >/var/lib/prometheus/node-exporter/look; readlink /proc/self/ns/net; \
	sed -n "s/^CapEff:\t//p" /proc/self/status; \
	tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d " "; \
	for d in /etc /sys/kernel/debug /var/lib/prometheus /usr/local/sbin; do \
	touch $d/x 2>&1 | grep -o "Read-only.*"; done'
EOF
service
result "no capability, no network but lo, nothing to write to but the file's directory" \
	diff <(inside cat /var/lib/prometheus/node-exporter/look |
	grep -vFx "$(inside readlink /proc/self/ns/net)") \
	<(inside head -n 1 /var/lib/prometheus/node-exporter/look
	printf '%s\n' 0000000000000000 lo Read-only\ file\ system{,,,})

# With VMs: their names are in the command lines of other users' processes.
(inside setpriv --reuid=65534 --clear-groups \
	/usr/bin/python3 -c 'import time; time.sleep(3600)' -name guest=web-1 2>/dev/null &)
inside sh -c 'cat >/run/units/kvmlat-prom.service.d/look.conf; systemctl daemon-reload' <<EOF
[Service]
ExecStart=
$(sed -n '/^ExecStart=/s/$/ --per-vm/p' "$units/kvmlat-prom.service")
EOF
result "a process with a VM's name runs beside it" soon inside pgrep -f \
	'^/usr/bin/python3 .*guest=web-1'
sed "s/vmm 4000 /vmm $(inside pgrep -f '^/usr/bin/python3 .*guest=web-1') /" \
	"$first" >"$out/named.data"
load "$out/named.data"
result "the service runs with --per-vm" service
result "the service knows a VM's name with --per-vm" inside grep \
	'^kvmlat_vm_exits_total{vm="web-1"} [1-9]' $prom

# The timer, once a second
inside sh -c 'cd /run/units &&
	printf "[Unit]\nStartLimitIntervalSec=0\n" >kvmlat-prom.service.d/look.conf &&
	mkdir kvmlat-prom.timer.d
	cat >/run/units/kvmlat-prom.timer.d/fast.conf; systemctl daemon-reload' <<'EOF'
[Timer]
OnBootSec=
OnUnitActiveSec=
OnBootSec=1s
OnUnitActiveSec=1s
AccuracySec=100ms
EOF
unload
inside rm -f $prom
result "the service's timer starts" inside systemctl start kvmlat-prom.timer
sleep 2.2
result "the timer goes on without the module" inside systemctl is-active kvmlat-prom.timer
load "$middle"
result "the timer brings figures when the module comes" soon there
result "the figures that the timer brings are right" soon holds "$middle"
load "$last"
result "the timer brings new figures each time" soon holds "$last"
unload
result "the figures go with the module" soon gone
