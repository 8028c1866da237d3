#include "blockhaul_memory.h"

// Any header of the C library says which one it is.
#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

void blockhaul_return_large_buffers(int threshold, int kept) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_THRESHOLD, threshold);
  // Setting one of them ends the adaptation of both, and what is kept by default then is a system call for each window.
  mallopt(M_TRIM_THRESHOLD, kept);
#else
  (void)threshold;
  (void)kept;
#endif
}
