# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The greatest exit code, SVM's 0xffffffff, is one as any other. It stands here for another code of
# a real recording.
renamed() {
	sed 's/\b0x72\b/0xffffffff/g; s/\bcpuid\b/invalid_guest_state/g
		s/"code":114\b/"code":4294967295/g; s/Reason: \[114\]/Reason: [4294967295]/' "$@"
}
unaligned() { tr -s ' ' | sort; }
err=$out/err.data
renamed "$good" >"$err"
check "0xffffffff: the views, recomputed" python3 "$here/recompute.py" "$err" "$out/plain/kvmlat"
for view in "summary -s" "summary -r 0xffffffff" "hist --article -C 0-1" "hist -r 0xffffffff" \
	"vcpus -r 0xffffffff" "inflight -a" "outliers -l --ns"; do
	# shellcheck disable=SC2086
	equal "0xffffffff: $view" "$("$K" $view "$err" 2>&1 | unaligned)" \
		"$("$K" ${view/0xffffffff/0x72} "$good" | renamed | unaligned)"
done
for format in openmetrics prometheus json csv; do
	equal "0xffffffff: export --format $format" \
		"$("$K" export --format $format --per-cpu --per-vm "$err" 2>&1)" \
		"$("$K" export --format $format --per-cpu --per-vm "$good" | renamed)"
done
for view in summary inflight outliers; do
	check "0xffffffff: $view has it by name" sh -c \
		"'$K' $view -r invalid_guest_state '$err' | grep -q invalid_guest_state"
done
says 0 "invalid_guest_state: no change shown" "$K" diff -r invalid_guest_state "$err" \
	<(sed 's/18eaca8ec70a9d66/18eaca8ec70a9d67/' "$err")
