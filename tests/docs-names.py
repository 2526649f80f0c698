#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Does what the documents name exist? Prints each name that does not, and fails then.

docs-names.py             the documents of this tree
docs-names.py --selftest  each check is seen to fail on a text that is wrong in that way, and to
                          pass on one that is right

Looked for are: targets of links and their headings; paths below module/, tools/, tests/, docs/ and
.ci/, where * stands for any text; tests, wherever in tests/ they lie; targets of `make`; variables
of the environment that a test reads; functions and types of the module. Each promise of
docs/guarantees.md names a test. CHANGELOG has an entry for the version of dkms.conf. README has at
most 120 lines.
A name with a part in capitals, such as view-NAME.c, stands for many and is not looked for.
"""
import fnmatch
import os
import re
import subprocess
import sys

README_LINES = 120
ROOMS = r"(?:module|include|tools|tests|docs|\.ci)"
PATH = re.compile(rf"(?<![\w/.@-]){ROOMS}/[\w./*?-]*[\w*/]")
TEST = re.compile(r"(?<![\w/-])\d\d-[a-z][a-z0-9-]*\.sh")
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`|^(?:    |\t)(.*)$", re.M)
MAKE = re.compile(r"(?:^|[;&(] ?|sudo |env |[A-Z_]+=\S* )make ((?:[a-z][a-z-]*(?: |$|,))+)")
VARIABLE = re.compile(r"\b(?:BENCH|LAB|UNIT|CHECK|MUTANTS|SCALE|FUZZ|PAIRS|KSELFTEST|STYLE|DEATHS)"
                      r"_[A-Z_]+\b")
IDENTIFIER = re.compile(r"\bkvmlat_[a-z0-9_]+\b|\bKVMLAT_[A-Z0-9_]+\b|\b[a-z_][a-z0-9_]+(?=\(\))")
# Documents whose identifiers are the module's; others name metrics and figures of benchmarks.
OF_CODE = {"docs/architecture.md", "docs/locking.md", "docs/glossary.md", "CONTRIBUTING.md"}


class Tree:
    """What there is to be named."""

    def __init__(self):
        self.files = subprocess.run(["git", "ls-files"], check=True, capture_output=True,
                                    text=True).stdout.split()
        self.folders = {os.path.dirname(f)[:n] for f in self.files
                        for n in self._ends(os.path.dirname(f))}
        with open("Makefile", encoding="utf-8") as makefile:
            self.targets = set(re.findall(r"^([a-z][\w-]*)(?= *:)", makefile.read(), re.M))
        code = [f for f in self.files if f != "tests/docs-names.py" and
                re.match(r"(module|include|tools|tests)/.*(\.([ch]|sh|py)|Makefile)$|Kbuild", f)]
        self.code = "\n".join(self._read(f) for f in code)
        self.words = set(re.findall(r"\w+", self.code))

    @staticmethod
    def _ends(folder):
        return [m.start() for m in re.finditer("/", folder)] + [len(folder)]

    @staticmethod
    def _read(name):
        with open(name, encoding="utf-8", errors="replace") as file:
            return file.read()

    def has(self, path):
        path = path.rstrip("/")
        return path in self.folders or any(fnmatch.fnmatchcase(f, path) for f in self.files)

    def has_test(self, name):
        return any(f.startswith("tests/") and f.endswith("/" + name) for f in self.files)

    def text(self, name):
        return self._read(name)


def stands_for_many(name):
    return re.search(r"\b[A-Z]{2,}\b|[A-Z]{4,}", name) is not None and "README" not in name


def headings(text):
    for line in re.findall(r"^#+ (.*)$", text, re.M):
        yield re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-")


def links(name, text, tree):
    for target in LINK.findall(text):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        path = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        if path != name and path not in tree.files:
            yield f"link to {target}"
        elif anchor and anchor not in headings(tree.text(path) if path != name else text):
            yield f"link to {target}: no such heading"


def commands(text):
    for inline, line in CODE.findall(text):
        for words in MAKE.findall((inline or line).split("#")[0].strip()):
            yield from (w for w in re.split("[ ,]+", words) if w)


def wrong(name, text, tree):
    yield from links(name, text, tree)
    for path in sorted(set(PATH.findall(text))):
        if not stands_for_many(path) and not tree.has(path):
            yield f"file {path}"
    for test in sorted(set(TEST.findall(text))):
        if not tree.has_test(test):
            yield f"test {test}"
    for target in commands(text):
        if target not in tree.targets:
            yield f"make {target}"
    for variable in sorted(set(VARIABLE.findall(text))):
        if variable not in tree.words:
            yield f"variable {variable}"
    if name in OF_CODE:
        for word in sorted(set(IDENTIFIER.findall(text))):
            if word not in tree.words and not (word.endswith("_") and word in tree.code):
                yield f"identifier {word}"
    if name == "README.md" and text.count("\n") > README_LINES:
        yield f"over {README_LINES} lines: {text.count(chr(10))}"
    if name == "CHANGELOG.md":
        version = re.search(r'^PACKAGE_VERSION="(.*)"', tree.text("dkms.conf"), re.M)[1]
        if not re.search(rf"^## {re.escape(version)}\b", text, re.M):
            yield f"no entry for version {version}"
    if name == "docs/guarantees.md":
        for claim in re.split(r"^(?=#+ )", text, flags=re.M):
            if claim.startswith("### ") and not (PATH.search(claim) or TEST.search(claim) or
                                                 list(commands(claim))):
                yield f"no test for: {claim.splitlines()[0]}"


def documents(tree):
    return [f for f in tree.files if f.endswith((".md", ".4", ".8"))]


def selftest(tree):
    failed = 0
    right = ("[a](cost.md) [b](#here) tests/style.sh `make check` 10-pairing-known-exits.sh\n"
             "    make modules tools\n# Here\n`tests/NN-NAME.sh` `UNIT_ONLY=pairs make unit`\n"
             "module/ `kvmlat_exit_slow()` http://x/y tests/*/run.sh\n")
    cases = [
        ("what is right passes", "docs/locking.md", right, None),
        ("a link to nothing", "README.md", "[a](docs/none.md)\n", "link to docs/none.md"),
        ("a link to no heading", "README.md", "[a](docs/cost.md#none)\n", "no such heading"),
        ("a file that is not there", "README.md", "see tests/none.sh.\n", "file tests/none.sh"),
        ("a glob of nothing", "README.md", "see tests/none*.sh.\n", "file tests/none*.sh"),
        ("a test that is not there", "README.md", "`98-none.sh`\n", "test 98-none.sh"),
        ("a target that is not there", "README.md", "`make none`\n", "make none"),
        ("a target in a block", "README.md", "    make check none\n", "make none"),
        ("a variable that none reads", "README.md", "LAB_NONE=1\n", "variable LAB_NONE"),
        ("a function that is not there", "docs/locking.md", "`none_such()`\n",
         "identifier none_such"),
        ("a type that is not there", "docs/locking.md", "struct kvmlat_none\n",
         "identifier kvmlat_none"),
        ("a long README", "README.md", "\n" * (README_LINES + 1), "over 120 lines"),
        ("a version without an entry", "CHANGELOG.md", "## 0.0.1\n", "no entry for version"),
        ("a promise without a test", "docs/guarantees.md", "### It is right\nBelieve it.\n",
         "no test for: ### It is right"),
    ]
    for what, name, text, said in cases:
        found = list(wrong(name, text, tree))
        if found if said is None else not any(said in f for f in found):
            print(f"{what}: said {found}")
            failed = 1
    return failed


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    tree = Tree()
    if sys.argv[1:] == ["--selftest"]:
        return selftest(tree)
    failed = 0
    for name in documents(tree):
        for fault in wrong(name, tree.text(name), tree):
            print(f"{name}: {fault}")
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
