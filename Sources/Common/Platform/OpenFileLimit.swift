import Glibc

/// How many files the process may hold open.
public enum OpenFileLimit {
  /// Raises it as far as the system lets everybody: the usual 1024 is less than the segments of three large blocks, all of
  /// which are held open while they are sent. Where that is refused it stays as it is.
  public static func raise() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
    else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
