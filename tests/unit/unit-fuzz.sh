# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The parser on bytes from anywhere: a minute each time, FUZZ_SECONDS=3600 for a long one.
fuzz_sources=()
for file in "$top"/tools/*/*.c; do
	case "${file##*/}" in kvmlat.c | view-top.c) ;; *) fuzz_sources+=("$file") ;; esac
done
if ! command -v clang >/dev/null; then
	skip "nothing breaks the parser" "no clang here"
elif ! clang -std=c11 -D_GNU_SOURCE -O1 -g -Wall -Wextra -Werror \
	-fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all "${tools_include[@]}" \
	-o "$out/fuzz" "$here/fuzz.c" "${fuzz_sources[@]}" >"$out/said" 2>&1; then
	not_ok "the fuzzer builds"
	sed 's/^/# /' "$out/said" | head -10
else
	mkdir -p "$out/corpus"
	# It runs beside the other parts; run.sh calls fuzz_ends behind them.
	(cd "$out" && exec ./fuzz -seed=1 -max_len=8192 -max_total_time="${FUZZ_SECONDS:-60}" \
		-timeout=5 -rss_limit_mb=1024 \
		corpus "$here/corpus" >fuzz.log 2>&1) &
	fuzzer=$!
	late+=(fuzz_ends)
fi
fuzz_ends() {
	local status=0 runs
	tap_prefix="fuzz: "
	wait "$fuzzer" || status=$?
	# It went somewhere: thousands of inputs, and far more of the code than the seeds alone
	# reach.
	runs=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$out/fuzz.log")
	if [ $status -eq 0 ] && [ "${runs:-0}" -gt 1000 ]; then
		ok "nothing breaks the parser in ${FUZZ_SECONDS:-60} s of chance"; else
		not_ok "nothing breaks the parser in ${FUZZ_SECONDS:-60} s of chance"
		diag "status $status, ${runs:-0} runs"
		grep -A 12 'ERROR\|runtime error' "$out/fuzz.log" | sed 's/^/# /' | head -20
	fi
}
