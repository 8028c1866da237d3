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

// Independent chunks overlap in the processor by themselves, so one stream is enough: a chunk is some hundred bytes long.
__attribute__((target("sse4.2"))) static uint32_t hardware(uint32_t crc, const uint8_t *p, size_t length) {
  uint64_t state = ~crc, word;
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
