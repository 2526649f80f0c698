# SPDX-License-Identifier: GPL-2.0
# Functions for an awk that walks the lines of `data`, docs/data-format.md. Shell has them as
# $rows_awk, which stands before the program of each awk that reads such lines.

# What stands behind the first of that word, to the end of the line
function line_rest(word,   at) {
	at = index($0, " " word " ")
	return at ? substr($0, at + length(word) + 2) : ""
}

# The fields of a row, vrow, vcpu, inflight or outlier line to f[], by their names; f["comm"] may
# hold blanks, and f["count"] of a row is its pairs, whose buckets are in bucket[].
function line_fields(   at, part) {
	delete f
	delete bucket
	at = $1 == "row" || $1 == "vrow" ? 5 : $1 == "vcpu" ? 3 : 2
	for (; at < NF && $at != "buckets" && $at != "comm"; at += 2)
		f[$at] = $(at + 1)
	if ($at == "comm")
		f["comm"] = line_rest("comm")
	if ($at != "buckets")
		return
	f["count"] = 0
	while (++at <= NF) {
		split($at, part, ":")
		bucket[part[1]] = part[2]
		f["count"] += part[2]
	}
}

# Pairs in a row or vrow line
function line_pairs(   at, part, pairs) {
	for (at = 5; at <= NF && $at != "buckets"; at++)
		;
	while (++at <= NF) {
		split($at, part, ":")
		pairs += part[2]
	}
	return pairs + 0
}

# The name in a reason line; it may hold blanks
function line_reason() {
	return substr($0, length("reason " $2 " " $3 " ") + 1)
}

# The power of two that the values of a bucket lie below, by the rule of module/bucket.h
function bucket_pow2(number) {
	number += 0	# an index is text
	return number >= 8 ? int(number / 8) + 3 : number >= 4 ? 3 : number >= 2 ? 2 : number
}
