# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Tell the emulator's plugin, by the third serial port, where kvmlat's code lies now, or that there
# is none.
stty -F /dev/ttyS2 raw -echo
# Its pages are its own, so the end is that of the page its last function begins in, and the next.
tell_text() {
	grep -i ' t .*\[kvmlat\]' /proc/kallsyms | cut -d' ' -f1 | sort >/tmp/text
	if [ -s /tmp/text ]; then echo "$(head -n 1 /tmp/text) $(tail -n 1 /tmp/text |
		sed 's/...$/fff/')"; else echo 0 0; fi >/dev/ttyS2
}
