#ifndef BLOCKHAUL_SHA256_H
#define BLOCKHAUL_SHA256_H

#include <stddef.h>
#include <stdint.h>

/// The SHA-256 states that are advanced at once by the processor's own instructions: 2, or 0 where it has none.
size_t blockhaul_sha256_lanes(void);

/// Advances `lanes` states (1, or as many as above) by `blocks` blocks of 64 bytes each.
/// `state` holds the first words of all states, then the second and so on; `data` the start of each state's blocks,
/// which need no alignment. Only for processors that have the instructions.
void blockhaul_sha256_advance(size_t lanes, uint32_t *state, const uint8_t *const *data, size_t blocks);

#endif
