#ifndef BLOCKHAUL_MEMORY_H
#define BLOCKHAUL_MEMORY_H

/// Has the C library give each buffer of at least `threshold` bytes back to the system as soon as it is freed, and keep at
/// most `kept` bytes of freed smaller ones at the end of each heap. To be called before other threads start. Does nothing
/// where the library is not glibc, whose ways these are.
void blockhaul_return_large_buffers(int threshold, int kept);

#endif
