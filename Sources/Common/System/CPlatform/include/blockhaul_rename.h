#ifndef BLOCKHAUL_RENAME_H
#define BLOCKHAUL_RENAME_H

/// renameat that replaces nothing: -1 with EEXIST in errno where the new name is taken. `renameat2` is a GNU extension
/// that Swift's C library module leaves out; where the file system does not know it, the name is looked at before.
int blockhaul_rename_no_replace(int old_folder, const char *old_name, int new_folder, const char *new_name);

#endif
