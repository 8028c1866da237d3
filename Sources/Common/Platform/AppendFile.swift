import Glibc

/// A file that grows by whole lines, each written in one call so that a process that is killed leaves at most the last
/// one torn.
public final class AppendFile: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Opens a file for appending, and makes it if there is none.
  public init(_ path: String) throws(FileError) {
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileError.last("open", path) }
    self.path = path
  }

  deinit { close(descriptor) }

  /// Ends a line that an earlier process left torn, so that the next one stands alone.
  public func endTornLine() throws(FileError) {
    let size = lseek(descriptor, 0, SEEK_END)
    guard size > 0 else { return }
    var last: UInt8 = 0
    guard unsafe pread(descriptor, &last, 1, size - 1) == 1 else { throw FileError.last("read", path) }
    if last != 0x0A { try append([]) }
  }

  /// Appends a line, its end added. Blocks.
  /// - Parameter durably: whether it is to outlast a crash of the machine when this returns.
  public func append(_ line: [UInt8], durably: Bool = false) throws(FileError) {
    try unsafe Writing.all((line + [0x0A]).span.bytes, to: descriptor, path: path)
    if durably, fdatasync(descriptor) != 0, errno != EINVAL, errno != ENOTSUP, errno != EROFS {
      throw FileError.last("synchronise", path)
    }
  }
}
