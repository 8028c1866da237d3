#include "blockhaul_sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

// FIPS 180-4, 4.2.2.
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

#define UNROLL _Pragma("clang loop unroll(full)")

// An instruction of the rounds waits for the one before twice as long as the processor takes to begin another: two
// states, turn by turn, take hardly longer than one. A third gains nothing.
#define INLINE static inline __attribute__((always_inline, target("sha,sse4.1")))

INLINE __m128i load(const void *p) { return _mm_loadu_si128(p); }

INLINE void advance(const int lanes, uint32_t *state, const uint8_t *const *data, size_t blocks) {
  // Words of a block come with the highest byte first.
  const __m128i order = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  // The instructions want the words of a state as A B E F and C D G H, from the highest lane down.
  __m128i abef[2], cdgh[2];
  UNROLL for (int n = 0; n < lanes; n++) {
#define WORD(number) (int)state[(number) * lanes + n]
    abef[n] = _mm_set_epi32(WORD(0), WORD(1), WORD(4), WORD(5));
    cdgh[n] = _mm_set_epi32(WORD(2), WORD(3), WORD(6), WORD(7));
#undef WORD
  }
  for (size_t block = 0; block < blocks; block++) {
    __m128i abef_before[2], cdgh_before[2], words[2][4];
    UNROLL for (int n = 0; n < lanes; n++) {
      abef_before[n] = abef[n], cdgh_before[n] = cdgh[n];
      UNROLL for (int i = 0; i < 4; i++)
        words[n][i] = _mm_shuffle_epi8(load(data[n] + 64 * block + 16 * i), order);
    }
    UNROLL for (int four = 0; four < 16; four++) UNROLL for (int n = 0; n < lanes; n++) {
      __m128i *now = &words[n][four % 4];
      const __m128i next = words[n][(four + 1) % 4], third = words[n][(four + 2) % 4], last = words[n][(four + 3) % 4];
      const __m128i sum = _mm_add_epi32(*now, load(constants + 4 * four));
      cdgh[n] = _mm_sha256rnds2_epu32(cdgh[n], abef[n], sum);
      abef[n] = _mm_sha256rnds2_epu32(abef[n], cdgh[n], _mm_shuffle_epi32(sum, 0x0e));
      // The words for four rounds that come sixteen rounds later.
      if (four < 12)
        *now = _mm_sha256msg2_epu32(
            _mm_add_epi32(_mm_sha256msg1_epu32(*now, next), _mm_alignr_epi8(last, third, 4)), last);
    }
    UNROLL for (int n = 0; n < lanes; n++) {
      abef[n] = _mm_add_epi32(abef[n], abef_before[n]);
      cdgh[n] = _mm_add_epi32(cdgh[n], cdgh_before[n]);
    }
  }
  UNROLL for (int n = 0; n < lanes; n++) {
    uint32_t high[4], low[4];
    _mm_storeu_si128((__m128i *)high, abef[n]);
    _mm_storeu_si128((__m128i *)low, cdgh[n]);
    const uint32_t words[8] = {high[3], high[2], low[3], low[2], high[1], high[0], low[1], low[0]};
    for (int number = 0; number < 8; number++) state[number * lanes + n] = words[number];
  }
}

__attribute__((target("sha,sse4.1"))) static void advance_one(
    uint32_t *state, const uint8_t *const *data, size_t blocks) {
  advance(1, state, data, blocks);
}

__attribute__((target("sha,sse4.1"))) static void advance_two(
    uint32_t *state, const uint8_t *const *data, size_t blocks) {
  advance(2, state, data, blocks);
}

size_t blockhaul_sha256_lanes(void) {
  unsigned a, b, c, d;
  // Leaf 7: EBX bit 29 is SHA.
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && b >> 29 & 1 && __builtin_cpu_supports("sse4.1") ? 2 : 0;
}

void blockhaul_sha256_advance(size_t lanes, uint32_t *state, const uint8_t *const *data, size_t blocks) {
  if (lanes == 1) advance_one(state, data, blocks);
  if (lanes == 2) advance_two(state, data, blocks);
}

#else

size_t blockhaul_sha256_lanes(void) { return 0; }

void blockhaul_sha256_advance(size_t lanes, uint32_t *state, const uint8_t *const *data, size_t blocks) {
  (void)lanes, (void)state, (void)data, (void)blocks;
}

#endif
