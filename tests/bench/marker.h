/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Marker instructions, agreed on by the guest that executes them and the plugin that sees them:
 * `67 0f 1f 80 imm32`, in 16-bit code a no-operation with a 32-bit displacement. The displacement
 * is 'k', 'l', the kind and the id of the run.
 */
#ifndef BENCH_MARKER_H
#define BENCH_MARKER_H

#define MARKER_BYTES 8
#define MARKER_PREFIX 0x67, 0x0f, 0x1f, 0x80, 'k', 'l'
#define MARKER_PREFIX_BYTES 6
#define MARKER_BEGIN 'B'
#define MARKER_PAIR 'P'
#define MARKER_END 'E'

#endif
