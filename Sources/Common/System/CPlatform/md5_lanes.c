#include "blockhaul_md5.h"
#include "md5_steps.h"

#include <string.h>

// The functions of the four rounds, with fewer operations than in RFC 1321 and the same results.
#define F(x, y, z) (z ^ (x & (y ^ z)))
#define G(x, y, z) (y ^ (z & (x ^ y)))
#define H(x, y, z) (x ^ y ^ z)
#define I(x, y, z) (y ^ (x | ~z))

static uint32_t word_at(const uint8_t *p) {
  // Right on machines of either byte order, and compilers make one load of it.
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void advance_plain(uint32_t *state, const uint8_t *p, size_t blocks) {
  for (; blocks > 0; blocks--, p += 64) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
#define STEP(function, p0, q, r, s, word, constant, rotation)              \
  p0 += function(q, r, s) + (word_at(p + 4 * word) + constant);            \
  p0 = (p0 << rotation | p0 >> (32 - rotation)) + q;
    BLOCKHAUL_MD5_STEPS
#undef STEP
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
  }
}

#if defined(__clang__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define UNROLL _Pragma("clang loop unroll(full)")

typedef uint32_t four_words __attribute__((vector_size(16)));

static inline __attribute__((always_inline)) four_words four_at(const uint8_t *p) {
  four_words words;
  memcpy(&words, p, sizeof words);
  return words;
}

// Of the words of two vectors, numbered one after the other: those of each 128 bits go into the same 128 bits.
#define ROW(lanes, offset) four_at((lanes)[0] + (offset))
#define LOW_WORDS(x, y) __builtin_shufflevector(x, y, 0, 4, 1, 5)
#define HIGH_WORDS(x, y) __builtin_shufflevector(x, y, 2, 6, 3, 7)
#define LOW_PAIRS(x, y) __builtin_shufflevector(x, y, 0, 1, 4, 5)
#define HIGH_PAIRS(x, y) __builtin_shufflevector(x, y, 2, 3, 6, 7)
#define ADVANCE advance_128
#define TARGET
#define WIDTH 4
#define VECTORS 2
#include "md5_kernel.h"

#define HAS_128 1

#if defined(__x86_64__)

#define EIGHT_AT(lanes, offset) \
  __builtin_shufflevector(four_at((lanes)[0] + (offset)), four_at((lanes)[4] + (offset)), 0, 1, 2, 3, 4, 5, 6, 7)

#define ROW(lanes, offset) EIGHT_AT(lanes, offset)
#define LOW_WORDS(x, y) __builtin_shufflevector(x, y, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH_WORDS(x, y) __builtin_shufflevector(x, y, 2, 10, 3, 11, 6, 14, 7, 15)
#define LOW_PAIRS(x, y) __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
#define HIGH_PAIRS(x, y) __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15)
#define ADVANCE advance_avx2
#define TARGET __attribute__((target("avx2")))
#define WIDTH 8
#define VECTORS 2
#include "md5_kernel.h"

#define ROW(lanes, offset)                                                                                   \
  __builtin_shufflevector(EIGHT_AT(lanes, offset), EIGHT_AT((lanes) + 8, offset), 0, 1, 2, 3, 4, 5, 6, 7, 8, \
                          9, 10, 11, 12, 13, 14, 15)
#define LOW_WORDS(x, y) __builtin_shufflevector(x, y, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define HIGH_WORDS(x, y) __builtin_shufflevector(x, y, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define LOW_PAIRS(x, y) __builtin_shufflevector(x, y, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH_PAIRS(x, y) __builtin_shufflevector(x, y, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define ADVANCE advance_avx512
#define TARGET __attribute__((target("avx512f")))
#define WIDTH 16
#define VECTORS 1
#include "md5_kernel.h"

#define HAS_AVX 1

#endif
#endif

size_t blockhaul_md5_lanes(int variant) {
  switch (variant) {
    case blockhaul_md5_plain: return 1;
#ifdef HAS_128
    case blockhaul_md5_128: return 8;
#endif
#ifdef HAS_AVX
    case blockhaul_md5_avx2: return __builtin_cpu_supports("avx2") ? 16 : 0;
    case blockhaul_md5_avx512: return __builtin_cpu_supports("avx512f") ? 16 : 0;
#endif
    default: return 0;
  }
}

void blockhaul_md5_advance(int variant, uint32_t *state, const uint8_t *const *data, size_t blocks) {
  switch (variant) {
#ifdef HAS_128
    case blockhaul_md5_128: return advance_128(state, data, blocks);
#endif
#ifdef HAS_AVX
    case blockhaul_md5_avx2: return advance_avx2(state, data, blocks);
    case blockhaul_md5_avx512: return advance_avx512(state, data, blocks);
#endif
    default: return advance_plain(state, data[0], blocks);
  }
}
