#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""qemu_names.py KVMLAT FOLDER: QEMU itself says which of the names on its command line it uses; so
does kvmlat."""
import json
import os
import shutil
import subprocess
import sys

tool, root = sys.argv[1], sys.argv[2]
QEMU = [
    "qemu-system-x86_64", "-machine", "none", "-display", "none", "-nodefaults", "-qmp", "stdio"
]
LISTS = [["-name", "web"], ["--name", "web"], ["-name", "guest=web,debug-threads=on"],
         ["-name", "web,debug-threads=off"], ["-name", "a,,b"], ["-name", "x,,y=z"],
         ["-name", "guest=x,,y=z,,,debug-threads=on"], ["-name", "guest=a=b"],
         ["-name", "process=q:w,guest=db"], ["-name", "first", "-name", "second"],
         ["-name", "guest=a,guest=b"], ["-name", "first", "-name", "debug-threads=on"],
         ["-name", "guest=a", "-name", "process=b"], ["-L", "-name", "-name", "real"],
         ["-name", "real", "-L", "-name"], ["-L", "-name"], ["-S", "-name", "web"],
         ["-no-user-config", "-name", "web", "-no-shutdown"],
         ["-no-reboot", "-only-migratable", "-name", "web"], ["-name", " lead"],
         ["-name", "trail "], ["-name", ""], ["-name", "guest="],
         ["-name", "web", "-name", "guest="], ["-name", "back\\slash"], ["-name", "new\nline"],
         ["-name", "日本語"], ["-name", "guest=guest=x"], []]


def of_qemu(words):
    ask = '{"execute":"qmp_capabilities"}\n{"execute":"query-name"}\n{"execute":"quit"}\n'
    done = subprocess.run(QEMU + words, input=ask, capture_output=True, text=True, timeout=120)
    for line in done.stdout.splitlines():
        told = json.loads(line).get("return")
        if told and "name" in told:
            return told["name"] or None
    if done.returncode:
        sys.exit(f"QEMU refuses {words}: {done.stderr}")
    return None


shutil.rmtree(root, ignore_errors=True)
os.makedirs(root + "/sys/kernel/debug/kvmlat")
head = ["info version 0.1.0", "info isa svm", "info time_ns 2", "info since_ns 1",
        "count exits 0", "reason 0x72 busy cpuid"]
out = ["kvmlat-data 1 generation 00017a3cf20b91e4", f"totals {len(head)}"] + head
for n, words in enumerate(LISTS):
    os.makedirs(f"{root}/proc/{1000 + n}")
    with open(f"{root}/proc/{1000 + n}/cmdline", "w", encoding="utf-8") as f:
        f.write("".join(word + "\0" for word in QEMU + words))
    out += [f"vcpu {n} vmm {1000 + n} vm {n + 1} tid {5000 + n} vcpu 0 state live comm q",
            f"vrow {n} 0x72 kernel sum 1 min 1 max 1 runq 0 offcpu - buckets 1:1"]
with open(root + "/sys/kernel/debug/kvmlat/data", "w", encoding="utf-8") as f:
    f.write("\n".join(out + ["end 00017a3cf20b91e4"]) + "\n")
text = subprocess.run([tool, "--root", root, "export", "--format", "json", "--per-vm"], check=True,
                      capture_output=True).stdout
told = {v["vmm_pid"] - 1000: v["name"] if v["named"] else None for v in json.loads(text)["vcpus"]}
for n, words in enumerate(LISTS):
    right = of_qemu(words)
    if right:
        right = right.replace("\\", "\\\\").replace("\n", "\\n")
    if told[n] != right:
        sys.exit(f"of {words} QEMU takes {right!r}, kvmlat {told[n]!r}")
print(len(LISTS), "command lines")
