#ifndef BLOCKHAUL_THREAD_H
#define BLOCKHAUL_THREAD_H

/// Names the calling thread, as `top -H` and debuggers show it; at most 15 bytes are kept.
/// The system's own call is a GNU extension that Swift's C library module leaves out.
void blockhaul_name_this_thread(const char *name);

#endif
