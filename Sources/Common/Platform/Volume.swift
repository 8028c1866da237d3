import Glibc

/// What a file system has left, and who holds locks on it.
public enum Volume {
  /// Bytes that the calling user may still write below a folder.
  public static func free(at path: String) throws(FileError) -> UInt64 {
    var status = statvfs()
    guard unsafe statvfs(path, &status) == 0 else { throw FileError.last("ask for the free space of", path) }
    return UInt64(status.f_bavail) &* UInt64(status.f_frsize)
  }

  /// Bytes that a file takes on the disk, holes left out; 0 where there is none. Links are not followed.
  public static func allocated(_ path: String) -> UInt64 {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return 0 }
    return UInt64(max(0, status.st_blocks)) &* 512
  }

  /// Whether some process holds a file locked with `flock`. Not if there is none.
  public static func isLocked(_ path: String) -> Bool {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }
}
