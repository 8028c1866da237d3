#ifndef BLOCKHAUL_MD5_H
#define BLOCKHAUL_MD5_H

#include <stddef.h>
#include <stdint.h>

/// Ways to advance many independent MD5 states at once, one in each lane of vector registers.
enum blockhaul_md5_variant {
  /// One state after the other, on any machine.
  blockhaul_md5_plain = 0,
  /// Vectors of 128 bits, which every x86-64 and arm64 has.
  blockhaul_md5_128,
  blockhaul_md5_avx2,
  blockhaul_md5_avx512,
};

/// The states that a variant advances at once, at most 16; 0 where this machine does not have the variant.
size_t blockhaul_md5_lanes(int variant);

/// Advances as many states as the variant has lanes by `blocks` blocks of 64 bytes each.
/// `state` holds the first words of all states, then the second, third and fourth; `data` the start of each lane's
/// blocks, which need no alignment. The variant must be one that this machine has.
void blockhaul_md5_advance(int variant, uint32_t *state, const uint8_t *const *data, size_t blocks);

#endif
