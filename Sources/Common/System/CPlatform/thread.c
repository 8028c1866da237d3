#define _GNU_SOURCE

#include "blockhaul_thread.h"

#include <pthread.h>

void blockhaul_name_this_thread(const char *name) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), name);
#else
  pthread_setname_np(name);
#endif
}
