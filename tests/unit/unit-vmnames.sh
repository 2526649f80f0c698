# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Names of VMs and processes: none is taken for another, whatever they are.
check "200 hostile ones: views, recording, JSON, OpenMetrics, --vm" \
	python3 "$here/hostile_names.py" "$out/plain/kvmlat" "$out/hostileroot"
if command -v qemu-system-x86_64 >/dev/null; then
	check "which of -name counts, as QEMU itself says" \
		python3 "$here/qemu_names.py" "$out/plain/kvmlat" "$out/qemuroot"
else
	skip "as QEMU itself says" "no QEMU here"
fi
# of_comm NAME: as a file of before, which wrote by %*pE, is read
of_comm() {
	LC_ALL=C awk '/^vcpu 0 /{ sub(/comm .*/, ""); printf "%scomm %s\n", $0, ENVIRON["COMM"];
		next } { print }' \
		"$synth" | "$K" export --format json --per-vm - | python3 -c 'import json, sys
vcpus = json.load(sys.stdin)["vcpus"]
print(next(v["comm"] for v in vcpus if v["kind"] == "one" and v["tid"] == 9000))'
}
equal "a half escaped name of an older file" "$(COMM=$'\xc3\\234bung' of_comm)" $'\xc3\x9cbung'
equal "escapes of an older file" "$(COMM='a\e\"\x41\r' of_comm)" 'a\033"A\015'
equal "a backslash of an older file" "$(COMM='back\slash' of_comm)" 'back\\slash'
equal "a name as the module writes it now" "$(COMM='back\\slash\n\351 ' of_comm)" \
	'back\\slash\n\351 '
# Recordings of before have names with a backslash as it was.
sed 's/^vcpu 0 /vmname 4000 old\\server\n&/' "$synth" >"$out/oldnames"
equal "a backslash of an older recording" \
	"$("$K" vcpus -v --vm 'old\server' "$out/oldnames" | grep -cF 'old\\server 4000/3')" 1
# A screen of its own width cuts no letter and no escape.
long=$(printf '\351%.0s' {1..80})
mkdir -p "$out/longroot/proc/4000" "$out/longroot/sys/kernel/debug/kvmlat"
printf '%s\0' qemu -name "$long" >"$out/longroot/proc/4000/cmdline"
cp "$synth" "$out/longroot/sys/kernel/debug/kvmlat/data"
equal "no escape is cut" "$("$K" --root "$out/longroot" vcpus -v --width 80 |
	sed -n 's/^\(.*\)[.][.] 4000.*/\1/p' | sed 's/\\351//g')" ""
