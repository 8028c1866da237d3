import Glibc

/// A file without a name, for bytes that are too many for memory: gone when the process ends, however it ends.
public final class ScratchFile: Sendable {
  private let folder: String
  private let descriptor: Int32

  /// Creates an empty one in `TMPDIR`, or in `/tmp`.
  public init() throws(FileError) {
    let wanted = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
    folder = wanted.isEmpty ? "/tmp" : wanted
    var template = Array("\(folder)/blockhaul-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else { throw FileError.last("create a scratch file (see TMPDIR) in", folder) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unsafe unlink(template)
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Appends bytes. Blocks.
  public func append(_ bytes: [UInt8]) throws(FileError) {
    try unsafe Writing.all(bytes.span.bytes, to: descriptor, action: "write to a scratch file (see TMPDIR) in", path: folder)
  }

  /// What has been written, mapped.
  /// - Parameter name: what the errors of readers are to call it.
  public func map(named name: String) throws(FileError) -> FileBytes { try FileBytes(mapping: reader(named: name)) }

  /// What has been written up to now, for reading.
  /// - Parameter name: what its errors are to call it.
  public func reader(named name: String) throws(FileError) -> OpenFile {
    let copy = dup(descriptor)
    guard copy >= 0 else { throw FileError.last("read a file in", folder) }
    return try OpenFile(owning: copy, path: name)
  }
}
