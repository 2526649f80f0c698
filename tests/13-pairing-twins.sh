#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# description: the fast way and its slow twin, loaded side by side, tell the same of the same events
# hosts: amd amd-tsc intel real
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/lib.sh
. ./lib.sh

# The twin: slow paths for every event, local_clock(), the reason always from get_exit_info().
TWIN_KO=$top/build/twin/kvmlat_twin.ko
TWIN=/sys/kernel/debug/kvmlat_twin/data
[ -f "$TWIN_KO" ] || skip_all "the twin is not built: make tests-modules"
plan 15
unload_twin() { [ ! -d /sys/module/kvmlat_twin ] || rmmod kvmlat_twin; }
trap 'unload_twin; cleanup' EXIT

load_kvm
check "the module loads" load_kvmlat outlier_ns=100000000000 offcpu=1
check "its twin loads beside it" insmod "$TWIN_KO" clock=local direct=0 outlier_ns=100000000000 \
	offcpu=1
"$GUEST" -n 5000 -c 0 >"$work/guest" || not_ok "one vCPU"
"$GUEST" -n 2000 -v 4 >"$work/guest" || not_ok "four vCPUs"
"$GUEST" -n 500 -m 4 cpuid >"$work/guest" || not_ok "VMs in turn"
"$GUEST" -n 300 -M io >"$work/guest" || not_ok "moving"
"$GUEST" -n 200 -i hlt io >"$work/guest" || not_ok "sleeping"
cat $DATA >"$work/fast"
cat $TWIN >"$work/slow"
diag "clock of the fast: $(info clock "$work/fast"), of the slow: $(info clock "$work/slow")"
check "both identities hold" identities_hold "$work/fast"
check "both identities hold for the twin" identities_hold "$work/slow"
check "more than 50,000 pairs are counted" [ "$(audit paired "$work/fast")" -gt 50000 ]

# Every counter, of which those of a process's own (memory, generation) are no counts
counts() { awk '$1 == "count" { print $2, $3 }' "$1"; }
counts "$work/fast" >"$work/fast.counts"
counts "$work/slow" >"$work/slow.counts"
same() { diff "$work/fast.$1" "$work/slow.$1"; }
check "every audit counter is the twin's" same counts

# rows WORD FILE: "WHERE REASON CAUSE PAIRS" of rows (of CPUs), or of vrows with what tells vCPUs
# apart
rows() {
	awk -v word="$1" "$rows_awk"'
	$1 == "vcpu" { $2 = ""; vcpu = $0 }
	$1 == word { print word == "row" ? $2 : vcpu, $3, $4, line_pairs()
	}' "$2" | sort
}
for word in row vrow; do
	rows $word "$work/fast" >"$work/fast.$word"
	rows $word "$work/slow" >"$work/slow.$word"
	check "there are lines of ${word}s" [ -s "$work/fast.$word" ]
	check "every $word has the twin's count" same $word
done

# The twin's probe runs after the other's at both ends, so a latency is the same but for the
# difference of what lies between: distributions agree within one power of two, but for one pair in
# twenty, and quartiles within two of the buckets, of which eight are an octave. Not the mean: the
# emulator's own pauses are in it.
agree() {
	awk -v what="$1" "$rows_awk"'
	function quartile(file, key, n, q,  b, sum) {
		for (b = 0; b < 400; b++) {
			sum += fine[file, key, b]
			if (4 * sum >= q * n) return b
		}
	}
	$1 == "row" && $2 == "all" {
		key = $3 " " $4
		line_fields()
		total[FILENAME, key] += f["count"]
		for (b in bucket) {
			of[FILENAME, key, bucket_pow2(b)] += bucket[b]
			fine[FILENAME, key, b] = bucket[b]
		}
		keys[key]
	}
	END {
		fast = ARGV[1]; s = ARGV[2]
		for (key in keys) {
			n = total[fast, key]
			if (n < 200) continue
			compared++
			# of few, the emulator moves them, and more so on a busy machine
			for (q = 1; q <= 3 && n >= 2000 && what == "quartiles"; q++) {
				at_f = quartile(fast, key, n, q); at_s = quartile(s, key, n, q)
				if (at_f > at_s + 2 || at_s > at_f + 2) {
					print key ": quartile " q ": " at_f ", of the twin " at_s
					bad = 1
				}
			}
			below_f = below_s = below_s_less = 0
			for (k = 0; k <= 64; k++) {
				# fewer than 2^k, against the twin below 2^(k-1) and 2^(k+1)
				below_f += of[fast, key, k]
				low = below_s_less; below_s_less = below_s; below_s += of[s, key, k]
				high = below_s + of[s, key, k + 1]
				if (what == "distributions" && (below_f < low - n / 20 ||
					below_f > high + n / 20)) {
					print key ": below 2^" k ": " below_f \
						", of the twin " low " to " high
					bad = 1
				}
			}
		}
		if (!compared) { print "nothing to compare"; bad = 1 }
		exit bad
	}' "$work/fast" "$work/slow"
}
check "distributions are the twin's within a power of two" agree distributions
check "quartiles are the twin's within two buckets" agree quartiles

# Calibration rehearses the fast way: in the twin there is none.
equal "the module has a fast path, whose cost is known, and the twin has none" \
	"$([ "$(info pair_cost_ps "$work/fast")" -gt 0 ] &&
	echo fast) $(info pair_cost_ps "$work/slow")" "fast 0"
check "the twin unloads" unload_twin
check "the module unloads" unload_kvmlat
finish
