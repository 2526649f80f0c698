#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The layers of the module and of the formatter, bottom to top, depend one way only: layers.py, by
# the sources and the objects that `make` left. Status 1: they do not.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0
# shellcheck disable=SC2046
tests/layers.py module module $(sed -n 's/^layers := //p' Kbuild) || failed=1

# shellcheck disable=SC2046
tests/layers.py tools build/tools $(sed -n 's/^\([a-z]*\): .*/\1/p' tools/LAYERS) || failed=1
exit $failed
