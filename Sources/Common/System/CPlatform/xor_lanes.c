#include "blockhaul_xor.h"

#if defined(__x86_64__) && defined(__clang__)

#include <immintrin.h>

// A sample of one chunk begins where the one before it ends, which takes a long chain of instructions to find, and
// branches over what samples look like are foreseen badly. So eight chunks go in the lanes of a vector without a branch,
// and two vectors fill the gaps in each other's chains.
enum { vectors = blockhaul_xor_lanes / 8 };

#define TARGET __attribute__((target("avx512f,avx512bw,avx512cd,avx512dq")))
#define INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define ALL(x) _mm512_set1_epi64((long long)(x))

struct lanes {
  __m512i position, width, widest, delta, least;
  // Twice the samples left: one that is like the one before it takes two bits.
  __m512i left;
  // Twice, too, as it is gathered from those.
  __m512i drift;
};

// The next bits of each lane, the first of them on top: 57 at least.
INLINE __m512i next_bits(__m512i position, const uint8_t *bytes, __mmask8 active) {
  // A load for each: the one instruction that gathers them takes twice as long on AMD's processors. Lanes at rest read
  // from the start.
  long long at[8];
  _mm512_storeu_si512(at, _mm512_maskz_srli_epi64(active, position, 3));
#define WORD(number) (const double *)(bytes + at[number])
#define PAIR(number) _mm_loadh_pd(_mm_load_sd(WORD(number)), WORD(number + 1))
  const __m256d low = _mm256_set_m128d(PAIR(2), PAIR(0)), high = _mm256_set_m128d(PAIR(6), PAIR(4));
#undef PAIR
#undef WORD
  const __m512i words = _mm512_castpd_si512(_mm512_insertf64x4(_mm512_castpd256_pd512(low), high, 1));
  const __m512i order = _mm512_broadcast_i32x4(_mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return _mm512_sllv_epi64(_mm512_shuffle_epi8(words, order), _mm512_and_si512(position, ALL(7)));
}

// Those lanes of which the next sample can be passed over here.
INLINE __mmask8 going_on(const struct lanes *lanes, __m512i end, __m512i bits) {
  __mmask8 lasting = _mm512_test_epi64_mask(lanes->left, lanes->left);
  lasting = _mm512_mask_cmple_epu64_mask(lasting, lanes->position, end);
  return _mm512_mask_cmplt_epu64_mask(lasting, bits, ALL(0xFull << 60));
}

// Passes over a sample of each lane, and over those behind it that are like it.
INLINE void step(struct lanes *lanes, __m512i bits) {
  // The time stamp, by the ones in front: 0 the same rhythm; 10, 110 and 1110 are followed by 14, 17 or 20 bits, and
  // numbers beyond half of what these can hold are negative.
  const __m512i sizes = _mm512_setr_epi64(1, 16, 20, 24, 0, 0, 0, 0);
  const __m512i shifts = _mm512_setr_epi64(63, 48, 44, 40, 0, 0, 0, 0);
  const __m512i halves = _mm512_setr_epi64(0, (1 << 13) - 1, (1 << 16) - 1, (1 << 19) - 1, 0, 0, 0, 0);
  const __m512i masks = _mm512_setr_epi64(0, (1 << 14) - 1, (1 << 17) - 1, (1 << 20) - 1, 0, 0, 0, 0);
  const __m512i ones = _mm512_lzcnt_epi64(_mm512_xor_si512(bits, ALL(-1)));
  const __m512i half = _mm512_permutexvar_epi64(ones, halves);
  const __m512i field = _mm512_srlv_epi64(bits, _mm512_permutexvar_epi64(ones, shifts));
  const __m512i turned = _mm512_and_si512(_mm512_add_epi64(field, half), _mm512_permutexvar_epi64(ones, masks));
  const __m512i change = _mm512_sub_epi64(turned, half);
  lanes->delta = _mm512_add_epi64(lanes->delta, change);
  lanes->least = _mm512_min_epi64(lanes->least, lanes->delta);
  // Every sample from here on is that much later.
  lanes->drift = _mm512_add_epi64(lanes->drift, _mm512_mul_epi32(change, lanes->left));

  // Samples in the same rhythm and of the same value are two zeros each. Others have none in front, and count for one.
  const __m512i zeros = _mm512_lzcnt_epi64(_mm512_or_si512(bits, ALL(127)));
  const __m512i even = _mm512_and_si512(_mm512_min_epu64(zeros, lanes->left), ALL(-2));
  const __m512i passed = _mm512_max_epu64(even, ALL(2));
  lanes->left = _mm512_sub_epi64(lanes->left, passed);

  // The value: 0 it is the same; 10 it differs within the window; 11 within a new one, of which follow 5 bits of
  // leading zeros and 6 of width, 0 for 64.
  const __m512i size = _mm512_permutexvar_epi64(ones, sizes);
  const __m512i value = _mm512_sllv_epi64(bits, size);
  const __mmask8 differs = _mm512_movepi64_mask(value);
  const __mmask8 is_new = _mm512_cmpge_epu64_mask(value, ALL(3ull << 62));
  const __m512i less_one = _mm512_add_epi64(_mm512_srli_epi64(value, 51), ALL(-1));
  lanes->width = _mm512_mask_and_epi64(lanes->width, is_new, less_one, ALL(63));
  const __m512i window = _mm512_add_epi64(_mm512_srli_epi64(value, 57), lanes->width);
  lanes->widest = _mm512_mask_max_epu64(lanes->widest, is_new, lanes->widest, window);

  // Bits behind those of the time stamp, and one.
  __m512i rest = _mm512_mask_add_epi64(passed, differs, lanes->width, ALL(4));
  rest = _mm512_mask_add_epi64(rest, is_new, rest, ALL(11));
  lanes->position =
      _mm512_add_epi64(_mm512_add_epi64(lanes->position, size), _mm512_add_epi64(rest, ALL(-1)));
}

#define COLUMN(name) (state + blockhaul_xor_##name * blockhaul_xor_lanes)

INLINE void load(struct lanes *lanes, const int64_t *state) {
  lanes->position = _mm512_loadu_si512(COLUMN(position));
  lanes->left = _mm512_slli_epi64(_mm512_loadu_si512(COLUMN(left)), 1);
  lanes->width = _mm512_loadu_si512(COLUMN(width));
  lanes->widest = _mm512_loadu_si512(COLUMN(widest));
  lanes->delta = _mm512_loadu_si512(COLUMN(delta));
  lanes->least = _mm512_loadu_si512(COLUMN(least));
  lanes->drift = _mm512_slli_epi64(_mm512_loadu_si512(COLUMN(drift)), 1);
}

INLINE void store(int64_t *state, const struct lanes *lanes) {
  _mm512_storeu_si512(COLUMN(position), lanes->position);
  _mm512_storeu_si512(COLUMN(left), _mm512_srli_epi64(lanes->left, 1));
  _mm512_storeu_si512(COLUMN(width), lanes->width);
  _mm512_storeu_si512(COLUMN(widest), lanes->widest);
  _mm512_storeu_si512(COLUMN(delta), lanes->delta);
  _mm512_storeu_si512(COLUMN(least), lanes->least);
  _mm512_storeu_si512(COLUMN(drift), _mm512_srai_epi64(lanes->drift, 1));
}

TARGET static uint32_t advance(int64_t *state, const uint8_t *bytes, uint32_t active) {
  struct lanes lanes[vectors];
  UNROLL for (int v = 0; v < vectors; v++) load(&lanes[v], state + 8 * v);
  uint32_t halting;
  for (;;) {
    __m512i bits[vectors];
    uint32_t going = 0;
    UNROLL for (int v = 0; v < vectors; v++) {
      bits[v] = next_bits(lanes[v].position, bytes, (__mmask8)(active >> 8 * v));
      const __m512i end = _mm512_loadu_si512(COLUMN(end) + 8 * v);
      going |= (uint32_t)going_on(&lanes[v], end, bits[v]) << 8 * v;
    }
    halting = active & ~going;
    if (__builtin_expect(halting != 0, 0)) break;
    UNROLL for (int v = 0; v < vectors; v++) step(&lanes[v], bits[v]);
  }
  UNROLL for (int v = 0; v < vectors; v++) store(state + 8 * v, &lanes[v]);
  return halting;
}

int blockhaul_xor_has_lanes(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq");
}

uint32_t blockhaul_xor_advance(int64_t *state, const uint8_t *bytes, uint32_t active) {
  return advance(state, bytes, active);
}

#else

int blockhaul_xor_has_lanes(void) { return 0; }

uint32_t blockhaul_xor_advance(int64_t *state, const uint8_t *bytes, uint32_t active) {
  (void)state, (void)bytes;
  return active;
}

#endif
