#ifndef BLOCKHAUL_CRC32C_H
#define BLOCKHAUL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli, reflected 0x82F63B78) of `length` bytes, going on from `crc` (0 to begin with).
/// Uses the processor's own instruction where it has one and slicing-by-8 elsewhere.
uint32_t blockhaul_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The same by table alone, for processors without the instruction and for the test that compares the two.
uint32_t blockhaul_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

#endif
