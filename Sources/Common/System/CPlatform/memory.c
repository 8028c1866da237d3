#include "blockhaul_memory.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void blockhaul_return_large_buffers(size_t threshold, int arenas) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, (int)threshold);
  mallopt(M_ARENA_MAX, arenas);
#else
  (void)threshold;
  (void)arenas;
#endif
}
