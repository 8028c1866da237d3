#include "blockhaul_crc32c.h"

#include <pthread.h>
#include <string.h>

static uint32_t table[8][256];
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void fill_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82F63B78u & (0u - (crc & 1u)));
    table[0][i] = crc;
  }
  for (uint32_t i = 0; i < 256; i++)
    for (int slice = 1; slice < 8; slice++)
      table[slice][i] = (table[slice - 1][i] >> 8) ^ table[0][table[slice - 1][i] & 0xff];
}

uint32_t blockhaul_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
  pthread_once(&table_once, fill_table);
  const uint8_t *p = bytes;
  crc = ~crc;
  for (; length >= 8; p += 8, length -= 8) {
    // Put together byte by byte: right on machines of either byte order, and compilers make one load of it.
    uint32_t low = crc ^ ((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
    crc = table[7][low & 0xff] ^ table[6][(low >> 8) & 0xff] ^ table[5][(low >> 16) & 0xff] ^ table[4][low >> 24] ^
          table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
  }
  for (; length > 0; p++, length--) crc = (crc >> 8) ^ table[0][(crc ^ *p) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)

enum { lane = 8192 };

// What a lane of zeros behind it makes of a state, for each byte of the state.
static uint32_t behind[4][256];
static pthread_once_t behind_once = PTHREAD_ONCE_INIT;

// The product of two polynomials modulo Castagnoli's, the lowest power in the highest bit.
static uint32_t product(uint32_t a, uint32_t b) {
  uint32_t result = 0;
  for (int bit = 31; bit >= 0; bit--) {
    if (a >> bit & 1) result ^= b;
    b = (b >> 1) ^ (0x82F63B78u & (0u - (b & 1u)));
  }
  return result;
}

static void fill_behind(void) {
  uint32_t power = 1u << 23;  // x to the power of 8: one byte
  for (uint32_t bytes = 1; bytes < lane; bytes *= 2) power = product(power, power);
  for (uint32_t byte = 0; byte < 4; byte++)
    for (uint32_t value = 0; value < 256; value++) behind[byte][value] = product(value << 8 * byte, power);
}

static uint32_t shifted(uint32_t state) {
  return behind[0][state & 0xff] ^ behind[1][(state >> 8) & 0xff] ^ behind[2][(state >> 16) & 0xff] ^
         behind[3][state >> 24];
}

// One instruction has to wait three cycles for the one before it, so that three lanes go in the time of one.
__attribute__((target("sse4.2"))) static uint32_t in_lanes(uint32_t state, const uint8_t *p, size_t rounds) {
  pthread_once(&behind_once, fill_behind);
  for (; rounds > 0; rounds--, p += 3 * lane) {
    uint64_t first = state, second = 0, third = 0, word;
    for (size_t i = 0; i < lane; i += 8) {
      memcpy(&word, p + i, 8);
      first = __builtin_ia32_crc32di(first, word);
      memcpy(&word, p + lane + i, 8);
      second = __builtin_ia32_crc32di(second, word);
      memcpy(&word, p + 2 * lane + i, 8);
      third = __builtin_ia32_crc32di(third, word);
    }
    state = shifted(shifted((uint32_t)first) ^ (uint32_t)second) ^ (uint32_t)third;
  }
  return state;
}

// Independent chunks overlap in the processor by themselves: a chunk is some hundred bytes long. What is longer by far goes
// in lanes.
__attribute__((target("sse4.2"))) static uint32_t hardware(uint32_t crc, const uint8_t *p, size_t length) {
  uint64_t state = ~crc, word;
  if (length >= 3 * lane) {
    state = in_lanes((uint32_t)state, p, length / (3 * lane));
    p += length / (3 * lane) * (3 * lane);
    length %= 3 * lane;
  }
  const size_t rest = length % 8;
  if (length >= 8) {
    for (; length >= 8; p += 8, length -= 8) {
      memcpy(&word, p, 8);
      state = __builtin_ia32_crc32di(state, word);
    }
    if (rest > 0) {
      // The last bytes in one step, as the end of a word whose front is zeros, which do not change a state of zero: a loop
      // over them would cost a branch that is mispredicted at every other chunk.
      const size_t shift = 64 - 8 * rest;
      memcpy(&word, p + rest - 8, 8);
      state = __builtin_ia32_crc32di(0, (state ^ word >> shift) << shift) ^ state >> 8 * rest;
    }
    return ~(uint32_t)state;
  }
  for (; length > 0; p++, length--) state = __builtin_ia32_crc32qi((uint32_t)state, *p);
  return ~(uint32_t)state;
}

static int has_hardware(void) { return __builtin_cpu_supports("sse4.2"); }

#elif defined(__aarch64__) && defined(__linux__)

#include <sys/auxv.h>

__attribute__((target("crc"))) static uint32_t hardware(uint32_t crc, const uint8_t *p, size_t length) {
  crc = ~crc;
  for (; length >= 8; p += 8, length -= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    crc = __builtin_arm_crc32cd(crc, word);
  }
  for (; length > 0; p++, length--) crc = __builtin_arm_crc32cb(crc, *p);
  return ~crc;
}

static int has_hardware(void) { return (getauxval(AT_HWCAP) & (1ul << 7)) != 0; }

#else

static uint32_t hardware(uint32_t crc, const uint8_t *p, size_t length) {
  return blockhaul_crc32c_portable(crc, p, length);
}
static int has_hardware(void) { return 0; }

#endif

uint32_t blockhaul_crc32c(uint32_t crc, const void *bytes, size_t length) {
  return has_hardware() ? hardware(crc, bytes, length) : blockhaul_crc32c_portable(crc, bytes, length);
}
