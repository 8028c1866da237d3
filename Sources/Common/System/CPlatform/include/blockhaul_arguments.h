#ifndef BLOCKHAUL_ARGUMENTS_H
#define BLOCKHAUL_ARGUMENTS_H

/// Overwrites the value of a flag among the process' own arguments, where other users see it in the list of processes:
/// `flag value` and `flag=value`, every time it is there.
/// Swift's copy of the arguments stays as it is. Returns how many were overwritten: 0 where the system does not hand the
/// arguments' own memory to libraries (it is glibc that does).
int blockhaul_hide_argument(const char *flag);

#endif
