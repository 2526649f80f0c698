#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""check_schema.py SCHEMA KVMLAT DATA...: `export --format json` keeps to the schema, and a document
damaged in any place does not: each key taken away, each value given another type, a key added to
each closed object."""
import copy
import json
import subprocess
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as f:
    schema = json.load(f)
jsonschema.Draft202012Validator.check_schema(schema)
checker = jsonschema.Draft202012Validator(schema)
# Open objects: their keys may come and go. "code" is not there in the catch-all.
OPEN = [("info",), ("count",)]
FREE = {"code", "cpus", "vcpus"}


def places(node, path=()):
    """Every place of the document, the first item of a list standing for all."""
    yield path, node
    if isinstance(node, dict):
        for key, value in node.items():
            yield from places(value, path + (key,))
    elif isinstance(node, list):
        for n, value in enumerate(node[:1]):
            yield from places(value, path + (n,))


def changed(document, path, change):
    document = copy.deepcopy(document)
    parent = document
    for step in path[:-1]:
        parent = parent[step]
    change(parent, path[-1])
    return document


def shape(document):
    """The same with one row of each kind: enough to damage."""
    kinds = {}
    for row in document.get("vcpus", []):
        kinds.setdefault(row["kind"], row)
    short = {k: v[:1] if isinstance(v, list) else v for k, v in document.items()}
    return [dict(short, vcpus=[row]) for row in kinds.values()] or [short]


def refused(document, path, change, what):
    if checker.is_valid(changed(document, path, change)):
        sys.exit(f"the schema allows {what} at {'/'.join(map(str, path))}")
    return 1


def damage(document):
    tried = 0
    for path, node in places(document):
        if path and isinstance(path[-1], str):
            known = path[:-1] not in OPEN and path[-2:-1] != ("buckets",)
            if known and path[-1] not in FREE:
                tried += refused(document, path, lambda parent, key: parent.pop(key), "no key")
            for wrong in (-1, 1.5, True, [7]):
                if not (wrong is True and (isinstance(node, bool) or path[-1] == "enabled")):
                    tried += refused(document,
                                     path,
                                     lambda parent, key, w=wrong: parent.update({key: w}),
                                     repr(wrong))
            if not isinstance(node, str):
                tried += refused(document, path, lambda parent, key: parent.update({key: "text"}),
                                 "text")
        if isinstance(node, dict) and path not in OPEN:
            tried += refused(document, path + ("frobs",),
                             lambda parent, key: parent.update({key: 1}), "a key more")
    return tried


tried = 0
for data in sys.argv[3:]:
    for options in (["--all"], ["--per-cpu", "--per-vm"]):
        text = subprocess.run([sys.argv[2], "export", "--format", "json", *options, data],
                              check=True,
                              capture_output=True).stdout
        for line in text.splitlines():
            document = json.loads(line)
            error = jsonschema.exceptions.best_match(checker.iter_errors(document))
            if error:
                sys.exit(
                    f"{data}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
        for short in shape(document) if "--per-vm" in options else []:
            tried += damage(short)
print(tried, "damaged documents refused")
