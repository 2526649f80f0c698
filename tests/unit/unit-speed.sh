# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A large host: 256 CPUs x 30 reasons x 4 causes, 1000 vCPUs, 20 MiB of data. The target is
# 100 ms and 64 MiB; a reader that takes the whole of it into memory is to be noticed, too.
big=$out/big.data
[ "$big" -nt "$here/synth.py" ] || python3 "$here/synth.py" --cpus 256 --reasons 30 --causes 4 \
	--vcpus 1000 >"$big"
# Its own memory, not that of the one who starts it: hence no interpreter, whose child has its size
# until it is another.
cat >"$out/measure.c" <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	double best = 1e9, limit_ms = atof(argv[1]);
	long kib = 0, limit_kib = atol(argv[2]);

	for (int n = 0; argc > 3 && n < 5; n++) {	/* a shared machine: the best of five */
		struct timespec a, b;
		struct rusage u;
		int status;

		clock_gettime(CLOCK_MONOTONIC, &a);
		if (!fork()) {
			if (freopen("/dev/null", "w", stdout))
				execv(argv[3], argv + 3);
			_exit(127);
		}
		if (wait4(-1, &status, 0, &u) < 0 || status)
			return 2;
		clock_gettime(CLOCK_MONOTONIC, &b);
		double ms = (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) / 1e6;

		best = ms < best ? ms : best;
		kib = u.ru_maxrss > kib ? u.ru_maxrss : kib;
	}
	printf("%.1f ms, %ld KiB\n", best, kib);
	return best > limit_ms || kib > limit_kib;
}
EOF
gcc -O1 -o "$out/measure" "$out/measure.c" || not_ok "no measure"
measure() {
	local what=$1
	shift
	if "$out/measure" "$@" >"$out/said" 2>&1; then ok "$what: $(cat "$out/said")"; else
		not_ok "$what: $(cat "$out/said")"; fi
}
equal "the host is large" "$(grep -c '^cpu ' "$big") $(grep -c '^reason' "$big") $(grep -c \
	'^vcpu [0-9]' "$big") $(grep -c '^row 255 ' "$big")" "256 30 1000 120"
measure "speed: summary under 100 ms and 8 MiB" 100 8192 "$out/plain/kvmlat" summary "$big"
measure "speed: vcpus under 1 s and 16 MiB" 1000 16384 "$out/plain/kvmlat" vcpus "$big"
measure "speed: hist of all CPUs, which are 20 MiB of rows, under 1 s and 64 MiB" 1000 65536 \
	"$out/plain/kvmlat" hist -C 0-255 "$big"
measure "speed: openmetrics under 1 s and 8 MiB" 1000 8192 "$out/plain/kvmlat" export --format \
	openmetrics --per-cpu --per-vm "$big"
# A pipe is kept in a file, but not what begins like no data: that may have no end.
for never in "cat /dev/zero" "yes" "yes kvmlat-datum"; do
	(trap '' XFSZ; ulimit -f 1024; $never |
		timeout 20 "$out/plain/kvmlat" summary -) >"$out/printed" 2>"$out/said"
	equal "no end: $never" "$? $(wc -c <"$out/printed") $(grep -c 'this is not kvmlat data' \
		"$out/said")" "1 0 1"
done
equal "no end: a device" "$( (trap '' XFSZ; ulimit -f 1024
	timeout 20 "$out/plain/kvmlat" summary /dev/zero) 2>&1)" \
		"kvmlat: /dev/zero:1: line too long, this is not kvmlat data"
# Nor is it read on when there is no room for it.
(trap '' XFSZ; ulimit -f 1024; { head -n 2 "$synth"; cat /dev/zero; } |
	timeout 20 "$out/plain/kvmlat" summary -) >"$out/printed" 2>"$out/said"
equal "no end and no room: said" "$? $(cat "$out/said")" "2 kvmlat: temporary file: File too large"
