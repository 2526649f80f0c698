# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the reports for people must say, made from `data` alone; sourced after lib.sh. The rules are
# those of docs/data-format.md and module/base/bucket.h, written a second time. Numbers are an
# awk's: exact below 2^53.

# expected REPORT <data: all of `summary`, `histogram`, `percpu` or `vcpus` behind the title line,
# `outliers` behind its three heads, `inflight` behind its two (without the first column, the age)
expected() {
	awk -v report="$1" "$rows_awk"'
	function hex(s, n, i) {
		for (i = 3; i <= length(s); i++)
			n = 16 * n + index("0123456789abcdef", substr(s, i, 1)) - 1
		return n
	}
	function low(b) { return b < 8 ? b : (8 + b % 8) * two[int(b / 8) - 1] }
	function numeral(key) { return key == "other" ? "other" : sprintf("%.0f", hex(key)) }
	function add(to, p, n) {
		hist[to, p] += n
		if (!(to in count) || p < first[to])
			first[to] = p
		if (!(to in count) || p > last[to])
			last[to] = p
		count[to] += n
	}
	function histogram(of, p) {
		for (p = first[of]; p <= last[of]; p++)
			printf "[%16.0f, %16s) %.0f\n", p ? two[p - 1] : 0,
				p == 44 ? "inf" : sprintf("%.0f", two[p]), hist[of, p] + 0
		print ""
	}
	function times(runq, off) {
		return sprintf(", run-queue time %.0f ns, off-CPU time %s", runq,
			off == "-" ? off : sprintf("%.0f ns", off))
	}
	function percentile(k, permille, rank, seen, b, ns) {
		rank = int((total[k] * permille + 999) / 1000)
		for (b = 0; b < 328 && (seen += fine[k, b]) < rank; b++)
			;
		ns = low(b)
		if (b < 328)
			ns += int((low(b + 1) - ns) / 2)
		ns = ns < min[k] ? min[k] : ns > max[k] ? max[k] : ns
		return ns >= two[43] ? sprintf(" >=%12.0f", two[43]) : sprintf(" %14.0f", ns)
	}
	function summary_line(k, share, line, c) {
		line = sprintf("%-26s %12.0f", name[k], total[k])
		if (kind[k] == "idle") {
			line = line "    idle"
		} else {
			share = busy ? int(sum[k] * 10000 / busy) : 0
			line = line sprintf(" %3d.%02d%%", int(share / 100), share % 100)
		}
		line = line sprintf(" %14.0f %14.0f", min[k], int(sum[k] / total[k]))
		line = line percentile(k, 500) percentile(k, 900) percentile(k, 990) percentile(k,
			999)
		line = line sprintf(" %14.0f", max[k])
		for (c = 1; c <= 5; c++)
			line = line sprintf(" %10.0f", of_cause[k, c])
		return line sprintf(" %14.0f %14s", runq[k], off[k] == "-" ? "-" : sprintf("%.0f",
			off[k]))
	}
	function day(d, era, doe, yoe, doy, mp, m) {	# since 1970, proleptic Gregorian
		d += 719468
		era = int(d / 146097)
		doe = d - era * 146097
		yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
		doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
		mp = int((5 * doy + 2) / 153)
		m = mp < 10 ? mp + 3 : mp - 9
		return sprintf("%04d-%02d-%02d", yoe + era * 400 + (m <= 2), m,
			doy - int((153 * mp + 2) / 5) + 1)
	}
	function vm_end(v, k, n) {
		if (vm == "")
			return
		printf "VM: VMM %s, VM %s, %s, %s: sum of %d vCPUs\n\n", vmm, vm_no,
			lives ? "live" : "gone", comm, vcpus
		for (n = 1; n <= nkeys; n++) {
			k = order[n]
			print "Reason: [" numeral(reason_of[k]) "] " name[reason_of[k]] \
				", cause " cause_of[k] times(sum_runq[k], sum_off[k])
			histogram("vm" SUBSEP k)
		}
		printf "%s", text
		vm = text = ""
	}
	BEGIN {	# an awk may have no powers
		for (two[n = 0] = 1; n < 52; n++)
			two[n + 1] = 2 * two[n]
	}
	BEGIN {
		split("kernel preempted blocked user mixed", causes, " ")
		for (c in causes) number[causes[c]] = c
	}
	$1 == "reason" { kind[$2] = $3; name[$2] = line_reason(); next }
	$1 == "row" && $2 == "all" && (report == "summary" || report == "histogram") {
		k = $3
		line_fields()
		if (!(k in total)) {
			keys[++nreasons] = k
			min[k] = f["min"]
		}
		total[k] += f["count"]
		sum[k] += f["sum"]
		min[k] = f["min"] + 0 < min[k] + 0 ? f["min"] : min[k]
		max[k] = f["max"] + 0 > max[k] + 0 ? f["max"] : max[k]
		runq[k] += f["runq"]
		off[k] = f["offcpu"] == "-" ? "-" : off[k] + f["offcpu"]
		of_cause[k, number[$4]] += f["count"]
		busy += kind[k] == "busy" ? f["sum"] : 0
		for (b in bucket) {
			fine[k, b] += bucket[b]
			add(k, bucket_pow2(b), bucket[b])
			add(k SUBSEP $4, bucket_pow2(b), bucket[b])
		}
		heading[k, ++rows[k]] = "Cause: " $4 times(f["runq"], f["offcpu"])
		which[k, rows[k]] = k SUBSEP $4
		next
	}
	$1 == "cpu" && (report == "summary" || report == "histogram") { exit }
	report == "percpu" && ($1 == "cpu" || $1 == "vcpu") {
		for (n = 1; n <= nkeys; n++) {
			print "Reason: [" numeral(order[n]) "] " name[order[n]]
			histogram(core SUBSEP order[n])
		}
		if ($1 == "vcpu")
			exit
		core = $2
		nkeys = 0
		print "Core: " core
		next
	}
	report == "percpu" && $1 == "row" && $2 != "all" {
		line_fields()
		if (!(($2, $3) in count))
			order[++nkeys] = $3
		for (b in bucket)
			add($2 SUBSEP $3, bucket_pow2(b), bucket[b])
		next
	}
	report == "vcpus" && $1 == "vcpu" {
		if ($2 == "other" || $2 == "departed") {
			vm_end()
			if ($2 == "other")
				text = text "vCPUs that found no room (max_vcpus)\n\n"
			else
				text = text "vCPUs gone whose room was used again\n\n"
			next
		}
		if (vm != $4 " " $6) {
			vm_end()
			vm = $4 " " $6
			vmm = $4
			vm_no = $6 == "-" ? 0 : $6
			comm = line_rest("comm")
			lives = vcpus = nkeys = 0
			delete order
			delete sum_runq
			delete sum_off
			for (k in count) delete count[k]
			for (k in hist) delete hist[k]
		}
		vcpus++
		lives += $12 == "live"
		text = text sprintf("vCPU: %s of VMM %s, VM %s, thread %s, %s\n\n",
			$10 == "-" ? -1 : $10, vmm, vm_no, $8, $12)
		next
	}
	report == "vcpus" && $1 == "vrow" {
		line_fields()
		k = $3 SUBSEP $4
		if (vm != "" && !(k in sum_runq)) {
			order[++nkeys] = k
			reason_of[k] = $3
			cause_of[k] = $4
		}
		sum_runq[k] += f["runq"]
		sum_off[k] = f["offcpu"] == "-" ? "-" : sum_off[k] + f["offcpu"]
		text = text "Reason: [" numeral($3) "] " name[$3] ", cause " $4 times(f["runq"],
			f["offcpu"]) "\n"
		lo = 99
		hi = -1
		for (b in bucket) {
			lo = b + 0 < lo ? b + 0 : lo
			hi = b + 0 > hi ? b + 0 : hi
			add("vm" SUBSEP k, b + 0, bucket[b])
		}
		for (b = lo; b <= hi; b++)
			text = text sprintf("[%16.0f, %16s) %.0f\n", b ? two[b - 1] : 0,
				b == 44 ? "inf" : sprintf("%.0f", two[b]), bucket[b] + 0)
		text = text "\n"
		next
	}
	report == "inflight" && $1 == "inflight" {
		printf "%8s %10s %8s %5s %5s %-26s %-10s %s\n", $3, $5 == "-" ? 0 : $5, $7,
			$9 == "-" ? -1 : $9, $17, name[$11], $13, line_rest("comm")
	}
	report == "outliers" && $1 == "outlier" {
		line_fields()
		t = sprintf("%10s", f["time_ns"])
		gsub(" ", "0", t)
		s = substr(f["real_ns"], 1, length(f["real_ns"]) - 9)
		line = sprintf("%10d.%s %sT%02d:%02d:%02d.%s", substr(t, 1, length(t) - 9),
			substr(t, length(t) - 8), day(int(s / 86400)),
			int(s % 86400 / 3600), int(s % 3600 / 60), s % 60, substr(f["real_ns"],
				length(f["real_ns"]) - 8))
		line = line sprintf(" %8s %5s %8s %10s %8s %5s %-26s %16s %-10s %14s %14s",
			f["exit_cpu"], f["cpu"], f["vmm"],
			f["vm"] == "-" ? 0 : f["vm"], f["tid"], f["vcpu"] == "-" ? -1 : f["vcpu"],
				name[f["reason"]], f["latency_ns"], f["cause"],
			f["runq_ns"], f["offcpu_ns"])
		split("info1 info2 intr_info error_code rip", sample, " ")
		for (n = 1; n <= 5; n++) {
			width = sample[n] ~ /^(intr_info|error_code)$/ ? 8 : 16
			v = substr(f[sample[n]], 3)
			while (length(v) < width && f[sample[n]] != "n/a")
				v = "0" v
			line = line sprintf(" %-" (width + 2) "s",
				f[sample[n]] == "n/a" ? "n/a" : "0x" v)
		}
		print line " " line_rest("comm")
	}
	END {
		if (report == "vcpus") {
			vm_end()
			printf "%s", text
		}
		for (n = 1; n <= nreasons && report == "histogram"; n++) {
			k = keys[n]
			print "Reason: [" numeral(k) "] " name[k]
			histogram(k)
			for (r = 1; r <= rows[k]; r++) {
				print heading[k, r]
				if (rows[k] > 1)
					histogram(which[k, r])
				else
					print ""
			}
		}
		if (report != "summary")
			exit
		printf "%-26s %12s %8s %14s %14s %14s %14s %14s %14s %14s", "REASON", "COUNT",
			"SHARE", "MIN", "MEAN", "P50", "P90", "P99", "P99.9", "MAX"
		printf " %10s %10s %10s %10s %10s %14s %14s\n", "KERNEL", "PREEMPTED", "BLOCKED",
			"USER", "MIXED", "RUNQ", "OFFCPU"
		# busy before idle, each by falling sum
		for (done = 0; done < nreasons; done++) {
			best = ""
			for (n = 1; n <= nreasons; n++) {
				k = keys[n]
				if (!(k in shown) && (best == "" || kind[k] < kind[best] ||
					(kind[k] == kind[best] && sum[k] > sum[best])))
					best = k
			}
			shown[best] = 1
			print summary_line(best)
			all += total[best]
		}
		printf "%-26s %12.0f\n", "total", all
	}'
}
