#define _GNU_SOURCE

#include "blockhaul_rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

int blockhaul_rename_no_replace(int old_folder, const char *old_name, int new_folder, const char *new_name) {
#if defined(__linux__)
  if (renameat2(old_folder, old_name, new_folder, new_name, RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
#endif
  struct stat status;
  if (fstatat(new_folder, new_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
    errno = EEXIST;
    return -1;
  }
  if (errno != ENOENT) return -1;
  return renameat(old_folder, old_name, new_folder, new_name);
}
