#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Run an emulator to its end, or until it has stood still: a limit by progress, which a slow
# machine keeps as well.
#   watched.sh [--beat FILE] [--hung COMMAND] FILE... -- EMULATOR ARGUMENT...
# FILE: what a living host writes to, its console and its verdict. --beat: what lab/init writes to
# every ten seconds. It stands still when no FILE has grown for LAB_SILENT_S (600), or neither a
# FILE nor the beat for LAB_BEAT_S (300). Those are seconds that the emulator had: not such in
# which a thread of it waited for a CPU. So other load on the machine stretches them. --hung: run
# before such an emulator is ended. Status: the emulator's, or 124.
set -u
beat='' hung=true files=()
while [ "$1" != -- ]; do
	case $1 in
	--beat) beat=$2 && shift ;;
	--hung) hung=$2 && shift ;;
	*) files+=("$1") ;;
	esac
	shift
done
shift

"$@" &
pid=$!
trap 'kill -KILL $pid 2>/dev/null' EXIT
trap 'exit 143' TERM INT HUP

# Ns that each thread has waited for a CPU: now, when a FILE grew last, and when a FILE or the beat
# did.
declare -A waits quiet_waits still_waits
look() {
	local task ns
	for task in /proc/$pid/task/*; do
		{ read -r _ ns _ <"$task/schedstat"; } 2>/dev/null && waits[$task]=$ns
	done
	now_us=${EPOCHREALTIME/./}
}
# had WAITS SINCE_US: seconds since then, less what the thread waited that waited longest; into
# $seconds
had() {
	local -n from=$1
	local task longest=0
	for task in "${!waits[@]}"; do
		# A thread that is new is first seen now.
		: "${from[$task]:=${waits[$task]}}"
		((waits[$task] - from[$task] <= longest)) || longest=$((waits[$task] - from[$task]))
	done
	seconds=$(((now_us - $2 - longest / 1000) / 1000000))
}
sizes() { stat -L -c %s "$@" 2>/dev/null | paste -sd+; }

look
beat_s=${LAB_BEAT_S:-300} said='' beaten='' quiet_since=$now_us still_since=$now_us
while sleep 0.5; kill -0 $pid 2>/dev/null; do
	look
	says=$(sizes "${files[@]}") beats=$([ -z "$beat" ] || sizes "$beat")
	if [ "$says" != "$said" ]; then quiet_waits=() quiet_since=$now_us; fi
	if [ "$says+$beats" != "$said+$beaten" ]; then still_waits=() still_since=$now_us; fi
	said=$says beaten=$beats
	had quiet_waits "$quiet_since"
	quiet=$seconds
	had still_waits "$still_since"
	if ((quiet >= ${LAB_SILENT_S:-600})) || { [ -n "$beat" ] && ((seconds >= beat_s)); }; then
		echo "watched: nothing said for $quiet s, no beat for $seconds s: ended" >&2
		eval "$hung"
		kill $pid
		for _ in {1..20}; do kill -0 $pid 2>/dev/null && sleep 0.5; done
		exit 124
	fi
done
trap - EXIT
wait $pid
