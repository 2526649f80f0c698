# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Exits of which no report has a latency: summary and vcpus say so from 1 % of all on.
# counts FILE NAME VALUE...: FILE with these counts
counts() {
	local file=$1 script="" name
	shift
	while [ $# -gt 0 ]; do
		name=$1
		script+="s/^count $name .*/count $name $2/;"
		shift 2
	done
	sed "$script" "$file"
}
exits=$(sed -n 's/^count exits //p' "$good")
counts "$good" stale $((exits / 99)) overwritten 3 >"$out/lost.data"
counts "$good" stale $((exits / 101)) overwritten 0 backward 0 no_slot 0 carried 0 >"$out/few.data"
line="Not measured: $((exits / 99 + 3)) of $exits exits: overwritten 3, stale $((exits / 99))"
for view in summary vcpus; do
	equal "$view begins with what has no latency" "$("$K" $view "$out/lost.data" | head -n 1)" \
		"$line"
	equal "$view does not speak of few" \
		"$("$K" $view "$out/few.data" | grep -c 'Not measured')" 0
done
