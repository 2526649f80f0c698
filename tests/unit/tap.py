# SPDX-License-Identifier: GPL-2.0
"""Results of a unit test in Python, in the form that tests/tap.sh has and takes over."""
import sys

_right = []


def result(right, what):
    """One result: a sentence that can be read alone."""
    _right.append(bool(right))
    print(f"{'ok' if right else 'not ok'} {len(_right)} {what}")


def diag(text):
    print(f"# {text}")


def finish():
    sys.exit(not all(_right))
