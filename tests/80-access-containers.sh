#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: root of the host reads and sets, with no capability; root of a container does neither
# hosts: amd full
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

plan 20
load_kvm
check "the module loads" load_kvmlat
"$GUEST" -n 50 cpuid >/dev/null

# The full host can drop capabilities. It runs in a chroot, out of which no user namespace is made:
# those are tried in the small one.
bare=
! setpriv --help 2>&1 | grep -q -- --bounding-set ||
	bare="setpriv --inh-caps=-all --bounding-set=-all --no-new-privs"
# as container runtimes run theirs: a pid and a mount namespace, and a /proc of its own
container="unshare -m -p -f --mount-proc $bare"
files=$(ls $D)
writable=$(for f in "$P"/*; do [ "$(stat -c %a "$f")" != 644 ] || echo "${f##*/}"; done)
no_caps() {
	what=$1
	shift
	if [ -n "$bare" ]; then equal "$what" "$(caps "$@")" 0000000000000000; else
		skip "$what" "no setpriv of util-linux here"
	fi
}
caps() { "$@" sed -n 's/^CapEff:[^0-9a-f]*//p' /proc/self/status; }
# reads HOW...: which of the files open
reads() { for f in $files; do "$@" cat "$D/$f" >/dev/null 2>&1 && echo "$f"; done; }
# Not the shell's own echo, which need not say which error it was.
# shellcheck disable=SC2016
sets_one='env echo "$(cat "$1")" 2>&1 >"$1" | grep -q . || echo "${1##*/}"'
sets() { for f in $writable; do "$@" sh -c "$sets_one" - "$P/$f"; done; }
values() { for f in $writable; do case $f in reset | calibrate) ;; *) cat "$P/$f" ;; esac done; }
lines() { echo "$1" | grep -c .; }
denied() { ! "$@" 2>"$work/denied" && grep -q 'Permission denied' "$work/denied"; }

# shellcheck disable=SC2086
{
	no_caps "root of the host without capabilities has none" $bare
	check "root of the host without capabilities reads /proc/kvmlat" sh -c \
		"$bare cat /proc/kvmlat | grep -q '^end '"
	equal "root of the host without capabilities reads all reports" "$(reads $bare)" "$files"
	$bare sh -c "echo 4711 >$P/outlier_ns"
	equal "root of the host without capabilities sets parameters" "$(cat $P/outlier_ns)" 4711

	no_caps "root of a container has none" $container
	who=$($container sh -c 'id -u; echo $$' | tr '\n' ' ')
	equal "root of a container is root of a pid namespace" "$who" "0 1 "
	check "a container's /proc/kvmlat does not open" denied $container cat /proc/kvmlat
	check "the host's /proc/kvmlat does not open in a container that has it" denied unshare -p \
		-f $bare cat /proc/kvmlat
	check "a container's /proc/kvmlat does not open with all capabilities" denied unshare -m \
		-p -f --mount-proc cat /proc/kvmlat
	seen=$($container ls $D | wc -l)
	equal "root of a container sees the reports, and none opens" "$seen $(reads $container)" \
		"$(lines "$files") "
}
set_param outlier_ns 5000
set_param cpus 0
values >"$work/before"
# shellcheck disable=SC2086
equal "root of a container sets none of the parameters" "$(sets $container)" ""
values >"$work/after"
check "no parameter has changed after root of a container wrote it" cmp "$work/before" "$work/after"
says_so() { dmesg | grep -q 'parameter [a-z_]* refused: it was written from within a container'; }
check "the log says that a parameter was written from within a container" says_so

# The /proc of a container, entered from the host: what is there is the container's to show.
unshare -m -p -f --mount-proc sleep 100 &
outer=$!
inner() { cat /proc/$outer/task/$outer/children >"$work/inner" && grep -q . "$work/inner"; }
eventually 10 inner
theirs=/proc/$(tr -d ' ' <"$work/inner")/root/proc
check "the host sees a container's /proc" grep -q . "$theirs/1/cmdline"
check "the host does not open kvmlat by way of a container's /proc" denied cat "$theirs/kvmlat"
kill -KILL "$(tr -d ' ' <"$work/inner")"
wait $outer 2>/dev/null

# User namespaces: their root is a user of the host.
# as an unprivileged user, whom a small host does not know yet
user() { su -s /bin/sh nobody -c "unshare -U -r $*"; }
[ -e /etc/passwd ] || { mkdir -p /etc && echo 'nobody:x:65534:65534::/:/bin/sh' >/etc/passwd; }
if ! unshare -U -r true; then
	skip "root of a user namespace does not read" "no user namespaces in a chroot" 3
else
	equal "an unprivileged user is root of a user namespace" "$(user id -u)" 0
	check "an unprivileged user that is root of a user namespace does not open /proc/kvmlat" \
		denied user cat /proc/kvmlat
	check "the host's root in a user namespace does not open /proc/kvmlat" denied unshare -U \
		-r cat /proc/kvmlat
fi
check "root of the host reads /proc/kvmlat after all that" grep -q '^count paired [1-9]' \
	/proc/kvmlat
finish
