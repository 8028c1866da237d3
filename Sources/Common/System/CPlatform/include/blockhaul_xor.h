#ifndef BLOCKHAUL_XOR_H
#define BLOCKHAUL_XOR_H

#include <stddef.h>
#include <stdint.h>

/// XOR chunks that are passed over side by side, one a lane, from their third sample on.
enum {
  blockhaul_xor_lanes = 16,
  /// Bytes that have to follow the end of every chunk: a step reads past it by less.
  blockhaul_xor_slack = 32,
  /// The widest window of a sound chunk: leading zeros and a width less one that make 63 at most, and the two ones
  /// before the former.
  blockhaul_xor_sound = (3 << 5) + 63
};

/// What is kept of a lane: the state holds one of these of all lanes, then the next one. Bits count from the start of
/// the bytes.
enum {
  /// The bit at which the next sample begins.
  blockhaul_xor_position,
  /// The first bit behind the chunk.
  blockhaul_xor_end,
  /// Samples left, 0…65535.
  blockhaul_xor_left,
  /// Bits of a value that differs within the window, less one.
  blockhaul_xor_width,
  /// The widest window with its leading zeros, as `blockhaul_xor_sound` counts; 0 before the first.
  blockhaul_xor_widest,
  /// Milliseconds between the last two samples, and the fewest between any two. To begin with at most 2⁴⁰ either side
  /// of 0.
  blockhaul_xor_delta,
  blockhaul_xor_least,
  /// By how much the last sample is later than it would be, were every distance that of the first two; 0 to begin with.
  blockhaul_xor_drift,
  blockhaul_xor_columns
};

/// Whether this processor can do it.
int blockhaul_xor_has_lanes(void);

/// Advances the lanes whose bits are set in `active`, one at least, until some of them cannot go on: no sample is left,
/// the chunk ended too early, or the next time stamp is one of 64 bits, which takes another way. What the other lanes
/// hold is lost. The processor must be one that can do it.
/// - Returns: those that cannot go on, as bits.
uint32_t blockhaul_xor_advance(int64_t *state, const uint8_t *bytes, uint32_t active);

#endif
