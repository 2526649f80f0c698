#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Do the layers of a program depend on one another one way only? layers.py DIR OBJECTS LAYER...

DIR has a directory for each LAYER, named from bottom to top; a source that lies in DIR itself is
above all. OBJECTS has the compiled ones, at the same places. A NAME.c and its NAME.h are one file
here. An arrow goes from a file to one that it includes, or of which it needs a symbol. Printed as
TAP: no arrow goes up, none is part of a circle, and what is included is named with its layer. Then
`#` lines: the files, the arrows, and the lines of the largest header.
"""
import collections
import pathlib
import re
import subprocess
import sys


def symbols(path):
    """What an object defines for others, and what it needs of them."""
    out = subprocess.run(["nm", "-P", "-g", path], check=True, capture_output=True,
                         text=True).stdout
    defined, needed = set(), set()
    for line in out.splitlines():
        name, kind = line.split()[:2]
        (needed if kind in "Uvw" else defined).add(name)
    return defined, needed


def arrows(top, objects, sources):
    """(from, to): why, of files named LAYER/STEM; and what is wrong with includes."""
    found, wrong, owner, needs = {}, [], {}, {}
    stem_of = {str(path.relative_to(top)): str(path.relative_to(top).with_suffix(""))
               for path in sources}
    for path in sources:
        name = stem_of[str(path.relative_to(top))]
        for to in re.findall(r'^\s*#\s*include "([^"]+)"', path.read_text(), re.M):
            if to in stem_of:
                if stem_of[to] != name:
                    found[name, stem_of[to]] = f"{path.name} includes {to}"
            elif (path.parent / to).is_file() and (path.parent / to).resolve() in sources:
                wrong.append(f"{path.relative_to(top)} includes {to} without its layer")
        compiled = objects / path.relative_to(top).with_suffix(".o")
        if path.suffix == ".c" and compiled.is_file():
            defined, needs[name] = symbols(compiled)
            owner.update(dict.fromkeys(defined, name))
    for name, needed in needs.items():
        for symbol in needed & owner.keys():
            if owner[symbol] != name:
                found.setdefault((name, owner[symbol]), f"{name}.c needs {symbol}")
    missing = [str(path) for path in sources
               if path.suffix == ".c" and stem_of[str(path.relative_to(top))] not in needs]
    return found, wrong, missing


def circle(found):
    """Files that need one another in a circle, or None."""
    to = collections.defaultdict(list)
    for a, b in found:
        to[a].append(b)
    state, path = {}, []

    def visit(name):
        state[name] = 1
        path.append(name)
        for other in to[name]:
            if state.get(other) == 1:
                return path[path.index(other):] + [other]
            if other not in state and (seen := visit(other)):
                return seen
        path.pop()
        state[name] = 2
        return None

    for name in list(to):
        if name not in state and (seen := visit(name)):
            return seen
    return None


def main(top, objects, layers):
    top, objects = pathlib.Path(top).resolve(), pathlib.Path(objects).resolve()
    sources = sorted(path for path in top.rglob("*.[ch]") if not path.name.endswith(".mod.c"))
    height = {layer: n for n, layer in enumerate(layers)}
    found, wrong, missing = arrows(top, objects, sources)

    def of(name):
        return height.get(name.split("/")[0], len(layers)) if "/" in name else len(layers)

    strange = sorted({path.parent.name for path in sources if path.parent != top} - set(layers))
    upward = [f"{a} -> {b}: {why}" for (a, b), why in found.items() if of(a) < of(b)]
    round_trip = circle(found)
    results = [
        ("every file is in a layer, and compiled", strange + missing, strange + missing),
        ("what is included is named with its layer", wrong, wrong),
        ("no arrow goes up", upward, upward),
        ("no circle of files", round_trip, [" -> ".join(round_trip or [])]),
    ]
    print(f"1..{len(results)}")
    for n, (what, fault, lines) in enumerate(results, 1):
        print(f"{'not ok' if fault else 'ok'} {n} layers of {top.name}: {what}")
        for line in lines if fault else []:
            print(f"# {line}")
    files = {name for pair in found for name in pair}
    headers = {path: len(path.read_text().splitlines()) for path in sources if path.suffix == ".h"}
    largest = max(headers, key=headers.get)
    print(f"# {len(files)} files, {len(found)} arrows, {len(upward)} of them up; largest header "
          f"{largest.relative_to(top)}, {headers[largest]} lines")
    return any(fault for _, fault, _ in results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
