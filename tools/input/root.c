// SPDX-License-Identifier: GPL-2.0
/* The root of the files of the kernel. */
#include "input/root.h"

const char *root_dir = "";
