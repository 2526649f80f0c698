# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# How the tool is built: a changed header is noticed, ncurses may be missing, a new view is one new
# file.
tools_make() { make -s -C "$tree/tools" B="$tree/out" CFLAGS=-O0 "$@"; }
tree=$out/tree
rm -rf "$tree"
mkdir -p "$tree"
cp -r "$top/tools" "$top/include" "$top/module" "$top/docs" "$top/dkms.conf" "$tree/"
cat >"$tree/tools/commands/view-new.c" <<'EOF'
#include <stdio.h>
#include "commands/command-line.h"

static int run(struct cli *c)
{
	while (cli_next(c) != -1)
		;
	puts("the new one");
	return 0;
}

VIEW(new, "new", "new", "a view nobody names", NULL, run);
EOF
check "builds without ncurses" tools_make NCURSES=no
N=$tree/out/kvmlat
equal "then top is not there, and said so" \
	"$("$N" --list-views | grep -cx top) $("$N" --version | grep -cw top) $("$N" top 2>&1)" \
	"0 0 kvmlat: top: no such command, see kvmlat --help"
equal "--version says what is built in" "$("$out/plain/kvmlat" --version |
	sed 's/ncurses [0-9.]*/ncurses N/' | tail -n 1) | $("$N" --version | grep -c ncurses)" \
	"commands: $("$out/plain/kvmlat" --list-views | sed 's/^top$/top (ncurses N)/' |
	paste -sd ' ') | 0"
equal "the core needs the C library only" "$(ldd "$N" | grep -vcE 'libc\.so|ld-linux|linux-vdso')" 0
completed() {
	PATH=$tree/out:$PATH bash -c \
		'. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _kvmlat
		echo "${COMPREPLY[@]}"' \
		"$tree/tools/kvmlat.bash" "$@"
}
equal "completion offers it, and its options" \
	"$(completed kvmlat ne; completed kvmlat new --)" \
	"new
--file= --help"
equal "a new view is one new file" "$("$N" new) $("$N" --help | grep -c 'a view nobody names')" \
	"the new one 1"
check "up to date is up to date" tools_make -q NCURSES=no
for header in model/histogram.h ../include/kvmlat-data.h ../module/base/bucket.h ../dkms.conf; do
	check "a changed $header is noticed" sh -c \
		"! make -s -q -C '$tree/tools' B='$tree/out' CFLAGS=-O0 NCURSES=no -W $header"
done
check "installs" tools_make NCURSES=no install DESTDIR="$tree/root" PREFIX=/usr
equal "what it installs" "$(cd "$tree/root/usr" && find . -type f | sort | paste -sd ' ')" \
	"./lib/systemd/system/kvmlat-prom.service ./lib/systemd/system/kvmlat-prom.timer \
./sbin/kvmlat ./share/bash-completion/completions/kvmlat ./share/kvmlat/export-schema.json \
./share/kvmlat/kvmlat-dashboard.json ./share/kvmlat/kvmlat.rules.yml \
./share/kvmlat/modprobe.d/kvmlat.conf ./share/kvmlat/modules-load.d/kvmlat.conf \
./share/man/man4/kvmlat.4 ./share/man/man8/kvmlat.8"
equal "the service starts what was installed" \
	"$(sed -n 's/^ExecStart=\([^ ]*\).*/\1/p' \
	"$tree/root/usr/lib/systemd/system/kvmlat-prom.service")" /usr/sbin/kvmlat
check "installs units elsewhere" tools_make NCURSES=no install DESTDIR="$tree/other" PREFIX=/usr \
	UNITDIR=/lib/systemd/system
equal "there they are" "$(cd "$tree/other" && find . -name '*.service' -o -name '*.timer' | sort |
	paste -sd ' ')" \
	"./lib/systemd/system/kvmlat-prom.service ./lib/systemd/system/kvmlat-prom.timer"
