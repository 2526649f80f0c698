# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What goes wrong around it: outputs that take nothing, files that are none, odd names, wrong
# options, tiny terminals.
gzip -dc "$here/same.data.gz" >"$out/recorded"
views=(summary hist "hist --article" "hist -C 0-1" vcpus "inflight -a" outliers status \
	"export --format json"
	"export --format csv" "export --format openmetrics" plot "plot -o /dev/full" "diff $good" \
		"stat -t" heatmap "heatmap -o -" "heatmap -o /dev/full")
known=" top record $(printf '%s\n' "${views[@]}" | cut -d' ' -f1 | sort -u | tr '\n' ' ')"
equal "a full output is tried with every view" \
	"$(for v in $("$K" --list-views); do [[ $known == *" $v "* ]] || echo "$v"; done)" ""
for view in "${views[@]}"; do
	data=$good
	[[ $view != stat* && $view != heatmap* ]] || data=$out/recorded
	# shellcheck disable=SC2086
	"$K" $view "$data" >/dev/full 2>"$out/said"
	equal "/dev/full: $view" "$? $(tail -n 1 "$out/said" |
		cut -c 1-8) $(grep -c 'No space left' "$out/said")" "2 kvmlat:  1"
	[[ $view != *-o\ /dev/full ]] || continue
	# shellcheck disable=SC2086
	"$K" $view "$data" >&- 2>"$out/said"
	equal "closed output: $view" "$? $(grep -c 'kvmlat: standard output: Bad file descriptor' \
		"$out/said")" "2 1"
done
equal "/dev/full is a device still" "$(stat -c %F /dev/full)" "character special file"
equal "-o /dev/stdout" "$("$K" plot -o /dev/stdout "$good" | tail -n 1)" "</svg>"
for word in --help --version --list-views "hist --help"; do
	# shellcheck disable=SC2086
	"$K" $word >/dev/full 2>"$out/said"
	equal "/dev/full: $word" "$?" 2
done

: >"$out/empty"
{ head -c 3000 /dev/zero | tr '\0' '\377'; echo; } >"$out/noise"
for view in summary hist vcpus inflight outliers status stat heatmap plot "export --format json" \
	"diff $good"; do
	for file in "1 empty" "1 noise" "2 ." "2 no/such/file"; do
		# shellcheck disable=SC2086
		(cd "$out" && "$K" $view "${file#* }") >"$out/printed" 2>"$out/said"
		[ "$? $(wc -c <"$out/printed") $(grep -c "^kvmlat: " \
			"$out/said")" = "${file% *} 0 1" ] ||
			not_ok "$view of ${file#* }: $(cat "$out/said")"
	done
done
ok "views of files that are none"
# What others recorded, whole or a beginning, is called what it is, in every view; from a pipe too.
no_data="does not begin with 'kvmlat-data', this is not kvmlat data"
for kind in 'PERFILE2\150\0\0|is a recording of perf, no kvmlat data' \
	'2ELIFREP\0\0|is a recording of perf, no kvmlat data' \
	'\027\010Dtracing6\0|is a recording of trace-cmd, no kvmlat data' \
	'\037\213\010\0|is compressed by gzip, no kvmlat data' '\0757zXZ\0|' \
	'\3757zXZ\0|is compressed by xz, no kvmlat data' \
	'\050\265\057\375\04|is compressed by zstd, no kvmlat data' \
	'\177ELF\02\01|' 'kvmlat|' 'odd|'; do
	{ printf "${kind%|*}"; head -c 5000 /dev/urandom | tr -d '\n'; } >"$out/other"
	say=${kind##*|}
	for view in summary vcpus stat "export --format json" "diff $good"; do
		# shellcheck disable=SC2086
		says 1 "kvmlat: $out/other: ${say:-$no_data}" "$K" $view "$out/other"
	done
	says 1 "kvmlat: standard input: " sh -c "cat '$out/other' | '$K' summary -"
done
rm -f "$out/new.rec"
says 1 "is not kvmlat data" "$K" record -o "$out/new.rec" "$out/noise"
check "record: makes no file for data that cannot be read" test ! -e "$out/new.rec"
odd=$out/$(printf 'odd \377\376\033[31m')
cp "$good" "$odd"
equal "a file name that is no UTF-8" "$("$K" summary "$odd")" "$("$K" summary "$good")"
rm "$odd"
equal "an escape sequence in a name is not sent to the terminal" \
	"$("$K" summary "$odd" 2>&1 | grep -c $'\033')" 0

for wrong in "1 summary -Z" "1 summary --zap" "1 hist -C 99999999999999999999" "1 hist -C -1" \
	"1 hist -C 0,," "1 hist -C 0-4 --vm 1" "1 stat -i nan" \
	"1 stat -i 1e99" "1 stat -i -1" "1 stat -c 0" "1 stat -c 99999999999" "1 outliers -n 0" \
	"1 plot -n 1001" "1 summary --width 19" \
	"1 summary --width 99999999999999999999" "1 diff --min-effect nan" \
	"1 diff --min-effect -5" "1 export --format" "1 top -s x" "1 record" \
	"2 --root /nonexistent"; do
	# shellcheck disable=SC2086
	"$K" ${wrong#* } >"$out/printed" 2>"$out/said" </dev/null
	equal "wrong: ${wrong#* }" "$? $(wc -c <"$out/printed") $(grep -c '^kvmlat: ' \
		"$out/said")" "${wrong%% *} 0 1"
done
for width in 1 20 40; do
	for view in summary vcpus hist outliers heatmap; do
		data=$good
		[ $view != heatmap ] || data=$out/recorded
		check "$width columns: $view" env COLUMNS=$width "$K" $view "$data"
	done
done
# What drives a terminal, in UTF-8 too or as a lone byte of C1, is in no text, in no name, and in no
# error.
for bytes in '\033[31m' '\302\233' '\177' '\233' '\200' '\342\202\254\237'; do
	for line in 's/^\(info kernel\) .*/\1 ' 's/^info kernel /info ker' \
		's/^count exits /count ex' 's/^\(reason .* busy \)cpuid/\1' \
		's/ comm guest/ comm '; do
		LC_ALL=C sed "$line$(printf "$bytes")x /" "$good" >"$out/terminal"
		says 1 "a control character in a text" "$K" vcpus "$out/terminal"
	done
done
# A letter's second byte is none, and a byte that is no UTF-8 may stand there: the module's
# isprint() lets it pass in a comm.
for bytes in '\303\233' '\342\202\254' '\351' '\342\\\\\\\\202\254'; do
	LC_ALL=C sed "s/ comm guest/ comm $(printf "$bytes")/" "$good" >"$out/terminal"
	says 0 "total" "$K" vcpus "$out/terminal"
done
equal "no lone byte of C1 in an error" "$("$K" status \
	"$(printf '/no/such\23331m\342\202\254')" 2>&1)" \
	"kvmlat: $(printf '/no/such?31m\342\202\254'): No such file or directory"
equal "no control character in an error" \
	"$("$K" status "$(printf '/no/such\302\23331m\033')" 2>&1 | LC_ALL=C tr -d ' -~\302\n' |
	wc -c)" 0
equal "--help fits a screen" "$("$out/plain/kvmlat" --help |
	awk 'length > 80 { wide = 1 } END { print (NR <= 24), wide + 0 }')" "1 0"
equal "--help of a view fits a line" "$(for v in $("$out/plain/kvmlat" --list-views); do
	"$out/plain/kvmlat" "$v" --help |
		awk -v v="$v" 'length > 200 || NR > 24 { print v }'; done)" ""

# Lockdown, or a container: root, and yet refused. A library before libc's open stands for the
# kernel.
cat >"$out/eperm.c" <<'EOF'
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
int open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...) = dlsym((void *)-1L, "open");
	if (strstr(path, "kvmlat")) {
		errno = EPERM;
		return -1;
	}
	va_list args;
	va_start(args, flags);
	return next(path, flags, va_arg(args, int));
}
EOF
rm -rf "$out/locked"
mkdir -p "$out/locked/sys/module/kvmlat" "$out/locked/sys/kernel/debug/kvmlat" "$out/locked/proc"
cp "$good" "$out/locked/sys/kernel/debug/kvmlat/data"
if [ "$(id -u)" -eq 0 ] && gcc -shared -fPIC -D_GNU_SOURCE -o "$out/eperm.so" "$out/eperm.c"; then
	says 2 "Operation not permitted, though you are root: the kernel's lockdown" env \
		LD_PRELOAD="$out/eperm.so" "$out/plain/kvmlat" --root "$out/locked"
else
	skip "lockdown" "not root, or no compiler"
fi
