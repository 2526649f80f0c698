#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""hostile_names.py KVMLAT FOLDER: 200 names that VMs and processes may have, each told from all
others: by every view, in a recording, in JSON and OpenMetrics, by --vm. What they must be is made
anew here, from docs/data-format.md."""
import json
import os
import random
import re
import shutil
import subprocess
import sys

tool, root = sys.argv[1], sys.argv[2]
rng = random.Random(20261128)
FIRST = 1000


def words():
    """Names as bytes, none twice; the last ones at random."""
    long = b"customer-of-a-long-name-" * 6
    named = [b"web", b"(other)", b"(more)", b"(paren)", b"12345", b"1003", b"other vCPUs",
             b"departed vCPUs", b" lead", b"trail ", b" both ", b"  ", b"has space|pipe",
             b"%s%n%d", b"=cmd|calc", b'{x="1"} 5', b'quo"te', b"'", b"back\\slash",
             b"back\\\\slash", b"end\\", b"\\", b"\\\\", b"a\\nb", b"a\nb", b"a\\tb", b"a\tb",
             b"web\xe9", b"web\xe8", b"web\\351", b"web\\xe9", b"web?", b"\xff\xfe bad",
             b"caf\xc3\xa9", b"caf\xc3", b"caf\xa9", b"e\xcc\x81", b"\xc3\xa9", "日本語".encode(),
             b"\xe2\x82", b"\xe2\x82\xac", b"\xe2\x80\xae rtl", b"\\342\\200\\256 rtl",
             b"\xe2\x80\xa8", b"\xc2\x85", b"\xc2\x9b31m", b"\x1b[31m", b"\\033[31m", b"\\e[31m",
             b"\x7f", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\xaf", b"a,b", b"a,,b", b",",
             b",lead", b"guest=x", b"x=y", b"debug-threads=on", b"on", b"-name", b"--", b"comm x",
             b"vcpu 0 vmm 1", b"~0123456789abcdef", b"null", b"</title>", b"a;b", b"$(id)",
             b"`id`", b"*", b"../../x", b"# EOF", b"# TYPE x counter", b"state gone comm x",
             b"\xf0\x9f\x98\x80"]
    named += [long[:n] + end for n in (121, 126, 127, 128, 129)
              for end in (b"a", b"b", "é".encode())]
    named += ["é".encode() * n for n in (63, 64, 65, 100)]
    named += [b"x" * 5000 + end for end in (b"a", b"b")]
    named += ["日".encode() * 9000 + end for end in (b"a", b"b")]
    named += [b"\x01" * 300, b"\x01" * 301, b"y" * 100000]
    parts = [
        b"a", b"b", b"\\", b"n", b"3", b"5", b"1", b"\n", b"\xe9", b"\xc3", b"\xa9", b" ", b",",
        b'"', b"=", b"("
    ]
    while len(named) < 200:
        name = b"".join(rng.choice(parts) for _ in range(rng.randint(1, 6)))
        if name not in named:
            named.append(name)
    return named


def written(raw):
    """The written form: docs/data-format.md."""
    out, text = "", raw.decode("utf-8", "surrogateescape")
    for c in text:
        n = ord(c)
        turns = n in (0x61c, 0x200e, 0x200f) or 0x2028 <= n <= 0x202e or 0x2066 <= n <= 0x2069
        if c in "\\\n\t":
            out += {"\\": "\\\\", "\n": "\\n", "\t": "\\t"}[c]
        elif n < 32 or 127 <= n < 160 or turns or 0xdc80 <= n <= 0xdcff:
            out += "".join(f"\\{b:03o}" for b in c.encode("utf-8", "surrogateescape"))
        else:
            out += c
    return out


def cmdline(n, raw):
    """One way or another to tell QEMU."""
    value = raw.replace(b",", b",,")
    guest = b"guest=" + value
    simple = b"=" not in value.replace(b",,", b"") or b"," in value.split(b"=")[0]
    plain = value if simple else guest
    ways = [[b"-name", plain], [b"-name", guest], [b"--name", guest + b",debug-threads=on"],
            [b"-name", b"process=qemu:x," + guest], [b"-append", b"-name", b"-name", guest],
            [b"-name", b"first", b"-name", guest], [b"-name", b"guest=first," + guest, b"-S"],
            [b"-nographic", b"-name", guest, b"-name", b"debug-threads=on"],
            [b"-S", b"disk.img", b"-name", guest],
            [b"-name", guest, b"-append", b"-name", b"-device", b"-name"]]
    return b"\0".join([b"/usr/bin/qemu-system-x86_64"] + ways[n % len(ways)]) + b"\0"


def run(*args):
    return subprocess.run([tool, *args], check=True, capture_output=True, timeout=60)


def same(what, got, want):
    if got != want:
        sys.exit(f"{what}:\ngot    {got!r}\nwanted {want!r}"[:1500])


names = words()
same("names", (len(set(names)), len(names)), (len(names),) * 2)
shutil.rmtree(root, ignore_errors=True)
os.makedirs(root + "/sys/kernel/debug/kvmlat")
head = ["info version 0.1.0", "info kernel x", "info isa svm", "info state attached",
        "info time_ns 2", "info since_ns 1", f"count exits {len(names)}",
        f"count entries {len(names)}", f"count paired {len(names)}", "count in_flight 0",
        "reason 0x72 busy cpuid",
        f"row all 0x72 kernel sum {len(names)} min 1 max 1 runq 0 offcpu - buckets 1:{len(names)}"]
out, comms = ["kvmlat-data 1 generation 00017a3cf20b91e4", f"totals {len(head)}"] + head, []
for n, raw in enumerate(names):
    os.makedirs(f"{root}/proc/{FIRST + n}")
    with open(f"{root}/proc/{FIRST + n}/cmdline", "wb") as f:
        f.write(cmdline(n, raw))
    comms.append(written(raw[:15]))
    out += [f"vcpu {n} vmm {FIRST + n} vm {n + 1} tid {5000 + n} vcpu 0 state live "
            f"comm {comms[-1]}",
            f"vrow {n} 0x72 kernel sum 1 min 1 max 1 runq 0 offcpu - buckets 1:1"]
out += ["vcpu other", "vrow other 0x72 kernel sum 1 min 1 max 1 runq 0 offcpu - buckets 1:1"]
out += [f"inflight vmm {FIRST + n} vm {n + 1} tid {5000 + n} vcpu 0 reason 0x72 cause user "
        f"age_ns 5 cpu 0 comm {c}" for n, c in enumerate(comms)]
with open(root + "/sys/kernel/debug/kvmlat/data", "w", encoding="utf-8", newline="") as f:
    f.write("\n".join(out + ["end 00017a3cf20b91e4"]) + "\n")

live = ["--root", root]
shown = []
for n, raw in enumerate(names):
    full = written(raw)
    shown.append(full)
rec = root + "/rec"
run(*live, "record", "-o", rec)
for what, where in ("live", live), ("recorded", ["-f", rec]):
    text = run(*where, "export", "--format", "json", "--per-vm").stdout.decode("utf-8", "strict")
    whole = json.loads(text)
    vms = {v["vmm_pid"]: v for v in whole["vcpus"] if v["kind"] == "one"}
    same(f"{what}: JSON, each is there", sorted(vms), list(range(FIRST, FIRST + len(names))))
    found = [vms[FIRST + n]["name"] for n in range(len(names))]
    same(f"{what}: JSON, each is another", len(set(found)), len(names))
    for n, name in enumerate(found):
        if len(shown[n].encode()) <= 1024:
            same(f"{what}: JSON, name {n}", name, shown[n])
        else:
            cut = re.fullmatch(r"(.*)~[0-9a-f]{16}", name, re.S)
            begins = cut and shown[n].startswith(cut[1])
            same(f"{what}: JSON, long name {n}", begins and len(name.encode()) <= 1024, True)
        same(f"{what}: JSON, named {n}", vms[FIRST + n]["named"], True)
        same(f"{what}: JSON, comm {n}", vms[FIRST + n]["comm"], comms[n])
    same(f"{what}: JSON, comms in flight", [i["comm"] for i in whole["inflight"]], comms)
    text = run(*where, "vcpus", "-v").stdout.decode("utf-8", "strict")
    lines = [line for line in text.split("\n") if re.search(r" \d+/\d+ +1 ", line)]
    same(f"{what}: vcpus, a line a VM",
         sorted(re.sub(r" +(\d+/\d+) +1 .*", r" \1", line) for line in lines),
         sorted(re.sub(r" +$", "", name) + f" {FIRST + n}/{n + 1}" for n, name in enumerate(found)))
    for form in "openmetrics", "prometheus":
        text = run(*where, "export", "--format", form, "--per-vm").stdout.decode("utf-8", "strict")
        series = [line.rsplit(" ", 1) for line in text.split("\n")
                  if line.startswith("kvmlat_vm_exits_total{")]
        same(f"{what}: {form}, a series each, and (other)",
             len({s for s, _ in series}), len(names) + 1)
        same(f"{what}: {form}, one exit each", {v for _, v in series}, {"1"})
        sample = r'kvmlat_vm_exits_total\{vm="((?:[^"\\\n]|\\["\\n])*)"(,by="name")?\}'
        labels = [re.fullmatch(sample, s) for s, _ in series]
        same(f"{what}: {form}, valid", [s for (s, _), m in zip(series, labels) if not m], [])
        told = [re.sub(r'\\(["\\])', r"\1", m[1]) for m in labels]
        same(f"{what}: {form}, labels", sorted(told), sorted(found + ["(other)"]))
    for n, name in enumerate(found):
        # As it is written, and as it is.
        for vm in {name.encode(), names[n][:100000]}:
            wanted = {FIRST + m for m, other in enumerate(found)
                      if vm in (other.encode(), names[m][:100000], str(FIRST + m).encode())}
            done = run(*where, "vcpus", "-v", "--vm", vm)
            got = {int(pid) for pid in re.findall(rb" (\d+)/\d+ +1 ", done.stdout)}
            same(f"{what}: --vm {vm[:80]!r}", got, wanted)
            same(f"{what}: --vm {vm[:80]!r}: more than one is said",
                 b"all are shown" in done.stderr, len(got) > 1)
print(len(names), "names")
